//! `/console/tills`: a till (レジ). The basket stands in the address, so going back, reloading and a second window do what people expect.

use super::aside;
use crate::{
    console::{
        frame::Frame,
        look::{self, Member, Product},
        reply::{Done, Refusal, Reply},
        visit::{Choice, Visit},
    },
    http::form,
    state::{Id, Shop},
    till::{self, Basket},
};
use askama::Template;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const MOST_FOUND: usize = 12;
const PIECES: &str = "pieces-";
const ADDRESS: &str = "/console/tills";

#[derive(Template)]
#[template(path = "console/tills.html")]
struct TillPage<'v> {
    f: &'v Frame,
    basket: Basket,
    words: &'v str,
    member_words: &'v str,
    stores: Vec<Choice>,
    terminals: Vec<Choice>,
    found: Vec<Shelf>,
    more: bool,
    members: Vec<Member>,
    member: Option<Member>,
    lines: Vec<Line>,
    /// As it was entered.
    discount: String,
    bill: Result<Bill, String>,
    /// Of a layaway and of a parked sale, as entered.
    pick_up_on: &'v str,
    part: &'v str,
    parked_as: &'v str,
    is_aside: bool,
    /// Sales that the server does not know yet.
    offline: Vec<Offline>,
}

struct Shelf {
    product: Product,
    level: Option<i64>,
}

struct Line {
    product: Product,
    pieces: i64,
    price: String,
}

#[derive(Default)]
struct Bill {
    subtotal: String,
    tax: String,
    total: String,
}

struct Offline {
    sold_at: i64,
    store: String,
    pieces: i64,
    is_return: bool,
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    if !visit.rest.is_empty() {
        return Err(Refusal::NotFound);
    }
    let contract = visit.contract()?;
    let page = visit.in_shop(|shop, state| {
        let basket = read(visit, shop);
        let (found, more) = look::products(shop, visit.text("q"), 0, MOST_FOUND);
        let shelf = |product: Product| Shelf {
            level: shop.stock.level(product.id, basket.store_id).map(|level| level.amount),
            product,
        };
        let body = till::receipt(shop, &basket, visit.f.now);
        let offline = state.offline.iter().filter(|sale| sale.contract == contract);
        let offline = offline.map(|sale| Offline {
            sold_at: sale.sold_at,
            store: look::store_name(shop, sale.basket.store_id),
            pieces: pieces(&sale.basket),
            is_return: sale.basket.is_return,
        });
        let member_words = visit.text("m");
        let wants_members = basket.customer_id.is_none() && !member_words.is_empty();
        TillPage {
            f: &visit.f,
            words: visit.text("q"),
            member_words,
            stores: look::store_choices(shop, &basket.store_id.to_string()),
            terminals: look::terminals(shop, basket.store_id, &basket.terminal_id.to_string()),
            found: found.into_iter().map(shelf).collect(),
            more,
            members: if wants_members { look::members(shop, member_words, MOST_FOUND) } else { Vec::new() },
            member: basket.customer_id.and_then(|id| look::member(shop, id)),
            lines: lines(shop, &basket, body.as_ref().ok()),
            discount: visit.text("discount").to_owned(),
            bill: body.map(|body| bill(&body)).map_err(|problem| problem.detail.unwrap_or_default()),
            pick_up_on: visit.text("pick_up_on"),
            part: visit.text("part"),
            parked_as: visit.text("parked_as"),
            is_aside: ["pick_up_on", "part", "parked_as"].iter().any(|name| !visit.text(name).is_empty()),
            offline: offline.collect(),
            basket,
        }
    })?;
    visit.page(&page)
}

fn pieces(basket: &Basket) -> i64 {
    basket.lines.iter().fold(0_i64, |sum, (_, pieces)| sum.saturating_add(*pieces))
}

fn lines(shop: &Shop, basket: &Basket, body: Option<&Map<String, Value>>) -> Vec<Line> {
    let details = body.and_then(|body| body.get("details"));
    let line = |(place, (id, pieces)): (usize, &(Id, i64))| {
        let product = look::product(shop, *id)?;
        let priced = details.and_then(|details| details[place]["salesPrice"].as_str());
        Some(Line { price: priced.unwrap_or(&product.price).to_owned(), pieces: *pieces, product })
    };
    basket.lines.iter().enumerate().filter_map(line).collect()
}

fn bill(body: &Map<String, Value>) -> Bill {
    let read = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("0").to_owned();
    let on_top = read("taxExclude");
    let tax = if on_top == "0" { read("taxInclude") } else { on_top };
    Bill { subtotal: read("subtotal"), tax, total: read("total") }
}

/// Pieces by product in the fields: `line=8000001.2` from an address, `pieces-8000001=2` from the form; `add` and `drop` are buttons.
pub(super) fn chosen(visit: &Visit<'_>, shop: &Shop) -> Vec<(Id, i64)> {
    let mut lines: BTreeMap<Id, i64> = BTreeMap::new();
    let from_address = visit.all("line").filter_map(|line| line.split_once('.'));
    let from_form = visit.fields.iter().filter_map(|(name, value)| Some((name.strip_prefix(PIECES)?, value.trim())));
    for (id, pieces) in from_address.chain(from_form) {
        if let (Ok(id), Ok(pieces)) = (id.parse(), pieces.parse::<i64>())
            && shop.products().get(id).is_some()
        {
            let line = lines.entry(id).or_default();
            *line = line.saturating_add(pieces);
        }
    }
    if let Ok(id) = visit.text("add").parse::<Id>()
        && shop.products().get(id).is_some()
    {
        *lines.entry(id).or_default() += 1;
    }
    let dropped: Option<Id> = visit.text("drop").parse().ok();
    lines.retain(|id, pieces| *pieces > 0 && Some(*id) != dropped);
    lines.into_iter().collect()
}

