//! "Why this number?" (なぜこの数なのか): everything behind one published number.

use super::{
    LinkInfo,
    orders::{INTENTS, IntentInfo, intent_info},
    raw::Wanted,
    settings::store_names,
};
use crate::{
    error::{Result, from_json},
    owner::Owner,
    sql::{Row, Sql, list as json_list, params},
};
use regihub_domain::{
    ExchangeId, InboxId, MovementId, OrderId, ProductId, ShopId, Sku, StoreId, publish::PublishInputs,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Facts of the installation that tell up to when something was tidied away, as decimal microseconds. Written by the engine.
pub mod tidied {
    pub const MESSAGES: &str = "tidied.messages";
    pub const EXCHANGES: &str = "tidied.exchanges";
    pub const PUSHES: &str = "tidied.pushes";
    pub const LEDGER: &str = "tidied.ledger";
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    pub sku: Sku,
    /// As the shop calls it.
    pub name: String,
    /// This item's own margin; `None` where the link's margin holds.
    pub own_margin: Option<i64>,
    /// Why the item is not linked with a product.
    pub listing_problem: Option<String>,
    pub product: Option<ProductInfo>,
    pub publication: Option<PublicationInfo>,
    pub stores: Vec<StoreStock>,
    /// What shops sold and Smaregi does not show yet, oldest first.
    pub demand: Vec<IntentInfo>,
    /// Numbers that were sent, newest first.
    pub pushes: Vec<PushInfo>,
    pub more_pushes: bool,
    pub tidied: Tidied,
}

/// Up to when older things were tidied away; `None` while nothing was. Microseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tidied {
    /// Raw messages and calls.
    pub raw: Option<i64>,
    /// Numbers the shop was told.
    pub pushes: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProductInfo {
    pub id: ProductId,
    pub code: String,
    pub name: String,
    pub color: Option<String>,
    pub size: Option<String>,
    pub stock_managed: bool,
    pub deleted: bool,
    pub exchange: Option<ExchangeId>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublicationInfo {
    pub quantity: Option<i64>,
    pub version: i64,
    pub orders_seen: i64,
    /// The sum as it was made.
    pub inputs: PublishInputs,
    pub computed_at: i64,
    pub dirty_since: Option<i64>,
    pub pushed_quantity: Option<i64>,
    pub pushed_at: Option<i64>,
    pub push_exchange: Option<ExchangeId>,
    pub problem: Option<String>,
}

/// One store that counts for the number: its level now and the newest entries of its ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoreStock {
    pub id: StoreId,
    pub name: Option<String>,
    /// `None`: Smaregi has never shown a row for this product here.
    pub level: Option<LevelInfo>,
    pub movements: Vec<MovementInfo>,
    /// Older entries exist.
    pub more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LevelInfo {
    pub amount: i64,
    /// Part of the level whose cause is not known yet.
    pub unattributed: i64,
    pub seen_at: i64,
    pub changed_at: i64,
    pub exchange: Option<ExchangeId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MovementInfo {
    pub id: MovementId,
    pub at: i64,
    /// opening, sale, own_write, other, history
    pub cause_kind: String,
    /// Sale id, tag of our write, or what the change history said. For an opening that stands for entries that were tidied away: how many.
    pub cause_ref: String,
    pub delta: i64,
    pub level_after: i64,
    pub exchange: Option<ExchangeId>,
    pub message: Option<InboxId>,
    /// The order behind a write of ours.
    pub order: Option<(ShopId, OrderId)>,
}

impl MovementInfo {
    pub(super) const COLUMNS: &str = "id, at, cause_kind, cause_ref, delta, level_after, exchange_id, inbox_id";

    pub(super) fn read(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get()?,
            at: row.get()?,
            cause_kind: row.get()?,
            cause_ref: row.get()?,
            delta: row.get()?,
            level_after: row.get()?,
            exchange: row.get()?,
            message: row.get()?,
            order: None,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PushInfo {
    pub id: i64,
    pub at: i64,
    pub quantity: i64,
    pub inputs: PublishInputs,
    pub result: String,
    pub exchange: Option<ExchangeId>,
}

/// Which page of the ledgers and of the pushes is asked for.
#[derive(Clone, Debug, Default)]
pub struct WhyPaging {
    /// Of this store, entries before this one; the other stores show their newest.
    pub movements_before: Option<(StoreId, MovementId)>,
    pub pushes_before: Option<i64>,
}

/// Entries of a ledger and pushes shown at once.
pub const PAGE: usize = 20;

/// `None` when the shop does not sell this SKU. `link` comes out of a [`super::Scope`], so it is the workspace's own.
pub fn find(sql: &mut dyn Sql, link: &LinkInfo, sku: &Sku, paging: &WhyPaging) -> Result<Option<Why>> {
    let listing = sql.first(
        "select name, margin, problem, product_id from listing where shop_id = $1 and sku = $2",
        params![link.shop, sku],
        |row| Ok((row.get::<String>()?, row.get()?, row.get()?, row.get::<Option<ProductId>>()?)),
    )?;
    let Some((name, own_margin, listing_problem, product_id)) = listing else { return Ok(None) };
    let publication = publication(sql, link, sku)?;
    let mut why = Why {
        sku: sku.clone(),
        name,
        own_margin,
        listing_problem,
        product: None,
        stores: vec![],
        demand: vec![],
        pushes: pushes(sql, link, sku, paging.pushes_before)?,
        more_pushes: false,
        tidied: tidied_up_to(sql)?,
        publication,
    };
    why.more_pushes = why.pushes.len() > PAGE;
    why.pushes.truncate(PAGE);
    if let Some(product) = &product_id {
        why.product = product_info(sql, link, product)?;
        why.stores = stores(sql, link, product, paging)?;
        why.demand = demand(sql, link, product)?;
    }
    why.wanted().forget_tidied(sql)?;
    Ok(Some(why))
}

impl Why {
    /// Everything raw that the page would point at.
    fn wanted(&mut self) -> Wanted<'_> {
        let mut wanted = Wanted::default();
        self.product.iter_mut().for_each(|product| wanted.exchange(&mut product.exchange));
        self.publication.iter_mut().for_each(|publication| wanted.exchange(&mut publication.push_exchange));
        for store in &mut self.stores {
            store.level.iter_mut().for_each(|level| wanted.exchange(&mut level.exchange));
            for entry in &mut store.movements {
                wanted.exchange(&mut entry.exchange);
                wanted.message(&mut entry.message);
            }
        }
        self.demand.iter_mut().for_each(|intent| wanted.exchange(&mut intent.exchange));
        self.pushes.iter_mut().for_each(|push| wanted.exchange(&mut push.exchange));
        wanted
    }
}

fn tidied_up_to(sql: &mut dyn Sql) -> Result<Tidied> {
    let mut fact = |name: &str| -> Result<Option<i64>> {
        let text = "select value from fact where owner = $1 and name = $2";
        let value = sql.first(text, params![Owner::Node, name], |row| row.get::<String>())?;
        Ok(value.and_then(|value| value.parse().ok()))
    };
    let raw = fact(tidied::MESSAGES)?.max(fact(tidied::EXCHANGES)?);
    Ok(Tidied { raw, pushes: fact(tidied::PUSHES)? })
}

fn product_info(sql: &mut dyn Sql, link: &LinkInfo, product: &ProductId) -> Result<Option<ProductInfo>> {
    sql.first(
        "select product_id, code, name, color, size, stock_managed, deleted, exchange_id from product
         where connection_id = $1 and product_id = $2",
        params![link.connection, product],
        |row| {
            Ok(ProductInfo {
                id: row.get()?,
                code: row.get()?,
                name: row.get()?,
                color: row.get()?,
                size: row.get()?,
                stock_managed: row.get()?,
                deleted: row.get()?,
                exchange: row.get()?,
            })
        },
    )
}

fn publication(sql: &mut dyn Sql, link: &LinkInfo, sku: &Sku) -> Result<Option<PublicationInfo>> {
    sql.first(
        "select quantity, version, orders_seen, inputs, computed_at, dirty_since, pushed_quantity, pushed_at, push_exchange_id, problem
         from publication where link_id = $1 and sku = $2",
        params![link.id, sku],
        |row| {
            Ok(PublicationInfo {
                quantity: row.get()?,
                version: row.get()?,
                orders_seen: row.get()?,
                inputs: from_json("publication.inputs", &row.get::<String>()?)?,
                computed_at: row.get()?,
                dirty_since: row.get()?,
                pushed_quantity: row.get()?,
                pushed_at: row.get()?,
                push_exchange: row.get()?,
                problem: row.get()?,
            })
        },
    )
}

fn stores(sql: &mut dyn Sql, link: &LinkInfo, product: &ProductId, paging: &WhyPaging) -> Result<Vec<StoreStock>> {
    let names: BTreeMap<StoreId, String> = store_names(sql, link.connection)?.into_iter().collect();
    let mut stores = Vec::new();
    for id in &link.settings.stock_stores {
        let level = level(sql, link, product, id)?;
        let before = paging.movements_before.as_ref().filter(|(store, _)| store == id).map(|(_, before)| *before);
        let mut movements = movements(sql, link, product, id, before)?;
        let more = movements.len() > PAGE;
        movements.truncate(PAGE);
        stores.push(StoreStock { id: id.clone(), name: names.get(id).cloned(), level, movements, more });
    }
    Ok(stores)
}

fn level(sql: &mut dyn Sql, link: &LinkInfo, product: &ProductId, store: &StoreId) -> Result<Option<LevelInfo>> {
    sql.first(
        "select amount, unattributed, seen_at, changed_at, exchange_id from level
         where connection_id = $1 and product_id = $2 and store_id = $3",
        params![link.connection, product, store],
        |row| {
            Ok(LevelInfo {
                amount: row.get()?,
                unattributed: row.get()?,
                seen_at: row.get()?,
                changed_at: row.get()?,
                exchange: row.get()?,
            })
        },
    )
}

/// One more than a page, so that the caller knows whether there is another.
fn movements(
    sql: &mut dyn Sql,
    link: &LinkInfo,
    product: &ProductId,
    store: &StoreId,
    before: Option<MovementId>,
) -> Result<Vec<MovementInfo>> {
    let text = format!(
        "select {} from movement where connection_id = $1 and product_id = $2 and store_id = $3 and id < $4
         order by id desc limit $5",
        MovementInfo::COLUMNS
    );
    let before = before.map_or(i64::MAX, |id| id.0);
    let mut found = sql.rows(&text, params![link.connection, product, store, before, PAGE + 1], MovementInfo::read)?;
    let tags: Vec<&str> =
        found.iter().filter(|entry| entry.cause_kind == "own_write").map(|entry| entry.cause_ref.as_str()).collect();
    if tags.is_empty() {
        return Ok(found);
    }
    let orders: BTreeMap<String, (ShopId, OrderId)> = sql
        .rows(
            "select tag, shop_id, order_id from intent where tag {any_text $1} and connection_id = $2",
            params![json_list(&tags)?, link.connection],
            |row| Ok((row.get()?, (row.get()?, row.get()?))),
        )?
        .into_iter()
        .collect();
    for entry in found.iter_mut().filter(|entry| entry.cause_kind == "own_write") {
        entry.order = orders.get(&entry.cause_ref).cloned();
    }
    Ok(found)
}

fn demand(sql: &mut dyn Sql, link: &LinkInfo, product: &ProductId) -> Result<Vec<IntentInfo>> {
    let text = format!(
        "{INTENTS} where i.connection_id = $1 and i.product_id = $2 and i.state in ('planned', 'sent', 'unclear', 'parked')
         order by i.id limit 200"
    );
    sql.rows(&text, params![link.connection, product], intent_info)
}

fn pushes(sql: &mut dyn Sql, link: &LinkInfo, sku: &Sku, before: Option<i64>) -> Result<Vec<PushInfo>> {
    sql.rows(
        "select id, at, quantity, inputs, result, exchange_id from publication_history
         where link_id = $1 and sku = $2 and id < $3 order by id desc limit $4",
        params![link.id, sku, before.unwrap_or(i64::MAX), PAGE + 1],
        |row| {
            Ok(PushInfo {
                id: row.get()?,
                at: row.get()?,
                quantity: row.get()?,
                inputs: from_json("publication_history.inputs", &row.get::<String>()?)?,
                result: row.get()?,
                exchange: row.get()?,
            })
        },
    )
}
