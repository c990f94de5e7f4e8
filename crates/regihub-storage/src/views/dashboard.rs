//! Dashboard: is it working?

use super::{LinkInfo, Scope, parked};
use crate::{
    error::Result,
    owner::Owner,
    sql::{Sql, list as json_list, params},
};
use regihub_domain::{ConnectionId, LinkId, ShopId};

/// Facts that the engine writes about its own work, as decimal microseconds: when the last successful read began.
pub mod facts {
    /// Owner: connection.
    pub const SALES_READ: &str = "sales.read_at";
    /// Owner: connection.
    pub const STOCK_READ: &str = "stock.read_at";
    /// Owner: connection.
    pub const PRODUCTS_READ: &str = "products.read_at";
    /// Owner: shop.
    pub const ORDERS_READ: &str = "orders.read_at";
    /// Owner: shop.
    pub const LISTINGS_READ: &str = "listings.read_at";
    /// Owner: connection or shop. Why it cannot be reached now; empty while it can.
    pub const HEALTH_ERROR: &str = "health.error";
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dashboard {
    pub links: Vec<LinkHealth>,
    /// Jobs and intents that wait for a person, in the whole workspace.
    pub parked: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkHealth {
    pub link: LinkId,
    pub connection: ConnectionId,
    pub shop: ShopId,
    pub connection_name: String,
    pub shop_name: String,
    pub running: bool,
    pub published: i64,
    pub unknown: i64,
    pub problems: i64,
    pub waiting_pushes: i64,
    pub oldest_waiting: Option<i64>,
    pub last_push: Option<i64>,
    pub last_smaregi_notification: Option<i64>,
    pub last_shop_notification: Option<i64>,
    pub sales_read: Option<i64>,
    pub stock_read: Option<i64>,
    pub products_read: Option<i64>,
    pub orders_read: Option<i64>,
    /// What Smaregi or the shop answers instead of working.
    pub errors: Vec<String>,
    pub waiting_jobs: i64,
    pub sales_today: i64,
    pub orders_today: Counted,
    pub pushes_today: Counted,
}

/// A count that stops at a limit, so that a dashboard costs the same on a busy day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub count: i64,
    /// There are at least `count`.
    pub or_more: bool,
}

/// How far back a count looks at most.
const COUNT_LIMIT: i64 = 20_000;

/// `midnight`: when today began for the people who look at the page.
pub fn load(sql: &mut dyn Sql, scope: &Scope, midnight: i64) -> Result<Dashboard> {
    let links = scope.links.iter().map(|link| link_health(sql, scope, link, midnight)).collect::<Result<Vec<_>>>()?;
    Ok(Dashboard { links, parked: parked::count(sql, scope)? })
}

fn link_health(sql: &mut dyn Sql, scope: &Scope, link: &LinkInfo, midnight: i64) -> Result<LinkHealth> {
    let (connection, shop) = (Owner::Connection(link.connection), Owner::Shop(link.shop));
    let numbers = publication_numbers(sql, link)?;
    let errors = [fact(sql, connection, facts::HEALTH_ERROR)?, fact(sql, shop, facts::HEALTH_ERROR)?];
    Ok(LinkHealth {
        link: link.id,
        connection: link.connection,
        shop: link.shop,
        connection_name: scope.connection_name(link.connection).to_owned(),
        shop_name: scope.shop_name(link.shop).to_owned(),
        running: link.running,
        published: numbers.published,
        unknown: numbers.unknown,
        problems: numbers.problems,
        waiting_pushes: numbers.waiting,
        oldest_waiting: numbers.oldest_waiting,
        last_push: numbers.last_push,
        last_smaregi_notification: last_notification(sql, connection)?,
        last_shop_notification: last_notification(sql, shop)?,
        sales_read: time_fact(sql, connection, facts::SALES_READ)?,
        stock_read: time_fact(sql, connection, facts::STOCK_READ)?,
        products_read: time_fact(sql, connection, facts::PRODUCTS_READ)?,
        orders_read: time_fact(sql, shop, facts::ORDERS_READ)?,
        errors: errors.into_iter().flatten().filter(|error| !error.is_empty()).collect(),
        waiting_jobs: waiting_jobs(sql, link)?,
        sales_today: sql.one(
            "select count(*) from sale where connection_id = $1 and sold_at >= $2",
            params![link.connection, midnight],
        )?,
        orders_today: orders_since(sql, link, midnight)?,
        pushes_today: pushes_since(sql, link, midnight)?,
    })
}

struct PublicationNumbers {
    published: i64,
    unknown: i64,
    problems: i64,
    waiting: i64,
    oldest_waiting: Option<i64>,
    last_push: Option<i64>,
}

fn publication_numbers(sql: &mut dyn Sql, link: &LinkInfo) -> Result<PublicationNumbers> {
    let found = sql.first(
        "select count(*), count(*) - count(quantity), count(problem), count(dirty_since), min(dirty_since), max(pushed_at)
         from publication where link_id = $1",
        params![link.id],
        |row| {
            Ok(PublicationNumbers {
                published: row.get()?,
                unknown: row.get()?,
                problems: row.get()?,
                waiting: row.get()?,
                oldest_waiting: row.get()?,
                last_push: row.get()?,
            })
        },
    )?;
    found.ok_or_else(|| crate::StorageError::Backend("an aggregate gave no row".into()))
}

fn last_notification(sql: &mut dyn Sql, owner: Owner) -> Result<Option<i64>> {
    sql.first("select received_at from inbox where owner = $1 order by id desc limit 1", params![owner], |row| {
        row.get()
    })
}

fn fact(sql: &mut dyn Sql, owner: Owner, name: &str) -> Result<Option<String>> {
    sql.first("select value from fact where owner = $1 and name = $2", params![owner, name], |row| row.get())
}

fn time_fact(sql: &mut dyn Sql, owner: Owner, name: &str) -> Result<Option<i64>> {
    Ok(fact(sql, owner, name)?.and_then(|value| value.parse().ok()))
}

fn waiting_jobs(sql: &mut dyn Sql, link: &LinkInfo) -> Result<i64> {
    let owners =
        [Owner::Connection(link.connection), Owner::Shop(link.shop), Owner::Link(link.id)].map(|o| o.to_string());
    sql.one("select count(*) from job where owner {any_text $1} and state = 0", params![json_list(&owners)?])
}

fn orders_since(sql: &mut dyn Sql, link: &LinkInfo, since: i64) -> Result<Counted> {
    let count: i64 = sql.one(
        "select count(*) from (select placed_at from shop_order where shop_id = $1 order by sequence desc limit $2) as newest
         where placed_at >= $3",
        params![link.shop, COUNT_LIMIT, since],
    )?;
    Ok(Counted { count, or_more: count >= COUNT_LIMIT })
}

fn pushes_since(sql: &mut dyn Sql, link: &LinkInfo, since: i64) -> Result<Counted> {
    let (count, seen): (i64, i64) = sql
        .first(
            "select count(case when link_id = $1 and at >= $2 then 1 end), count(case when at >= $2 then 1 end)
             from (select link_id, at from publication_history order by id desc limit $3) as newest",
            params![link.id, since, COUNT_LIMIT],
            |row| Ok((row.get()?, row.get()?)),
        )?
        .unwrap_or_default();
    Ok(Counted { count, or_more: seen >= COUNT_LIMIT })
}
