//! Sales (取引) as the tills rang them up.

use super::{Scope, raw::Wanted, why::MovementInfo};
use crate::{
    error::{Result, from_json},
    owner::Owner,
    sql::{Row, Sql, params},
};
use regihub_domain::{ConnectionId, ExchangeId, InboxId, ProductId, SaleId, StoreId, sale::Sale};

#[derive(Clone, Debug, PartialEq)]
pub struct SaleInfo {
    pub sale: Sale,
    pub store_name: Option<String>,
    pub problem: Option<String>,
    /// How often a newer version was read.
    pub versions: i64,
    pub exchange: Option<ExchangeId>,
    pub message: Option<InboxId>,
    pub recorded_at: i64,
}

/// Where a page of sales ends: the next one begins before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleCursor {
    pub sold_at: i64,
    pub id: SaleId,
}

const FROM: &str = "select s.body, t.name, s.problem, s.versions, s.exchange_id, s.inbox_id, s.recorded_at
    from sale s left join store t on t.connection_id = s.connection_id and t.store_id = s.store_id";

fn sale_info(row: &mut Row<'_>) -> Result<SaleInfo> {
    Ok(SaleInfo {
        sale: from_json("sale.body", &row.get::<String>()?)?,
        store_name: row.get()?,
        problem: row.get()?,
        versions: row.get()?,
        exchange: row.get()?,
        message: row.get()?,
        recorded_at: row.get()?,
    })
}

/// Newest first by the time of sale; only those that need a person when `problems`. Empty for another workspace's connection.
pub fn list(
    sql: &mut dyn Sql,
    scope: &Scope,
    connection: ConnectionId,
    problems: bool,
    before: Option<&SaleCursor>,
    limit: usize,
) -> Result<Vec<SaleInfo>> {
    if !scope.owns(Owner::Connection(connection)) {
        return Ok(vec![]);
    }
    let only_problems = if problems { "and s.problem is not null" } else { "" };
    let text = format!(
        "{FROM} where s.connection_id = $1 and (s.sold_at, s.sale_id) < ($2, $3) {only_problems}
         order by s.sold_at desc, s.sale_id desc limit $4"
    );
    let (sold_at, id) = before.map_or((i64::MAX, ""), |cursor| (cursor.sold_at, cursor.id.as_str()));
    sql.rows(&text, params![connection, sold_at, id, limit], sale_info)
}

pub fn find(sql: &mut dyn Sql, scope: &Scope, connection: ConnectionId, id: &SaleId) -> Result<Option<SaleInfo>> {
    if !scope.owns(Owner::Connection(connection)) {
        return Ok(None);
    }
    let mut found = sql.first(
        &format!("{FROM} where s.connection_id = $1 and s.sale_id = $2"),
        params![connection, id],
        sale_info,
    )?;
    let mut wanted = Wanted::default();
    if let Some(sale) = &mut found {
        wanted.exchange(&mut sale.exchange);
        wanted.message(&mut sale.message);
    }
    wanted.forget_tidied(sql)?;
    Ok(found)
}

/// What a sale did to the stock of one product in its store, as booked; newest first, at most 20.
pub fn movements(
    sql: &mut dyn Sql,
    connection: ConnectionId,
    sale: &SaleId,
    product: &ProductId,
    store: &StoreId,
) -> Result<Vec<MovementInfo>> {
    let text = format!(
        "select {} from movement where connection_id = $1 and product_id = $2 and store_id = $3
         and cause_kind = 'sale' and cause_ref = $4 order by id desc limit 20",
        MovementInfo::COLUMNS
    );
    let mut entries = sql.rows(&text, params![connection, product, store, sale], MovementInfo::read)?;
    let mut wanted = Wanted::default();
    for entry in &mut entries {
        wanted.exchange(&mut entry.exchange);
        wanted.message(&mut entry.message);
    }
    wanted.forget_tidied(sql)?;
    Ok(entries)
}
