//! The end of a story: everything comes to rest, then the ledgers are held against the truth.

use crate::world::World;
use regihub_domain::{ProductId, StoreId};
use regihub_engine::facts;
use regihub_ports::Clock;
use regihub_proof::{Report, ShopOrder, ShopTruth, SmaregiTruth};
use regihub_storage::{Owner, Unit};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Longer than the slowest reconciler of [`crate::Plan::of_seed`], with one run of it on the way.
const PATIENCE: Duration = Duration::from_secs(3 * 3600);
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// What one tenant's ledgers are asked, to know whether they are at rest.
#[derive(Clone, Copy)]
struct Asked {
    connection: regihub_domain::ConnectionId,
    shop: regihub_domain::ShopId,
    link: regihub_domain::LinkId,
    /// Every reconciler must have run after this (µs, time of the hub's machine).
    since: i64,
    /// So late that the full reads have run too.
    full_since: i64,
}

impl World {
    /// Ends all faults on calls, lets time pass until the hub is at rest, checks all invariants and compares everything.
    ///
    /// # Panics
    /// When it does not come to rest within hours, or does not agree with the truth.
    pub async fn must_agree_at_rest(&mut self) -> Vec<Report> {
        self.heal().await;
        self.rest().await;
        self.check().await;
        let mut reports = vec![];
        for number in 0..self.tenants.len() {
            let report = self.compare(number).await;
            assert!(report.agrees(), "seed {}: {report:#?}", self.plan.seed);
            reports.push(report);
        }
        reports
    }

    /// Lets time pass until nothing is left to do.
    pub async fn rest(&mut self) {
        let (began, full) =
            (self.machine_clock.now_us(), self.plan.engine.full_products.max(self.plan.engine.full_stock));
        let mut waited = Duration::ZERO;
        loop {
            self.pass(LOOK_EVERY).await;
            waited += LOOK_EVERY;
            let left = self.left_to_do(began, began + crate::world::us(full)).await;
            if left.is_empty() {
                return;
            }
            assert!(waited < PATIENCE, "seed {}: no rest after {waited:?}: {left:#?}", self.plan.seed);
        }
    }

    async fn left_to_do(&self, since: i64, full_since: i64) -> Vec<String> {
        let mut left = vec![];
        for tenant in &self.tenants {
            let (connection, shop, link) = (tenant.connection, tenant.shop_id, tenant.link);
            let asked = Asked { connection, shop, link, since, full_since };
            left.extend(self.read(move |unit| left_to_do(unit, asked)).await);
        }
        left
    }

    /// Holds one tenant's ledgers against the truth.
    pub async fn compare(&self, number: usize) -> Report {
        let (link, smaregi, shop) = (self.tenants[number].link, self.smaregi_truth(number), self.shop_truth(number));
        self.read(move |unit| regihub_proof::compare(unit, link, &smaregi, &shop)).await
    }

    fn smaregi_truth(&self, number: usize) -> SmaregiTruth {
        let tenant = &self.tenants[number];
        let truth = self.emulator.truth(&tenant.contract).expect("the contract is there");
        let pair = |(product, store): (u64, u64)| (ProductId(product.to_string()), StoreId(store.to_string()));
        let sale_exists = |id: &u64| self.emulator.sale(&tenant.contract, *id).is_some();
        SmaregiTruth {
            levels: truth.levels.iter().map(|(key, level)| (pair(*key), *level)).collect(),
            codes: tenant
                .office
                .codes()
                .all()
                .into_iter()
                .map(|(code, id)| (code, ProductId(id.to_string())))
                .collect(),
            sales: (1..=truth.last_sale).filter(sale_exists).map(|id| id.to_string().as_str().into()).collect(),
            written: self.written(number),
        }
    }

    /// A product that was deleted at Smaregi keeps its last number in the shop: nobody may push for it any more, so it is not compared. The same
    /// while a new product with its code has no stock yet.
    fn shop_truth(&self, number: usize) -> ShopTruth {
        let tenant = &self.tenants[number];
        let truth = tenant.shop.truth();
        let levels = self.emulator.truth(&tenant.contract).expect("the contract is there").levels;
        let counted: BTreeSet<u64> = levels.keys().map(|(product, _)| *product).collect();
        let is_counted = |sku: &String| tenant.office.codes().get(sku).is_some_and(|id| counted.contains(&id));
        let was_deleted = |sku: &String| tenant.office.deleted().contains(sku) && !is_counted(sku);
        let shown = truth.stock.into_iter().filter(|(sku, _)| !was_deleted(sku));
        ShopTruth {
            available: shown.map(|(sku, stock)| (sku.as_str().into(), stock.available)).collect(),
            orders: truth.orders.iter().map(|order| (order.id.clone(), shop_order(order))).collect(),
            oversold: truth.oversold,
        }
    }
}

fn shop_order(order: &regihub_demo_shop::Order) -> ShopOrder {
    let mut pieces = BTreeMap::new();
    for line in &order.lines {
        *pieces.entry(line.sku.as_str().into()).or_insert(0) += line.quantity;
    }
    ShopOrder { cancelled: order.status == regihub_demo_shop::OrderStatus::Cancelled, pieces }
}

fn left_to_do(unit: &mut Unit<'_>, asked: Asked) -> regihub_storage::Result<Vec<String>> {
    let mut left = vec![];
    for count in unit.jobs().counts(None)? {
        if count.waiting > 0 {
            left.push(format!("{} jobs {} of {}", count.waiting, count.kind, count.owner));
        }
    }
    let (dirty, _) = unit.publications().dirty_count(asked.link)?;
    if dirty > 0 {
        left.push(format!("{dirty} numbers to push"));
    }
    for (state, count) in unit.intents().counts(asked.connection)? {
        if !matches!(state.as_str(), "confirmed" | "dropped" | "parked") {
            left.push(format!("{count} writes {state}"));
        }
    }
    for (owner, name, since) in reads(asked) {
        let at = unit.facts().get(owner, name)?.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
        if at < since {
            left.push(format!("{name} of {owner} is {} s too old", (since - at) / 1_000_000));
        }
    }
    Ok(left)
}

fn reads(asked: Asked) -> [(Owner, &'static str, i64); 6] {
    let (connection, shop) = (Owner::Connection(asked.connection), Owner::Shop(asked.shop));
    [
        (connection, facts::SALES_WATERMARK, asked.full_since),
        (connection, facts::STOCK_WATERMARK, asked.full_since),
        (connection, facts::PRODUCTS_WATERMARK, asked.full_since),
        (shop, facts::ORDERS_READ_AT, asked.since),
        (shop, facts::LISTINGS_READ_AT, asked.since),
        (shop, facts::COMPARED_AT, asked.since),
    ]
}
