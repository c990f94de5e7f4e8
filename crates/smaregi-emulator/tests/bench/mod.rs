//! A small shop on an emulator, and a caller whose every answer is held against the catalogue.
#![allow(dead_code)] // each test file uses its own part

pub mod people;

use bytes::Bytes;
use http::{Request, Response};
use regihub_ports::{BoxFuture, Dice, Transport, TransportError, VirtualClock};
use serde_json::{Value, json};
use smaregi_catalogue::{Catalogue, Product};
use smaregi_emulator::{AppSpec, ContractSpec, Emulator, LimitSettings, Settings};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

pub const CONTRACT: &str = "sb_test01";
pub const SHIRT: u64 = 8_000_001;
pub const BREAD: u64 = 8_000_002;
pub const SERVICE: u64 = 8_000_003;
pub const SET: u64 = 8_000_004;
pub const HOOK: &str = "http://hub.test/hook";

pub struct Bench {
    pub emulator: Emulator,
    pub token: String,
}

pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub headers: http::HeaderMap,
}

/// Call limits are off unless a test is about them.
pub fn relaxed() -> Settings {
    Settings { limits: LimitSettings { enabled: false, ..LimitSettings::default() }, ..Settings::default() }
}

pub fn app() -> AppSpec {
    AppSpec {
        client_id: "app".into(),
        client_secret: "secret".into(),
        scopes: Catalogue::bundled()
            .scopes()
            .iter()
            .filter(|scope| !scope.user_only)
            .map(|scope| scope.name.clone())
            .collect(),
        webhook_url: Some(HOOK.into()),
        webhook_headers: vec![("x-hub-secret".into(), "s3cret".into())],
        webhook_events: Vec::new(),
    }
}

/// Two shops and a warehouse; a shirt, bread at the reduced rate, a service without stock, a set of two shirts.
pub fn dataset() -> Value {
    let product = |id: u64, code: &str, name: &str, price: &str| {
        json!({ "productId": id.to_string(), "categoryId": "8000001", "productCode": code, "productName": name, "price": price,
            "taxDivision": "0", "cost": "500" })
    };
    let mut bread = product(BREAD, "BREAD", "食パン", "216");
    bread["reduceTaxId"] = json!("10000001");
    let mut service = product(SERVICE, "FIX", "お直し", "1100");
    service["stockControlDivision"] = json!("1");
    let mut set = product(SET, "SET", "シャツ2枚組", "4000");
    set["stockControlDivision"] = json!("1");
    set["inventoryReservations"] = json!([{ "reservationProductId": SHIRT.to_string(), "reservationAmount": "2" }]);
    json!({
        "stores": [
            { "storeId": "1", "storeCode": "S1", "storeName": "本店", "division": "1" },
            { "storeId": "2", "storeCode": "S2", "storeName": "駅前店", "division": "1" },
            { "storeId": "3", "storeCode": "W1", "storeName": "倉庫", "division": "2" },
        ],
        "terminals": [{ "terminalId": "1", "storeId": "1", "terminalName": "レジ1" }],
        "categories": [{ "categoryId": "8000001", "categoryName": "商品", "categoryCode": "C1" }],
        "products": [product(SHIRT, "SHIRT", "シャツ", "2200"), bread, service, set],
        "customers": [{ "customerId": "1", "customerCode": "M1", "firstName": "花子", "lastName": "見本" }],
        "stock": [
            { "productId": SHIRT.to_string(), "storeId": "1", "stockAmount": "10" },
            { "productId": BREAD.to_string(), "storeId": "1", "stockAmount": "5" },
        ],
    })
}

impl Bench {
    /// Must be called in a tokio runtime.
    pub fn new(settings: Settings) -> Self {
        Self::on(settings, None)
    }

    pub fn on(settings: Settings, dir: Option<&Path>) -> Self {
        let emulator = build(settings, dir);
        emulator.add_contract(ContractSpec::new(CONTRACT)).unwrap();
        emulator.add_app(app()).unwrap();
        emulator.load_dataset(CONTRACT, &dataset()).unwrap();
        let mut bench = Self { emulator, token: String::new() };
        bench.sign_in();
        bench
    }

    pub fn sign_in(&mut self) {
        let answer = self.ask_token(&app().scopes.join(" "));
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.token = answer.body["access_token"].as_str().unwrap().into();
    }

