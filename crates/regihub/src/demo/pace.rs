//! The demo for people: sells at a gentle pace and says in one line per event what happened.

use super::world::{LOGIN, PASSWORD, World};
use crate::{Exit, process};
use regihub_ports::{Clock, Dice, SystemClock};
use serde_json::{Value, json};
use std::time::Duration;

/// Between two events.
const GENTLE: Duration = Duration::from_secs(4);
/// How long a line waits for the shop to show the new number.
const WATCH: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

pub(crate) async fn run(world: World, seed: u64) -> anyhow::Result<Exit> {
    println!();
    println!("  スマレジ (emulator)   {}/control/state", world.emulator.url);
    println!("  Regihub (hub)         {}   log in: {LOGIN} / {PASSWORD}", world.hub.url);
    println!("  Web shop              {}", world.shop.url);
    println!();
    println!("A till sells every few seconds; buy something in the web shop and watch. Ctrl-C ends the demo.");
    println!();
    let dice = Dice::from_seed(seed);
    let mut asked = std::pin::pin!(process::asked_to_end(false));
    loop {
        tokio::select! {
            () = &mut asked => break,
            outcome = event(&world, &dice) => outcome?,
        }
        tokio::select! {
            () = &mut asked => break,
            () = SystemClock.sleep(GENTLE) => {}
        }
    }
    println!("\nEnding …");
    world.stop().await?;
    Ok(Exit::Done)
}

async fn event(world: &World, dice: &Dice) -> anyhow::Result<()> {
    match dice.below(10) {
        0 | 1 => web_purchase(world, dice).await,
        2 => goods_in(world, dice).await,
        _ => sale(world).await,
    }
}

async fn sale(world: &World) -> anyhow::Result<()> {
    let before = shown(world).await?;
    let began = SystemClock.now_us();
    let sold = world.emulator_api.post("/control/sell-random", &json!({"count": 1, "only_in_stock": true})).await?;
    let Some(sale) = sold.as_array().and_then(|sales| sales.first()) else { return Ok(()) };
    let store = sale["storeId"].as_str().unwrap_or_default();
    let lines: Vec<&Value> = sale["details"].as_array().into_iter().flatten().collect();
    let names: Vec<String> = lines
        .iter()
        .map(|line| format!("{} ×{}", line["productName"].as_str().unwrap_or("?"), text(&line["quantity"])))
        .collect();
    let id = sale["transactionHeadId"].as_str().unwrap_or_default();
    print_line(
        "till",
        &format!("{} #{id}: {} = ¥{}", store_name(world, store), names.join(", "), text(&sale["total"])),
    );
    let skus =
        lines.iter().filter_map(|line| line["productCode"].as_str()).filter(|sku| world.products.contains_key(*sku));
    for sku in skus {
        tell_change(world, sku, &before, began).await?;
    }
    Ok(())
}

async fn web_purchase(world: &World, dice: &Dice) -> anyhow::Result<()> {
    let before = shown(world).await?;
    let in_stock: Vec<&String> =
        world.products.keys().filter(|sku| before[sku.as_str()]["available"].as_i64().unwrap_or(0) > 0).collect();
    if in_stock.is_empty() {
        return Ok(());
    }
    let sku = in_stock[usize::try_from(dice.below(in_stock.len() as u64))?];
    let (status, order) =
        world.shop_api.try_post("/control/buy", &json!({"items": [{"sku": sku, "quantity": 1}]})).await?;
    if !status.is_success() {
        return Ok(());
    }
    print_line("web", &format!("order {}: {} ×1", text(&order["number"]), world.products[sku].1));
    let began = SystemClock.now_us();
    let give_up = began + i64::try_from(WATCH.as_micros())?;
    loop {
        let memos = world.emulator_api.get("/control/memos").await?;
        let written = memos
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(memo, _)| memo.contains(&format!("-{}-", text(&order["id"]))))
            .count();
        if written > 0 {
            print_line(
                "hub",
                &format!(
                    "took it out of {} in Smaregi after {} ms",
                    store_name(world, "4"),
                    (SystemClock.now_us() - began) / 1000
                ),
            );
            return Ok(());
        }
        if SystemClock.now_us() > give_up {
            print_line("hub", "has not written it to Smaregi yet");
            return Ok(());
        }
        SystemClock.sleep(LOOK).await;
    }
}

async fn goods_in(world: &World, dice: &Dice) -> anyhow::Result<()> {
    let before = shown(world).await?;
    let skus: Vec<&String> = world.products.keys().collect();
    let sku = skus[usize::try_from(dice.below(skus.len() as u64))?].clone();
    let (product, name) = &world.products[&sku];
    let (store, amount) = (1 + dice.below(4), 3 + dice.below(10));
    let began = SystemClock.now_us();
    world
        .emulator_api
        .post(
            "/control/receive",
            &json!({"product_id": product.parse::<u64>()?, "store_id": store, "amount": amount, "memo": "入荷"}),
        )
        .await?;
    print_line("goods in", &format!("{}: {name} +{amount}", store_name(world, &store.to_string())));
    tell_change(world, &sku, &before, began).await
}

/// Waits until the shop shows another number than before, and says how long it took.
async fn tell_change(world: &World, sku: &str, before: &Value, began: i64) -> anyhow::Result<()> {
    let old = before[sku]["available"].as_i64();
    let give_up = began + i64::try_from(WATCH.as_micros())?;
    loop {
        let now = shown(world).await?;
        let new = now[sku]["available"].as_i64();
        if new != old {
            let passed = (SystemClock.now_us() - began) / 1000;
            print_line(
                "shop",
                &format!(
                    "{sku}: {} → {} after {passed} ms   why: {}/stock/{}/{sku}",
                    number(old),
                    number(new),
                    world.hub.url,
                    world.link
                ),
            );
            return Ok(());
        }
        if SystemClock.now_us() > give_up {
            print_line("shop", &format!("{sku}: still {}", number(old)));
            return Ok(());
        }
        SystemClock.sleep(LOOK).await;
    }
}

async fn shown(world: &World) -> anyhow::Result<Value> {
    Ok(world.shop_api.get("/control/state").await?["stock"].clone())
}

fn number(pieces: Option<i64>) -> String {
    pieces.map_or_else(|| "—".into(), |pieces| pieces.to_string())
}

fn store_name<'a>(world: &'a World, id: &'a str) -> &'a str {
    world.store_names.get(id).map_or(id, String::as_str)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn print_line(who: &str, what: &str) {
    let now = SystemClock.now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9)));
    println!("{}  {who:>8}  {what}", now.strftime("%H:%M:%S"));
}
