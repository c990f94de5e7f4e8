//! Two chains on one hub.

use crate::{in_stock, settled};
use regihub_simulation::{Fate, Plan};
use std::time::Duration;

/// One tenant's backlog never delays the other's orders.
#[tokio::test(start_paused = true)]
async fn two_tenants() {
    let mut world = settled(Plan { tenants: 2, ..Plan::of_seed(31) }).await;
    assert_ne!(in_stock(&world, 1).len(), 0);
    // The first chain has a burst, and every call for it takes ten seconds.
    world.smaregi.set_script(|request| {
        let wait = Duration::from_secs(5);
        request.uri().path().contains("chain1").then_some(Fate::Pass { before: wait, after: wait })
    });
    for _ in 0..300 {
        world.tenants[0].till.clone().only_in_stock(true).sell_random(&world.dice).expect("a sale");
    }
    world.pass_seconds(2).await;
    let truth = world.tenants[1].shop.truth();
    let (sku, _) = truth.stock.iter().find(|(_, s)| s.available.unwrap_or(0) > 2).expect("something is in stock");
    world.tenants[1].shop.buy(&[(sku, 1)]).expect("it is in stock");
    world.pass_seconds(1).await;
    assert_eq!(world.written(1).len(), 1, "the other chain's order is in Smaregi within a second");
    world.must_agree_at_rest().await;
}
