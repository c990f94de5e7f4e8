//! Gives unexplained pieces their cause from Smaregi's change history.

use regihub_domain::{
    ConnectionId, ExchangeId, ProductId, StoreId,
    stock::{Cause, attribute},
};
use regihub_storage::{LevelRow, Result, Unit};
use smaregi::{StockDivision, platform::StockChange};
use std::collections::BTreeSet;

/// Attributes what is unexplained in one level to rows of its change history, newest first, skipping rows that are known by another way: sales
/// are explained by their lines, our own writes by their tag.
pub fn apply(
    unit: &mut Unit<'_>,
    connection: ConnectionId,
    product: &ProductId,
    store: &StoreId,
    changes: &[StockChange],
    exchange: ExchangeId,
    now: i64,
) -> Result<()> {
    let Some(mut row) = level(unit, connection, product, store)? else { return Ok(()) };
    let used = used_changes(unit, connection, product, store)?;
    for change in changes.iter().rev() {
        if row.level.unattributed == 0 {
            break;
        }
        let amount = change.amount.unwrap_or(0);
        if amount == 0 || used.contains(&change.id) || explained_elsewhere(change) {
            continue;
        }
        let cause = Cause::History {
            change_id: change.id.clone(),
            division: change.stock_division.as_ref().map_or("", |division| division.code()).to_owned(),
            memo: change.memo.clone().unwrap_or_default(),
        };
        let (booked, _) = attribute(row.level, cause, amount);
        row.level = booked.level;
        let entries: Vec<_> = booked.entries.into_iter().map(|entry| (entry, Some(exchange), None)).collect();
        if !entries.is_empty() {
            unit.stock().book(connection, product, store, now, &entries)?;
        }
    }
    unit.stock().save_level(connection, &row)
}

/// `02` is a sale and `12` a return at a till (platform-pos.md §4); their lines explain them better than the history can.
fn explained_elsewhere(change: &StockChange) -> bool {
    let at_a_till = matches!(change.stock_division, Some(StockDivision::Sale | StockDivision::Return));
    at_a_till || change.memo.as_deref().is_some_and(|memo| memo.starts_with(crate::TAG_PREFIX))
}

fn level(
    unit: &mut Unit<'_>,
    connection: ConnectionId,
    product: &ProductId,
    store: &StoreId,
) -> Result<Option<LevelRow>> {
    let rows = unit.stock().levels(connection, std::slice::from_ref(product))?;
    Ok(rows.into_iter().find(|row| row.store_id == *store))
}

/// How many of the newest ledger entries are searched for changes that were already used.
const SEARCHED: usize = 200;

fn used_changes(
    unit: &mut Unit<'_>,
    connection: ConnectionId,
    product: &ProductId,
    store: &StoreId,
) -> Result<BTreeSet<String>> {
    let entries = unit.stock().movements(connection, product, Some(store), None, SEARCHED)?;
    Ok(entries
        .into_iter()
        .filter_map(|row| match row.entry.cause {
            Cause::History { change_id, .. } => Some(change_id),
            _ => None,
        })
        .collect())
}
