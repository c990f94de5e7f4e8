//! Newest known version of each point-of-sale transaction (取引), with where it came from.

use crate::{
    error::{Result, from_json, to_json},
    sql::{Row, Sql, list, params},
};
use regihub_domain::{ConnectionId, ExchangeId, InboxId, SaleId, sale::Sale};

#[derive(Clone, Debug, PartialEq)]
pub struct SaleRow {
    pub sale: Sale,
    /// Why a person should look at it.
    pub problem: Option<String>,
    /// How often it was saved.
    pub versions: i64,
    pub exchange_id: Option<ExchangeId>,
    pub inbox_id: Option<InboxId>,
    /// Microseconds since 1970, UTC.
    pub recorded_at: i64,
}

pub struct Sales<'a> {
    sql: &'a mut dyn Sql,
}

macro_rules! sales {
    ($which:literal) => {
        concat!(
            "select body, problem, versions, exchange_id, inbox_id, recorded_at from sale where connection_id = $1 and ",
            $which
        )
    };
}

impl<'a> Sales<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql) -> Self {
        Self { sql }
    }

    /// Those that are known, by id.
    pub fn get_many(&mut self, connection: ConnectionId, sales: &[SaleId]) -> Result<Vec<SaleRow>> {
        self.sql.rows(sales!("sale_id {any_text $2} order by sale_id"), params![connection, list(sales)?], read)
    }

    pub fn get(&mut self, connection: ConnectionId, sale: &SaleId) -> Result<Option<SaleRow>> {
        self.sql.first(sales!("sale_id = $2"), params![connection, sale], read)
    }

    /// Adds or replaces a sale. Which version is newer is the caller's decision. `now` in microseconds since 1970, UTC.
    pub fn save(
        &mut self,
        connection: ConnectionId,
        sale: &Sale,
        problem: Option<&str>,
        exchange: Option<ExchangeId>,
        inbox: Option<InboxId>,
        now: i64,
    ) -> Result<()> {
        self.sql.execute(
            "insert into sale (connection_id, sale_id, store_id, sold_at, updated_at, status, total, body, problem,
               exchange_id, inbox_id, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             on conflict (connection_id, sale_id) do update set
               store_id = excluded.store_id, sold_at = excluded.sold_at, updated_at = excluded.updated_at,
               status = excluded.status, total = excluded.total, body = excluded.body, problem = excluded.problem,
               versions = sale.versions + 1, exchange_id = excluded.exchange_id,
               inbox_id = excluded.inbox_id, recorded_at = excluded.recorded_at",
            params![
                connection,
                &sale.sale_id,
                &sale.store_id,
                sale.sold_at,
                sale.updated_at,
                status(sale),
                sale.amounts.total.to_string(),
                to_json("sale.body", sale)?,
                problem,
                exchange,
                inbox,
                now
            ],
        )?;
        Ok(())
    }

    /// Newest first; the next page is `before` the time and id of the last sale of this one.
    pub fn list(
        &mut self,
        connection: ConnectionId,
        before: Option<(i64, SaleId)>,
        limit: usize,
    ) -> Result<Vec<SaleRow>> {
        let (sold_at, id) = before.unwrap_or((i64::MAX, SaleId(String::new())));
        self.sql.rows(
            sales!("(sold_at, sale_id) < ($2, $3) order by sold_at desc, sale_id desc limit $4"),
            params![connection, sold_at, &id, limit],
            read,
        )
    }

    pub fn count(&mut self, connection: ConnectionId) -> Result<i64> {
        self.sql.one("select count(*) from sale where connection_id = $1", params![connection])
    }
}

/// The column that pages filter by.
fn status(sale: &Sale) -> &'static str {
    use regihub_domain::sale::Dispose;
    match (sale.cancelled, &sale.dispose) {
        (true, _) => "cancelled",
        (false, Dispose::No) => "valid",
        (false, Dispose::Original) => "disposed",
        (false, Dispose::CounterEntry(_)) => "counter_entry",
    }
}

fn read(row: &mut Row<'_>) -> Result<SaleRow> {
    Ok(SaleRow {
        sale: from_json("sale.body", &row.get::<String>()?)?,
        problem: row.get()?,
        versions: row.get()?,
        exchange_id: row.get()?,
        inbox_id: row.get()?,
        recorded_at: row.get()?,
    })
}
