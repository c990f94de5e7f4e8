//! I1 and I3: nothing is lost and nothing is written twice, wherever an answer is lost or the hub dies.

use crate::{in_stock, settled};
use regihub_simulation::{Fate, Plan, World};
use std::collections::BTreeSet;

/// Buys five items and takes the first order back while its write is under way or in doubt.
async fn some_orders(world: &mut World) {
    for (number, sku) in in_stock(world, 4).into_iter().enumerate().take(5) {
        let order = world.tenants[0].shop.buy(&[(sku, 1 + number as i64 % 2)]).expect("it is in stock");
        world.pass_seconds(1).await;
        if number == 0 {
            world.tenants[0].shop.cancel(&order.id).expect("it is not cancelled");
        }
    }
}

/// The first try of every stock write meets this fate; later ones are healthy.
fn first_tries(world: &World, fate: Fate) {
    let mut tried = BTreeSet::new();
    world.smaregi.set_script(move |request| {
        let is_write = request.method() == http::Method::POST && request.uri().path().contains("/stock/");
        (is_write && tried.insert(request.body().clone())).then(|| fate.clone())
    });
}

#[tokio::test(start_paused = true)]
async fn answers_lost_after_the_write() {
    for at_once in [true, false] {
        let mut world = settled(Plan::of_seed(11)).await;
        let began = world.trace.len();
        first_tries(&world, Fate::LostAfter { at_once });
        some_orders(&mut world).await;
        world.pass_seconds(600).await;
        let written = world.written(0).len();
        assert!(written >= 6, "five orders and a counter-write, not {written}");
        assert_eq!(world.trace.count(began, |line| line.writes_stock()), written, "looked up, never sent again");
        world.must_agree_at_rest().await;
    }
}

#[tokio::test(start_paused = true)]
async fn writes_that_never_arrived_are_sent_again() {
    let mut world = settled(Plan::of_seed(12)).await;
    let began = world.trace.len();
    first_tries(&world, Fate::LostBefore);
    some_orders(&mut world).await;
    world.pass_seconds(900).await;
    let written = world.written(0).len();
    assert_eq!(world.trace.count(began, |line| line.writes_stock()), 2 * written, "each once in vain, once for good");
    world.must_agree_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_says_502_after_the_write_was_done() {
    let mut world = settled(Plan::of_seed(13)).await;
    first_tries(&world, Fate::Status { status: 502, retry_after: None, done: true });
    some_orders(&mut world).await;
    world.must_agree_at_rest().await;
}

/// The hub dies at every single moment of a short story, one after the other: before and after each call it makes.
#[tokio::test(start_paused = true)]
async fn crash_in_the_middle() {
    let mut world = settled(Plan::of_seed(14)).await;
    for moment in 0..30 {
        let skus = in_stock(&world, 3);
        world.bell.wind(moment);
        let order = world.tenants[0].shop.buy(&[(&skus[0], 1), (&skus[1], 2)]).expect("it is in stock");
        world.tenants[0].till.sell_random(&world.dice).expect("a sale");
        world.pass_seconds(moment % 3).await;
        if moment % 4 == 0 {
            world.tenants[0].shop.cancel(&order.id).expect("it is not cancelled");
        }
        world.pass_seconds(100).await;
        world.check().await;
    }
    assert!(world.deaths >= 25, "the bell rang only {} times", world.deaths);
    world.must_agree_at_rest().await;
}

/// A notification that was acknowledged just before the hub died has its effect afterwards, without a reconciler.
#[tokio::test(start_paused = true)]
async fn a_notification_acknowledged_before_the_end_is_worked_on_after_it() {
    let mut world = settled(Plan::of_seed(15)).await;
    world.smaregi.set_down(true);
    let sale = world.tenants[0].till.sell_random(&world.dice).expect("a sale").expect("something is in stock");
    world.breathe().await;
    assert!(
        world.hooks.acknowledged().iter().any(|body| String::from_utf8_lossy(body).contains(&format!("\"{sale}\"")))
    );
    world.crash().await;
    world.start_hub().await;
    world.check().await;
    world.must_agree_at_rest().await;
}
