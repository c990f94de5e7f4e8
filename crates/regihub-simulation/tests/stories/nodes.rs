//! DESIGN §4: several nodes on one database. One works, the others wait; when it dies, another goes on.

use crate::{in_stock, settled};
use regihub_engine::EngineOptions;
use regihub_simulation::{Fate, Plan, Scenario, Weather};
use std::{collections::BTreeSet, time::Duration};

fn plan(seed: u64) -> Plan {
    let plan = Plan::of_seed(seed);
    Plan { engine: EngineOptions { alone: false, ..plan.engine.clone() }, ..plan }
}

/// All day long, nodes die wherever they are and new ones come. Every promise holds, and nothing is written twice.
#[tokio::test(start_paused = true)]
async fn nodes_come_and_go_all_day() {
    let mut world = settled(plan(71)).await;
    let mut nodes = vec![world.engine().clone(), world.start_node().await];
    for _ in 0..8 {
        Scenario::new(Weather::default(), &world.dice).play(&mut world, 12).await;
        let skus = in_stock(&world, 2);
        world.tenants[0].shop.buy(&[(&skus[0], 1)]).expect("it is in stock");
        world.pass(Duration::from_millis(world.dice.below(300))).await;
        nodes.remove(0).kill();
        nodes.push(world.start_node().await);
        world.check().await;
    }
    let report = world.must_agree_at_rest().await.remove(0);
    assert!(report.web_orders >= 8, "{report:?}");
}

/// The node dies while every answer to its writes is lost. The other looks each write up and repeats none that was done.
#[tokio::test(start_paused = true)]
async fn the_other_node_looks_up_what_the_dead_one_wrote() {
    let mut world = settled(plan(72)).await;
    let _second = world.start_node().await;
    let (began, mut tried) = (world.trace.len(), BTreeSet::new());
    world.smaregi.set_script(move |request| {
        let is_write = request.method() == http::Method::POST && request.uri().path().contains("/stock/");
        (is_write && tried.insert(request.body().clone())).then_some(Fate::LostAfter { at_once: false })
    });
    for sku in in_stock(&world, 2).into_iter().take(4) {
        world.tenants[0].shop.buy(&[(sku, 1)]).expect("it is in stock");
    }
    world.pass_seconds(2).await;
    world.engine().kill();
    world.pass_seconds(900).await;
    assert_eq!(world.written(0).len(), 4);
    assert_eq!(world.trace.count(began, |line| line.writes_stock()), 4, "looked up, never sent again");
    world.must_agree_at_rest().await;
}
