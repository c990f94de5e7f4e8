//! `/console/orders`: 受注, newest first; behind it one order to work on, and the form that registers one by hand.

use super::{address, order, order_entry};
use crate::{
    console::{
        frame::Frame,
        look::{self, ROWS, text},
        reply::{Done, Refusal, Reply},
        visit::{Choice, Visit},
    },
    state::{Columns, Id, Packed, Shop},
    time,
};
use askama::Template;
use serde_json::{Map, Value, json};

pub(super) const TABLE: &str = "orders";
const STATUSES: [&str; 5] = ["review", "open", "preparing", "shipped", "canceled"];
/// What a person can do to an order, as `/control/orders/…` calls it.
const DEEDS: [&str; 9] = ["allocate", "release", "confirm", "prepare", "ship", "cancel", "pay", "unpay", "split"];
/// Fields of a split: pieces that go into the second order, by line.
const TAKE: &str = "take-";

#[derive(Template)]
#[template(path = "console/orders.html")]
struct OrdersPage<'v> {
    f: &'v Frame,
    words: &'v str,
    statuses: Vec<Choice>,
    rows: Vec<Row>,
    is_filtered: bool,
    has_stores: bool,
    older: Option<String>,
}

/// What the list and the order itself show.
pub(super) struct Row {
    pub(super) id: Id,
    pub(super) code: String,
    pub(super) ordered_at: Option<i64>,
    pub(super) store: String,
    pub(super) status: &'static str,
    pub(super) allocation: &'static str,
    pub(super) payment: &'static str,
    pub(super) pieces: i64,
    pub(super) total: i64,
}

impl Row {
    pub(super) fn read(shop: &Shop, id: Id, columns: &Columns, row: &Packed) -> Self {
        let read = |name: &str| text(row, columns, name);
        let known = |words: &[&'static str], name: &str, other| {
            let word = read(name);
            words.iter().copied().find(|known| *known == word).unwrap_or(other)
        };
        let lines: Value =
            row.raw(columns, "details").and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default();
        let pieces = lines.as_array().into_iter().flatten().filter_map(Value::as_object);
        Self {
            id,
            code: read("orderCode"),
            ordered_at: time::parse(&read("orderDateTime")),
            store: store_name(shop, &read("storeId")),
            status: known(&STATUSES, "status", "open"),
            allocation: known(&["allocated", "partial"], "allocationStatus", "unallocated"),
            payment: known(&["paid"], "paymentStatus", "unpaid"),
            pieces: pieces.fold(0_i64, |sum, line| sum.saturating_add(number(line, "quantity"))),
            total: read("total").parse().unwrap_or(0),
        }
    }

    pub(super) fn is_under_way(&self) -> bool {
        !matches!(self.status, "shipped" | "canceled")
    }
}

/// The colour of a word about an order.
pub(super) fn tone(word: &str) -> &'static str {
    match word {
        "shipped" | "allocated" | "paid" => "good",
        "review" | "preparing" | "partial" => "busy",
        _ => "idle",
    }
}

impl OrdersPage<'_> {
    fn tone(&self, word: &str) -> &'static str {
        tone(word)
    }
}

/// Name of an order store.
fn store_name(shop: &Shop, id: &str) -> String {
    let table = shop.table("orderStores");
    let name = table.find(&[id]).and_then(|id| table.get(id)).map(|row| text(row, &table.columns, "storeName"));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.to_owned())
}

/// A whole number, sent as one or as text; 0 for anything else.
pub(super) fn number(row: &Map<String, Value>, name: &str) -> i64 {
    let value = row.get(name).unwrap_or(&Value::Null);
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(0)
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    match visit.rest.as_slice() {
        [] => list(visit),
        ["new"] => order_entry::show(visit),
        [id] => order::show(visit, id.parse().map_err(|_| Refusal::NotFound)?),
        _ => Err(Refusal::NotFound),
    }
}

