//! `/console/goods`: goods in (入荷) and counted stock (修正), several products at once.

use super::address;
use crate::console::{
    frame::Frame,
    look::{self, Product},
    reply::{Done, Refusal, Reply},
    visit::{Choice, Visit},
};
use askama::Template;
use serde_json::{Value, json};

const MOST_FOUND: usize = 20;
const AMOUNT: &str = "amount-";

#[derive(Template)]
#[template(path = "console/goods.html")]
struct GoodsPage<'v> {
    f: &'v Frame,
    words: &'v str,
    memo: &'v str,
    /// Chosen store.
    store: String,
    stores: Vec<Choice>,
    is_correction: bool,
    rows: Vec<Row>,
    more: bool,
}

struct Row {
    product: Product,
    level: Option<i64>,
    /// As it was entered.
    amount: String,
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    if !visit.rest.is_empty() {
        return Err(Refusal::NotFound);
    }
    let words = visit.text("q");
    let (store, stores, rows, more) = visit.in_shop(|shop, _| {
        let first = look::stores(shop).first().map_or(0, |store| store.id);
        let store = visit.text("store").parse().ok().filter(|id| shop.has_store(*id)).unwrap_or(first);
        let (found, more) = look::products(shop, words, 0, MOST_FOUND);
        let row = |product: Product| Row {
            level: shop.stock.level(product.id, store).map(|level| level.amount),
            amount: visit.text(&format!("{AMOUNT}{}", product.id)).to_owned(),
            product,
        };
        let stores = look::store_choices(shop, &store.to_string());
        (store.to_string(), stores, found.into_iter().map(row).collect(), more)
    })?;
    let (memo, is_correction) = (visit.text("memo"), visit.text("mode") == "correct");
    visit.page(&GoodsPage { f: &visit.f, words, memo, store, stores, is_correction, rows, more })
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let action = match visit.rest.as_slice() {
        ["book"] if visit.text("mode") == "correct" => "correct",
        ["book"] => "receive",
        _ => return Err(Refusal::NotFound),
    };
    let contract = visit.contract()?;
    let store: u64 = visit.number("store", "store")?;
    let memo = Some(visit.text("memo")).filter(|memo| !memo.is_empty());
    let mut orders: Vec<Value> = Vec::new();
    for (name, value) in visit.fields.iter().filter(|(_, value)| !value.trim().is_empty()) {
        let Some(product) = name.strip_prefix(AMOUNT).and_then(|id| id.parse::<u64>().ok()) else { continue };
        let amount: i64 = visit.number(name, "pieces-label")?;
        if action == "receive" && amount <= 0 {
            return Err(visit.refused(visit.f.a("goods-positive", "got", value)));
        }
        orders.push(
            json!({ "contract": contract, "product_id": product, "store_id": store, "amount": amount, "memo": memo }),
        );
    }
    if orders.is_empty() {
        return Err(visit.refused(visit.f.s("goods-nothing")));
    }
    for (booked, order) in orders.iter().enumerate() {
        visit.order(action, order).map_err(|refusal| after_some(visit, booked, refusal))?;
    }
    let again = address("/console/goods", &[("store", visit.text("store")), ("q", visit.text("q")), ("mode", action)]);
    let text = if action == "receive" { "goods-received" } else { "goods-corrected" };
    Ok(Done::new(again, visit.f.language.a(text, "count", orders.len())))
}

/// What was booked before a refusal stays booked, and the person has to know.
fn after_some(visit: &Visit<'_>, booked: usize, refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Refused(reason) if booked > 0 => {
            visit.refused(visit.f.b("goods-partly", "count", booked, "reason", reason))
        }
        other => other,
    }
}
