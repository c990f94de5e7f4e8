//! How long numbers take: for benchmarks.

use crate::{error::Result, sql::params, unit::Unit};
use regihub_domain::LinkId;
use std::collections::BTreeMap;

/// For every change of a level that a notification since `began` asked for: microseconds from the arrival of that notification to the push that
/// confirmed a number containing it. Changes that no push followed are left out.
pub fn push_lags(unit: &mut Unit<'_>, link: LinkId, began: i64) -> Result<Vec<i64>> {
    let mut pushes: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let rows = unit.sql().rows(
        "select p.product_id, h.at from publication_history h join publication p on p.link_id = h.link_id and p.sku = h.sku
         where h.link_id = $1 and h.at >= $2 order by h.id",
        params![link, began],
        |row| Ok((row.get::<String>()?, row.get::<i64>()?)),
    )?;
    for (product, at) in rows {
        pushes.entry(product).or_default().push(at);
    }
    let changes = unit.sql().rows(
        "select m.product_id, m.at, i.received_at from movement m join inbox i on i.id = m.inbox_id where i.received_at >= $1",
        params![began],
        |row| Ok((row.get::<String>()?, row.get::<i64>()?, row.get::<i64>()?)),
    )?;
    let lag = |(product, booked, received): (String, i64, i64)| {
        let push = pushes.get(&product)?.iter().find(|at| **at >= booked)?;
        Some(push - received)
    };
    Ok(changes.into_iter().filter_map(lag).collect())
}
