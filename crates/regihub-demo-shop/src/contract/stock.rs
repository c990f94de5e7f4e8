//! Generic.md §3 and §4: stock numbers in, stock numbers out.

use super::{MOST_BODY_BYTES, problem::Problem, query::Query};
use crate::{
    book::{Book, Push},
    shop::{PushOutcome, Shop},
};
use axum::{Json, body::Body, extract::State};
use http::{StatusCode, Uri};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    ops::Bound::{Excluded, Unbounded},
};

const MOST_ITEMS: usize = 500;
/// Above it a JSON number is no longer exact everywhere.
const EXACT_LIMIT: u64 = 1 << 53;

#[derive(Deserialize)]
struct PushRequest {
    #[serde(deserialize_with = "at_most_500")]
    items: Vec<Value>,
}

fn at_most_500<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    let items = Vec::<Value>::deserialize(deserializer)?;
    if items.len() > MOST_ITEMS {
        let message = format!("items: got {}, at most {MOST_ITEMS} are allowed", items.len());
        return Err(serde::de::Error::custom(message));
    }
    Ok(items)
}

pub(super) async fn put(State(shop): State<Shop>, body: Body) -> Result<Json<Value>, Problem> {
    let body = axum::body::to_bytes(body, MOST_BODY_BYTES).await.map_err(|_| {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("body: longer than {MOST_BODY_BYTES} bytes, or cut off"))
    })?;
    let request: PushRequest =
        serde_json::from_slice(&body).map_err(|error| Problem::bad_request(format!("body: {error}")))?;
    let readings: Vec<_> = request.items.iter().map(read_item).collect();
    let readable: Vec<_> = readings.iter().flatten().cloned().collect();
    let outcomes =
        shop.push(&readable).map_err(|error| Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    let mut outcomes = outcomes.into_iter();
    let results = readings.iter().zip(&request.items).filter_map(|(reading, item)| match reading {
        Ok((sku, _)) => outcomes.next().map(|outcome| result(sku, &outcome)),
        Err(detail) => Some(json!({ "sku": item.get("sku"), "status": "invalid", "detail": detail })),
    });
    Ok(Json(json!({ "results": results.collect::<Vec<_>>() })))
}

/// One item of a push, or what is wrong with it.
fn read_item(item: &Value) -> Result<(String, Push), String> {
    if !item.is_object() {
        return Err("an item must be an object".to_owned());
    }
    let sku = item["sku"].as_str().ok_or_else(|| format!("sku: got {}, a string is allowed", shown(&item["sku"])))?;
    let quantity = whole_number(item, "quantity", 0)?;
    let push = Push {
        quantity: i64::try_from(quantity).map_err(|_| "quantity: too large".to_owned())?,
        version: whole_number(item, "version", 1)?,
        orders_seen: whole_number(item, "orders_seen", 0)?,
    };
    Ok((sku.to_owned(), push))
}

fn whole_number(item: &Value, field: &str, least: u64) -> Result<u64, String> {
    let sent = &item[field];
    sent.as_u64().filter(|number| (least..EXACT_LIMIT).contains(number)).ok_or_else(|| {
        format!("{field}: got {}, a whole number from {least} to {} is allowed", shown(sent), EXACT_LIMIT - 1)
    })
}

/// A value for an error text; a long one is cut.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn result(sku: &str, outcome: &PushOutcome) -> Value {
    let held = |status: &str, push: &Push| json!({ "sku": sku, "status": status, "quantity": push.quantity, "version": push.version });
    match outcome {
        PushOutcome::Applied(push) => held("applied", push),
        PushOutcome::Stale(push) => held("stale", push),
        PushOutcome::UnknownSku => json!({ "sku": sku, "status": "unknown_sku" }),
        PushOutcome::Ahead { last_sequence } => {
            let detail = format!("orders_seen: is ahead of the shop, whose newest sequence is {last_sequence}");
            json!({ "sku": sku, "status": "invalid", "detail": detail })
        }
    }
}

pub(super) async fn list(State(shop): State<Shop>, uri: Uri) -> Result<Json<Value>, Problem> {
    let query = Query::of(&uri)?;
    let asked: BTreeSet<&str> = query.all("sku").collect();
    let (skus, next) = if asked.is_empty() {
        page(&shop, query.get("after").unwrap_or(""), query.limit()?)
    } else if asked.len() > MOST_ITEMS {
        return Err(Problem::bad_request(format!("sku: got {}, at most {MOST_ITEMS} are allowed", asked.len())));
    } else {
        (asked.into_iter().filter(|sku| shop.products().contains_key(*sku)).collect(), None)
    };
    let items: Vec<_> = shop.with_book(|book| skus.iter().map(|sku| stock_row(book, sku)).collect());
    Ok(Json(json!({ "items": items, "next": next })))
}

fn page<'a>(shop: &'a Shop, after: &str, limit: usize) -> (Vec<&'a str>, Option<&'a str>) {
    let mut rest = shop.products().range::<str, _>((Excluded(after), Unbounded)).map(|(sku, _)| sku.as_str());
    let skus: Vec<&str> = rest.by_ref().take(limit).collect();
    let next = rest.next().and(skus.last().copied());
    (skus, next)
}

/// Before the first push nothing can be bought, so `available` is 0 while the number itself is `null`: not known.
fn stock_row(book: &Book, sku: &str) -> Value {
    let stock = book.stock(sku);
    json!({
        "sku": sku,
        "quantity": stock.quantity,
        "version": stock.version,
        "orders_seen": stock.orders_seen,
        "available": stock.available.unwrap_or(0),
    })
}
