//! A small shop that follows the contract, or breaks one of its rules on request.

use super::{KEY, NOW_US, SECRET};
use crate::standard_webhooks::{self, Secret};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use regihub_ports::{BoxFuture, Transport, TransportError};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

/// The rule that this shop does not keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    Nothing,
    AnyKeyIsRight,
    IgnoresVersions,
    IgnoresOrdersSeen,
    StopsAtTheFirstBadItem,
    SellsWhatItHasNot,
    SkipsASequence,
    ForgetsCancelledOrders,
    KeepsCancelledPieces,
    AnnouncesNothing,
    SignsWithAnotherSecret,
    IgnoresAfter,
}

#[derive(Default)]
struct Held {
    applied: Option<(i64, i64, i64)>,
    /// (sequence, pieces sold; negative: given back)
    movements: Vec<(i64, i64)>,
}

impl Held {
    fn available(&self, broken: Broken) -> Option<i64> {
        let (quantity, _, orders_seen) = self.applied?;
        let behind = if broken == Broken::IgnoresOrdersSeen { i64::MAX } else { orders_seen };
        Some(quantity - self.movements.iter().filter(|(at, _)| *at > behind).map(|(_, pieces)| pieces).sum::<i64>())
    }
}

#[derive(Default)]
struct State {
    stock: BTreeMap<String, Held>,
    changes: Vec<Value>,
    last: i64,
    orders: i64,
    webhooks: Vec<(HeaderMap, Bytes)>,
}

pub(super) struct FakeShop {
    broken: Broken,
    state: Mutex<State>,
}

impl FakeShop {
    pub(super) fn new(broken: Broken) -> Self {
        let stock = ["TS-100-BK-L", "TS-100-WH-M", "マグ 青/1&2"].map(|sku| (sku.to_owned(), Held::default()));
        Self { broken, state: Mutex::new(State { stock: BTreeMap::from(stock), ..State::default() }) }
    }

    pub(super) fn buy(&self, sku: &str, pieces: i64) -> Result<String, String> {
        let mut state = self.state();
        let available = state.stock[sku].available(self.broken).unwrap_or(0);
        if available < pieces && self.broken != Broken::SellsWhatItHasNot {
            return Err(format!("only {available} left"));
        }
        state.orders += 1;
        let id = (1000 + state.orders).to_string();
        self.change(&mut state, &id, "placed", sku, pieces);
        Ok(id)
    }

    pub(super) fn cancel(&self, id: &str) {
        let mut state = self.state();
        let placed = state.changes.iter().find(|change| change["id"] == id).unwrap();
        let (sku, pieces) =
            (placed["lines"][0]["sku"].as_str().unwrap().to_owned(), placed["lines"][0]["quantity"].as_i64().unwrap());
        self.change(&mut state, id, "cancelled", &sku, pieces);
    }