    pub fn ask_token(&self, scope: &str) -> Answer {
        let body = format!("grant_type=client_credentials&scope={scope}");
        let request = Request::post(format!("http://id.test/app/{CONTRACT}/token"))
            .header("authorization", "Basic YXBwOnNlY3JldA==")
            .body(Bytes::from(body))
            .unwrap();
        read(self.emulator.handle(&request))
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

    /// A call of the API host. A success has to fit the catalogue.
    pub fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let answer = read(self.emulator.handle(&self.request(method, path, body)));
        check(method, path, &answer);
        answer
    }

    pub fn request(&self, method: &str, path: &str, body: Option<Value>) -> Request<Bytes> {
        Request::builder()
            .method(method)
            .uri(format!("http://api.test/{CONTRACT}/pos{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .body(body.map(|body| Bytes::from(body.to_string())).unwrap_or_default())
            .unwrap()
    }

    pub fn control(&self, method: &str, path: &str, body: Value) -> Answer {
        let request = Request::builder().method(method).uri(format!("/control/{path}"));
        read(self.emulator.handle(&request.body(Bytes::from(body.to_string())).unwrap()))
    }

    /// Stock as the API tells it; `None` when there is no row.
    pub fn stock(&self, product: u64, store: u64) -> Option<String> {
        let answer = self.get(&format!("/stock?product_id={product}&store_id={store}"));
        answer.body[0]["stockAmount"].as_str().map(Into::into)
    }
}

pub fn build(settings: Settings, dir: Option<&Path>) -> Emulator {
    let clock = VirtualClock::starting_at("2026-11-21T10:00:00+09:00".parse().unwrap());
    Emulator::builder()
        .clock(Arc::new(clock))
        .dice(Dice::from_seed(7))
        .settings(settings)
        .data_dir(dir.map(PathBuf::from))
        .build()
        .unwrap()
}

pub fn check(method: &str, path: &str, answer: &Answer) {
    let catalogue = Catalogue::bundled();
    let path = path.split('?').next().unwrap();
    let Some(found) = catalogue.find(Product::Pos, method, path) else { return };
    if (200..300).contains(&answer.status) {
        let problems = found.endpoint.check_response(catalogue, &answer.body);
        let unseen: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(unseen.is_empty(), "{method} {path}: {unseen:#?}");
    } else {
        assert!(answer.body["type"].is_string() && answer.body["title"].is_string(), "{}", answer.body);
        assert_eq!(answer.body["status"], answer.status);
    }
}

pub fn read(response: Response<Bytes>) -> Answer {
    let body = if response.body().is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(response.body()).expect("every answer is JSON")
    };
    Answer { status: response.status().as_u16(), body, headers: response.headers().clone() }
}

/// A one-line sale of `pieces` at `price`.
pub fn sale(product: u64, price: i64, pieces: i64) -> Value {
    let total = (price * pieces).to_string();
    json!({
        "transactionHeadDivision": "1", "subtotal": total, "total": total, "storeId": "1", "terminalId": "1",
        "terminalTranId": "1", "terminalTranDateTime": "2026-11-21T09:59:00+09:00",
        "details": [{ "transactionDetailId": "1", "transactionDetailDivision": "1", "productId": product.to_string(),
            "salesPrice": price.to_string(), "quantity": pieces.to_string() }],
    })
}

/// Receives webhooks; every body has to fit the catalogue.
#[derive(Clone, Default)]
pub struct Hub(pub Arc<Mutex<Vec<Request<Bytes>>>>);

impl Hub {
    pub fn bodies(&self) -> Vec<Value> {
        self.0.lock().unwrap().iter().map(|request| serde_json::from_slice(request.body()).unwrap()).collect()
    }

    /// `event action` of everything that arrived.
    pub fn events(&self) -> Vec<String> {
        let bodies = self.bodies();
        let named = |body: &Value| Some(format!("{} {}", body["event"].as_str()?, body["action"].as_str()?));
        bodies.iter().filter_map(named).collect()
    }
}

impl Transport for Hub {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        if body["event"].is_string() {
            let problems = Catalogue::bundled().check_webhook_body(&body);
            assert!(problems.is_empty(), "{body}: {problems:?}");
        }
        self.0.lock().unwrap().push(request);
        Box::pin(async { Ok(Response::new(Bytes::new())) })
    }
}

/// Lets everything that is due happen.
pub async fn settle() {
    tokio::time::advance(std::time::Duration::from_millis(1)).await;
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// An empty folder of its own.
pub fn folder(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("smaregi-emulator-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    dir
}
