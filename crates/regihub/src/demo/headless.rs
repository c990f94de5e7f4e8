//! The demo without people: a burst of sales and web orders, with or without faults, then rest, then the check.

use super::{check, rest::until_rest, world::World};
use crate::Exit;
use http::StatusCode;
use regihub_ports::{Clock, Dice, SystemClock};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) struct Work {
    pub(crate) sales: usize,
    pub(crate) web_orders: usize,
    pub(crate) faults: bool,
    pub(crate) seed: u64,
}

/// How long the hub may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) async fn run(world: World, work: Work, check: bool, as_json: bool) -> anyhow::Result<Exit> {
    let began = SystemClock.now_us();
    until_rest(&world, began, PATIENCE).await?;
    let calls_before = total_calls(&world).await?;
    if work.faults {
        break_things(&world).await?;
    }
    let started = SystemClock.now_us();
    let done = do_work(&world, &work).await?;
    let worked = SystemClock.now_us();
    until_rest(&world, worked, PATIENCE).await?;
    let rested = SystemClock.now_us();
    let calls = total_calls(&world).await? - calls_before;
    let deliveries = world.emulator_api.get("/control/deliveries").await?["totals"].clone();
    let truth = check::truth(&world).await?;
    let ledgers = world.ledgers();
    world.stop().await?;
    let report = check::hold_against(&ledgers, truth).await?;
    let agrees = report.agrees();
    let line = json!({
        "seed": work.seed, "faults": work.faults, "items": report.items, "sales": report.sales, "web_orders": report.web_orders,
        "taken_back": done.taken_back, "web_cancelled": done.web_cancelled, "sold_out": done.sold_out,
        "lost": report.lost_sales + report.lost_orders, "doubled": report.doubled, "oversold": report.oversold, "short": report.short,
        "differences": report.differences.len(), "api_calls": calls, "notifications": deliveries,
        "work_seconds": seconds(worked - started), "rest_seconds": seconds(rested - worked),
    });
    tell(&line, &report.differences, as_json);
    Ok(if !check || agrees { Exit::Done } else { Exit::Differences })
}

fn seconds(us: i64) -> f64 {
    (us as f64 / 1e5).round() / 10.0
}

fn tell(line: &Value, differences: &[String], as_json: bool) {
    if as_json {
        println!("{line}");
        return;
    }
    for (name, value) in line.as_object().into_iter().flatten() {
        println!("{name:>14}  {value}");
    }
    for difference in differences {
        println!("  differs: {difference}");
    }
}

/// What a bad day looks like: a third of the notifications is lost, doubled, late or out of order; calls fail; connections break after the work was done.
async fn break_things(world: &World) -> anyhow::Result<()> {
    let webhooks = json!({"drop_percent": 15, "duplicate_percent": 10, "delay_percent": 10, "reorder_percent": 10, "delay_ms": 1500});
    world.emulator_api.post("/control/webhooks", &webhooks).await?;
    let rules = json!([
        {"percent": 3, "action": {"kind": "status", "status": 503}},
        {"percent": 1, "action": {"kind": "status", "status": 429, "retry_after": 1}},
        {"percent": 2, "action": {"kind": "drop_before"}},
        {"percent": 5, "method": "POST", "path": "/stock/", "action": {"kind": "commit_then_drop"}},
        {"percent": 2, "action": {"kind": "commit_then_drop"}},
    ]);
    world.emulator_api.post("/control/faults", &json!({"clear": true, "rules": rules})).await?;
    let shop = json!({"webhook_drop_percent": 20, "webhook_duplicate_percent": 10, "webhook_delay_percent": 10, "webhook_delay_ms": 1500,
        "fail_percent": 3, "cut_percent": 3});
    world.shop_api.post("/control/faults", &shop).await?;
    Ok(())
}

#[derive(Default)]
struct Done {
    taken_back: usize,
    web_cancelled: usize,
    sold_out: usize,
}

/// Sales and web orders mixed by the seed. Some sales are cancelled or returned, some orders cancelled, goods come in and are counted.
async fn do_work(world: &World, work: &Work) -> anyhow::Result<Done> {
    let dice = Dice::from_seed(work.seed ^ 0x5eed);
    let (mut sales, mut orders, mut done) = (work.sales, work.web_orders, Done::default());
    while sales + orders > 0 {
        let pick = usize::try_from(dice.below(u64::try_from(sales + orders)?))?;
        if pick < sales {
            let count = sales.min(1 + usize::try_from(dice.below(5))?);
            ring_up(world, &dice, count, &mut done).await?;
            sales -= count;
        } else {
            buy(world, &dice, &mut done).await?;
            orders -= 1;
        }
        if dice.chance(2) {
            change_stock(world, &dice).await?;
        }
    }
    Ok(done)
}

async fn ring_up(world: &World, dice: &Dice, count: usize, done: &mut Done) -> anyhow::Result<()> {
    let sold = world.emulator_api.post("/control/sell-random", &json!({"count": count, "only_in_stock": true})).await?;
    let ids: Vec<u64> = sold
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|sale| sale["transactionHeadId"].as_str()?.parse().ok())
        .collect();
    if let Some(id) = ids.first().filter(|_| dice.chance(5)) {
        let how = if dice.chance(50) { "/control/cancel-sale" } else { "/control/dispose-sale" };
        world.emulator_api.post(how, &json!({"sale_id": id})).await?;
        done.taken_back += 1;
    }
    Ok(())
}

async fn buy(world: &World, dice: &Dice, done: &mut Done) -> anyhow::Result<()> {
    let skus: Vec<&String> = world.products.keys().collect();
    let items: Vec<Value> = (0..=dice.below(2))
        .map(|_| json!({"sku": skus[usize::try_from(dice.below(skus.len() as u64)).unwrap_or(0)], "quantity": 1 + dice.below(2)}))
        .collect();
    let (status, order) = world.shop_api.try_post("/control/buy", &json!({"items": items})).await?;
    match status {
        StatusCode::CREATED => {
            if dice.chance(10) {
                world.shop_api.post("/control/cancel", &json!({"id": order["id"]})).await?;
                done.web_cancelled += 1;
            }
        }
        StatusCode::CONFLICT | StatusCode::BAD_REQUEST => done.sold_out += 1,
        other => anyhow::bail!("buying: {other} {order}"),
    }
    Ok(())
}

async fn change_stock(world: &World, dice: &Dice) -> anyhow::Result<()> {
    let products: Vec<&(String, String)> = world.products.values().collect();
    let (product, _) = products[usize::try_from(dice.below(products.len() as u64))?];
    let (path, memo) =
        if dice.chance(70) { ("/control/receive", "入荷") } else { ("/control/correct", "棚卸の差異") };
    let body = json!({"product_id": product.parse::<u64>()?, "store_id": 1 + dice.below(4), "amount": 1 + dice.below(12), "memo": memo});
    world.emulator_api.post(path, &body).await?;
    Ok(())
}

async fn total_calls(world: &World) -> anyhow::Result<u64> {
    let calls = world.emulator_api.get("/control/calls").await?;
    Ok(calls.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum())
}
