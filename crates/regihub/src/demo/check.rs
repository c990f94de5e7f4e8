//! Asks emulator and shop for the truth and holds the hub's ledgers against it.

use super::world::{Ledgers, World};
use regihub_domain::{ProductId, SaleId, Sku, StoreId};
use regihub_proof::{Report, ShopOrder, ShopTruth, SmaregiTruth, compare};
use serde_json::Value;
use std::collections::BTreeMap;

/// Both sides as they are now.
pub(crate) struct Truth {
    smaregi: SmaregiTruth,
    shop: ShopTruth,
}

pub(crate) async fn truth(world: &World) -> anyhow::Result<Truth> {
    let state = world.emulator_api.get("/control/state").await?;
    let memos = world.emulator_api.get("/control/memos").await?;
    let shop = world.shop_api.get("/control/state").await?;
    Ok(Truth { smaregi: smaregi_truth(world, &state, &memos), shop: shop_truth(&shop) })
}

/// Compares the truth with the hub's ledgers. The hub must have ended.
pub(crate) async fn hold_against(ledgers: &Ledgers, truth: Truth) -> anyhow::Result<Report> {
    let (storage, link) = (ledgers.open()?, ledgers.link);
    let report = storage.read(move |unit| compare(unit, link, &truth.smaregi, &truth.shop)).await?;
    storage.close().await;
    Ok(report)
}

fn smaregi_truth(world: &World, state: &Value, memos: &Value) -> SmaregiTruth {
    let contract = &state["contracts"][super::world::CONTRACT];
    let levels = items(&contract["levels"]).map(|row| {
        let pair = (ProductId(row["product_id"].to_string()), StoreId(row["store_id"].to_string()));
        (pair, row["amount"].as_i64().unwrap_or(0))
    });
    let last_sale = contract["last_sale"].as_i64().unwrap_or(0);
    let ours = |memo: &String| memo.starts_with(regihub_engine::TAG_PREFIX);
    let written = memos.as_object().into_iter().flatten().filter(|(memo, _)| ours(memo)).map(|(memo, amounts)| {
        let amounts: Vec<i64> = items(amounts).filter_map(Value::as_i64).collect();
        (memo.clone(), amounts)
    });
    SmaregiTruth {
        levels: levels.collect(),
        codes: world.products.iter().map(|(sku, (product, _))| (sku.clone(), ProductId(product.clone()))).collect(),
        // Every transaction of the demo moves goods; ids are given one after the other.
        sales: (1..=last_sale).map(|id| SaleId(id.to_string())).collect(),
        written: written.collect(),
    }
}

fn shop_truth(state: &Value) -> ShopTruth {
    let available = state["stock"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(sku, stock)| (Sku(sku.clone()), stock["available"].as_i64()));
    let orders = items(&state["orders"]).map(|order| {
        let mut pieces: BTreeMap<Sku, i64> = BTreeMap::new();
        for line in items(&order["lines"]) {
            let sku = Sku(line["sku"].as_str().unwrap_or_default().to_owned());
            *pieces.entry(sku).or_default() += line["quantity"].as_i64().unwrap_or(0);
        }
        let id = order["id"].as_str().unwrap_or_default().to_owned();
        (id, ShopOrder { cancelled: order["status"] == "cancelled", pieces })
    });
    ShopTruth {
        available: available.collect(),
        orders: orders.collect(),
        oversold: state["oversold"].as_i64().unwrap_or(0),
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
