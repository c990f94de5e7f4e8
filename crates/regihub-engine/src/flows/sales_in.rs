//! POS sales in: keeps the newest version of each sale and tells the stock ledger what it explains.

use crate::{convert::SaleRead, facts, kinds};
use regihub_domain::{
    ConnectionId, ExchangeId, InboxId, ProductId, SaleId,
    sale::{Sale, effect_difference},
    stock::{Cause, attribute},
};
use regihub_storage::{Dirty, LevelRow, NewExpected, Owner, Result, SaleRow, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// Where sales came from: the call that read them, and the notification that asked for each.
pub struct Source<'a> {
    pub exchange: ExchangeId,
    pub inbox: &'a BTreeMap<SaleId, InboxId>,
    /// When the answer was complete: a level read after this contains these sales.
    pub read_end: i64,
}

/// Applies sales as they were just read. Products whose level they moved are marked for reading. Returns how many were new or changed.
pub fn apply(
    unit: &mut Unit<'_>,
    connection: ConnectionId,
    sales: &[SaleRead],
    source: &Source<'_>,
    now: i64,
) -> Result<usize> {
    let ids: Vec<SaleId> = sales.iter().map(|read| read.sale.sale_id.clone()).collect();
    let known: BTreeMap<SaleId, SaleRow> =
        unit.sales().get_many(connection, &ids)?.into_iter().map(|row| (row.sale.sale_id.clone(), row)).collect();
    let managed = managed_products(unit, connection, sales)?;
    let opened_at = stock_opened_at(unit, connection)?;
    let mut touched: BTreeMap<ProductId, Option<InboxId>> = BTreeMap::new();
    let mut changed = 0;
    for read in sales {
        let old = known.get(&read.sale.sale_id).map(|row| &row.sale);
        if old.is_some_and(|old| !is_news(old, &read.sale)) {
            continue;
        }
        changed += 1;
        let inbox = source.inbox.get(&read.sale.sale_id).copied();
        unit.sales().save(connection, &read.sale, read.problem.as_deref(), Some(source.exchange), inbox, now)?;
        if old.is_none() && read.sale.updated_at < opened_at {
            continue; // the opening levels contain it
        }
        for (product, delta) in effect_difference(old, &read.sale) {
            if managed.contains(&product) {
                explain(unit, connection, &read.sale, &product, delta, source, inbox, now)?;
                touched.insert(product, inbox);
            }
        }
    }
    mark_stock(unit, connection, touched, now)?;
    Ok(changed)
}

fn stock_opened_at(unit: &mut Unit<'_>, connection: ConnectionId) -> Result<i64> {
    let text = unit.facts().get(Owner::Connection(connection), facts::STOCK_OPENED_AT)?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(i64::MIN))
}

/// Never an older version over a newer one (I4). Smaregi's times have whole seconds, so within one second the content decides: reads of a
/// connection are made one after the other, so what was read later is later.
fn is_news(old: &Sale, new: &Sale) -> bool {
    new.updated_at > old.updated_at || (new.updated_at == old.updated_at && new != old)
}

/// Only products whose stock Smaregi manages ever move a level.
fn managed_products(unit: &mut Unit<'_>, connection: ConnectionId, sales: &[SaleRead]) -> Result<BTreeSet<ProductId>> {
    let named: BTreeSet<&ProductId> =
        sales.iter().flat_map(|read| &read.sale.lines).filter_map(|line| line.product_id.as_ref()).collect();
    let named: Vec<ProductId> = named.into_iter().cloned().collect();
    let rows = unit.products().get_many(connection, &named)?;
    Ok(rows.into_iter().filter(|row| row.product.stock_managed).map(|row| row.product.product_id).collect())
}

/// Books `delta` of one product as explained by this sale: at once, where the level already moved without a reason; otherwise it waits
/// for the next look at the level.
#[allow(clippy::too_many_arguments)] // one row of the ledger has this many parts
fn explain(
    unit: &mut Unit<'_>,
    connection: ConnectionId,
    sale: &Sale,
    product: &ProductId,
    delta: i64,
    source: &Source<'_>,
    inbox: Option<InboxId>,
    now: i64,
) -> Result<()> {
    let cause = Cause::Sale(sale.sale_id.clone());
    let mut still_expected = delta;
    let level = unit
        .stock()
        .levels(connection, std::slice::from_ref(product))?
        .into_iter()
        .find(|row| row.store_id == sale.store_id);
    if let Some(row) = level {
        let (booked, rest) = attribute(row.level, cause.clone(), delta);
        still_expected = rest;
        if !booked.entries.is_empty() {
            let entries: Vec<_> =
                booked.entries.into_iter().map(|entry| (entry, Some(source.exchange), inbox)).collect();
            unit.stock().book(connection, product, &sale.store_id, now, &entries)?;
            unit.stock().save_level(connection, &LevelRow { level: booked.level, ..row })?;
        }
    }
    if still_expected != 0 {
        let expected = NewExpected {
            product_id: product.clone(),
            store_id: sale.store_id.clone(),
            cause,
            delta: still_expected,
            exchange_id: Some(source.exchange),
            inbox_id: inbox,
            created_at: source.read_end,
        };
        unit.stock().expect(connection, &expected)?;
    }
    Ok(())
}

fn mark_stock(
    unit: &mut Unit<'_>,
    connection: ConnectionId,
    products: BTreeMap<ProductId, Option<InboxId>>,
    now: i64,
) -> Result<()> {
    let dirty: Vec<Dirty> = products
        .into_iter()
        .map(|(product, inbox_id)| Dirty {
            owner: Owner::Connection(connection),
            kind: kinds::STOCK.into(),
            key: product.0,
            priority: kinds::priority(kinds::STOCK),
            at: now,
            inbox_id,
        })
        .collect();
    unit.jobs().mark(&dirty)
}
