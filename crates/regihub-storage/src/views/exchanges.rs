//! Exchanges (通信ログ): one request with its response each.

use super::{Scope, newest_first};
use crate::{
    error::Result,
    owner::Owner,
    sql::{Row, Sql, params},
};
use regihub_domain::ExchangeId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRow {
    pub id: ExchangeId,
    pub at: i64,
    pub owner: Owner,
    pub method: String,
    pub url: String,
    /// `None` when no answer came; `error` says why.
    pub status: Option<i64>,
    pub error: Option<String>,
    pub elapsed_us: i64,
    /// Length of the whole answer in bytes, also of what was cut off.
    pub response_size: i64,
}

const COLUMNS: &str = "id, at, owner, method, url, status, error, elapsed_us, response_size";

fn exchange_row(row: &mut Row<'_>) -> Result<ExchangeRow> {
    Ok(ExchangeRow {
        id: row.get()?,
        at: row.get()?,
        owner: row.get()?,
        method: row.get()?,
        url: row.get()?,
        status: row.get()?,
        error: row.get()?,
        elapsed_us: row.get()?,
        response_size: row.get()?,
    })
}

/// Newest first, those with a smaller id than `before`; only failures (no answer, or status 400 and up) when `failed`.
pub fn list(
    sql: &mut dyn Sql,
    scope: &Scope,
    owner: Option<Owner>,
    failed: bool,
    before: Option<ExchangeId>,
    limit: usize,
) -> Result<Vec<ExchangeRow>> {
    let before = before.map_or(i64::MAX, |id| id.0);
    let only_failed = if failed { "and (status is null or status >= 400)" } else { "" };
    let text =
        format!("select {COLUMNS} from exchange where owner = $1 and id < $2 {only_failed} order by id desc limit $3");
    newest_first(
        &scope.chosen(owner),
        limit,
        |row: &ExchangeRow| row.id.0,
        |owner| sql.rows(&text, params![owner, before, limit], exchange_row),
    )
}

/// The heads of an exchange's neighbours with the same owner: the one before it and the one after it.
pub fn neighbours(sql: &mut dyn Sql, owner: Owner, id: ExchangeId) -> Result<(Option<ExchangeId>, Option<ExchangeId>)> {
    let before = sql.first(
        "select id from exchange where owner = $1 and id < $2 order by id desc limit 1",
        params![owner, id],
        |row| row.get(),
    )?;
    let after = sql.first(
        "select id from exchange where owner = $1 and id > $2 order by id limit 1",
        params![owner, id],
        |row| row.get(),
    )?;
    Ok((before, after))
}

/// Whose exchange it is; `None` when it does not exist or belongs to another workspace.
pub fn owner(sql: &mut dyn Sql, scope: &Scope, id: ExchangeId) -> Result<Option<Owner>> {
    let owner = sql.first("select owner from exchange where id = $1", params![id], |row| row.get())?;
    Ok(owner.filter(|owner| scope.owns(*owner)))
}
