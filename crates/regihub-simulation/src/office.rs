//! The back office: what a person does to products at Smaregi's admin screen. Plain HTTP, because neither side's types may help.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use smaregi_emulator::Emulator;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub(crate) const CLIENT_ID: &str = "office";
pub(crate) const CLIENT_SECRET: &str = "office-secret";
pub(crate) const SCOPES: [&str; 2] = ["pos.products:read", "pos.products:write"];

/// Renewed long before the hour is over, in seconds.
const TOKEN_LIFE: i64 = 1800;

/// Product id by code. Clones are the same list.
#[derive(Clone, Default)]
pub struct Codes(Arc<Mutex<BTreeMap<String, u64>>>);

impl Codes {
    pub fn all(&self) -> BTreeMap<String, u64> {
        self.lock().clone()
    }

    pub fn get(&self, code: &str) -> Option<u64> {
        self.lock().get(code).copied()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The admin screen of one contract.
pub struct Office {
    emulator: Emulator,
    contract: String,
    token: Option<(String, i64)>,
    codes: Codes,
    deleted: Vec<String>,
}

impl Office {
    pub(crate) fn new(emulator: Emulator, contract: &str, dataset: &Value) -> Self {
        let codes = Codes::default();
        for product in dataset["products"].as_array().into_iter().flatten() {
            codes.lock().insert(text(&product["productCode"]), number(&product["productId"]));
        }
        Self { emulator, contract: contract.into(), token: None, codes, deleted: vec![] }
    }

    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Makes a product whose stock is managed; gives its id.
    pub fn create(&mut self, code: &str, name: &str) -> u64 {
        let body = json!({ "categoryId": "8000001", "productCode": code, "productName": name, "price": "1980" });
        let id = number(&self.call("POST", "/products", &body)["productId"]);
        self.codes.lock().insert(code.into(), id);
        id
    }

    pub fn rename(&mut self, product: u64, name: &str) {
        self.call("PATCH", &format!("/products/{product}"), &json!({ "productName": name }));
    }

    pub fn delete(&mut self, product: u64) {
        self.call("DELETE", &format!("/products/{product}"), &Value::Null);
        self.deleted.extend(self.codes.all().into_iter().filter(|(_, id)| *id == product).map(|(code, _)| code));
        self.codes.lock().retain(|_, id| *id != product);
    }

    /// Codes of products that were deleted.
    pub fn deleted(&self) -> &[String] {
        &self.deleted
    }

    fn call(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let token = self.token();
        let uri = format!("http://smaregi.test/{}/pos{path}", self.contract);
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = Request::builder().method(method).uri(uri).header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json").body(body).expect("a request");
        let answer = self.emulator.handle(&request);
        assert!(answer.status().is_success(), "{method} {path}: {:?}", answer);
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    fn token(&mut self) -> String {
        let now = self.emulator.clock().now().as_second();
        if let Some((token, _)) = self.token.as_ref().filter(|(_, until)| now < *until) {
            return token.clone();
        }
        let form = format!(
            "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&scope={}",
            SCOPES.join("+")
        );
        let request = Request::post(format!("http://smaregi.test/app/{}/token", self.contract))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form))
            .expect("a request");
        let answer = self.emulator.handle(&request);
        let granted: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let token = granted["access_token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned();
        self.token = Some((token.clone(), now + TOKEN_LIFE));
        token
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn number(value: &Value) -> u64 {
    text(value).parse().unwrap_or_else(|_| panic!("an id was expected, not {value}"))
}
