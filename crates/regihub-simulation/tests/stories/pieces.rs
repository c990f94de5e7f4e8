//! What a customer may buy, moment by moment.

use crate::{in_stock, settled};
use regihub_engine::EngineOptions;
use regihub_simulation::{CallFaults, Plan, World};
use std::{collections::BTreeMap, time::Duration};

fn available(world: &World) -> BTreeMap<String, i64> {
    let truth = world.tenants[0].shop.truth();
    truth.stock.into_iter().map(|(sku, stock)| (sku, stock.available.unwrap_or(0))).collect()
}

/// Only the web shop sells. Reads and writes cross each other on slow lines all the time, and the hub dies now and then; yet no push ever
/// gives a piece back that was sold: not by an old answer, not by an order it had not seen, not by a write that is under way.
#[tokio::test(start_paused = true)]
async fn a_piece_that_was_sold_never_comes_back() {
    let plan = Plan::of_seed(71);
    let engine = EngineOptions { reconcile_stock: Duration::from_secs(1), ..plan.engine.clone() };
    let mut world = settled(Plan { engine, ..plan }).await;
    world.rest().await;
    let slow = CallFaults { slow: 100, ..CallFaults::default() };
    world.smaregi.set_faults(CallFaults { lost_after: 5, ..slow.clone() });
    world.tenants[0].wire.set_faults(slow);
    let (mut left, skus) = (available(&world), in_stock(&world, 60));
    for number in 0..80 {
        let sku = &skus[world.dice.below(skus.len().min(4) as u64) as usize];
        if world.tenants[0].shop.buy(&[(sku, 1)]).is_ok() {
            *left.get_mut(sku).expect("the shop sells it") -= 1;
        }
        if number % 30 == 29 {
            world.bell.wind(world.dice.below(6));
        }
        for _ in 0..world.dice.below(40) {
            world.pass(Duration::from_millis(50)).await;
            for (sku, pieces) in available(&world) {
                assert!(pieces <= left[&sku], "order {number}: {sku} shows {pieces}, but only {} are left", left[&sku]);
            }
        }
    }
    world.must_agree_at_rest().await;
    assert_eq!(available(&world), left, "and at rest none is missing");
}
