//! From notification to pushed number: a burst, and single sales while nothing else happens.
//!
//! *Live*: tills sell at a steady rate and the emulator sends its notifications as Smaregi would; emulator, hub and shop share the machine.
//! *All at once*: the sales are rung up first with notifications switched off, then all their notifications arrive at once, as after an outage.

use super::{
    load::{Pace, run as send},
    procfs, round,
};
use crate::demo::{
    Folder, check,
    rest::until_rest,
    world::{CONTRACT, Ledgers, World, WorldOptions},
};
use regihub_ports::{Clock, SystemClock};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Sales in the burst
    #[arg(long, default_value_t = 10_000)]
    sales: usize,
    /// Sales a second while it is live
    #[arg(long, default_value_t = 1_500)]
    rate: usize,
    /// Single sales for the lag at rest
    #[arg(long, default_value_t = 40)]
    single: usize,
    #[arg(long)]
    pub(crate) json: bool,
}

const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) async fn run(args: &Args) -> anyhow::Result<Vec<Value>> {
    Ok(vec![live(args).await?, all_at_once(args).await?, single(args).await?])
}

/// Every this often some sales are rung up.
const TICK: Duration = Duration::from_millis(20);

async fn live(args: &Args) -> anyhow::Result<Value> {
    let folder = Folder::choose(None)?;
    let world =
        World::start(folder.path(), WorldOptions { reconcile_seconds: 100_000, ..WorldOptions::default() }).await?;
    until_rest(&world, 0, PATIENCE).await?;
    fill_shelves(&world).await?;
    until_rest(&world, 0, PATIENCE).await?;
    let pid = world.hub.id().unwrap_or(0);
    let (cpu, calls, sent, began) =
        (procfs::cpu_seconds(pid)?, reads(&world).await?, delivered(&world).await?, SystemClock.now_us());
    let mut sold = 0;
    while sold < args.sales {
        let due = began + i64::try_from(sold * 1_000_000 / args.rate.max(1))?;
        let early = due - SystemClock.now_us();
        if early > 0 {
            SystemClock.sleep(Duration::from_micros(early.unsigned_abs())).await;
        }
        let count = (args.rate * usize::try_from(TICK.as_millis())? / 1000).clamp(1, args.sales - sold);
        world.emulator_api.post("/control/sell-random", &json!({"count": count, "only_in_stock": false})).await?;
        sold += count;
    }
    let rung_up = SystemClock.now_us();
    until_rest(&world, 0, PATIENCE).await?;
    let ended = last_push(&world).await?.max(rung_up);
    let (used, calls) = (procfs::cpu_seconds(pid)? - cpu, reads(&world).await? - calls);
    let (events, memory) = (delivered(&world).await? - sent, procfs::memory(pid)?.peak);
    let truth = check::truth(&world).await?;
    let ledgers = world.ledgers();
    world.stop().await?;
    let report = check::hold_against(&ledgers, truth).await?;
    let lags = lags(&ledgers, began).await?;
    let seconds = (ended - began) as f64 / 1e6;
    Ok(json!({
        "what": "live", "sales": sold, "events": events, "seconds": round(seconds * 10.0) / 10.0,
        "events_per_second": (events as f64 / seconds).round(), "cpu_us_per_event": round(used * 1e6 / events.max(1) as f64),
        "lag_p50_ms": at(&lags, 0.5), "lag_p99_ms": at(&lags, 0.99), "lag_p99_share_of_burst": (at(&lags, 0.99) / seconds / 10.0).round() / 100.0,
        "peak_mib": round(memory), "api_calls": calls, "api_calls_per_1000_sales": round(calls as f64 * 1000.0 / sold as f64),
        "agrees": report.agrees(),
    }))
}

async fn delivered(world: &World) -> anyhow::Result<u64> {
    let totals = world.emulator_api.get("/control/deliveries").await?["totals"].clone();
    Ok(totals["delivered"].as_u64().unwrap_or(0))
}

/// Enough goods for everything that will be sold.
async fn fill_shelves(world: &World) -> anyhow::Result<()> {
    for (product, _) in world.products.values() {
        let body = json!({"product_id": product.parse::<u64>()?, "store_id": 1, "amount": 100_000, "memo": "入荷"});
        world.emulator_api.post("/control/receive", &body).await?;
    }
    Ok(())
}

