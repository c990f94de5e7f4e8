//! What waits and how fresh everything is, over all workspaces: for supervisors and for whoever waits for rest. Names nothing.

use super::dashboard::facts;
use crate::{
    error::Result,
    sql::{Sql, params},
    unit::Unit,
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Jobs that are due or will be.
    pub jobs: i64,
    /// Jobs and intents that wait for a person.
    pub parked: i64,
    /// Numbers that a shop does not have yet.
    pub numbers: i64,
    /// Intents whose outcome is not known yet.
    pub writes: i64,
    /// Everything that happened before this moment has been read from every connection and shop, whether it was notified or not. Microseconds
    /// since 1970, UTC; `None` before the first complete read.
    pub read_up_to: Option<i64>,
    /// When a shop last confirmed a number. Microseconds since 1970, UTC.
    pub pushed_at: Option<i64>,
}

/// Facts of a connection that tell up to when a reconciler has read everything (decimal microseconds).
pub const WATERMARKS: [&str; 3] = ["sales_watermark", "stock_watermark", "products_watermark"];

pub fn read(unit: &mut Unit<'_>) -> Result<Health> {
    let sql = unit.sql();
    Ok(Health {
        jobs: sql.one("select count(*) from job where state = 0", &[])?,
        parked: sql.one(
            "select (select count(*) from job where state = 2) + (select count(*) from intent where state = 'parked')",
            &[],
        )?,
        numbers: sql.one("select count(*) from publication where dirty_since is not null", &[])?,
        writes: sql.one("select count(*) from intent where state in ('planned', 'sent', 'unclear')", &[])?,
        read_up_to: read_up_to(sql)?,
        pushed_at: sql.one("select max(pushed_at) from publication", &[])?,
    })
}

/// The oldest of all watermarks; `None` while one is missing.
fn read_up_to(sql: &mut dyn Sql) -> Result<Option<i64>> {
    let mut oldest = i64::MAX;
    for (table, kind, names) in
        [("connection", "connection:", &WATERMARKS[..]), ("shop", "shop:", &[facts::ORDERS_READ][..])]
    {
        let owners: i64 = sql.one(&format!("select count(*) from {table}"), &[])?;
        for name in names {
            let (found, least): (i64, Option<i64>) = sql
                .first(
                    "select count(*), min(cast(value as bigint)) from fact where name = $1 and owner like $2",
                    params![*name, format!("{kind}%")],
                    |row| Ok((row.get()?, row.get()?)),
                )?
                .unwrap_or((0, None));
            match least {
                Some(least) if found == owners => oldest = oldest.min(least),
                _ if owners == 0 => {}
                _ => return Ok(None),
            }
        }
    }
    Ok((oldest < i64::MAX).then_some(oldest))
}
