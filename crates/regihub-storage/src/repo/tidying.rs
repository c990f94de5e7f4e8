//! Tidying away what is too old, in small steps: each method touches at most `limit` rows of what grows.
//!
//! A message or call is kept, however old, while somebody needs it: the newest entry of a pair's ledger and the newest number of an item (they
//! explain what the shop says now), open intents with their orders, jobs, expectations, and sales and orders with a problem. What
//! only a walk through all pairs and items can tell is marked first (`tidy_keep`); a mark can only be too many, because what became newest
//! since is too young to be tidied away. The rest is looked up while deleting.

use crate::{
    error::Result,
    sql::{Sql, Value, list, params},
    unit::Unit,
};
use regihub_domain::{ConnectionId, ExchangeId, InboxId, LinkId, MovementId, ProductId, Sku, StoreId};

/// One product in one store, with what its newest entry rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub connection_id: ConnectionId,
    pub product_id: ProductId,
    pub store_id: StoreId,
    /// Part of the level that nothing has explained yet.
    pub unattributed: i64,
    pub newest: Option<MovementId>,
    /// When the level last changed, microseconds since 1970, UTC.
    pub changed_at: i64,
    pub messages: Vec<InboxId>,
    pub exchanges: Vec<ExchangeId>,
}

/// The number of one item, with the call that told the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub link_id: LinkId,
    pub sku: Sku,
    pub exchange_id: Option<ExchangeId>,
}

/// What one step of deleting did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// The last row that was looked at; the next step goes on behind it. `None`: there was nothing more to look at.
    pub last: Option<i64>,
    pub deleted: u64,
}

/// What is tidied away row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Old {
    /// Raw notifications that are worked off.
    Messages,
    /// Calls with their bodies.
    Exchanges,
    /// Numbers that were sent, except the newest of each item.
    Pushes,
}

pub struct Tidying<'a> {
    sql: &'a mut dyn Sql,
}

impl Unit<'_> {
    /// Tidying away what is too old.
    pub fn tidying(&mut self) -> Tidying<'_> {
        Tidying { sql: self.sql() }
    }
}

const MESSAGE: i64 = 0;
const EXCHANGE: i64 = 1;

/// The same words as in the index `intent_open`.
macro_rules! of_open_orders {
    ($column:literal) => {
        concat!(
            "select o.",
            $column,
            " from intent i join shop_order o on o.shop_id = i.shop_id and o.order_id = i.order_id
             where i.state in ('planned', 'sent', 'unclear', 'parked') and o.",
            $column,
            " is not null"
        )
    };
}

/// Sales and orders that wait for a person, and what levels still wait for.
macro_rules! of_the_unsettled {
    ($column:literal) => {
        concat!(
            "select ",
            $column,
            " from expected where ",
            $column,
            " is not null union all select ",
            $column,
            " from sale where problem is not null and ",
            $column,
            " is not null union all select ",
            $column,
            " from shop_order where problem is not null and ",
            $column,
            " is not null"
        )
    };
}

impl Old {
    fn next(self) -> &'static str {
        match self {
            Self::Messages => "select id, received_at from inbox where id > $1 order by id limit $2",
            Self::Exchanges => "select id, at from exchange where id > $1 order by id limit $2",
            Self::Pushes => "select id, at from publication_history where id > $1 order by id limit $2",
        }
    }

    fn delete(self) -> &'static str {
        match self {
            Self::Messages => concat!(
                "delete from inbox where id {any_int $1}
                   and not exists (select 1 from tidy_keep k where k.kind = 0 and k.row_id = inbox.id)
                   and id not in (select inbox_id from job where inbox_id is not null)
                   and id not in (",
                of_open_orders!("inbox_id"),
                ") and id not in (",
                of_the_unsettled!("inbox_id"),
                ")"
            ),
            Self::Exchanges => concat!(
                "delete from exchange where id {any_int $1}
                   and not exists (select 1 from tidy_keep k where k.kind = 1 and k.row_id = exchange.id)
                   and id not in (select exchange_id from intent
                     where state in ('planned', 'sent', 'unclear', 'parked') and exchange_id is not null)
                   and id not in (",
                of_open_orders!("exchange_id"),
                ") and id not in (",
                of_the_unsettled!("exchange_id"),
                ")"
            ),
            Self::Pushes => {
                "delete from publication_history where id {any_int $1} and exists (
                   select 1 from publication_history n where n.link_id = publication_history.link_id
                     and n.sku = publication_history.sku and n.id > publication_history.id)"
            }
        }
    }
}

