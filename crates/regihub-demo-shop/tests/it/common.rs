use bytes::Bytes;
use http::{Method, Request, Response};
use regihub_demo_shop::{Shop, ShopOptions, ShopProduct, ShopTransport};
use regihub_ports::{Dice, SharedClock, Transport, TransportError, VirtualClock};
use serde_json::{Value, json};
use std::sync::Arc;

pub const KEY: &str = "shop-key";
pub const CONTROL_KEY: &str = "control-key";

pub fn clock() -> SharedClock {
    Arc::new(VirtualClock::starting_at("2026-11-21T01:00:00.25Z".parse().unwrap()))
}

pub fn tee(sku: &str, color: &str, size: &str) -> ShopProduct {
    ShopProduct {
        sku: sku.into(),
        name: format!("オーガニックTシャツ {color} {size}"),
        price: 2_980,
        group: Some("8000001".into()),
        color: Some(color.into()),
        size: Some(size.into()),
        barcode: Some("4900000000017".into()),
    }
}

/// Three shirts, a mug, and a thing with an awkward SKU.
pub fn options() -> ShopOptions {
    let mug =
        ShopProduct {
            sku: "MUG-1".into(), name: "陶器マグカップ".into(), price: 1_980, ..ShopProduct::default()
        };
    let odd =
        ShopProduct { sku: "A/B <1>&?".into(), name: "<b>太字</b>の品".into(), price: 0, ..ShopProduct::default() };
    ShopOptions {
        name: "見本の店".into(),
        api_key: KEY.into(),
        products: vec![
            tee("TS-100-WH-M", "ホワイト", "M"),
            tee("TS-100-WH-S", "ホワイト", "S"),
            tee("TS-100-BK-M", "ブラック", "M"),
            mug,
            odd,
        ],
        faults_key: Some(CONTROL_KEY.into()),
        ..ShopOptions::default()
    }
}

pub fn open(options: ShopOptions) -> Shop {
    Shop::open(options, clock(), Dice::from_seed(1)).unwrap()
}

pub fn shop() -> Shop {
    open(options())
}

/// The hub's side of the contract, as a test needs it.
pub struct Hub(pub ShopTransport);

impl Hub {
    pub fn of(shop: &Shop) -> Self {
        Self(shop.transport())
    }

    pub async fn try_call(&self, method: Method, path: &str, body: &[u8]) -> Result<Response<Bytes>, TransportError> {
        let request = Request::builder()
            .method(method)
            .uri(format!("https://shop.test{path}"))
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json")
            .body(Bytes::copy_from_slice(body))
            .unwrap();
        self.0.send(request).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.get_any(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn get_any(&self, path: &str) -> (u16, Value) {
        read(self.try_call(Method::GET, path, b"").await.unwrap())
    }

    pub async fn put_any(&self, body: &[u8]) -> (u16, Value) {
        read(self.try_call(Method::PUT, "/v1/stock", body).await.unwrap())
    }

    /// Pushes items and gives back the results.
    pub async fn push(&self, items: Value) -> Vec<Value> {
        let (status, mut body) = self.put_any(json!({ "items": items }).to_string().as_bytes()).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_value(body["results"].take()).unwrap()
    }

    /// Pushes one number and gives back its status.
    pub async fn push_one(&self, sku: &str, quantity: i64, version: u64, orders_seen: u64) -> String {
        let item = json!({ "sku": sku, "quantity": quantity, "version": version, "orders_seen": orders_seen });
        self.push(json!([item])).await[0]["status"].as_str().unwrap().to_owned()
    }

    pub async fn available(&self, sku: &str) -> i64 {
        self.get(&format!("/v1/stock?sku={sku}")).await["items"][0]["available"].as_i64().unwrap()
    }
}

pub fn read(response: Response<Bytes>) -> (u16, Value) {
    let status = response.status().as_u16();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    let expected = if status < 400 { "application/json" } else { "application/problem+json" };
    assert_eq!(kind, expected);
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    if status >= 400 {
        assert_eq!(body["status"], status, "{body}");
        assert_eq!(body["type"], "about:blank");
        assert!(body["title"].is_string() && body["detail"].is_string(), "{body}");
    }
    (status, body)
}
