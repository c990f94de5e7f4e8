//! Newest known state of each order of a shop (受注).

use crate::{
    error::{Result, from_json, to_json},
    sql::{Row, Sql, params},
};
use regihub_domain::{
    ExchangeId, InboxId, OrderId, ShopId,
    order::{Order, OrderStatus},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRow {
    pub order: Order,
    /// Why a person should look at it.
    pub problem: Option<String>,
    pub exchange_id: Option<ExchangeId>,
    pub inbox_id: Option<InboxId>,
    /// Microseconds since 1970, UTC.
    pub recorded_at: i64,
}

pub struct Orders<'a> {
    sql: &'a mut dyn Sql,
}

macro_rules! orders {
    ($which:literal) => {
        concat!(
            "select body, problem, exchange_id, inbox_id, recorded_at from shop_order where shop_id = $1 and ",
            $which
        )
    };
}

impl<'a> Orders<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql) -> Self {
        Self { sql }
    }

    pub fn get(&mut self, shop: ShopId, order: &OrderId) -> Result<Option<OrderRow>> {
        self.sql.first(orders!("order_id = $2"), params![shop, order], read)
    }

    /// Adds or replaces an order. Which state is newer is the caller's decision. `now` in microseconds since 1970, UTC.
    pub fn save(
        &mut self,
        shop: ShopId,
        order: &Order,
        problem: Option<&str>,
        exchange: Option<ExchangeId>,
        inbox: Option<InboxId>,
        now: i64,
    ) -> Result<()> {
        let status = match order.status {
            OrderStatus::Placed => "placed",
            OrderStatus::Cancelled => "cancelled",
        };
        self.sql.execute(
            "insert into shop_order (shop_id, order_id, number, sequence, status, placed_at, total, body, problem,
               exchange_id, inbox_id, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             on conflict (shop_id, order_id) do update set
               number = excluded.number, sequence = excluded.sequence, status = excluded.status,
               placed_at = excluded.placed_at, total = excluded.total, body = excluded.body,
               problem = excluded.problem, exchange_id = excluded.exchange_id, inbox_id = excluded.inbox_id,
               recorded_at = excluded.recorded_at",
            params![
                shop,
                &order.order_id,
                &order.number,
                order.sequence,
                status,
                order.placed_at,
                &order.total,
                to_json("shop_order.body", order)?,
                problem,
                exchange,
                inbox,
                now
            ],
        )?;
        Ok(())
    }

    /// Newest first; the next page is `before` the time and id of the last order of this one.
    pub fn list(&mut self, shop: ShopId, before: Option<(i64, OrderId)>, limit: usize) -> Result<Vec<OrderRow>> {
        let (placed_at, id) = before.unwrap_or((i64::MAX, OrderId(String::new())));
        self.sql.rows(
            orders!("(placed_at, order_id) < ($2, $3) order by placed_at desc, order_id desc limit $4"),
            params![shop, placed_at, &id, limit],
            read,
        )
    }

    pub fn count(&mut self, shop: ShopId) -> Result<i64> {
        self.sql.one("select count(*) from shop_order where shop_id = $1", params![shop])
    }
}

fn read(row: &mut Row<'_>) -> Result<OrderRow> {
    Ok(OrderRow {
        order: from_json("shop_order.body", &row.get::<String>()?)?,
        problem: row.get()?,
        exchange_id: row.get()?,
        inbox_id: row.get()?,
        recorded_at: row.get()?,
    })
}
