//! The bodies of the contract, and how a row of theirs becomes one of ours.
//!
//! Pages are read in two steps: first the frame, with its rows left as they came, then row by row. One bad row becomes a
//! [`BadRecord`] and the others are used.

use super::requests::{ORDERS_PAGE, PRODUCTS_PAGE, PUSH_BATCH};
use crate::{
    BadRecord, Health, OrderPage, ProductPage, PushResult, PushStatus, ShopProduct, ShopStock, StockPage, StockPush,
    decode::{self, MAX_EXACT, MAX_PIECES, RawRows},
};
use bytes::Bytes;
use regihub_domain::{
    Sku,
    order::{Order, OrderLine, OrderStatus},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The contract's bodies have at most 1 MiB; a page of long orders that runs over is still read.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

// ---- health ----------------------------------------------------------------------------------------------------------

pub(super) fn health(body: &[u8]) -> Result<Health, String> {
    #[derive(Deserialize)]
    struct Wire {
        contract: String,
        name: String,
    }
    let Wire { contract, name } = frame(body)?;
    if contract != super::CONTRACT {
        let theirs = decode::shortened(&contract);
        return Err(format!("contract: the shop speaks {theirs:?}, this connector speaks {:?}", super::CONTRACT));
    }
    Ok(Health { contract, name: decode::shortened(&name) })
}

// ---- products --------------------------------------------------------------------------------------------------------

pub(super) fn products(body: &[u8], after: Option<&Sku>) -> Result<ProductPage, String> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(borrow)]
        products: RawRows<'a>,
        next: Option<String>,
    }
    let page: Wire = frame(body)?;
    let (products, bad) = by_sku("products", &page.products, product)?;
    Ok(ProductPage { products, bad, next: next_page(page.next, after)? })
}

fn product(raw: &RawValue) -> Result<ShopProduct, String> {
    #[derive(Deserialize)]
    struct Wire {
        sku: String,
        name: String,
        price: Option<String>,
        barcode: Option<String>,
    }
    let row: Wire = decode::row(raw)?;
    Ok(ShopProduct {
        sku: decode::name("sku", row.sku)?.into(),
        name: row.name,
        price: row.price.map(|price| decode::money("price", price)).transpose()?,
        barcode: row.barcode.filter(|barcode| !barcode.is_empty()),
    })
}

// ---- stock -----------------------------------------------------------------------------------------------------------

pub(super) fn push_body(items: &[StockPush]) -> Bytes {
    #[derive(Serialize)]
    struct Wire<'a> {
        items: Vec<Item<'a>>,
    }
    #[derive(Serialize)]
    struct Item<'a> {
        sku: &'a str,
        quantity: i64,
        version: i64,
        orders_seen: i64,
    }
    let items = items
        .iter()
        .map(|item| Item {
            sku: item.sku.as_str(),
            quantity: item.quantity,
            version: item.version,
            orders_seen: item.orders_seen,
        })
        .collect();
    serde_json::to_vec(&Wire { items }).expect("text and numbers are always JSON").into()
}

/// One result for each item, in the order of `items`, whatever order the shop chose.
pub(super) fn push_results(body: &[u8], items: &[StockPush]) -> Result<Vec<PushResult>, String> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(borrow)]
        results: RawRows<'a>,
    }
    let answer: Wire = frame(body)?;
    no_more_than("results", answer.results.len(), PUSH_BATCH)?;
    let mut by_sku: BTreeMap<String, VecDeque<&RawValue>> = BTreeMap::new();
    for raw in answer.results {
        if let (_, Some(sku)) = decode::remains(raw, "version", "sku") {
            by_sku.entry(sku).or_default().push_back(raw);
        }
    }
    let result = |item: &StockPush| match by_sku.get_mut(item.sku.as_str()).and_then(VecDeque::pop_front) {
        Some(raw) => push_result(&item.sku, raw).unwrap_or_else(|problem| unusable(&item.sku, problem)),
        None => unusable(&item.sku, "the shop's answer has no result for this item".into()),
    };
    Ok(items.iter().map(result).collect())
}

