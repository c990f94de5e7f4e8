//! The small shop with an order store: number 4, which sells the stock of the warehouse first and then that of the main shop.
#![allow(dead_code)] // each test file uses its own part

use crate::bench::{Answer, Bench, CONTRACT, SHIRT, read};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use smaregi_catalogue::{Catalogue, Product};
use smaregi_emulator::Settings;
use std::path::Path;

pub const NET: u64 = 4;
pub const WAREHOUSE: u64 = 3;

pub struct Desk {
    pub bench: Bench,
}

impl Desk {
    pub fn new(settings: Settings) -> Self {
        Self::on(settings, None)
    }

    pub fn on(settings: Settings, dir: Option<&Path>) -> Self {
        let desk = Self { bench: Bench::on(settings, dir) };
        let stock = json!({ "stock": [{ "productId": SHIRT.to_string(), "storeId": "3", "stockAmount": "8" }] });
        desk.bench.emulator.load_dataset(CONTRACT, &stock).unwrap();
        let store = json!({ "storeCode": "EC", "storeName": "ネット店" });
        let store = desk.bench.emulator.add_order_store(CONTRACT, store.as_object().unwrap()).unwrap();
        assert_eq!(store["storeId"], NET.to_string());
        desk.link(NET, &[WAREHOUSE, 1]);
        desk
    }

    pub fn link(&self, store: u64, stores: &[u64]) {
        self.bench.emulator.link_order_store(CONTRACT, store, stores).unwrap();
    }

    pub fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None)
    }

    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body))
    }

    pub fn patch(&self, path: &str, body: Value) -> Answer {
        self.call("PATCH", path, Some(body))
    }

    /// A call of 受注管理. A success has to fit the catalogue.
    pub fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let answer = self.raw(method, path, body);
        let catalogue = Catalogue::bundled();
        let found = catalogue.find(Product::OrderShipment, method, path.split('?').next().unwrap()).unwrap();
        if answer.status < 300 {
            let problems = found.endpoint.check_response(catalogue, &answer.body);
            assert!(problems.is_empty(), "{method} {path}: {problems:#?}");
        } else {
            assert_eq!(answer.body["status"], answer.status);
        }
        answer
    }

    /// A call whose answer may have any shape.
    pub fn raw(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://api.test/{CONTRACT}/order-shipment{path}"))
            .header("authorization", format!("Bearer {}", self.bench.token))
            .body(body.map(|body| Bytes::from(body.to_string())).unwrap_or_default());
        read(self.bench.emulator.handle(&request.unwrap()))
    }

    pub fn control(&self, deed: &str, body: Value) -> Answer {
        self.bench.control("POST", &format!("orders/{deed}"), body)
    }

    pub fn control_get(&self, path: &str) -> Answer {
        self.bench.control("GET", path, json!({}))
    }

    pub fn stock(&self, product: u64, store: u64) -> i64 {
        self.bench.stock(product, store).map_or(0, |text| text.parse().unwrap())
    }
}

impl Answer {
    pub fn detail(&self) -> &str {
        self.body["detail"].as_str().unwrap_or_default()
    }
}

pub fn line(product: u64, price: i64, quantity: i64) -> Value {
    json!({ "productId": product.to_string(), "salesPrice": price, "quantity": quantity })
}

/// The smallest order of these lines, of order store 4.
pub fn order(code: &str, lines: &[Value]) -> Value {
    let total: i64 =
        lines.iter().map(|line| line["salesPrice"].as_i64().unwrap() * line["quantity"].as_i64().unwrap()).sum();
    json!({ "orderCode": code, "orderDateTime": "2026-11-21T09:58:00+09:00", "storeId": NET.to_string(), "total": total,
        "details": lines })
}
