//! `/console/orders/new`: an order that a person enters. The goods stand in the address, as in the basket of a till.

use super::{address, orders::TABLE, tills};
use crate::{
    console::{
        frame::Frame,
        look::{self, Product, text},
        reply::{Done, Refusal, Reply},
        visit::{Choice, Visit},
    },
    http::form,
    state::Shop,
    time,
};
use askama::Template;
use serde_json::{Map, Value, json};

const MOST_FOUND: usize = 12;
const ADDRESS: &str = "/console/orders/new";
/// Fields that stay as they were entered.
const KEPT: [&str; 5] = ["store", "q", "code", "date", "memo"];

#[derive(Template)]
#[template(path = "console/order_entry.html")]
struct EntryPage<'v> {
    f: &'v Frame,
    stores: Vec<Choice>,
    words: &'v str,
    found: Vec<Product>,
    more: bool,
    lines: Vec<(Product, i64)>,
    subtotal: i64,
    code: &'v str,
    date: &'v str,
    memo: &'v str,
}

pub(super) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let page = visit.in_shop(|shop, _| {
        let (found, more) = look::products(shop, visit.text("q"), 0, MOST_FOUND);
        let line = |(id, pieces)| Some((look::product(shop, id)?, pieces));
        let lines: Vec<(Product, i64)> = tills::chosen(visit, shop).into_iter().filter_map(line).collect();
        let sum =
            |sum: i64, (product, pieces): &(Product, i64)| sum.saturating_add(yen(product).saturating_mul(*pieces));
        EntryPage {
            f: &visit.f,
            stores: stores(shop, visit.text("store")),
            words: visit.text("q"),
            found,
            more,
            subtotal: lines.iter().fold(0, sum),
            lines,
            code: visit.text("code"),
            date: visit.text("date"),
            memo: visit.text("memo"),
        }
    })?;
    visit.page(&page)
}

fn yen(product: &Product) -> i64 {
    product.price.parse().unwrap_or(0)
}

/// All order stores.
fn stores(shop: &Shop, chosen: &str) -> Vec<Choice> {
    let table = shop.table("orderStores");
    table.in_order().map(|(id, row)| Choice::new(id, text(row, &table.columns, "storeName"), chosen)).collect()
}

pub(super) fn act(visit: &Visit<'_>, deed: &str) -> Result<Done, Refusal> {
    match deed {
        "basket" => {
            let lines = visit.in_shop(|shop, _| tills::chosen(visit, shop))?;
            let kept: Vec<(&str, &str)> = KEPT.iter().map(|name| (*name, visit.text(name))).collect();
            let mut to = address(ADDRESS, &kept);
            for (id, pieces) in lines {
                let joint = if to.contains('?') { '&' } else { '?' };
                to.push_str(&format!("{joint}line={}", form::encode(&format!("{id}.{pieces}"))));
            }
            Ok(Done::quiet(to))
        }
        "register" => {
            tills::check_pieces(visit)?;
            let order = visit.in_shop(|shop, _| body(visit, shop))?;
            if order["details"].as_array().is_none_or(Vec::is_empty) {
                return Err(visit.refused(visit.f.s("order-entry-nothing")));
            }
            let told = visit.order("orders/register", &json!({ "contract": visit.contract()?, "order": order }))?;
            let id = told["orderHeadId"].as_str().unwrap_or_default();
            Ok(Done::new(format!("/console/orders/{id}"), visit.f.a("order-registered", "id", id)))
        }
        _ => Err(Refusal::NotFound),
    }
}

/// The order as `POST /orders` takes it, without its total, at the prices of the shelf.
fn body(visit: &Visit<'_>, shop: &Shop) -> Map<String, Value> {
    let line = |(id, pieces)| {
        let product = look::product(shop, id)?;
        Some(json!({ "productId": id.to_string(), "salesPrice": yen(&product), "quantity": pieces }))
    };
    let code = visit.text("code");
    let made_up = || format!("C-{}", shop.table(TABLE).next_id());
    let mut order = Map::from_iter([
        ("orderCode".to_owned(), json!(if code.is_empty() { made_up() } else { code.to_owned() })),
        ("orderDateTime".to_owned(), json!(time::format(visit.f.now))),
        ("storeId".to_owned(), json!(visit.text("store"))),
        ("details".to_owned(), tills::chosen(visit, shop).into_iter().filter_map(line).collect()),
    ]);
    for (name, field) in [("desiredDeliveryDate", "date"), ("memo", "memo")] {
        if !visit.text(field).is_empty() {
            order.insert(name.to_owned(), json!(visit.text(field)));
        }
    }
    order
}