/// The basket in the fields. What cannot be read is left out; orders check before.
fn read(visit: &Visit<'_>, shop: &Shop) -> Basket {
    let stores = look::stores(shop);
    let first = stores.iter().find(|store| !store.is_warehouse).or(stores.first()).map_or(0, |store| store.id);
    let store_id = visit.text("store").parse().ok().filter(|id| shop.has_store(*id)).unwrap_or(first);
    let terminals = look::terminals(shop, store_id, visit.text("terminal"));
    let terminal = terminals.iter().find(|terminal| terminal.chosen).or(terminals.first());
    let customer: Option<Id> = visit.text("customer").parse().ok();
    Basket {
        store_id,
        terminal_id: terminal.and_then(|terminal| terminal.value.parse().ok()).unwrap_or(1),
        lines: chosen(visit, shop),
        customer_id: customer.filter(|id| !visit.has("drop_member") && look::member(shop, *id).is_some()),
        is_return: visit.has("return"),
        discount: visit.number("discount", "discount").unwrap_or(0),
    }
}

/// Where this basket is shown.
fn address(visit: &Visit<'_>, basket: &Basket) -> String {
    let mut address = format!("{ADDRESS}?store={}&terminal={}", basket.store_id, basket.terminal_id);
    let mut add = |name: &str, value: &str| address.push_str(&format!("&{name}={}", form::encode(value)));
    for (id, pieces) in &basket.lines {
        add("line", &format!("{id}.{pieces}"));
    }
    if let Some(customer) = basket.customer_id {
        add("customer", &customer.to_string());
    }
    // The search for a member is over when one is found.
    for name in ["discount", "q", "m"].into_iter().filter(|name| *name != "m" || basket.customer_id.is_none()) {
        if !visit.text(name).is_empty() && visit.text(name) != "0" {
            add(name, visit.text(name));
        }
    }
    if basket.is_return {
        add("return", "1");
    }
    address
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let contract = visit.contract()?;
    let basket = visit.in_shop(|shop, _| read(visit, shop))?;
    match visit.rest.as_slice() {
        ["basket"] => Ok(Done::quiet(address(visit, &basket))),
        ["sell"] => {
            check(visit, &basket)?;
            let sold = visit.order("sell", &json!({ "contract": contract, "basket": basket }))?;
            let id = sold["transactionHeadId"].as_str().unwrap_or_default();
            Ok(rung_up(visit, &basket, id))
        }
        ["random"] => {
            let sold =
                visit.order("sell-random", &json!({ "contract": contract, "count": 1, "only_in_stock": true }))?;
            match sold[0]["transactionHeadId"].as_str() {
                Some(id) => Ok(rung_up(visit, &basket, id)),
                None => Err(visit.refused(visit.f.s("till-nothing-to-sell"))),
            }
        }
        ["offline"] => {
            check(visit, &basket)?;
            visit.order("offline/sell", &json!({ "contract": contract, "basket": basket }))?;
            Ok(Done::new(empty(&basket), visit.f.s("till-sold-offline")))
        }
        ["lay-away"] => {
            check(visit, &basket)?;
            aside::lay_away(visit, &basket, empty(&basket))
        }
        ["park"] => {
            check(visit, &basket)?;
            aside::park(visit, &basket, empty(&basket))
        }
        ["report"] => {
            let told = visit.order("offline/report", &json!({ "contract": contract }))?;
            let count = told["sale_ids"].as_array().map_or(0, Vec::len);
            let told = visit.f.language.a("till-reported", "count", count);
            Ok(Done::new(empty(&basket), told).link("/console/sales", visit.f.s("menu-sales")))
        }
        _ => Err(Refusal::NotFound),
    }
}

fn rung_up(visit: &Visit<'_>, basket: &Basket, id: &str) -> Done {
    let done = Done::new(empty(basket), visit.f.s("till-rung-up"));
    done.link(format!("/console/sales/{id}"), visit.f.a("sale-number", "id", id))
}

/// The same till with nothing in the basket.
fn empty(basket: &Basket) -> String {
    format!("{ADDRESS}?store={}&terminal={}", basket.store_id, basket.terminal_id)
}

pub(super) fn check_pieces(visit: &Visit<'_>) -> Result<(), Refusal> {
    for (name, _) in visit.fields.iter().filter(|(name, _)| name.starts_with(PIECES)) {
        visit.number::<i64>(name, "pieces-label")?;
    }
    Ok(())
}

/// What reading the basket passed over must not be sold without it.
fn check(visit: &Visit<'_>, basket: &Basket) -> Result<(), Refusal> {
    check_pieces(visit)?;
    if !visit.text("discount").is_empty() {
        visit.number::<i64>("discount", "discount")?;
    }
    if basket.lines.is_empty() {
        return Err(visit.refused(visit.f.s("till-empty")));
    }
    Ok(())
}
