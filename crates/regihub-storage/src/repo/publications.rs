//! Published stock numbers: what each is, what made it, whether the shop has it.

use crate::{
    error::{Result, from_json, to_json},
    sql::{Row, Sql, list, params},
};
use regihub_domain::{ExchangeId, LinkId, ProductId, Sku, publish::PublishInputs};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationRow {
    pub sku: Sku,
    pub product_id: ProductId,
    /// `None` while the stock is unknown: nothing is sent then (I8).
    pub quantity: Option<i64>,
    pub version: i64,
    pub orders_seen: i64,
    pub inputs: PublishInputs,
    /// Microseconds since 1970, UTC.
    pub computed_at: i64,
    /// Set while this version has to be sent; microseconds since 1970, UTC.
    pub dirty_since: Option<i64>,
    pub pushed_quantity: Option<i64>,
    pub pushed_version: Option<i64>,
    pub pushed_at: Option<i64>,
    pub push_exchange_id: Option<ExchangeId>,
    pub problem: Option<String>,
}

/// A number that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    pub id: i64,
    /// Microseconds since 1970, UTC.
    pub at: i64,
    pub quantity: i64,
    pub version: i64,
    pub inputs: PublishInputs,
    /// What the shop answered, or why it could not be asked.
    pub result: String,
    pub exchange_id: Option<ExchangeId>,
}

pub struct Publications<'a> {
    sql: &'a mut dyn Sql,
}

macro_rules! publications {
    ($which:literal) => {
        concat!(
            "select sku, product_id, quantity, version, orders_seen, inputs, computed_at, dirty_since,
               pushed_quantity, pushed_version, pushed_at, push_exchange_id, problem
             from publication where link_id = $1 and ",
            $which
        )
    };
}

/// The same words as in the index `publication_dirty`.
macro_rules! dirty {
    ($select:literal, $more:literal) => {
        concat!("select ", $select, " from publication where link_id = $1 and dirty_since is not null", $more)
    };
}