    pub(super) fn take_webhooks(&self) -> Vec<(HeaderMap, Bytes)> {
        std::mem::take(&mut self.state().webhooks)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn change(&self, state: &mut State, id: &str, status: &str, sku: &str, pieces: i64) {
        state.last += if self.broken == Broken::SkipsASequence { 2 } else { 1 };
        let sequence = state.last;
        if status == "placed" || self.broken != Broken::KeepsCancelledPieces {
            let moved = if status == "placed" { pieces } else { -pieces };
            state.stock.get_mut(sku).unwrap().movements.push((sequence, moved));
        }
        if status == "placed" || self.broken != Broken::ForgetsCancelledOrders {
            state.changes.push(json!({
                "id": id, "number": format!("W-{id}"), "sequence": sequence, "status": status,
                "placed_at": "2026-11-21T10:00:00+09:00", "currency": "JPY", "total": "2980", "gift": true,
                "lines": [{"line_id": "1", "sku": sku, "name": "品", "quantity": pieces, "unit_price": "2980"}],
            }));
        }
        if self.broken != Broken::AnnouncesNothing {
            state.webhooks.push(self.announce(&format!("order.{status}"), id, sequence));
        }
    }

    fn announce(&self, kind: &str, id: &str, sequence: i64) -> (HeaderMap, Bytes) {
        let other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        let secret = if self.broken == Broken::SignsWithAnotherSecret { other } else { SECRET };
        let body =
            json!({"type": kind, "timestamp": "2026-11-21T10:00:00+09:00", "data": {"id": id, "sequence": sequence}});
        let body = Bytes::from(body.to_string());
        let (message, timestamp) = (format!("msg_{sequence}"), NOW_US / 1_000_000);
        let signature = standard_webhooks::sign(&Secret::parse(secret).unwrap(), &message, timestamp, &body);
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", message.parse().unwrap());
        headers.insert("webhook-timestamp", timestamp.into());
        headers.insert("webhook-signature", signature.parse().unwrap());
        (headers, body)
    }

    fn answer(&self, request: &Request<Bytes>) -> (u16, Value) {
        let key = request.headers().get("authorization").map(|key| key.as_bytes());
        if key != Some(format!("Bearer {KEY}").as_bytes()) && self.broken != Broken::AnyKeyIsRight {
            return (401, json!({"type": "about:blank", "title": "Unauthorized", "status": 401}));
        }
        let query = Query::of(request);
        let mut state = self.state();
        let answer = match (request.method(), request.uri().path()) {
            (&Method::GET, "/v1/health") => json!({"contract": "regihub-generic/1", "name": "Fake Shop"}),
            (&Method::GET, "/v1/products") => {
                let (skus, next) = self.page(&state, &query);
                let row = |sku: &String| json!({"sku": sku, "name": "品", "price": "2980", "colour": "white"});
                json!({"products": skus.iter().map(row).collect::<Vec<_>>(), "next": next})
            }
            (&Method::GET, "/v1/stock") => {
                let (skus, next) = self.page(&state, &query);
                let rows: Vec<_> = skus.iter().map(|sku| self.stock_row(sku, &state.stock[sku])).collect();
                json!({"items": rows, "next": next})
            }
            (&Method::PUT, "/v1/stock") => self.push(&mut state, request.body()),
            (&Method::GET, "/v1/orders") => {
                let after: i64 = query.get("after").unwrap().parse().unwrap();
                // Two at a time, so that reading to the end takes several pages.
                let rows = state.changes.iter().filter(|row| row["sequence"].as_i64().unwrap() > after);
                json!({"orders": rows.take(2).collect::<Vec<_>>(), "last": state.last})
            }
            _ => return (404, json!({"title": "Not Found"})),
        };
        (200, answer)
    }

    /// Two SKUs for each page.
    fn page(&self, state: &State, query: &Query) -> (Vec<String>, Option<String>) {
        let after = query.get("after").filter(|_| self.broken != Broken::IgnoresAfter).unwrap_or_default();
        let mut skus: Vec<String> = state.stock.keys().filter(|sku| **sku > after).cloned().collect();
        let more = skus.len() > 2;
        skus.truncate(2);
        let next = skus.last().filter(|_| more).cloned();
        (skus, next)
    }

    fn stock_row(&self, sku: &str, held: &Held) -> Value {
        let (quantity, version, orders_seen) = match held.applied {
            Some((quantity, version, orders_seen)) => (Some(quantity), Some(version), Some(orders_seen)),
            None => (None, None, None),
        };
        json!({"sku": sku, "quantity": quantity, "version": version, "orders_seen": orders_seen, "available": held.available(self.broken)})
    }

    fn push(&self, state: &mut State, body: &[u8]) -> Value {
        let body: Value = serde_json::from_slice(body).unwrap();
        let mut results = Vec::new();
        for item in body["items"].as_array().unwrap() {
            let result = self.push_one(state, item);
            let bad = result["status"] == "unknown_sku" || result["status"] == "invalid";
            results.push(result);
            if bad && self.broken == Broken::StopsAtTheFirstBadItem {
                break;
            }
        }
        json!({ "results": results })
    }

    fn push_one(&self, state: &mut State, item: &Value) -> Value {
        let number = |member: &str| item[member].as_i64().unwrap();
        let (quantity, version) = (number("quantity"), number("version"));
        let Some(held) = state.stock.get_mut(item["sku"].as_str().unwrap()) else {
            return json!({"sku": item["sku"], "status": "unknown_sku"});
        };
        if quantity < 0 {
            return json!({"sku": item["sku"], "status": "invalid", "detail": "quantity is negative"});
        }
        match held.applied {
            Some((quantity, held, _)) if held >= version && self.broken != Broken::IgnoresVersions => {
                json!({"sku": item["sku"], "status": "stale", "quantity": quantity, "version": held})
            }
            _ => {
                held.applied = Some((quantity, version, number("orders_seen")));
                json!({"sku": item["sku"], "status": "applied", "quantity": quantity, "version": version})
            }
        }
    }
}

impl Transport for FakeShop {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let (status, body) = self.answer(&request);
        let response = Response::builder().status(status).body(Bytes::from(body.to_string())).unwrap();
        Box::pin(std::future::ready(Ok(response)))
    }
}

struct Query(BTreeMap<String, String>);

impl Query {
    fn of(request: &Request<Bytes>) -> Self {
        let pairs = request.uri().query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(name, value)| (name.to_owned(), decoded(value))).collect())
    }

    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let hex = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}
