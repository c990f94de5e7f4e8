//! Events (通知): the messages as they came in, and what came of them.

use super::{Scope, newest_first, raw::Wanted};
use crate::{
    JobState, MessageState,
    error::Result,
    owner::Owner,
    sql::{Row, Sql, list as json_list, params},
};
use bytes::Bytes;
use regihub_domain::{
    ConnectionId, ExchangeId, InboxId, JobId, MovementId, OrderId, ProductId, SaleId, ShopId, StoreId,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    pub id: InboxId,
    pub received_at: i64,
    pub owner: Owner,
    pub event: String,
    pub action: String,
    pub message_id: Option<String>,
    pub state: MessageState,
    pub note: Option<String>,
    /// Length of the body in bytes.
    pub size: i64,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct EventFilter<'a> {
    pub owner: Option<Owner>,
    pub state: Option<MessageState>,
    /// The sender's id of the message, exactly.
    pub message_id: Option<&'a str>,
}

const COLUMNS: &str = "id, received_at, owner, event, action, message_id, state, note, length(body)";

fn event_row(row: &mut Row<'_>) -> Result<EventRow> {
    Ok(EventRow {
        id: row.get()?,
        received_at: row.get()?,
        owner: row.get()?,
        event: row.get()?,
        action: row.get()?,
        message_id: row.get()?,
        state: row.get()?,
        note: row.get()?,
        size: row.get()?,
    })
}

/// Newest first, those with a smaller id than `before`.
pub fn list(
    sql: &mut dyn Sql,
    scope: &Scope,
    filter: EventFilter<'_>,
    before: Option<InboxId>,
    limit: usize,
) -> Result<Vec<EventRow>> {
    let before = before.map_or(i64::MAX, |id| id.0);
    newest_first(
        &scope.chosen(filter.owner),
        limit,
        |row: &EventRow| row.id.0,
        |owner| {
            let mut text = format!("select {COLUMNS} from inbox where owner = $1 and id < $2");
            let mut values = vec![owner.into(), before.into(), limit.into()];
            if let Some(state) = filter.state {
                values.push((state as i64).into());
                text.push_str(&format!(" and state = ${}", values.len()));
            }
            if let Some(message_id) = filter.message_id {
                values.push(message_id.into());
                text.push_str(&format!(" and message_id = ${}", values.len()));
            }
            text.push_str(" order by id desc limit $3");
            sql.rows(&text, &values, event_row)
        },
    )
}

/// One message in full; `None` when it does not exist or belongs to another workspace.
pub struct EventDetail {
    pub row: EventRow,
    /// JSON of the headers that were kept.
    pub headers: String,
    pub body: Bytes,
    /// Work that is still waiting because of it; work that is done leaves no job.
    pub jobs: Vec<EventJob>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventJob {
    pub id: JobId,
    pub kind: String,
    pub key: String,
    pub state: JobState,
    pub last_error: Option<String>,
}

pub fn find(sql: &mut dyn Sql, scope: &Scope, id: InboxId) -> Result<Option<EventDetail>> {
    let text = format!("select {COLUMNS}, headers, body from inbox where id = $1");
    let found =
        sql.first(&text, params![id], |row| Ok((event_row(row)?, row.get::<String>()?, row.get::<Bytes>()?)))?;
    let Some((row, headers, body)) = found.filter(|(row, ..)| scope.owns(row.owner)) else { return Ok(None) };
    let jobs = sql.rows(
        "select id, kind, key, state, last_error from job where owner = $1 and inbox_id = $2 order by id limit 100",
        params![row.owner, id],
        |row| {
            Ok(EventJob {
                id: row.get()?,
                kind: row.get()?,
                key: row.get()?,
                state: row.get()?,
                last_error: row.get()?,
            })
        },
    )?;
    Ok(Some(EventDetail { row, headers, body, jobs }))
}

/// A sale that a message names, if it has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSale {
    pub id: SaleId,
    pub sold_at: i64,
    pub total: String,
    /// This very message led to the newest reading.
    pub from_this: bool,
}

pub fn named_sales(
    sql: &mut dyn Sql,
    connection: ConnectionId,
    message: InboxId,
    sales: &[SaleId],
) -> Result<Vec<NamedSale>> {
    sql.rows(
        "select sale_id, sold_at, total, cast(case when inbox_id = $2 then 1 else 0 end as bigint) from sale
         where connection_id = $1 and sale_id {any_text $3} order by sold_at, sale_id",
        params![connection, message, json_list(sales)?],
        |row| Ok(NamedSale { id: row.get()?, sold_at: row.get()?, total: row.get()?, from_this: row.get()? }),
    )
}

/// A movement that was booked because of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedMovement {
    pub id: MovementId,
    pub product: ProductId,
    pub product_name: Option<String>,
    pub store: StoreId,
    pub delta: i64,
    pub level_after: i64,
    pub exchange: Option<ExchangeId>,
}

/// Movements of one pair that name the message; at most 20.
pub fn named_movements(
    sql: &mut dyn Sql,
    connection: ConnectionId,
    message: InboxId,
    product: &ProductId,
    store: &StoreId,
) -> Result<Vec<NamedMovement>> {
    let mut found = sql.rows(
        "select m.id, m.product_id, p.name, m.store_id, m.delta, m.level_after, m.exchange_id
         from movement m left join product p on p.connection_id = m.connection_id and p.product_id = m.product_id
         where m.connection_id = $1 and m.product_id = $2 and m.store_id = $3 and m.inbox_id = $4
         order by m.id desc limit 20",
        params![connection, product, store, message],
        |row| {
            Ok(NamedMovement {
                id: row.get()?,
                product: row.get()?,
                product_name: row.get()?,
                store: row.get()?,
                delta: row.get()?,
                level_after: row.get()?,
                exchange: row.get()?,
            })
        },
    )?;
    let mut wanted = Wanted::default();
    found.iter_mut().for_each(|movement| wanted.exchange(&mut movement.exchange));
    wanted.forget_tidied(sql)?;
    Ok(found)
}

/// The order a shop's message names, if it has been read.
pub fn named_order(sql: &mut dyn Sql, shop: ShopId, order: &OrderId) -> Result<Option<String>> {
    sql.first("select number from shop_order where shop_id = $1 and order_id = $2", params![shop, order], |row| {
        row.get()
    })
}