impl<'a> Publications<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql) -> Self {
        Self { sql }
    }

    /// Those that are known, by SKU.
    pub fn get_many(&mut self, link: LinkId, skus: &[Sku]) -> Result<Vec<PublicationRow>> {
        self.sql.rows(publications!("sku {any_text $2} order by sku"), params![link, list(skus)?], read)
    }

    /// Adds or replaces the whole row.
    pub fn save(&mut self, link: LinkId, row: &PublicationRow) -> Result<()> {
        self.sql.execute(
            "insert into publication (link_id, sku, product_id, quantity, version, orders_seen, inputs, computed_at,
               dirty_since, pushed_quantity, pushed_version, pushed_at, push_exchange_id, problem)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             on conflict (link_id, sku) do update set
               product_id = excluded.product_id, quantity = excluded.quantity, version = excluded.version,
               orders_seen = excluded.orders_seen, inputs = excluded.inputs, computed_at = excluded.computed_at,
               dirty_since = excluded.dirty_since, pushed_quantity = excluded.pushed_quantity,
               pushed_version = excluded.pushed_version, pushed_at = excluded.pushed_at,
               push_exchange_id = excluded.push_exchange_id, problem = excluded.problem",
            params![
                link,
                &row.sku,
                &row.product_id,
                row.quantity,
                row.version,
                row.orders_seen,
                to_json("publication.inputs", &row.inputs)?,
                row.computed_at,
                row.dirty_since,
                row.pushed_quantity,
                row.pushed_version,
                row.pushed_at,
                row.push_exchange_id,
                row.problem.as_deref()
            ],
        )?;
        Ok(())
    }

    /// What has to be sent, oldest first.
    pub fn dirty(&mut self, link: LinkId, limit: usize) -> Result<Vec<PublicationRow>> {
        self.sql.rows(
            publications!("dirty_since is not null order by dirty_since, sku limit $2"),
            params![link, limit],
            read,
        )
    }

    /// How many have to be sent, and since when the oldest waits (microseconds since 1970, UTC).
    pub fn dirty_count(&mut self, link: LinkId) -> Result<(i64, Option<i64>)> {
        let found = self
            .sql
            .first(dirty!("count(*), min(dirty_since)", ""), params![link], |row| Ok((row.get()?, row.get()?)))?;
        Ok(found.unwrap_or((0, None)))
    }

    /// The shop took `sent`, the row as it was when it left. A version computed since then stays dirty. `at` in microseconds since 1970, UTC.
    pub fn taken(
        &mut self,
        link: LinkId,
        sent: &PublicationRow,
        at: i64,
        exchange: Option<ExchangeId>,
        result: &str,
    ) -> Result<()> {
        self.sql.execute(
            "update publication set pushed_quantity = $4, pushed_version = $3, pushed_at = $5, push_exchange_id = $6,
               problem = case when version = $3 then null else problem end,
               dirty_since = case when version = $3 then null else dirty_since end
             where link_id = $1 and sku = $2",
            params![link, &sent.sku, sent.version, sent.quantity, at, exchange],
        )?;
        self.remember(link, sent, at, exchange, result)
    }

    /// The shop did not take `sent`, the row as it was when it left. It is not sent again before it is saved with a new `dirty_since`, so it
    /// does not stop the others (I7). A version computed since then stays dirty. `at` in microseconds since 1970, UTC.
    pub fn refused(
        &mut self,
        link: LinkId,
        sent: &PublicationRow,
        problem: &str,
        at: i64,
        exchange: Option<ExchangeId>,
    ) -> Result<()> {
        self.sql.execute(
            "update publication set problem = $4, dirty_since = null, push_exchange_id = $5
             where link_id = $1 and sku = $2 and version = $3",
            params![link, &sent.sku, sent.version, problem, exchange],
        )?;
        self.remember(link, sent, at, exchange, problem)
    }

    /// Keeps what was sent with what made it (I6): as it left, because the row may hold a newer number by now.
    fn remember(
        &mut self,
        link: LinkId,
        sent: &PublicationRow,
        at: i64,
        exchange: Option<ExchangeId>,
        result: &str,
    ) -> Result<()> {
        // Without a number nothing was sent (I8).
        let Some(quantity) = sent.quantity else { return Ok(()) };
        self.sql.execute(
            "insert into publication_history (link_id, sku, at, quantity, version, inputs, result, exchange_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            params![
                link,
                &sent.sku,
                at,
                quantity,
                sent.version,
                to_json("publication_history.inputs", &sent.inputs)?,
                result,
                exchange
            ],
        )?;
        Ok(())
    }

    /// Links with numbers that have to be sent.
    pub fn links_with_work(&mut self) -> Result<Vec<LinkId>> {
        self.sql.rows(
            "select distinct link_id from publication where dirty_since is not null order by link_id",
            &[],
            |row| row.get(),
        )
    }

    /// What was sent for one item, newest first; the next page is `before` the last id of this one.
    pub fn history(&mut self, link: LinkId, sku: &Sku, before: Option<i64>, limit: usize) -> Result<Vec<HistoryRow>> {
        self.sql.rows(
            "select id, at, quantity, version, inputs, result, exchange_id from publication_history
             where link_id = $1 and sku = $2 and id < $3 order by id desc limit $4",
            params![link, sku, before.unwrap_or(i64::MAX), limit],
            |row| {
                Ok(HistoryRow {
                    id: row.get()?,
                    at: row.get()?,
                    quantity: row.get()?,
                    version: row.get()?,
                    inputs: from_json("publication_history.inputs", &row.get::<String>()?)?,
                    result: row.get()?,
                    exchange_id: row.get()?,
                })
            },
        )
    }
}

fn read(row: &mut Row<'_>) -> Result<PublicationRow> {
    Ok(PublicationRow {
        sku: row.get()?,
        product_id: row.get()?,
        quantity: row.get()?,
        version: row.get()?,
        orders_seen: row.get()?,
        inputs: from_json("publication.inputs", &row.get::<String>()?)?,
        computed_at: row.get()?,
        dirty_since: row.get()?,
        pushed_quantity: row.get()?,
        pushed_version: row.get()?,
        pushed_at: row.get()?,
        push_exchange_id: row.get()?,
        problem: row.get()?,
    })
}