fn push_result(sku: &Sku, raw: &RawValue) -> Result<PushResult, String> {
    #[derive(Deserialize)]
    struct Wire {
        status: String,
        quantity: Option<i64>,
        version: Option<i64>,
        detail: Option<String>,
    }
    let row: Wire = decode::row(raw)?;
    let status = match row.status.as_str() {
        "applied" => PushStatus::Applied,
        "stale" => PushStatus::Stale,
        "unknown_sku" => PushStatus::UnknownSku,
        "invalid" => PushStatus::Invalid(decode::shortened(&row.detail.unwrap_or_else(|| "no reason given".into()))),
        other => return Err(unknown("status", other, "applied, stale, unknown_sku or invalid")),
    };
    Ok(PushResult {
        sku: sku.clone(),
        status,
        quantity: optional("quantity", row.quantity, -MAX_PIECES, MAX_PIECES)?,
        version: optional("version", row.version, 0, MAX_EXACT)?,
    })
}

fn unusable(sku: &Sku, problem: String) -> PushResult {
    PushResult { sku: sku.clone(), status: PushStatus::Invalid(problem), quantity: None, version: None }
}

pub(super) fn stock(body: &[u8], after: Option<&Sku>) -> Result<StockPage, String> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(borrow)]
        items: RawRows<'a>,
        next: Option<String>,
    }
    let page: Wire = frame(body)?;
    let (items, bad) = by_sku("items", &page.items, stock_row)?;
    Ok(StockPage { items, bad, next: next_page(page.next, after)? })
}

fn stock_row(raw: &RawValue) -> Result<ShopStock, String> {
    #[derive(Deserialize)]
    struct Wire {
        sku: String,
        quantity: Option<i64>,
        version: Option<i64>,
        orders_seen: Option<i64>,
        available: Option<i64>,
    }
    let row: Wire = decode::row(raw)?;
    Ok(ShopStock {
        sku: decode::name("sku", row.sku)?.into(),
        quantity: optional("quantity", row.quantity, 0, MAX_PIECES)?,
        version: optional("version", row.version, 0, MAX_EXACT)?,
        orders_seen: optional("orders_seen", row.orders_seen, 0, MAX_EXACT)?,
        available: optional("available", row.available, -MAX_PIECES, MAX_PIECES)?,
    })
}

// ---- orders ----------------------------------------------------------------------------------------------------------

/// Reads a page of the feed behind `after`.
///
/// The feed counts 1, 2, 3 without gaps, so a row whose sequence cannot be read still has its place, and a hole between two rows is
/// reported as a [`BadRecord`]: the orders in it would otherwise be lost in silence.
pub(super) fn orders(body: &[u8], after: i64) -> Result<OrderPage, String> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(borrow)]
        orders: RawRows<'a>,
        last: i64,
    }
    let feed: Wire = frame(body)?;
    no_more_than("orders", feed.orders.len(), ORDERS_PAGE)?;
    let mut page = OrderPage { last: decode::bounded("last", feed.last, 0, MAX_EXACT)?, ..OrderPage::default() };
    let mut due = after.saturating_add(1);
    for (index, raw) in feed.orders.into_iter().enumerate() {
        let (read, id) = decode::remains(raw, "sequence", "id");
        let sequence = read.filter(|sequence| (1..=MAX_EXACT).contains(sequence)).unwrap_or(due);
        // Not one bad row but a shop that does not page: going on would step over changes that were never read.
        if sequence <= after {
            return Err(format!(
                "orders[{index}].sequence: {sequence} was answered when asked for changes after {after}"
            ));
        }
        if sequence > due {
            page.bad.push(hole(due, sequence - 1));
        }
        due = due.max(sequence + 1);
        page.last = page.last.max(sequence);
        match order(raw) {
            Ok(order) => page.orders.push(order),
            Err(problem) => page.bad.push(BadRecord { sequence: Some(sequence), id, problem }),
        }
    }
    Ok(page)
}

fn hole(first: i64, last: i64) -> BadRecord {
    let what = if first == last { format!("change {first} is") } else { format!("changes {first} to {last} are") };
    BadRecord {
        sequence: Some(last),
        id: None,
        problem: format!("{what} missing from the shop's feed, which must have no gaps"),
    }
}