async fn all_at_once(args: &Args) -> anyhow::Result<Value> {
    let folder = Folder::choose(None)?;
    // One reconciliation at the start, none while it is measured: everything has to come through notifications.
    let world =
        World::start(folder.path(), WorldOptions { reconcile_seconds: 100_000, ..WorldOptions::default() }).await?;
    until_rest(&world, 0, PATIENCE).await?;
    world.emulator_api.post("/control/webhooks", &json!({"drop_percent": 100})).await?;
    let requests = Arc::new(ring_up(&world, args.sales).await?);
    let pid = world.hub.id().unwrap_or(0);
    let (cpu, calls, began) = (procfs::cpu_seconds(pid)?, reads(&world).await?, SystemClock.now_us());
    let outcome = send(world.hub.address(), requests.clone(), 64, Pace::Closed).await?;
    let acknowledged = SystemClock.now_us();
    until_rest(&world, 0, PATIENCE).await?;
    let ended = last_push(&world).await?.max(acknowledged);
    let used = procfs::cpu_seconds(pid)? - cpu;
    let calls = reads(&world).await? - calls;
    let memory = procfs::memory(pid)?.peak;
    let truth = check::truth(&world).await?;
    let ledgers = world.ledgers();
    world.stop().await?;
    let report = check::hold_against(&ledgers, truth).await?;
    let lags = lags(&ledgers, began).await?;
    let (events, seconds) = (requests.len() as f64, (ended - began) as f64 / 1e6);
    Ok(json!({
        "what": "all at once", "sales": args.sales, "events": requests.len(), "refused": outcome.refused, "seconds": round(seconds * 100.0) / 100.0,
        "events_per_second": (events / seconds).round(), "acknowledged_in_seconds": round((acknowledged - began) as f64 / 1e4) / 100.0,
        "cpu_us_per_event": round(used * 1e6 / events), "lag_p50_ms": at(&lags, 0.5), "lag_p99_ms": at(&lags, 0.99), "peak_mib": round(memory),
        "api_calls": calls, "api_calls_per_1000_sales": round(calls as f64 * 1000.0 / args.sales as f64), "agrees": report.agrees(),
    }))
}

/// Rings up sales and makes the two notifications that Smaregi would send for each.
async fn ring_up(world: &World, sales: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut requests = Vec::with_capacity(sales * 2);
    fill_shelves(world).await?;
    let mut left = sales;
    while left > 0 {
        let sold = world
            .emulator_api
            .post("/control/sell-random", &json!({"count": left.min(500), "only_in_stock": false}))
            .await?;
        let sold = sold.as_array().cloned().unwrap_or_default();
        left = left.saturating_sub(sold.len().max(1));
        for sale in sold {
            let id = sale["transactionHeadId"].as_str().unwrap_or_default().to_owned();
            requests.push(notify(
                world,
                requests.len(),
                "pos:transactions",
                &json!({"transactionHeadIds": [id]}),
                "created",
            ));
            let store = &sale["storeId"];
            let lines = sale["details"].as_array().into_iter().flatten();
            let ids: Vec<Value> =
                lines.map(|line| json!({"id": id, "productId": line["productId"], "storeId": store})).collect();
            requests.push(notify(world, requests.len(), "pos:stock", &json!({"ids": ids}), "edited"));
        }
    }
    Ok(requests)
}

fn notify(world: &World, number: usize, event: &str, ids: &Value, action: &str) -> Vec<u8> {
    let mut body = json!({"contractId": CONTRACT, "event": event, "action": action});
    for (name, value) in ids.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    world.notification("/hooks/smaregi/", event, &format!("b0000000-0000-4000-8000-{number:012x}"), &body.to_string())
}

/// Single sales with a pause between them: nothing waits, so this is the way itself.
async fn single(args: &Args) -> anyhow::Result<Value> {
    let folder = Folder::choose(None)?;
    let world =
        World::start(folder.path(), WorldOptions { reconcile_seconds: 100_000, ..WorldOptions::default() }).await?;
    until_rest(&world, 0, PATIENCE).await?;
    let began = SystemClock.now_us();
    for _ in 0..args.single {
        world.emulator_api.post("/control/sell-random", &json!({"count": 1, "only_in_stock": true})).await?;
        SystemClock.sleep(Duration::from_millis(400)).await;
    }
    until_rest(&world, 0, PATIENCE).await?;
    let ledgers = world.ledgers();
    world.stop().await?;
    let lags = lags(&ledgers, began).await?;
    Ok(json!({
        "what": "lag at rest (notification received to number confirmed by the shop)", "numbers": lags.len(), "lag_p50_ms": at(&lags, 0.5),
        "lag_p99_ms": at(&lags, 0.99), "lag_max_ms": at(&lags, 1.0),
    }))
}

async fn reads(world: &World) -> anyhow::Result<u64> {
    let calls = world.emulator_api.get("/control/calls").await?;
    Ok(calls.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum())
}

/// When the hub last had a number confirmed (µs).
async fn last_push(world: &World) -> anyhow::Result<i64> {
    Ok(world.hub_api.get("/api/v1/health").await?["pushed_at"].as_i64().unwrap_or(0))
}

/// For every number that was pushed since `began`: the time from the first notification about its product that it answers, in ms, sorted.
async fn lags(ledgers: &Ledgers, began: i64) -> anyhow::Result<Vec<f64>> {
    let (storage, link) = (ledgers.open()?, ledgers.link);
    let mut lags = storage.read(move |unit| regihub_storage::views::lag::push_lags(unit, link, began)).await?;
    storage.close().await;
    lags.sort_unstable();
    Ok(lags.into_iter().map(|us| us as f64 / 1000.0).collect())
}

fn at(sorted: &[f64], share: f64) -> f64 {
    if sorted.is_empty() { 0.0 } else { sorted[(share * (sorted.len() - 1) as f64).round() as usize] }
}
