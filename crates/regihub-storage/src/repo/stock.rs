//! The stock ledger: levels, what is expected to change them, and every change with its cause (I6).

use crate::{
    error::{Result, StorageError},
    sql::{Row, Sql, list, params},
};
use regihub_domain::{
    ConnectionId, ExchangeId, InboxId, MovementId, ProductId, SaleId, StoreId,
    stock::{Cause, Entry, Expected, Level},
};
use std::borrow::Cow;

/// One product in one store, as Smaregi showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelRow {
    pub product_id: ProductId,
    pub store_id: StoreId,
    pub level: Level,
    /// When the read that proved it began, microseconds since 1970, UTC.
    pub seen_at: i64,
    /// Microseconds since 1970, UTC.
    pub changed_at: i64,
    pub exchange_id: Option<ExchangeId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedRow {
    pub id: i64,
    pub product_id: ProductId,
    pub store_id: StoreId,
    pub expected: Expected,
    pub exchange_id: Option<ExchangeId>,
    pub inbox_id: Option<InboxId>,
    /// Since when it is known, microseconds since 1970, UTC: a level read that began later contains it.
    pub expected_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewExpected {
    pub product_id: ProductId,
    pub store_id: StoreId,
    pub cause: Cause,
    pub delta: i64,
    pub exchange_id: Option<ExchangeId>,
    pub inbox_id: Option<InboxId>,
    /// Microseconds since 1970, UTC.
    pub created_at: i64,
}

/// One line of the ledger (在庫変動).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementRow {
    pub id: MovementId,
    pub product_id: ProductId,
    pub store_id: StoreId,
    /// Microseconds since 1970, UTC.
    pub at: i64,
    pub entry: Entry,
    pub exchange_id: Option<ExchangeId>,
    pub inbox_id: Option<InboxId>,
}

pub struct StockLedger<'a> {
    sql: &'a mut dyn Sql,
}

macro_rules! levels {
    ($which:literal) => {
        concat!(
            "select product_id, store_id, amount, unattributed, seen_at, changed_at, exchange_id from level
             where connection_id = $1 and ",
            $which
        )
    };
}

macro_rules! movements {
    ($which:literal) => {
        concat!(
            "select id, product_id, store_id, at, cause_kind, cause_ref, delta, level_after, exchange_id, inbox_id
             from movement where connection_id = $1 and product_id = $2 and ",
            $which
        )
    };
}