fn order(raw: &RawValue) -> Result<Order, String> {
    #[derive(Deserialize)]
    struct Wire {
        id: String,
        number: String,
        sequence: i64,
        status: String,
        placed_at: String,
        currency: String,
        total: String,
        lines: Vec<WireLine>,
    }
    let row: Wire = decode::row(raw)?;
    let status = match row.status.as_str() {
        "placed" => OrderStatus::Placed,
        "cancelled" => OrderStatus::Cancelled,
        other => return Err(unknown("status", other, "placed or cancelled")),
    };
    if row.currency.len() != 3 || !row.currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(unknown("currency", &row.currency, "three capital letters like JPY"));
    }
    Ok(Order {
        order_id: decode::name("id", row.id)?.into(),
        number: decode::name("number", row.number)?,
        sequence: decode::bounded("sequence", row.sequence, 1, MAX_EXACT)?,
        status,
        placed_at: decode::time_us("placed_at", &row.placed_at)?,
        currency: row.currency,
        total: decode::money("total", row.total)?,
        lines: order_lines(row.lines)?,
    })
}

#[derive(Deserialize)]
struct WireLine {
    line_id: String,
    sku: String,
    name: String,
    quantity: i64,
    unit_price: String,
}

fn order_lines(rows: Vec<WireLine>) -> Result<Vec<OrderLine>, String> {
    let mut line_ids = BTreeSet::new();
    let mut lines = Vec::with_capacity(rows.len());
    for (index, row) in rows.into_iter().enumerate() {
        let at = |member: &str| format!("lines[{index}].{member}");
        let line_id = decode::name(&at("line_id"), row.line_id)?;
        // What was taken out of the stock is remembered by line, so two lines must never answer to one id.
        if !line_ids.insert(line_id.clone()) {
            return Err(format!("{}: {line_id:?} stands in this order twice", at("line_id")));
        }
        lines.push(OrderLine {
            line_id,
            sku: decode::name(&at("sku"), row.sku)?.into(),
            name: row.name,
            quantity: decode::bounded(&at("quantity"), row.quantity, 1, MAX_PIECES)?,
            unit_price: decode::money(&at("unit_price"), row.unit_price)?,
        });
    }
    Ok(lines)
}

// ---- shared ----------------------------------------------------------------------------------------------------------

fn frame<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, String> {
    decode::json(decode::text(body, MAX_ANSWER)?)
}

/// Reads a page of rows that are named by their SKU.
fn by_sku<T>(
    path: &str,
    rows: &[&RawValue],
    read: fn(&RawValue) -> Result<T, String>,
) -> Result<(Vec<T>, Vec<BadRecord>), String> {
    no_more_than(path, rows.len(), PRODUCTS_PAGE)?;
    let (mut good, mut bad) = (Vec::with_capacity(rows.len()), Vec::new());
    for (index, raw) in rows.iter().enumerate() {
        match read(raw) {
            Ok(row) => good.push(row),
            Err(problem) => {
                let (_, id) = decode::remains(raw, "", "sku");
                bad.push(BadRecord { sequence: None, id, problem: format!("{path}[{index}]: {problem}") });
            }
        }
    }
    Ok((good, bad))
}

/// A page that leads nowhere new would be read for ever.
fn next_page(next: Option<String>, after: Option<&Sku>) -> Result<Option<Sku>, String> {
    let next = next.map(|next| decode::name("next", next)).transpose()?.map(Sku);
    match (&next, after) {
        (Some(next), Some(after)) if next <= after => {
            Err(format!("next: {next:?} does not come after {after:?}, where this page began"))
        }
        _ => Ok(next),
    }
}

fn no_more_than(path: &str, got: usize, asked: usize) -> Result<(), String> {
    if got > asked { Err(format!("{path}: {got} rows were answered, at most {asked} were asked for")) } else { Ok(()) }
}

fn optional(path: &str, value: Option<i64>, min: i64, max: i64) -> Result<Option<i64>, String> {
    value.map(|value| decode::bounded(path, value, min, max)).transpose()
}

fn unknown(path: &str, got: &str, allowed: &str) -> String {
    format!("{path}: {:?} is not known; allowed: {allowed}", decode::shortened(got))
}