fn list(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let (words, status) = (visit.text("q"), visit.text("status"));
    let before: Id = visit.text("before").parse().unwrap_or(Id::MAX);
    let (rows, more, has_stores) = visit.in_shop(|shop, _| {
        let table = shop.table(TABLE);
        let columns = &table.columns;
        let rows = table.rows().range(..before).rev();
        let rows = rows.filter(|(_, row)| status.is_empty() || text(row, columns, "status") == status);
        let rows = rows.filter(|(id, row)| fits(**id, row, columns, words));
        let (rows, more) = look::cut(rows.map(|(id, row)| Row::read(shop, *id, columns, row)), ROWS);
        (rows, more, shop.table("orderStores").len() > 0)
    })?;
    let last = rows.last().map(|row| row.id.to_string()).unwrap_or_default();
    let older = more.then(|| address("/console/orders", &[("q", words), ("status", status), ("before", &last)]));
    let choice = |known: &&str| Choice::new(known, visit.f.of("order-status-", known), status);
    visit.page(&OrdersPage {
        f: &visit.f,
        words,
        statuses: STATUSES.iter().map(choice).collect(),
        rows,
        is_filtered: !words.is_empty() || !status.is_empty(),
        has_stores,
        older,
    })
}

/// Whether number, code, note, goods or addresses have all the words.
fn fits(id: Id, row: &Packed, columns: &Columns, words: &str) -> bool {
    let members = ["orderCode", "memo", "customerCode", "orderer", "delivery", "details"];
    let mut haystack = id.to_string();
    for name in members.into_iter().filter(|_| !words.is_empty()) {
        haystack.push('\u{1f}');
        haystack.push_str(&text(row, columns, name).to_lowercase());
    }
    words.split_whitespace().all(|word| haystack.contains(&word.to_lowercase()))
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let (id, deed) = match visit.rest.as_slice() {
        ["new", deed] => return order_entry::act(visit, deed),
        [id, deed] if DEEDS.contains(deed) => (id.parse::<Id>().map_err(|_| Refusal::NotFound)?, *deed),
        _ => return Err(Refusal::NotFound),
    };
    let mut order = json!({ "contract": visit.contract()?, "order_id": id });
    match deed {
        "allocate" | "release" => order["lines"] = picks(visit)?,
        "ship" if !visit.text("date").is_empty() => order["shipped_date"] = json!(visit.text("date")),
        "split" => order["lines"] = taken(visit)?,
        _ => {}
    }
    let told = visit.order(&format!("orders/{deed}"), &order)?;
    let done = Done::new(format!("/console/orders/{id}"), visit.f.of("order-did-", deed));
    let told = told["orderHeadId"].as_str().unwrap_or_default();
    Ok(match deed {
        "split" => done.link(format!("/console/orders/{told}"), visit.f.a("order-number", "id", told)),
        _ => done,
    })
}

/// The line that was named, with pieces and store as far as they were given; nothing named: all lines.
fn picks(visit: &Visit<'_>) -> Result<Value, Refusal> {
    if !visit.has("line") {
        return Ok(json!([]));
    }
    let mut pick = json!({ "order_detail_id": visit.number::<Id>("line", "order-line")? });
    if !visit.text("pieces").is_empty() {
        pick["quantity"] = json!(visit.number::<i64>("pieces", "pieces-label")?);
    }
    if !visit.text("at").is_empty() {
        pick["store_id"] = json!(visit.number::<Id>("at", "store")?);
    }
    Ok(json!([pick]))
}

fn taken(visit: &Visit<'_>) -> Result<Value, Refusal> {
    let mut taken = Vec::new();
    for (name, value) in &visit.fields {
        let Some(line) = name.strip_prefix(TAKE).and_then(|line| line.parse::<Id>().ok()) else { continue };
        if !value.trim().is_empty() {
            let pieces: i64 = visit.number(name, "order-take")?;
            taken.extend((pieces != 0).then(|| json!({ "order_detail_id": line, "quantity": pieces })));
        }
    }
    if taken.is_empty() {
        return Err(visit.refused(visit.f.s("order-split-nothing")));
    }
    Ok(Value::Array(taken))
}
