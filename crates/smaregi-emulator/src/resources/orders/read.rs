//! Lists of orders and of the stock that an order store sells (platform-orders.md §3.4, §5).

use super::{
    allocation::{promised, under_way},
    desk::Desk,
    order::ORDERS,
};
use crate::{
    http::{
        Answer,
        api::Call,
        lists::{self, Candidates, ListQuery, SortKey},
    },
    problem::Problem,
    resources::{
        documents,
        rows::{array, list_answer, shop},
        transactions::Sold,
    },
    settings::StockScope,
    state::{Columns, Id, Packed, Shop, Shown, Table},
    time::{self, Seconds},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A larger page than the setting allows is refused.
pub(super) fn check_limit(call: &Call<'_>) -> Result<(), Problem> {
    let most = call.inner.settings.order_shipment.list.max_limit;
    match call.query.number("limit") {
        Some(limit) if limit > most => Err(Problem::field("limit", &format!("{most}以下で指定してください。"))),
        _ => Ok(()),
    }
}

pub(super) fn orders(call: &Call<'_>) -> Result<Answer, Problem> {
    let table = shop(call)?.table(ORDERS);
    let columns = &*table.columns;
    lists::check_names(columns, &call.query)?;
    let list = ListQuery::read(call.endpoint, &call.query);
    let (rows, natural) = candidates(table, call);
    let rows = rows.filter(|(_, row)| list.accepts(|column| row.text(columns, column)));
    let rows = list.arrange(rows, natural, "orderHeadId", |(_, row), name| SortKey::of(row.text(columns, name)));
    let (page, more) = list.cut(rows);
    let hidden = &documents::table(ORDERS)?.hidden;
    let shown = Shown::only(columns, |name| hidden.iter().all(|hidden| hidden != name));
    Ok(list_answer(call, &list, array(page.iter().map(|(_, row)| *row), columns, &shown), more))
}

/// The rows that can match, by the best index.
fn candidates<'t>(table: &'t Table, call: &Call<'_>) -> Candidates<'t, (Id, &'t Packed)> {
    if let Some(code) = call.query.get("order_code") {
        return (table.with_value("orderCode", code), &["orderHeadId"]);
    }
    if let Some((from, to)) = call.query.window("upd_date_time") {
        let found = table.by_update().range((from, 0)..).take_while(move |(at, _)| *at <= to);
        return (Box::new(found.filter_map(move |(_, id)| Some((*id, table.get(*id)?)))), &["updDateTime"]);
    }
    if let Some(status) = call.query.get("status") {
        return (table.with_value("status", status), &["orderHeadId"]);
    }
    (table.in_order(), &["orderHeadId"])
}

/// Stock of a product as orders see it.
#[derive(Default)]
struct Seen {
    stock: i64,
    stock_at: Option<Seconds>,
    reserved: i64,
    /// Reserved and still on the shelf.
    promised: i64,
    reserved_at: Option<String>,
}

impl Seen {
    fn row(&self, product: Id) -> Map<String, Value> {
        let row = json!({
            "productId": product.to_string(),
            "stockAmount": self.stock,
            "reserveAmount": self.reserved,
            "availableAmount": self.stock - self.promised,
            "reserveUpdDateTime": self.reserved_at,
            "updDateTime": self.stock_at.map(time::format),
        });
        row.as_object().cloned().unwrap_or_default()
    }
}

/// What the fields mean is our choice (platform-orders.md §5): pieces in the linked stores, pieces set aside for orders of this store that
/// have not left, and pieces that can still be set aside.
pub(super) fn stock_list(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let store = call.id("store_id");
    let rows = super::desk::in_call(call, |desk| desk.seen(store))?;
    let names = ["productId", "stockAmount", "reserveAmount", "availableAmount", "reserveUpdDateTime", "updDateTime"];
    let columns = Columns::new(names.map(String::from));
    lists::check_names(&columns, &call.query)?;
    let list = ListQuery::read(call.endpoint, &call.query);
    let rows: Vec<Packed> =
        rows.iter().map(|(product, seen)| Packed::from_map(&columns, &seen.row(*product))).collect();
    let rows =
        list.arrange(rows.iter(), &["productId"], "productId", |row, name| SortKey::of(row.text(&columns, name)));
    let (page, more) = list.cut(rows);
    let shown = Shown::only(&columns, |_| true);
    Ok(list_answer(call, &list, array(page.into_iter(), &columns, &shown), more))
}

impl Desk<'_> {
    fn seen(&self, store: Id) -> Result<BTreeMap<Id, Seen>, Problem> {
        let shop = self.shop()?;
        let stores = match self.rules().stock.scope {
            StockScope::OrderStore => self.store(store)?.linked,
            StockScope::AllStores => Vec::new(),
        };
        let counts = |id: &Id| self.rules().stock.scope == StockScope::AllStores || stores.contains(id);
        let mut seen: BTreeMap<Id, Seen> = BTreeMap::new();
        for ((product, _), level) in shop.stock.levels().iter().filter(|((_, id), _)| counts(id)) {
            let seen = seen.entry(*product).or_default();
            seen.stock = seen.stock.saturating_add(level.amount);
            seen.stock_at = seen.stock_at.max(Some(level.updated));
        }
        for ((product, _), pieces) in promised(shop).iter().filter(|((_, id), _)| counts(id)) {
            seen.entry(*product).or_default().promised += pieces;
        }
        reserve(shop, store, &mut seen);
        Ok(seen)
    }
}

/// Pieces set aside for this order store's orders.
fn reserve(shop: &Shop, store: Id, seen: &mut BTreeMap<Id, Seen>) {
    for order in under_way(shop).filter(|order| order.store == store) {
        for part in &order.parts {
            let sold = order.line(part.line).and_then(|line| Sold::find(shop, line.product));
            for (product, each) in sold.iter().flat_map(Sold::goods) {
                let seen = seen.entry(product).or_default();
                seen.reserved = seen.reserved.saturating_add(part.quantity.saturating_mul(each));
                seen.reserved_at = seen.reserved_at.take().max(order.text("updDateTime"));
            }
        }
    }
}
