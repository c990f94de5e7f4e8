//! How many calls a burst costs: the rate limit is the scarcest thing there is.

use crate::settled;
use regihub_engine::EngineOptions;
use regihub_simulation::{CallFaults, Plan, Way};
use std::{collections::BTreeMap, time::Duration};

const SALES: u64 = 1_000;

/// A thousand sales within four seconds. Prints what they cost; measured with the default pace and a line that takes 60 ms each way.
#[tokio::test(start_paused = true)]
async fn calls_per_thousand_sales_in_a_burst() {
    let mut world =
        settled(Plan { engine: EngineOptions { alone: true, ..EngineOptions::default() }, ..Plan::of_seed(41) }).await;
    world.smaregi.set_faults(CallFaults { latency: Duration::from_millis(60), ..CallFaults::default() });
    world.pass_seconds(3).await;
    let began = world.trace.len();
    for _ in 0..SALES {
        world.tenants[0].till.sell_random(&world.dice).expect("a sale");
        world.pass(Duration::from_millis(4)).await;
    }
    world.pass_seconds(20).await;
    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    for line in world.trace.since(began).iter().filter(|line| line.way == Way::Smaregi) {
        let place = line.path.split(['?']).next().unwrap_or_default().trim_start_matches("/chain1/pos");
        let by_id = line.path.contains("transaction_head_id-from") || line.path.contains("product_id=");
        let how = if by_id { " by id" } else { "" };
        *calls.entry(format!("{} {place}{how}", line.method)).or_default() += 1;
    }
    let total: usize = calls.values().sum();
    println!("{total} calls for {SALES} sales: {calls:#?}");
    assert!(total <= 60, "{total} calls for {SALES} sales: {calls:#?}");
    let looked_up = calls.keys().filter(|call| call.contains("/stock/changes")).count();
    assert_eq!(looked_up, 0, "every sale explains its own movement, so nothing is looked up: {calls:#?}");
    let report = world.compare(0).await;
    assert!(report.agrees(), "{report:#?}");
}
