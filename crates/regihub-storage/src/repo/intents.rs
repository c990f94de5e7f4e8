//! Durable intents to write to Smaregi (I3): planned → sent → confirmed, or unclear → looked up → confirmed / again.

use crate::{
    error::{Result, StorageError},
    repo::jobs::LONGEST_WAIT,
    sql::{FromColumn, Row, Sql, Value, list, params},
};
use regihub_domain::{ConnectionId, ExchangeId, IntentId, OrderId, ProductId, ShopId, StoreId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIntent {
    pub connection_id: ConnectionId,
    /// Stands in `stockHistory.memo`; unique for ever.
    pub tag: String,
    pub shop_id: ShopId,
    pub order_id: OrderId,
    pub line_id: String,
    pub product_id: ProductId,
    pub store_id: StoreId,
    /// Pieces; negative takes out of the store.
    pub delta: i64,
    /// Microseconds since 1970, UTC.
    pub run_after: i64,
    /// Microseconds since 1970, UTC.
    pub created_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub id: IntentId,
    pub connection_id: ConnectionId,
    pub tag: String,
    pub shop_id: ShopId,
    pub order_id: OrderId,
    pub line_id: String,
    pub product_id: ProductId,
    pub store_id: StoreId,
    pub delta: i64,
    pub state: IntentState,
    pub attempts: i64,
    /// Microseconds since 1970, UTC.
    pub run_after: i64,
    pub created_at: i64,
    pub sent_at: Option<i64>,
    /// Smaregi's stock history id of the confirmed write.
    pub change_id: Option<String>,
    pub last_error: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IntentState {
    Planned,
    /// On its way: a crash now leaves it unclear.
    Sent,
    /// May have been done; to be looked up by its tag.
    Unclear,
    Confirmed,
    /// Never done and no longer wanted.
    Dropped,
    /// 保留: needs a person.
    Parked,
}

impl IntentState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sent => "sent",
            Self::Unclear => "unclear",
            Self::Confirmed => "confirmed",
            Self::Dropped => "dropped",
            Self::Parked => "parked",
        }
    }
}

impl FromColumn for IntentState {
    fn from_column(value: Value<'_>) -> Result<Self> {
        let text = String::from_column(value)?;
        [Self::Planned, Self::Sent, Self::Unclear, Self::Confirmed, Self::Dropped, Self::Parked]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| {
                StorageError::unreadable("intent.state", &text, "planned, sent, unclear, confirmed, dropped, parked")
            })
    }
}

pub struct Intents<'a> {
    sql: &'a mut dyn Sql,
}

/// The same words as in the indexes `intent_open` and `intent_demand`, or SQLite does not use them.
macro_rules! open {
    () => {
        "state in ('planned', 'sent', 'unclear', 'parked')"
    };
}

macro_rules! intents {
    ($($which:expr),+) => {
        concat!(
            "select id, connection_id, tag, shop_id, order_id, line_id, product_id, store_id, delta, state, attempts,
               run_after, created_at, sent_at, change_id, last_error from intent where ",
            $($which),+
        )
    };
}

