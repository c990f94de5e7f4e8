//! Durable acknowledgement: the route Smaregi calls, beside the route that stores nothing, with the same requests in the same run.

use super::{
    load::{Outcome, Pace, percentile, run as send},
    procfs, round,
};
use crate::demo::{
    Folder,
    rest::until_rest,
    world::{World, WorldOptions},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Numbers of connections, one measurement each
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64])]
    connections: Vec<usize>,
    /// Requests of each measurement at 64 connections; fewer connections send proportionally fewer
    #[arg(long, default_value_t = 100_000)]
    requests: usize,
    /// Seconds of the open loop of 1 000 requests a second
    #[arg(long, default_value_t = 10)]
    open_seconds: usize,
    #[arg(long)]
    pub(crate) json: bool,
}

const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) async fn run(args: &Args) -> anyhow::Result<Vec<Value>> {
    let folder = Folder::choose(None)?;
    let world = World::start(
        folder.path(),
        WorldOptions { bench_routes: true, reconcile_seconds: 100_000, ..WorldOptions::default() },
    )
    .await?;
    let mut rows = vec![];
    let mut round_number = 0;
    for &connections in &args.connections {
        let count = (args.requests * connections.clamp(4, 64) / 64).max(1000);
        round_number += 1;
        let nothing = measure(&world, "/hooks/null/", connections, count, round_number, Pace::Closed).await?;
        round_number += 1;
        let durable = measure(&world, "/hooks/smaregi/", connections, count, round_number, Pace::Closed).await?;
        let ratio =
            durable["per_second"].as_f64().unwrap_or(0.0) / nothing["per_second"].as_f64().unwrap_or(1.0).max(1.0);
        rows.push(json!({"what": "stores nothing", "connections": connections, "figures": nothing}));
        rows.push(json!({"what": "durable", "connections": connections, "figures": durable, "ratio_to_nothing": (ratio * 100.0).round() / 100.0}));
    }
    // The open loop is about its own events, not about the backlog of the loops before.
    until_rest(&world, 0, PATIENCE).await?;
    let open = measure(
        &world,
        "/hooks/smaregi/",
        64,
        args.open_seconds * 1000,
        round_number + 1,
        Pace::Open { per_second: 1000 },
    )
    .await?;
    rows.push(
        json!({"what": "durable, open loop of 1 000/s while the engine works", "connections": 64, "figures": open}),
    );
    world.stop().await?;
    Ok(rows.into_iter().map(flat).collect())
}

async fn measure(
    world: &World,
    route: &str,
    connections: usize,
    count: usize,
    round_number: usize,
    pace: Pace,
) -> anyhow::Result<Value> {
    let pid = world.hub.id().unwrap_or(0);
    let requests = Arc::new(notifications(world, route, count, round_number));
    let cpu = procfs::cpu_seconds(pid)?;
    let outcome: Outcome = send(world.hub.address(), requests, connections, pace).await?;
    let used = procfs::cpu_seconds(pid)? - cpu;
    let mut latencies = outcome.latencies;
    latencies.sort_unstable();
    let done = outcome.acknowledged.len();
    Ok(json!({
        "per_second": (done as f64 / outcome.seconds).round(), "p50_ms": percentile(&latencies, 50.0), "p99_ms": percentile(&latencies, 99.0),
        "max_ms": percentile(&latencies, 100.0), "cpu_us_per_event": round(used * 1e6 / done.max(1) as f64), "refused": outcome.refused,
        "memory_mib": round(procfs::memory(pid)?.now),
    }))
}

/// Stock notifications about the same 100 products, each with an id of its own, as Smaregi sends them.
fn notifications(world: &World, route: &str, count: usize, round_number: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|index| {
            let body = format!(
                r#"{{"contractId":"{}","event":"pos:stock","action":"edited","ids":[{{"id":"{index}","productId":"{}","storeId":"1"}}]}}"#,
                crate::demo::world::CONTRACT,
                8_000_001 + index % 100
            );
            world.notification(route, "pos:stock", &format!("{round_number:08x}-0000-4000-8000-{index:012x}"), &body)
        })
        .collect()
}

/// The figures beside their names.
fn flat(row: Value) -> Value {
    let Value::Object(mut row) = row else { return row };
    if let Some(Value::Object(figures)) = row.remove("figures") {
        row.extend(figures);
    }
    Value::Object(row)
}
