//! Computes the number each shop should show, and books what a shop said to it.

use crate::facts;
use regihub_channels::{PushResult, PushStatus, StockPush};
use regihub_domain::{
    ConnectionId, ExchangeId, ProductId, ShopId, Sku, StoreId,
    publish::{PublishInputs, next_version, published},
    stock::Cause,
};
use regihub_storage::{LevelRow, Link, ListingRow, Owner, PublicationRow, Result, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// Whether the shop must get the number even when it is the one it already has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Send {
    /// Only when it differs.
    IfChanged,
    /// In any case: an order of this shop changed, so `orders_seen` must move with the number.
    Always,
}

/// Recomputes the numbers of `products` for every shop linked to `connection`. Returns how many have to be pushed.
pub fn recompute(
    unit: &mut Unit<'_>,
    links: &[Link],
    connection: ConnectionId,
    products: &BTreeSet<ProductId>,
    send: Send,
    now: i64,
) -> Result<usize> {
    let links: Vec<&Link> = links.iter().filter(|link| link.connection_id == connection).collect();
    if links.is_empty() || products.is_empty() {
        return Ok(0);
    }
    let products: Vec<ProductId> = products.iter().cloned().collect();
    let state = StockState::load(unit, connection, &products)?;
    let mut dirty = 0;
    for link in links {
        let listings = unit.listings().by_products(link.shop_id, &products)?;
        dirty += publish_listings(unit, link, &listings, &state, send, now)?;
    }
    Ok(dirty)
}

fn publish_listings(
    unit: &mut Unit<'_>,
    link: &Link,
    listings: &[ListingRow],
    state: &StockState,
    send: Send,
    now: i64,
) -> Result<usize> {
    let orders_seen = orders_cursor(unit, link.shop_id)?;
    let skus: Vec<Sku> = listings.iter().map(|listing| listing.sku.clone()).collect();
    let known: BTreeMap<Sku, PublicationRow> =
        unit.publications().get_many(link.id, &skus)?.into_iter().map(|row| (row.sku.clone(), row)).collect();
    let mut dirty = 0;
    for listing in listings {
        let Some(product) = &listing.product_id else { continue };
        let inputs = state.inputs(product, link, listing.margin);
        let known = known.get(&listing.sku);
        if let Some(row) = decide(known, &listing.sku, product, inputs, orders_seen, send, now) {
            dirty += usize::from(row.dirty_since.is_some());
            unit.publications().save(link.id, &row)?;
        }
    }
    Ok(dirty)
}

/// The row to store, or `None` when nothing about the number changed. The only place that decides what is pushed.
fn decide(
    known: Option<&PublicationRow>,
    sku: &Sku,
    product: &ProductId,
    inputs: PublishInputs,
    orders_seen: i64,
    send: Send,
    now: i64,
) -> Option<PublicationRow> {
    let quantity = published(&inputs);
    let changed = known.is_none_or(|row| row.quantity != quantity || row.product_id != *product);
    let push = quantity.is_some() && (changed || send == Send::Always);
    if !push && known.is_some_and(|row| row.inputs == inputs) {
        return None;
    }
    let mut row = known.cloned().unwrap_or_else(|| PublicationRow {
        sku: sku.clone(),
        product_id: product.clone(),
        quantity: None,
        version: 0,
        orders_seen,
        inputs: inputs.clone(),
        computed_at: now,
        dirty_since: None,
        pushed_quantity: None,
        pushed_version: None,
        pushed_at: None,
        push_exchange_id: None,
        problem: None,
    });
    row.product_id = product.clone();
    row.quantity = quantity;
    row.inputs = inputs;
    row.computed_at = now;
    if push {
        row.version = next_version(Some(row.version), now);
        row.orders_seen = orders_seen;
        row.dirty_since = row.dirty_since.or(Some(now));
        row.problem = None;
    } else if quantity.is_none() {
        row.dirty_since = None; // I8: an unknown stock is never sent
    }
    Some(row)
}

/// What is known about some products' stock, loaded once for all shops.
struct StockState {
    levels: BTreeMap<(ProductId, StoreId), i64>,
    demand: BTreeMap<(ProductId, StoreId), i64>,
}

impl StockState {
    fn load(unit: &mut Unit<'_>, connection: ConnectionId, products: &[ProductId]) -> Result<Self> {
        let levels = unit.stock().levels(connection, products)?;
        let levels = levels
            .into_iter()
            .map(|LevelRow { product_id, store_id, level, .. }| ((product_id, store_id), level.amount))
            .collect();
        let mut demand = BTreeMap::new();
        for (product, store, pieces) in unit.intents().demand(connection, products)? {
            *demand.entry((product, store)).or_insert(0) += pieces;
        }
        // A confirmed write of ours that the level may not contain yet still counts as demand: rather a piece too few than one sold twice.
        for row in unit.stock().expected(connection, products)? {
            if matches!(row.expected.cause, Cause::OwnWrite(_)) {
                *demand.entry((row.product_id, row.store_id)).or_insert(0) -= row.expected.delta;
            }
        }
        Ok(Self { levels, demand })
    }

