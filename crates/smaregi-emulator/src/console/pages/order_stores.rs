//! `/console/order-stores`: 受注店舗, and behind each the stores and warehouses whose stock it sells and what it does by itself.

use crate::{
    console::{
        frame::Frame,
        look,
        reply::{Done, Refusal, Reply},
        visit::Visit,
    },
    http::form,
    resources::orders::OrderStoreSetup,
    state::Id,
};
use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

const ADDRESS: &str = "/console/order-stores";
/// Fields of the linking: at which place a store is drawn on.
const PLACE: &str = "place-";

#[derive(Template)]
#[template(path = "console/order_stores.html")]
struct StoresPage<'v> {
    f: &'v Frame,
    rows: Vec<Row>,
    code: &'v str,
    name: &'v str,
    is_on_top: bool,
}

struct Row {
    id: String,
    code: String,
    name: String,
    is_on_top: bool,
    is_paused: bool,
    linked: Vec<String>,
    setup: OrderStoreSetup,
}

#[derive(Template)]
#[template(path = "console/order_store.html")]
struct StorePage<'v> {
    f: &'v Frame,
    row: Row,
    sources: Vec<Source>,
    cutoff: String,
    review_total_from: String,
}

/// A store or warehouse that can be linked.
struct Source {
    id: Id,
    name: String,
    is_warehouse: bool,
    /// Its place, from 1; empty: not linked.
    place: String,
}

impl Row {
    fn read(visit: &Visit<'_>, told: &Value) -> Result<Self, Refusal> {
        let text = |name: &str| match &told[name] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let setup = OrderStoreSetup::deserialize(&told["setup"]).unwrap_or_default();
        let linked =
            visit.in_shop(|shop, _| setup.linked_stores.iter().map(|id| look::store_name(shop, *id)).collect())?;
        Ok(Self {
            id: text("storeId"),
            code: text("storeCode"),
            name: text("storeName"),
            is_on_top: text("sellDivision") == "excluded",
            is_paused: text("pauseFlag") == "true",
            linked,
            setup,
        })
    }
}

fn all(visit: &Visit<'_>) -> Result<Vec<Row>, Refusal> {
    let told = visit.ask(&format!("orders/stores?contract={}", form::encode(&visit.contract()?)))?;
    told.as_array().into_iter().flatten().map(|store| Row::read(visit, store)).collect()
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let f = &visit.f;
    let rows = all(visit)?;
    match visit.rest.as_slice() {
        [] => {
            let is_on_top = visit.text("tax") == "excluded";
            visit.page(&StoresPage { f, rows, code: visit.text("code"), name: visit.text("name"), is_on_top })
        }
        [id] => {
            let row = rows.into_iter().find(|row| row.id == *id).ok_or(Refusal::NotFound)?;
            let kept = |name: &str, own: Option<String>| {
                if visit.has(name) { visit.text(name).to_owned() } else { own.unwrap_or_default() }
            };
            visit.page(&StorePage {
                f,
                sources: sources(visit, &row)?,
                cutoff: kept("cutoff", row.setup.cutoff.clone()),
                review_total_from: kept("review_total_from", row.setup.review_total_from.map(|yen| yen.to_string())),
                row,
            })
        }
        _ => Err(Refusal::NotFound),
    }
}

fn sources(visit: &Visit<'_>, row: &Row) -> Result<Vec<Source>, Refusal> {
    let place = |id: Id| row.setup.linked_stores.iter().position(|linked| *linked == id).map(|place| place + 1);
    let source = |store: look::Store| {
        let field = format!("{PLACE}{}", store.id);
        let own = place(store.id).map(|place| place.to_string()).unwrap_or_default();
        let place = if visit.has(&field) { visit.text(&field).to_owned() } else { own };
        Source { id: store.id, name: store.name, is_warehouse: store.is_warehouse, place }
    };
    visit.in_shop(|shop, _| look::stores(shop).into_iter().map(source).collect())
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let contract = visit.contract()?;
    let f = &visit.f;
    if let ["add"] = visit.rest.as_slice() {
        let (code, name) = (visit.text("code"), visit.text("name"));
        if code.is_empty() || name.is_empty() {
            return Err(visit.refused(f.s("order-store-incomplete")));
        }
        let tax = if visit.text("tax") == "excluded" { "excluded" } else { "included" };
        let store = json!({ "storeCode": code, "storeName": name, "sellDivision": tax });
        let told = visit.order("orders/stores/add", &json!({ "contract": contract, "store": store }))?;
        let id = told["storeId"].as_str().unwrap_or_default();
        return Ok(Done::new(format!("{ADDRESS}/{id}"), f.s("order-store-added")));
    }
    let [id, deed] = visit.rest.as_slice() else { return Err(Refusal::NotFound) };
    let id: Id = id.parse().map_err(|_| Refusal::NotFound)?;
    match *deed {
        "link" => {
            let order = json!({ "contract": contract, "order_store_id": id, "stores": linked(visit)? });
            visit.order("orders/stores/link", &order)?;
        }
        "set-up" => {
            let row = all(visit)?.into_iter().find(|row| row.id == id.to_string()).ok_or(Refusal::NotFound)?;
            let order = json!({ "contract": contract, "order_store_id": id, "setup": set_up(visit, row.setup)? });
            visit.order("orders/stores/set-up", &order)?;
        }
        _ => return Err(Refusal::NotFound),
    }
    Ok(Done::new(format!("{ADDRESS}/{id}"), f.s("order-store-saved")))
}

/// The stores that have a place, by it.
fn linked(visit: &Visit<'_>) -> Result<Vec<Id>, Refusal> {
    let mut linked: Vec<(i64, Id)> = Vec::new();
    for (name, value) in &visit.fields {
        let Some(id) = name.strip_prefix(PLACE).and_then(|id| id.parse().ok()) else { continue };
        if !value.trim().is_empty() {
            linked.push((visit.number(name, "order-store-place")?, id));
        }
    }
    linked.sort_unstable();
    Ok(linked.into_iter().map(|(_, id)| id).collect())
}

fn set_up(visit: &Visit<'_>, old: OrderStoreSetup) -> Result<OrderStoreSetup, Refusal> {
    let total = visit.text("review_total_from");
    Ok(OrderStoreSetup {
        auto_allocation: match visit.text("auto") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        linked_stores: old.linked_stores,
        cutoff: Some(visit.text("cutoff").to_owned()).filter(|text| !text.is_empty()),
        review_all: visit.has("review_all"),
        review_memo: visit.has("review_memo"),
        review_total_from: match total.is_empty() {
            true => None,
            false => Some(visit.number("review_total_from", "order-store-review-total")?),
        },
    })
}
