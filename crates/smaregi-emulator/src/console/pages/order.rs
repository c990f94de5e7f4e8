//! One order: its lines and what is set aside for them, its sums and dates, and what happened to it.

use super::orders::{Row, TABLE, number, tone};
use crate::{
    console::{
        frame::Frame,
        look,
        reply::{Refusal, Reply},
        visit::{Choice, Visit},
    },
    emulator::State,
    state::{Id, Shop},
    time,
};
use askama::Template;
use serde_json::{Map, Value};

/// Webhooks that are searched for the order.
const MOST_TOLD: &str = "500";
const DATES: [(&str, &str); 5] = [
    ("order-desired", "desiredDeliveryDate"),
    ("order-desired-time", "desiredDeliveryTimeZone"),
    ("order-prepare-on", "scheduledPreparationDate"),
    ("order-ship-on", "scheduledShippingDate"),
    ("order-shipped-on", "shippedDate"),
];
const PEOPLE: [(&str, &str); 4] = [
    ("order-customer", "customerCode"),
    ("order-orderer", "orderer"),
    ("order-delivery", "delivery"),
    ("memo", "memo"),
];
const AMOUNTS: [(&str, &str, i64); 8] = [
    ("order-carriage", "carriage", 1),
    ("order-commission", "commission", 1),
    ("order-gift-wrap", "giftWrapPrice", 1),
    ("order-point-discount", "totalPointDiscount", -1),
    ("order-coupon-discount", "totalCouponDiscount", -1),
    ("order-subtotal-coupon-discount", "subtotalCouponDiscount", -1),
    ("order-promotion-discount", "totalPromotionDiscount", -1),
    ("amount-tax-on-top", "taxExclude", 1),
];

#[derive(Template)]
#[template(path = "console/order.html")]
struct OrderPage<'v> {
    f: &'v Frame,
    row: Row,
    /// Dates and people that the order names, by the text of their name.
    facts: Vec<(String, String)>,
    sale: Option<Id>,
    lines: Vec<Line>,
    subtotal: i64,
    /// Amounts that are not zero.
    amounts: Vec<(String, i64)>,
    /// Stores and warehouses from which pieces can come.
    sources: Vec<Choice>,
    history: Vec<Event>,
    ship_date: String,
    can_cancel: bool,
    json: String,
}

struct Line {
    id: Id,
    product: Id,
    code: String,
    name: String,
    price: i64,
    pieces: i64,
    allocated: i64,
    sum: i64,
    parts: Vec<Part>,
    /// As it was entered for a split.
    take: String,
}

/// Pieces that a store has set aside.
struct Part {
    store: String,
    pieces: i64,
}

struct Event {
    at: i64,
    text: String,
    link: Option<String>,
}

impl Line {
    fn is_missing(&self) -> bool {
        self.allocated < self.pieces
    }
}

impl OrderPage<'_> {
    fn tone(&self, word: &str) -> &'static str {
        tone(word)
    }

    fn can_allocate(&self) -> bool {
        matches!(self.row.status, "open" | "preparing")
    }

    fn can_split(&self) -> bool {
        self.row.is_under_way() && self.sale.is_none() && self.row.pieces > 1
    }
}

pub(super) fn show(visit: &Visit<'_>, id: Id) -> Result<Reply, Refusal> {
    let webhooks = webhooks(visit, id)?;
    let page = visit.in_shop(|shop, state| page(visit, shop, state, id, webhooks))?;
    visit.page(&page.ok_or(Refusal::NotFound)?)
}

fn page<'v>(visit: &'v Visit<'_>, shop: &Shop, state: &State, id: Id, webhooks: Vec<Event>) -> Option<OrderPage<'v>> {
    let table = shop.table(TABLE);
    let packed = table.get(id)?;
    let row = Row::read(shop, id, &table.columns, packed);
    let mut order = packed.to_map(&table.columns);
    let f = &visit.f;
    let fact = |(label, name): &(&str, &str)| Some((f.s(label), said(&order, name)?));
    let amount = |(label, name, sign): &(&str, &str, i64)| {
        let amount = number(&order, name);
        (amount != 0).then(|| (f.s(label), amount.saturating_mul(*sign)))
    };
    let lines: Vec<Line> = objects(&order, "details").map(|line| read_line(visit, shop, &order, line)).collect();
    let after_ship = visit.emulator.settings().order_shipment.cancel.after_ship;
    let entered = visit.text("date");
    let mut history = history(visit, shop, state, id, &order);
    history.extend(webhooks);
    history.sort_by_key(|event| event.at);
    let (facts, amounts) =
        (DATES.iter().chain(&PEOPLE).filter_map(fact).collect(), AMOUNTS.iter().filter_map(amount).collect());
    let sale = said(&order, "transactionHeadId").and_then(|id| id.parse().ok());
    for hidden in &table.spec.hidden {
        order.shift_remove(hidden);
    }
    Some(OrderPage {
        f,
        facts,
        amounts,
        sale,
        subtotal: lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.sum)),
        lines,
        sources: sources(visit, shop, &order),
        history,
        ship_date: if entered.is_empty() { time::format_date(f.now) } else { entered.to_owned() },
        can_cancel: row.status != "canceled" && (row.status != "shipped" || after_ship),
        row,
        json: serde_json::to_string_pretty(&order).unwrap_or_default(),
    })
}