impl<'a> Intents<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql) -> Self {
        Self { sql }
    }

    /// # Errors
    /// `Conflict` when the tag is taken.
    pub fn plan(&mut self, new: &NewIntent) -> Result<IntentId> {
        self.sql.add(
            "insert into intent (connection_id, tag, shop_id, order_id, line_id, product_id, store_id, delta, state,
               run_after, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 'planned', $9, $10)",
            params![
                new.connection_id,
                &new.tag,
                new.shop_id,
                &new.order_id,
                &new.line_id,
                &new.product_id,
                &new.store_id,
                new.delta,
                new.run_after,
                new.created_at
            ],
        )
    }

    /// Planned, sent and unclear ones whose time has come at `now`, oldest first. One that waits longer than [`LONGEST_WAIT`] was planned by a
    /// clock that ran ahead: its time has come too.
    pub fn ready(&mut self, connection: ConnectionId, now: i64, limit: usize) -> Result<Vec<Intent>> {
        self.sql.rows(
            intents!(
                "connection_id = $1 and ",
                open!(),
                " and state <> 'parked' and (run_after <= $2 or run_after > $3) order by created_at, id limit $4"
            ),
            params![connection, now, now.saturating_add(LONGEST_WAIT), limit],
            read,
        )
    }

    pub fn get_by_tag(&mut self, tag: &str) -> Result<Option<Intent>> {
        self.sql.first(intents!("tag = $1"), params![tag], read)
    }

    /// In the order in which they were planned.
    pub fn of_order(&mut self, shop: ShopId, order: &OrderId) -> Result<Vec<Intent>> {
        self.sql.rows(intents!("shop_id = $1 and order_id = $2 order by id"), params![shop, order], read)
    }

    /// About to be sent: committed before the request leaves. `run_after` is when it is looked up if nothing more is heard.
    /// False when it is not planned (any more): then it must not be sent.
    pub fn sent(&mut self, id: IntentId, now: i64, run_after: i64) -> Result<bool> {
        let changed = self.sql.execute(
            "update intent set state = 'sent', attempts = attempts + 1, sent_at = $2, run_after = $3
             where id = $1 and state = 'planned'",
            params![id, now, run_after],
        )?;
        Ok(changed > 0)
    }

    /// No answer: may have been done. Looked up by its tag after `run_after`.
    pub fn unclear(&mut self, id: IntentId, run_after: i64, error: &str) -> Result<()> {
        self.step(
            "update intent set state = 'unclear', run_after = $2, last_error = $3 where id = $1",
            id,
            params![id, run_after, error],
        )
    }

    /// Done, once.
    pub fn confirmed(
        &mut self,
        id: IntentId,
        change_id: Option<&str>,
        exchange: Option<ExchangeId>,
        now: i64,
    ) -> Result<()> {
        self.step(
            "update intent set state = 'confirmed', change_id = $2, exchange_id = $3, settled_at = $4, last_error = null
             where id = $1",
            id,
            params![id, change_id, exchange, now],
        )
    }

    /// Proven not done: to be sent again after `run_after`.
    pub fn again(&mut self, id: IntentId, run_after: i64, error: &str) -> Result<()> {
        self.step(
            "update intent set state = 'planned', run_after = $2, last_error = $3 where id = $1",
            id,
            params![id, run_after, error],
        )
    }

    /// Never done and no longer wanted.
    pub fn dropped(&mut self, id: IntentId, now: i64) -> Result<()> {
        self.step("update intent set state = 'dropped', settled_at = $2 where id = $1", id, params![id, now])
    }

    /// Set aside for a person (保留); still counts as demand.
    pub fn parked(&mut self, id: IntentId, error: &str) -> Result<()> {
        self.step("update intent set state = 'parked', last_error = $2 where id = $1", id, params![id, error])
    }

    /// Keeps the call that told what happened last, so that whoever looks at the intent can read it.
    pub fn answered_by(&mut self, id: IntentId, exchange: ExchangeId) -> Result<()> {
        self.step("update intent set exchange_id = $2 where id = $1", id, params![id, exchange])
    }

    fn step(&mut self, sql: &str, id: IntentId, values: &[Value<'_>]) -> Result<()> {
        if self.sql.execute(sql, values)? == 0 { Err(StorageError::not_found("intent", id)) } else { Ok(()) }
    }

    /// Pieces per product and store that shops have sold and Smaregi does not show yet.
    pub fn demand(
        &mut self,
        connection: ConnectionId,
        products: &[ProductId],
    ) -> Result<Vec<(ProductId, StoreId, i64)>> {
        self.sql.rows(
            concat!(
                "select product_id, store_id, cast(-sum(delta) as bigint) from intent where connection_id = $1 and ",
                open!(),
                " and product_id {any_text $2} group by product_id, store_id order by product_id, store_id"
            ),
            params![connection, list(products)?],
            |row| Ok((row.get()?, row.get()?, row.get()?)),
        )
    }

    /// Connections with writes that may be made at `now`.
    pub fn connections_with_work(&mut self, now: i64) -> Result<Vec<ConnectionId>> {
        self.sql.rows(
            concat!(
                "select distinct connection_id from intent where ",
                open!(),
                " and state <> 'parked' and run_after <= $1 order by connection_id"
            ),
            params![now],
            |row| row.get(),
        )
    }

    /// How many are in each state. Reads all intents of the connection: for pages, not for loops.
    pub fn counts(&mut self, connection: ConnectionId) -> Result<Vec<(String, i64)>> {
        self.sql.rows(
            "select state, count(*) from intent where connection_id = $1 group by state order by state",
            params![connection],
            |row| Ok((row.get()?, row.get()?)),
        )
    }

    /// The next moment after `now` at which something becomes ready.
    pub fn next_run(&mut self, connection: ConnectionId, now: i64) -> Result<Option<i64>> {
        self.sql.one(
            concat!(
                "select min(run_after) from intent where connection_id = $1 and ",
                open!(),
                " and state <> 'parked' and run_after > $2 and run_after <= $3"
            ),
            params![connection, now, now.saturating_add(LONGEST_WAIT)],
        )
    }
}

fn read(row: &mut Row<'_>) -> Result<Intent> {
    Ok(Intent {
        id: row.get()?,
        connection_id: row.get()?,
        tag: row.get()?,
        shop_id: row.get()?,
        order_id: row.get()?,
        line_id: row.get()?,
        product_id: row.get()?,
        store_id: row.get()?,
        delta: row.get()?,
        state: row.get()?,
        attempts: row.get()?,
        run_after: row.get()?,
        created_at: row.get()?,
        sent_at: row.get()?,
        change_id: row.get()?,
        last_error: row.get()?,
    })
}
