//! Stories of a chain of shops, each with something going wrong. Every one ends with all work at rest and everything held against the truth.
//!
//! To see what happened in one: `RUST_LOG=regihub_simulation=debug,regihub_engine=info cargo test -p regihub-simulation <story> -- --nocapture`.

mod bad_records;
mod burst;
mod clocks;
mod days;
mod explanations;
mod nodes;
mod once;
mod pieces;
mod seeds;
mod tenants;

use regihub_simulation::{Plan, World};

/// A world whose first reads are over.
async fn settled(plan: Plan) -> World {
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .try_init();
    let mut world = World::start(plan).await;
    world.pass_seconds(60).await;
    world
}

/// SKUs of which the web shop has at least `pieces`.
fn in_stock(world: &World, pieces: i64) -> Vec<String> {
    let truth = world.tenants[0].shop.truth();
    let enough = truth.stock.into_iter().filter(|(_, stock)| stock.available.unwrap_or(0) >= pieces);
    enough.map(|(sku, _)| sku).collect()
}