/// A member as a person reads it: an address as its parts in a row. `None`: nothing is said.
fn said(order: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match order.get(name)? {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(parts) => parts.values().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    Some(text).filter(|text| !text.trim().is_empty())
}

fn objects<'o>(order: &'o Map<String, Value>, name: &str) -> impl Iterator<Item = &'o Map<String, Value>> {
    order.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn id_of(row: &Map<String, Value>, name: &str) -> Id {
    u64::try_from(number(row, name)).unwrap_or(0)
}

fn read_line(visit: &Visit<'_>, shop: &Shop, order: &Map<String, Value>, line: &Map<String, Value>) -> Line {
    let id = id_of(line, "orderDetailId");
    let (price, pieces) = (number(line, "salesPrice"), number(line, "quantity"));
    let own = objects(order, "allocations").filter(|part| id_of(part, "orderDetailId") == id);
    let part = |part: &Map<String, Value>| Part {
        store: look::store_name(shop, id_of(part, "storeId")),
        pieces: number(part, "quantity"),
    };
    Line {
        id,
        product: id_of(line, "productId"),
        code: said(line, "productCode").unwrap_or_default(),
        name: said(line, "productName").unwrap_or_default(),
        price,
        pieces,
        allocated: number(line, "allocatedQuantity"),
        sum: price.saturating_mul(pieces),
        parts: own.map(part).collect(),
        take: visit.text(&format!("take-{id}")).to_owned(),
    }
}

/// The stores linked with the order's store, in the order in which they are drawn on.
fn sources(visit: &Visit<'_>, shop: &Shop, order: &Map<String, Value>) -> Vec<Choice> {
    let table = shop.table("orderStores");
    let store = table.find(&[said(order, "storeId").unwrap_or_default()]).and_then(|id| table.get(id));
    let linked = store.and_then(|row| row.raw(&table.columns, "linkedStores"));
    let linked: Value = linked.and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default();
    let ids =
        linked.as_array().into_iter().flatten().filter_map(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok()));
    ids.map(|id| Choice::new(id, look::store_name(shop, id), visit.text("at"))).collect()
}

/// What the order itself, its sale and the log of calls tell.
fn history(visit: &Visit<'_>, shop: &Shop, state: &State, id: Id, order: &Map<String, Value>) -> Vec<Event> {
    let f = &visit.f;
    let at = |name: &str| said(order, name).and_then(|text| time::parse(&text));
    let event = |name: &str, label: &str| Some(Event { at: at(name)?, text: f.s(label), link: None });
    let mut events: Vec<Event> = [
        event("orderDateTime", "order-event-ordered"),
        event("insDateTime", "order-event-registered"),
        event("canceledDateTime", "order-event-canceled"),
        event("updDateTime", "order-event-changed"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let sale = said(order, "transactionHeadId").and_then(|id| id.parse::<Id>().ok());
    if let Some((id, sale)) = sale.and_then(|id| Some((id, shop.sales.get(id)?))) {
        let text = f.a("order-event-sale", "id", id.to_string());
        events.push(Event { at: sale.times.received, text, link: Some(format!("/console/sales/{id}")) });
    }
    let own = format!("/{}/order-shipment/orders/{id}", shop.spec.contract_id);
    let calls = state.requests.records().iter().filter(|call| {
        let path = call.target.split('?').next().unwrap_or_default();
        call.method != "GET" && path.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    events.extend(calls.map(|call| Event {
        at: call.at,
        text: f.b("order-event-call", "method", &call.method, "status", call.status.unwrap_or(0).to_string()),
        link: Some(format!("/console/requests/{}", call.number)),
    }));
    events
}

/// Webhooks that named the order.
fn webhooks(visit: &Visit<'_>, id: Id) -> Result<Vec<Event>, Refusal> {
    let contract = visit.contract()?;
    let told = visit.ask(&super::address("deliveries", &[("text", "orderHeadIds"), ("limit", MOST_TOLD)]))?;
    let id = id.to_string();
    let event = |delivery: &Value| {
        let body: Value = serde_json::from_str(delivery["body"].as_str()?).ok()?;
        let named = body["orderHeadIds"].as_array()?.iter().any(|named| named.as_str() == Some(&id));
        let action = body["action"].as_str().unwrap_or_default();
        let outcome = visit.f.of("outcome-", delivery["outcome"].as_str()?);
        (named && body["contractId"].as_str() == Some(&contract)).then(|| Event {
            at: delivery["at"].as_i64().unwrap_or(0),
            text: visit.f.b("order-event-webhook", "action", action, "outcome", outcome),
            link: Some(format!("/console/webhooks/{}", delivery["number"])),
        })
    };
    Ok(told["log"].as_array().into_iter().flatten().filter_map(event).collect())
}
