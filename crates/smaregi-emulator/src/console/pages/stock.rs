//! `/console/stock`: levels of every product; behind it one product, its stores, and why each level is what it is.

use super::address;
use crate::{
    console::{
        frame::Frame,
        look::{self, Product, ROWS},
        reply::{Done, Refusal, Reply},
        visit::Visit,
    },
    state::{Id, Shop, StockChange},
};
use askama::Template;
use serde_json::json;

#[derive(Template)]
#[template(path = "console/stock.html")]
struct StockPage<'v> {
    f: &'v Frame,
    words: &'v str,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    product: Product,
    levels: Vec<Level>,
    sum: i64,
}

struct Level {
    store: Id,
    name: String,
    /// `None`: nothing has ever moved there, which is not the same as zero.
    amount: Option<i64>,
}

#[derive(Template)]
#[template(path = "console/stock_item.html")]
struct ItemPage<'v> {
    f: &'v Frame,
    product: Product,
    levels: Vec<Level>,
    /// Whose history is shown; `None`: of all.
    store: Option<Id>,
    changes: Vec<Change>,
    older: Option<String>,
    entered: &'v str,
    entered_store: &'v str,
}

struct Change {
    change: StockChange,
    store: String,
    division: String,
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    match visit.rest.as_slice() {
        [] => list(visit),
        [id] => item(visit, id.parse().map_err(|_| Refusal::NotFound)?),
        _ => Err(Refusal::NotFound),
    }
}

fn list(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let words = visit.text("q");
    let after = visit.text("after").parse().unwrap_or(0);
    let (rows, more) = visit.in_shop(|shop, _| {
        let (products, more) = look::products(shop, words, after, ROWS);
        let row = |product: Product| {
            let levels: Vec<Level> = levels(shop, product.id).into_iter().filter(|l| l.amount.is_some()).collect();
            Row { sum: levels.iter().filter_map(|level| level.amount).sum(), levels, product }
        };
        (products.into_iter().map(row).collect::<Vec<_>>(), more)
    })?;
    let last = rows.last().map(|row| row.product.id.to_string()).unwrap_or_default();
    let next = more.then(|| address("/console/stock", &[("q", words), ("after", &last)]));
    visit.page(&StockPage { f: &visit.f, words, rows, next })
}

fn levels(shop: &Shop, product: Id) -> Vec<Level> {
    let level = |store: look::Store| Level {
        store: store.id,
        amount: shop.stock.level(product, store.id).map(|level| level.amount),
        name: store.name,
    };
    look::stores(shop).into_iter().map(level).collect()
}

fn item(visit: &Visit<'_>, id: Id) -> Result<Reply, Refusal> {
    let store: Option<Id> = visit.text("store").parse().ok();
    let before: u64 = visit.text("before").parse().unwrap_or(u64::MAX);
    let found = visit.in_shop(|shop, _| {
        let product = look::product(shop, id)?;
        let (changes, more) = changes(shop, &visit.f, id, store, before);
        Some((product, levels(shop, id), changes, more))
    })?;
    let (product, levels, changes, more) = found.ok_or(Refusal::NotFound)?;
    let last = changes.last().map(|row| row.change.id.to_string()).unwrap_or_default();
    let chosen = store.map(|store| store.to_string()).unwrap_or_default();
    let path = format!("/console/stock/{id}");
    let older = more.then(|| address(&path, &[("store", &chosen), ("before", &last)]));
    let (entered, entered_store) = match visit.f.trouble {
        Some(_) => (visit.text("amount"), visit.text("store")),
        None => ("", ""),
    };
    visit.page(&ItemPage { f: &visit.f, product, levels, store, changes, older, entered, entered_store })
}

/// Newest first, of one store or all.
fn changes(shop: &Shop, f: &Frame, product: Id, store: Option<Id>, before: u64) -> (Vec<Change>, bool) {
    let levels = shop.stock.levels().range((product, 0)..=(product, Id::MAX));
    let here = levels.filter(|((_, at), _)| store.is_none_or(|store| store == *at));
    let mut all: Vec<&StockChange> = here.flat_map(|(_, level)| &level.history).filter(|c| c.id < before).collect();
    all.sort_by_key(|change| std::cmp::Reverse(change.id));
    let tell = |change: &StockChange| Change {
        store: look::store_name(shop, change.store_id),
        division: f.of("division-", change.division.code()),
        change: change.clone(),
    };
    look::cut(all.into_iter().map(tell), ROWS)
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let [id, action @ ("receive" | "correct")] = visit.rest.as_slice() else { return Err(Refusal::NotFound) };
    let product: Id = id.parse().map_err(|_| Refusal::NotFound)?;
    let store: Id = visit.number("store", "store")?;
    let amount: i64 = visit.number("amount", "pieces-label")?;
    if *action == "receive" && amount <= 0 {
        return Err(visit.refused(visit.f.a("goods-positive", "got", visit.text("amount"))));
    }
    let contract = visit.contract()?;
    visit
        .order(action, &json!({ "contract": contract, "product_id": product, "store_id": store, "amount": amount }))?;
    let name = visit.in_shop(|shop, _| look::store_name(shop, store))?;
    let level = visit.in_shop(|shop, _| shop.stock.amount(product, store))?;
    Ok(Done::new(format!("/console/stock/{product}"), visit.f.b("stock-now", "store", name, "level", level)))
}
