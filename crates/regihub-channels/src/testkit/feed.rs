//! Stories of the order feed: every change has its place, and the place never changes.

use super::{
    ShopUnderTest, Told,
    steps::{buy, cancel, changes_after, ensure, newest_sequence, set, two_skus},
};
use regihub_domain::{
    OrderId, Sku,
    order::{Order, OrderStatus},
};

pub(super) async fn every_order_change_takes_the_next_sequence(shop: &dyn ShopUnderTest) -> Told {
    let (first, second) = two_skus(shop).await?;
    let before = newest_sequence(shop).await?;
    set(shop, &first, 5, before).await?;
    set(shop, &second, 5, before).await?;
    let one = buy(shop, &first, 2).await?;
    let two = buy(shop, &second, 1).await?;
    cancel(shop, &one).await?;

    let changes = changes_after(shop, before).await?;
    let sequences: Vec<i64> = changes.iter().map(|change| change.sequence).collect();
    ensure(sequences == [before + 1, before + 2, before + 3], || {
        format!("two orders and a cancellation after {before} should take the next three sequences, not {sequences:?}")
    })?;
    expect_change(&changes[0], &one, OrderStatus::Placed, &first, 2)?;
    expect_change(&changes[1], &two, OrderStatus::Placed, &second, 1)?;
    expect_change(&changes[2], &one, OrderStatus::Cancelled, &first, 2)?;
    let last = newest_sequence(shop).await?;
    ensure(last == before + 3, || format!("`last` should be {}, not {last}", before + 3))
}

fn expect_change(change: &Order, id: &OrderId, status: OrderStatus, sku: &Sku, pieces: i64) -> Told {
    let lines: Vec<(&Sku, i64)> = change.lines.iter().map(|line| (&line.sku, line.quantity)).collect();
    ensure(change.order_id == *id && change.status == status && lines == [(sku, pieces)], || {
        format!("order {id} should be {status:?} with {pieces} of {sku}, the feed says {change:?}")
    })
}

pub(super) async fn the_feed_tells_the_same_story_twice(shop: &dyn ShopUnderTest) -> Told {
    let first = changes_after(shop, 0).await?;
    let second = changes_after(shop, 0).await?;
    ensure(first == second, || "the feed read twice from the beginning gave different changes".to_owned())?;
    let Some(middle) = first.get(first.len() / 2) else { return Err("the feed is empty after purchases".into()) };
    let rest = changes_after(shop, middle.sequence).await?;
    ensure(rest.as_slice() == &first[first.len() / 2 + 1..], || {
        format!("the feed read from {} is not the rest of the feed read from the beginning", middle.sequence)
    })
}
