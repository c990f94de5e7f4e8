//! Orders (受注) of a shop and what was written to Smaregi for them.

use super::{Scope, raw::Wanted};
use crate::{
    IntentState,
    error::{Result, from_json},
    owner::Owner,
    sql::{Row, Sql, params},
};
use regihub_domain::{ConnectionId, ExchangeId, InboxId, IntentId, OrderId, ProductId, ShopId, StoreId, order::Order};

#[derive(Clone, Debug, PartialEq)]
pub struct OrderInfo {
    pub order: Order,
    pub problem: Option<String>,
    pub exchange: Option<ExchangeId>,
    pub message: Option<InboxId>,
    pub recorded_at: i64,
}

const FROM: &str = "select body, problem, exchange_id, inbox_id, recorded_at from shop_order";

fn order_info(row: &mut Row<'_>) -> Result<OrderInfo> {
    Ok(OrderInfo {
        order: from_json("shop_order.body", &row.get::<String>()?)?,
        problem: row.get()?,
        exchange: row.get()?,
        message: row.get()?,
        recorded_at: row.get()?,
    })
}

/// Newest change first (by the shop's sequence), those below `before`. Empty for another workspace's shop.
pub fn list(
    sql: &mut dyn Sql,
    scope: &Scope,
    shop: ShopId,
    problems: bool,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<OrderInfo>> {
    if !scope.owns(Owner::Shop(shop)) {
        return Ok(vec![]);
    }
    let only_problems = if problems { "and problem is not null" } else { "" };
    sql.rows(
        &format!("{FROM} where shop_id = $1 and sequence < $2 {only_problems} order by sequence desc limit $3"),
        params![shop, before.unwrap_or(i64::MAX), limit],
        order_info,
    )
}

pub fn find(sql: &mut dyn Sql, scope: &Scope, shop: ShopId, id: &OrderId) -> Result<Option<OrderInfo>> {
    if !scope.owns(Owner::Shop(shop)) {
        return Ok(None);
    }
    let mut found =
        sql.first(&format!("{FROM} where shop_id = $1 and order_id = $2"), params![shop, id], order_info)?;
    let mut wanted = Wanted::default();
    if let Some(order) = &mut found {
        wanted.exchange(&mut order.exchange);
        wanted.message(&mut order.message);
    }
    wanted.forget_tidied(sql)?;
    Ok(found)
}

/// One durable wish to write to Smaregi, with the names people know.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct IntentInfo {
    pub id: IntentId,
    pub connection: ConnectionId,
    pub tag: String,
    pub shop: ShopId,
    pub order: OrderId,
    /// What the customer sees; `None` when the order itself is not stored.
    pub order_number: Option<String>,
    pub product: ProductId,
    pub product_name: Option<String>,
    pub store: StoreId,
    pub store_name: Option<String>,
    pub delta: i64,
    #[serde(serialize_with = "state_name")]
    pub state: IntentState,
    pub attempts: i64,
    pub created_at: i64,
    pub sent_at: Option<i64>,
    /// Smaregi's stock history id.
    pub change: Option<String>,
    pub last_error: Option<String>,
    pub exchange: Option<ExchangeId>,
}

fn state_name<S: serde::Serializer>(state: &IntentState, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(state.as_str())
}

/// `select … from intent` with its names; the caller adds `where` on `i`.
pub(super) const INTENTS: &str =
    "select i.id, i.connection_id, i.tag, i.shop_id, i.order_id, o.number, i.product_id, p.name, i.store_id, t.name,
        i.delta, i.state, i.attempts, i.created_at, i.sent_at, i.change_id, i.last_error, i.exchange_id
    from intent i
    left join shop_order o on o.shop_id = i.shop_id and o.order_id = i.order_id
    left join product p on p.connection_id = i.connection_id and p.product_id = i.product_id
    left join store t on t.connection_id = i.connection_id and t.store_id = i.store_id";

pub(super) fn intent_info(row: &mut Row<'_>) -> Result<IntentInfo> {
    Ok(IntentInfo {
        id: row.get()?,
        connection: row.get()?,
        tag: row.get()?,
        shop: row.get()?,
        order: row.get()?,
        order_number: row.get()?,
        product: row.get()?,
        product_name: row.get()?,
        store: row.get()?,
        store_name: row.get()?,
        delta: row.get()?,
        state: row.get()?,
        attempts: row.get()?,
        created_at: row.get()?,
        sent_at: row.get()?,
        change: row.get()?,
        last_error: row.get()?,
        exchange: row.get()?,
    })
}

/// What was or will be written to Smaregi for one order, oldest first.
pub fn intents(sql: &mut dyn Sql, shop: ShopId, order: &OrderId) -> Result<Vec<IntentInfo>> {
    let text = format!("{INTENTS} where i.shop_id = $1 and i.order_id = $2 order by i.id limit 500");
    let mut intents = sql.rows(&text, params![shop, order], intent_info)?;
    let mut wanted = Wanted::default();
    intents.iter_mut().for_each(|intent| wanted.exchange(&mut intent.exchange));
    wanted.forget_tidied(sql)?;
    Ok(intents)
}
