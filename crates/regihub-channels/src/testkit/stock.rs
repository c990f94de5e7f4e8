//! Stories of the stock: the version rule and the `orders_seen` rule.

use super::{
    ShopUnderTest, Told,
    steps::{
        buy, cancel, ensure, expect_available, newest_sequence, next_version, push, push_all, set, stock_of, two_skus,
    },
};
use crate::{PushStatus, StockPush};
use regihub_domain::Sku;

pub(super) async fn a_pushed_number_is_what_the_shop_holds_and_sells(shop: &dyn ShopUnderTest) -> Told {
    let (sku, _) = two_skus(shop).await?;
    let (version, orders_seen) = (next_version(shop, &sku).await?, newest_sequence(shop).await?);
    let result = push(shop, StockPush { sku: sku.clone(), quantity: 12, version, orders_seen }).await?;
    let said = (&result.status, result.quantity, result.version);
    ensure(said == (&PushStatus::Applied, Some(12), Some(version)), || {
        format!("the answer to the push is {result:?}")
    })?;
    let row = stock_of(shop, &sku).await?;
    let held = (row.quantity, row.version, row.orders_seen, row.available);
    ensure(held == (Some(12), Some(version), Some(orders_seen), Some(12)), || {
        format!("12 pieces were pushed with version {version} and orders_seen {orders_seen}, the shop holds {row:?}")
    })
}

pub(super) async fn a_late_or_repeated_push_never_undoes_a_newer_one(shop: &dyn ShopUnderTest) -> Told {
    let (sku, _) = two_skus(shop).await?;
    let (older, orders_seen) = (next_version(shop, &sku).await?, newest_sequence(shop).await?);
    let newer = older + 1;
    let item = |quantity, version| StockPush { sku: sku.clone(), quantity, version, orders_seen };
    let first = push(shop, item(7, newer)).await?;
    ensure(first.status == PushStatus::Applied, || format!("version {newer} should be applied: {first:?}"))?;
    for (what, late) in [
        ("an older push", item(3, older)),
        ("an equal version with another number", item(4, newer)),
        ("the same push again", item(7, newer)),
    ] {
        let result = push(shop, late).await?;
        let said = (&result.status, result.quantity, result.version);
        ensure(said == (&PushStatus::Stale, Some(7), Some(newer)), || {
            format!("{what} should be stale and show 7 pieces of version {newer}, the answer is {result:?}")
        })?;
        expect_available(shop, &sku, 7, &format!("after {what}")).await?;
    }
    Ok(())
}

pub(super) async fn one_bad_item_never_stops_the_others(shop: &dyn ShopUnderTest) -> Told {
    let (first, second) = two_skus(shop).await?;
    let nothing = Sku::from("no-such-thing-in-this-shop");
    let orders_seen = newest_sequence(shop).await?;
    let mut items = Vec::new();
    for (sku, quantity) in [(&nothing, 5), (&first, -1), (&second, 9)] {
        let version = if *sku == nothing { 1 } else { next_version(shop, sku).await? };
        items.push(StockPush { sku: sku.clone(), quantity, version, orders_seen });
    }
    let results = push_all(shop, items).await?;
    let fits = results[0].status == PushStatus::UnknownSku
        && matches!(results[1].status, PushStatus::Invalid(_))
        && results[2].status == PushStatus::Applied;
    ensure(fits, || format!("an unknown SKU, a negative number and a good item should be told apart: {results:?}"))?;
    expect_available(shop, &second, 9, "after a push with two bad items").await
}

pub(super) async fn an_empty_push_sends_nothing(shop: &dyn ShopUnderTest) -> Told {
    let answer = shop.channel().push_stock(Vec::new()).await.map_err(|e| e.to_string())?;
    ensure(answer.value.is_empty() && answer.exchange.status.is_none(), || {
        format!("a push without items should not call the shop: {:?}", answer.exchange)
    })
}

pub(super) async fn the_last_piece_is_sold_once(shop: &dyn ShopUnderTest) -> Told {
    let (sku, _) = two_skus(shop).await?;
    set(shop, &sku, 1, newest_sequence(shop).await?).await?;
    buy(shop, &sku, 1).await?;
    expect_available(shop, &sku, 0, "after the last piece was sold").await?;
    let second = shop.buy(&sku, 1).await;
    ensure(second.is_err(), || format!("the last piece of {sku} was sold a second time, as {second:?}"))
}

pub(super) async fn a_number_computed_before_a_purchase_does_not_give_the_piece_back(shop: &dyn ShopUnderTest) -> Told {
    let (sku, _) = two_skus(shop).await?;
    let before = newest_sequence(shop).await?;
    set(shop, &sku, 10, before).await?;
    buy(shop, &sku, 2).await?;
    expect_available(shop, &sku, 8, "after 2 of 10 were sold").await?;
    // The hub computed 10 while the customer pressed "buy": a newer version, but without the order.
    set(shop, &sku, 10, before).await?;
    expect_available(shop, &sku, 8, "after a push of 10 that does not contain the purchase of 2").await?;
    // Now the hub has read the feed.
    set(shop, &sku, 8, newest_sequence(shop).await?).await?;
    expect_available(shop, &sku, 8, "after a push of 8 that contains the purchase").await
}

pub(super) async fn a_cancelled_order_gives_its_pieces_back_once(shop: &dyn ShopUnderTest) -> Told {
    let (sku, _) = two_skus(shop).await?;
    set(shop, &sku, 10, newest_sequence(shop).await?).await?;
    let order = buy(shop, &sku, 2).await?;
    set(shop, &sku, 8, newest_sequence(shop).await?).await?;
    cancel(shop, &order).await?;
    expect_available(shop, &sku, 10, "after the order of 2 that a push of 8 contained was cancelled").await?;
    set(shop, &sku, 10, newest_sequence(shop).await?).await?;
    expect_available(shop, &sku, 10, "after a push of 10 that contains the cancellation").await
}
