//! Holds the hub's ledgers against the truth of both sides.
//!
//! The hub says "this is Smaregi's stock, this is what the shop shows, and this is why". Emulator and demo shop know what really is. After all work
//! has come to rest, everything must agree, item by item; every difference is named here.

use regihub_domain::{ConnectionId, LinkId, ProductId, SaleId, ShopId, Sku, StoreId, order::OrderStatus};
use regihub_storage::{IntentState, Link, Result, StorageError, Unit};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What Smaregi really holds.
#[derive(Clone, Debug, Default)]
pub struct SmaregiTruth {
    pub levels: BTreeMap<(ProductId, StoreId), i64>,
    /// Product of each code.
    pub codes: BTreeMap<String, ProductId>,
    pub sales: BTreeSet<SaleId>,
    /// Amounts of all stock changes that carry a tag of the hub, by tag.
    pub written: BTreeMap<String, Vec<i64>>,
}

/// What the shop really shows and sold.
#[derive(Clone, Debug, Default)]
pub struct ShopTruth {
    /// `None`: the shop has never been told a number.
    pub available: BTreeMap<Sku, Option<i64>>,
    pub orders: BTreeMap<String, ShopOrder>,
    /// Pieces sold beyond what was available at that moment.
    pub oversold: i64,
}

#[derive(Clone, Debug)]
pub struct ShopOrder {
    pub cancelled: bool,
    pub pieces: BTreeMap<Sku, i64>,
}

/// What was found. [`Report::agrees`] is the verdict.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    pub items: usize,
    pub sales: usize,
    pub web_orders: usize,
    /// Sales of Smaregi that the hub does not have.
    pub lost_sales: usize,
    /// Orders of the shop that did not reach Smaregi, wholly or in part.
    pub lost_orders: usize,
    /// Writes that stand more than once in Smaregi's history.
    pub doubled: usize,
    pub oversold: i64,
    /// Pieces that Smaregi's linked stores are short of: both sides sold the same last piece.
    pub short: i64,
    pub differences: Vec<String>,
}

impl Report {
    pub fn agrees(&self) -> bool {
        self.lost_sales == 0
            && self.lost_orders == 0
            && self.doubled == 0
            && self.oversold == 0
            && self.differences.is_empty()
    }
}

/// Compares everything of one link.
pub fn compare(unit: &mut Unit<'_>, link: LinkId, smaregi: &SmaregiTruth, shop: &ShopTruth) -> Result<Report> {
    let link = unit
        .setup()
        .links()?
        .into_iter()
        .find(|known| known.id == link)
        .ok_or(StorageError::NotFound { what: "link", id: link.to_string() })?;
    let mut report = Report {
        items: shop.available.len(),
        sales: smaregi.sales.len(),
        web_orders: shop.orders.len(),
        oversold: shop.oversold,
        ..Report::default()
    };
    compare_numbers(&link, smaregi, shop, &mut report);
    compare_levels(unit, link.connection_id, smaregi, &mut report)?;
    compare_sales(unit, link.connection_id, smaregi, &mut report)?;
    compare_orders(unit, &link, smaregi, shop, &mut report)?;
    Ok(report)
}

/// What customers can buy must be what Smaregi's stores hold, less the margin; with everything at rest there is no demand left.
fn compare_numbers(link: &Link, smaregi: &SmaregiTruth, shop: &ShopTruth, report: &mut Report) {
    for (sku, shown) in &shop.available {
        let expected = smaregi.codes.get(sku.as_str()).and_then(|product| {
            let levels: Vec<i64> = link
                .settings
                .stock_stores
                .iter()
                .filter_map(|store| smaregi.levels.get(&(product.clone(), store.clone())))
                .copied()
                .collect();
            let sum: i64 = levels.iter().sum();
            report.short += (-sum).max(0);
            (!levels.is_empty()).then_some((sum - link.settings.margin).max(0))
        });
        if *shown != expected {
            report.differences.push(format!(
                "{sku}: the shop shows {}, Smaregi holds {}",
                text(*shown),
                text(expected)
            ));
        }
    }
}

fn text(number: Option<i64>) -> String {
    number.map_or_else(|| "no number".into(), |number| number.to_string())
}

/// The mirror must be Smaregi's stock, and every level the sum of its ledger.
fn compare_levels(
    unit: &mut Unit<'_>,
    connection: ConnectionId,
    smaregi: &SmaregiTruth,
    report: &mut Report,
) -> Result<()> {
    let products: Vec<ProductId> =
        smaregi.levels.keys().map(|(product, _)| product.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let mut mirror = BTreeMap::new();
    for row in unit.stock().levels(connection, &products)? {
        mirror.insert((row.product_id, row.store_id), row.level.amount);
    }
    for (pair, truth) in &smaregi.levels {
        if mirror.get(pair) != Some(truth) {
            let ours = text(mirror.get(pair).copied());
            report
                .differences
                .push(format!("product {} in store {}: the ledger says {ours}, Smaregi {truth}", pair.0, pair.1));
        }
    }
    for (product, store, level, sum) in unit.stock().check_sums(connection)? {
        report
            .differences
            .push(format!("product {product} in store {store}: the entries add up to {sum}, the level is {level}"));
    }
    Ok(())
}

fn compare_sales(
    unit: &mut Unit<'_>,
    connection: ConnectionId,
    smaregi: &SmaregiTruth,
    report: &mut Report,
) -> Result<()> {
    let ids: Vec<SaleId> = smaregi.sales.iter().cloned().collect();
    let mut known = BTreeSet::new();
    for some in ids.chunks(500) {
        known.extend(unit.sales().get_many(connection, some)?.into_iter().map(|row| row.sale.sale_id));
    }
    report.lost_sales = smaregi.sales.difference(&known).count();
    Ok(())
}

/// Every order must have moved Smaregi's stock exactly once per piece, and not at all once it is cancelled.
fn compare_orders(
    unit: &mut Unit<'_>,
    link: &Link,
    smaregi: &SmaregiTruth,
    shop: &ShopTruth,
    report: &mut Report,
) -> Result<()> {
    report.doubled = smaregi.written.values().filter(|amounts| amounts.len() > 1).count();
    for (order_id, order) in &shop.orders {
        if !order_arrived(unit, link.shop_id, order_id, order, smaregi)? {
            report.lost_orders += 1;
        }
    }
    Ok(())
}

fn order_arrived(
    unit: &mut Unit<'_>,
    shop: ShopId,
    order_id: &str,
    order: &ShopOrder,
    smaregi: &SmaregiTruth,
) -> Result<bool> {
    let Some(row) = unit.orders().get(shop, &order_id.into())? else { return Ok(order.cancelled) };
    if (row.order.status == OrderStatus::Cancelled) != order.cancelled {
        return Ok(false);
    }
    let mut moved: BTreeMap<ProductId, i64> = BTreeMap::new();
    for intent in unit.intents().of_order(shop, &order_id.into())? {
        match intent.state {
            IntentState::Confirmed if smaregi.written.contains_key(&intent.tag) => {
                *moved.entry(intent.product_id).or_default() += intent.delta
            }
            IntentState::Dropped => {}
            _ => return Ok(false),
        }
    }
    moved.retain(|_, pieces| *pieces != 0);
    let mut wanted: BTreeMap<ProductId, i64> = BTreeMap::new();
    if !order.cancelled {
        for (sku, pieces) in &order.pieces {
            let Some(product) = smaregi.codes.get(sku.as_str()) else { continue };
            *wanted.entry(product.clone()).or_default() -= pieces;
        }
    }
    Ok(moved == wanted)
}