    fn inputs(&self, product: &ProductId, link: &Link, margin: Option<i64>) -> PublishInputs {
        let key = |store: &StoreId| (product.clone(), store.clone());
        let stores = &link.settings.stock_stores;
        PublishInputs {
            levels: stores.iter().map(|store| (store.clone(), self.levels.get(&key(store)).copied())).collect(),
            demand: stores.iter().filter_map(|store| self.demand.get(&key(store))).sum::<i64>().max(0),
            margin: margin.unwrap_or(link.settings.margin),
        }
    }
}

pub fn orders_cursor(unit: &mut Unit<'_>, shop: ShopId) -> Result<i64> {
    let text = unit.facts().get(Owner::Shop(shop), facts::ORDERS_CURSOR)?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// One item of a push, as the channel sends it. `None` while the stock is unknown (I8).
pub fn item(row: &PublicationRow) -> Option<StockPush> {
    Some(StockPush {
        sku: row.sku.clone(),
        quantity: row.quantity?,
        version: row.version,
        orders_seen: row.orders_seen,
    })
}

/// Books the shop's answer, item by item: one refused item never holds the others.
pub fn book_push(
    unit: &mut Unit<'_>,
    link: &Link,
    sent: &[PublicationRow],
    results: &[PushResult],
    exchange: ExchangeId,
    now: i64,
) -> Result<()> {
    let results: BTreeMap<&Sku, &PushResult> = results.iter().map(|result| (&result.sku, result)).collect();
    for row in sent {
        match results.get(&row.sku) {
            None => {
                let problem = "the shop's answer has no result for this item";
                unit.publications().refused(link.id, row, problem, now, Some(exchange))?;
            }
            Some(result) => book_result(unit, link, row, result, exchange, now)?,
        }
    }
    unit.facts().set(Owner::Shop(link.shop_id), facts::PUSHED_AT, &now.to_string(), now)
}

fn book_result(
    unit: &mut Unit<'_>,
    link: &Link,
    row: &PublicationRow,
    result: &PushResult,
    exchange: ExchangeId,
    now: i64,
) -> Result<()> {
    match &result.status {
        PushStatus::Applied => unit.publications().taken(link.id, row, now, Some(exchange), "applied"),
        // The very version we sent: an earlier try arrived although its answer did not.
        PushStatus::Stale if result.version == Some(row.version) => {
            unit.publications().taken(link.id, row, now, Some(exchange), "applied earlier")
        }
        // The shop holds a newer version than we know: this data folder is older than the shop. Go beyond it.
        PushStatus::Stale => overtake(unit, link, &row.sku, result.version.unwrap_or(row.version), now),
        PushStatus::UnknownSku => {
            unit.publications().refused(link.id, row, "the shop does not know this SKU", now, Some(exchange))
        }
        PushStatus::Invalid(detail) => unit.publications().refused(link.id, row, detail, now, Some(exchange)),
    }
}

/// Gives an item a version above `held`, to be pushed again.
pub fn overtake(unit: &mut Unit<'_>, link: &Link, sku: &Sku, held: i64, now: i64) -> Result<()> {
    let Some(mut row) = unit.publications().get_many(link.id, std::slice::from_ref(sku))?.pop() else { return Ok(()) };
    row.version = next_version(Some(row.version.max(held)), now);
    row.dirty_since = row.quantity.map(|_| row.dirty_since.unwrap_or(now));
    unit.publications().save(link.id, &row)
}

/// Queues numbers that the shop refused once more, because a person asks for it.
pub fn offer_again(unit: &mut Unit<'_>, link: &Link, skus: Vec<Sku>, now: i64) -> Result<()> {
    for row in unit.publications().get_many(link.id, &skus)? {
        if row.problem.is_some() && row.dirty_since.is_none() {
            overtake(unit, link, &row.sku, row.version, now)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(level: Option<i64>) -> PublishInputs {
        PublishInputs { levels: vec![("1".into(), level)], demand: 0, margin: 0 }
    }

    fn decided(known: Option<&PublicationRow>, level: Option<i64>, send: Send, now: i64) -> Option<PublicationRow> {
        decide(known, &"A".into(), &"8000001".into(), inputs(level), 7, send, now)
    }

    #[test]
    fn a_number_is_pushed_once_and_again_only_when_it_changes() {
        let first = decided(None, Some(3), Send::IfChanged, 10).unwrap();
        assert_eq!((first.quantity, first.version, first.dirty_since, first.orders_seen), (Some(3), 10, Some(10), 7));
        assert_eq!(decided(Some(&first), Some(3), Send::IfChanged, 20), None);
        let second = decided(Some(&first), Some(2), Send::IfChanged, 20).unwrap();
        assert_eq!((second.version, second.dirty_since), (20, Some(10)), "keeps its place in the queue");
    }

    #[test]
    fn an_unknown_stock_is_kept_but_never_queued() {
        let row = decided(None, None, Send::Always, 10).unwrap();
        assert_eq!((row.quantity, row.dirty_since), (None, None));
    }

    #[test]
    fn after_an_order_the_number_goes_out_even_when_it_is_the_same() {
        let first = decided(None, Some(3), Send::IfChanged, 10).unwrap();
        let again = decided(Some(&first), Some(3), Send::Always, 20).unwrap();
        assert_eq!(again.version, 20);
    }
}