impl<'a> StockLedger<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql) -> Self {
        Self { sql }
    }

    /// Known levels of these products in all stores, by product and store.
    pub fn levels(&mut self, connection: ConnectionId, products: &[ProductId]) -> Result<Vec<LevelRow>> {
        self.sql.rows(
            levels!("product_id {any_text $2} order by product_id, store_id"),
            params![connection, list(products)?],
            read_level,
        )
    }

    pub fn save_level(&mut self, connection: ConnectionId, row: &LevelRow) -> Result<()> {
        self.sql.execute(
            "insert into level (connection_id, product_id, store_id, amount, unattributed, seen_at, changed_at, exchange_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (connection_id, product_id, store_id) do update set
               amount = excluded.amount, unattributed = excluded.unattributed, seen_at = excluded.seen_at,
               changed_at = excluded.changed_at, exchange_id = excluded.exchange_id",
            params![
                connection,
                &row.product_id,
                &row.store_id,
                row.level.amount,
                row.level.unattributed,
                row.seen_at,
                row.changed_at,
                row.exchange_id
            ],
        )?;
        Ok(())
    }

    /// What these products still expect, in the order in which it became known.
    pub fn expected(&mut self, connection: ConnectionId, products: &[ProductId]) -> Result<Vec<ExpectedRow>> {
        self.sql.rows(
            "select id, product_id, store_id, cause_kind, cause_ref, delta, exchange_id, inbox_id, created_at from expected
             where connection_id = $1 and product_id {any_text $2} order by id",
            params![connection, list(products)?],
            |row| {
                Ok(ExpectedRow {
                    id: row.get()?,
                    product_id: row.get()?,
                    store_id: row.get()?,
                    expected: Expected { cause: read_cause(row)?, delta: row.get()? },
                    exchange_id: row.get()?,
                    inbox_id: row.get()?,
                    expected_at: row.get()?,
                })
            },
        )
    }

    pub fn expect(&mut self, connection: ConnectionId, new: &NewExpected) -> Result<()> {
        let (kind, reference) = cause_columns(&new.cause);
        self.sql.execute(
            "insert into expected (connection_id, product_id, store_id, cause_kind, cause_ref, delta,
               exchange_id, inbox_id, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            params![
                connection,
                &new.product_id,
                &new.store_id,
                kind,
                &*reference,
                new.delta,
                new.exchange_id,
                new.inbox_id,
                new.created_at
            ],
        )?;
        Ok(())
    }

    pub fn forget_expected(&mut self, ids: &[i64]) -> Result<()> {
        if !ids.is_empty() {
            self.sql.execute("delete from expected where id {any_int $1}", params![list(ids)?])?;
        }
        Ok(())
    }

    /// Adds lines to the ledger. `at` in microseconds since 1970, UTC.
    pub fn book(
        &mut self,
        connection: ConnectionId,
        product: &ProductId,
        store: &StoreId,
        at: i64,
        entries: &[(Entry, Option<ExchangeId>, Option<InboxId>)],
    ) -> Result<()> {
        let mut values = Vec::with_capacity(entries.len() * 10);
        for (entry, exchange, inbox) in entries {
            let (kind, reference) = cause_columns(&entry.cause);
            values.extend([
                connection.into(),
                product.into(),
                store.into(),
                at.into(),
                kind.into(),
                crate::sql::Value::Text(reference),
                entry.delta.into(),
                entry.level_after.into(),
                (*exchange).into(),
                (*inbox).into(),
            ]);
        }
        self.sql.execute_many(
            "insert into movement (connection_id, product_id, store_id, at, cause_kind, cause_ref, delta, level_after,
               exchange_id, inbox_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            10,
            &values,
        )?;
        Ok(())
    }

    /// The ledger of a product, newest first, of one store or all; the next page is `before` the last id of this one.
    pub fn movements(
        &mut self,
        connection: ConnectionId,
        product: &ProductId,
        store: Option<&StoreId>,
        before: Option<MovementId>,
        limit: usize,
    ) -> Result<Vec<MovementRow>> {
        let before = before.unwrap_or(MovementId(i64::MAX));
        match store {
            Some(store) => self.sql.rows(
                movements!("store_id = $3 and id < $4 order by id desc limit $5"),
                params![connection, product, store, before, limit],
                read_movement,
            ),
            None => self.sql.rows(
                movements!("id < $3 order by id desc limit $4"),
                params![connection, product, before, limit],
                read_movement,
            ),
        }
    }

    /// Levels with a part that nothing has explained, last changed before `older_than`, longest unexplained first.
    pub fn unattributed(&mut self, connection: ConnectionId, older_than: i64, limit: usize) -> Result<Vec<LevelRow>> {
        self.sql.rows(
            levels!("unattributed <> 0 and changed_at < $2 order by changed_at, product_id, store_id limit $3"),
            params![connection, older_than, limit],
            read_level,
        )
    }

    /// How many products have a level that Smaregi has shown.
    pub fn proven_products(&mut self, connection: ConnectionId) -> Result<i64> {
        self.sql.one("select count(distinct product_id) from level where connection_id = $1", params![connection])
    }

    /// Pairs whose ledger does not add up to the level, with level and sum. Must be empty (I6). Reads the whole ledger.
    pub fn check_sums(&mut self, connection: ConnectionId) -> Result<Vec<(ProductId, StoreId, i64, i64)>> {
        self.sql.rows(
            "select product_id, store_id, cast(sum(amount) as bigint), cast(sum(delta) as bigint) from (
               select product_id, store_id, amount, 0 as delta from level where connection_id = $1
               union all
               select product_id, store_id, 0 as amount, delta from movement where connection_id = $1) as sums
             group by product_id, store_id having sum(amount) <> sum(delta) order by product_id, store_id",
            params![connection],
            |row| Ok((row.get()?, row.get()?, row.get()?, row.get()?)),
        )
    }
}

/// The two columns of a cause.
fn cause_columns(cause: &Cause) -> (&'static str, Cow<'_, str>) {
    match cause {
        Cause::Opening => ("opening", "".into()),
        Cause::Sale(id) => ("sale", id.as_str().into()),
        Cause::OwnWrite(tag) => ("own_write", tag.into()),
        Cause::Other => ("other", "".into()),
        // Smaregi's ids and divisions are numbers, so the spaces after them end them (platform-pos.md §4).
        Cause::History { change_id, division, memo } => ("history", format!("{change_id} {division} {memo}").into()),
    }
}

fn read_cause(row: &mut Row<'_>) -> Result<Cause> {
    let kind: String = row.get()?;
    let reference: String = row.get()?;
    match kind.as_str() {
        "opening" => Ok(Cause::Opening),
        "sale" => Ok(Cause::Sale(SaleId(reference))),
        "own_write" => Ok(Cause::OwnWrite(reference)),
        "other" => Ok(Cause::Other),
        "history" => {
            let mut parts = reference.splitn(3, ' ').map(str::to_owned);
            let mut part = || parts.next().unwrap_or_default();
            Ok(Cause::History { change_id: part(), division: part(), memo: part() })
        }
        other => Err(StorageError::unreadable("cause_kind", other, "opening, sale, own_write, other, history")),
    }
}

fn read_level(row: &mut Row<'_>) -> Result<LevelRow> {
    Ok(LevelRow {
        product_id: row.get()?,
        store_id: row.get()?,
        level: Level { amount: row.get()?, unattributed: row.get()? },
        seen_at: row.get()?,
        changed_at: row.get()?,
        exchange_id: row.get()?,
    })
}

fn read_movement(row: &mut Row<'_>) -> Result<MovementRow> {
    Ok(MovementRow {
        id: row.get()?,
        product_id: row.get()?,
        store_id: row.get()?,
        at: row.get()?,
        entry: Entry { cause: read_cause(row)?, delta: row.get()?, level_after: row.get()? },
        exchange_id: row.get()?,
        inbox_id: row.get()?,
    })
}