impl Tidying<'_> {
    /// Forgets marks of an earlier run. Returns how many.
    pub fn forget_marks(&mut self, limit: usize) -> Result<u64> {
        let forgotten = "delete from tidy_keep where (kind, row_id) in (select kind, row_id from tidy_keep limit $1)";
        self.sql.execute(forgotten, params![limit])
    }

    /// Marks what must be kept.
    pub fn keep(&mut self, messages: &[InboxId], exchanges: &[ExchangeId]) -> Result<()> {
        let mut ids: Vec<(i64, i64)> = messages.iter().map(|id| (MESSAGE, id.0)).collect();
        ids.extend(exchanges.iter().map(|id| (EXCHANGE, id.0)));
        ids.sort_unstable();
        ids.dedup();
        let values: Vec<Value<'_>> = ids.into_iter().flat_map(|(kind, id)| [kind.into(), id.into()]).collect();
        self.sql.execute_many(
            "insert into tidy_keep (kind, row_id) values ($1, $2) on conflict (kind, row_id) do nothing",
            2,
            &values,
        )?;
        Ok(())
    }

    /// Pairs of product and store behind `after`, in the order of their keys.
    pub fn pairs(&mut self, after: Option<&Pair>, limit: usize) -> Result<Vec<Pair>> {
        let (connection, product, store) = match after {
            Some(pair) => (pair.connection_id, pair.product_id.as_str(), pair.store_id.as_str()),
            None => (ConnectionId(0), "", ""),
        };
        self.sql.rows(
            "select p.connection_id, p.product_id, p.store_id, p.unattributed, p.changed_at, p.exchange_id,
               m.id, m.exchange_id, m.inbox_id
             from (select l.connection_id, l.product_id, l.store_id, l.unattributed, l.changed_at, l.exchange_id,
                     (select max(n.id) from movement n where n.connection_id = l.connection_id
                        and n.product_id = l.product_id and n.store_id = l.store_id) as newest
                   from level l where (l.connection_id, l.product_id, l.store_id) > ($1, $2, $3)
                   order by l.connection_id, l.product_id, l.store_id limit $4) as p
             left join movement m on m.id = p.newest
             order by p.connection_id, p.product_id, p.store_id",
            params![connection, product, store, limit],
            |row| {
                let (connection_id, product_id, store_id) = (row.get()?, row.get()?, row.get()?);
                let (unattributed, changed_at, seen_in) = (row.get()?, row.get()?, row.get::<Option<ExchangeId>>()?);
                let (newest, exchange) = (row.get()?, row.get::<Option<ExchangeId>>()?);
                Ok(Pair {
                    connection_id,
                    product_id,
                    store_id,
                    unattributed,
                    newest,
                    changed_at,
                    messages: row.get::<Option<InboxId>>()?.into_iter().collect(),
                    exchanges: seen_in.into_iter().chain(exchange).collect(),
                })
            },
        )
    }

    /// The last of the oldest entries of `pair`, at most `limit`, that are older than `before` (microseconds since 1970, UTC) and not the newest.
    /// `None` when there are not at least two to fold.
    pub fn foldable(&mut self, pair: &Pair, before: i64, limit: usize) -> Result<Option<MovementId>> {
        let found = self.sql.first(
            "select count(*), max(id) from (
               select id from movement where connection_id = $1 and product_id = $2 and store_id = $3 and id < $4 and at < $5
               order by id limit $6) as old",
            params![pair.connection_id, &pair.product_id, &pair.store_id, pair.newest, before, limit],
            |row| Ok((row.get::<i64>()?, row.get::<Option<MovementId>>()?)),
        )?;
        Ok(found.filter(|(count, _)| *count > 1).and_then(|(_, last)| last))
    }

    /// Folds all entries of `pair` up to `last` into one opening entry in the place of `last`, so that the ledger adds up as before. Its
    /// reference is the number of entries it stands for. Returns how many rows are gone.
    pub fn fold(&mut self, pair: &Pair, last: MovementId) -> Result<u64> {
        macro_rules! old {
            ($start:literal, $end:literal) => {
                concat!(
                    $start,
                    " movement where connection_id = $1 and product_id = $2 and store_id = $3 and id ",
                    $end
                )
            };
        }
        let of_pair = params![pair.connection_id, &pair.product_id, &pair.store_id, last];
        let (rows, sum) = self
            .sql
            .first(old!("select count(*), cast(sum(delta) as bigint) from", "<= $4"), of_pair, |row| {
                Ok((row.get::<i64>()?, row.get::<Option<i64>>()?))
            })?
            .unwrap_or_default();
        let first: Option<(String, String)> =
            self.sql.first(old!("select cause_kind, cause_ref from", "<= $4 order by id limit 1"), of_pair, |row| {
                Ok((row.get()?, row.get()?))
            })?;
        let folded_before =
            first.filter(|(kind, _)| kind == "opening").and_then(|(_, count)| count.parse::<i64>().ok());
        let stands_for = rows - 1 + folded_before.unwrap_or(1);
        self.sql.execute(
            "update movement set cause_kind = 'opening', cause_ref = $2, delta = $3, exchange_id = null, inbox_id = null
             where id = $1",
            params![last, stands_for.to_string(), sum],
        )?;
        self.sql.execute(old!("delete from", "< $4"), of_pair)
    }

    /// Numbers behind `after`, in the order of their keys.
    pub fn told(&mut self, after: Option<&Told>, limit: usize) -> Result<Vec<Told>> {
        let (link, sku) = after.map_or((LinkId(0), ""), |told| (told.link_id, told.sku.as_str()));
        self.sql.rows(
            "select link_id, sku, push_exchange_id from publication where (link_id, sku) > ($1, $2)
             order by link_id, sku limit $3",
            params![link, sku, limit],
            |row| Ok(Told { link_id: row.get()?, sku: row.get()?, exchange_id: row.get()? }),
        )
    }

    /// Deletes what is behind `after`, older than `before` (microseconds since 1970, UTC) and needed by nobody, looking at `limit` rows.
    pub fn sweep(&mut self, what: Old, after: i64, before: i64, limit: usize) -> Result<Swept> {
        let old = self.old(what.next(), after, before, limit)?;
        let Some(last) = old.last().copied() else { return Ok(Swept { last: None, deleted: 0 }) };
        let deleted = self.sql.execute(what.delete(), params![list(&old)?])?;
        Ok(Swept { last: Some(last), deleted })
    }

    /// Those of the next rows that are older than `before`. Rows are added in the order of time, so the first ones without an old one among them
    /// are the end.
    fn old(&mut self, next: &str, after: i64, before: i64, limit: usize) -> Result<Vec<i64>> {
        let rows = self.sql.rows(next, params![after, limit], |row| Ok((row.get::<i64>()?, row.get::<i64>()?)))?;
        Ok(rows.into_iter().filter(|(_, at)| *at < before).map(|(id, _)| id).collect())
    }
}
