//! `/control/contracts` and `/control/apps`: who takes part.

use crate::{
    emulator::{Inner, State},
    sample,
    spec::{AppSpec, ContractSpec, EmulatorError},
    state::{CUSTOMERS, STORES, Shop},
};
use serde::Deserialize;
use serde_json::{Value, json};
use smaregi_catalogue::Plan;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddContract {
    contract_id: String,
    plan: Plan,
    /// Also load the sample data of an apparel chain.
    #[serde(default)]
    sample: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoadSample {
    contract: Option<String>,
}

/// Names that are the beginning of other addresses.
const RESERVED: [&str; 6] = ["app", "authorize", "console", "control", "images", "userinfo"];

/// Every contract with its plan and how much is in it.
pub(super) fn contracts(state: &State) -> Value {
    let tell = |shop: &Shop| {
        json!({
            "contract_id": shop.spec.contract_id,
            "plan": shop.spec.plan,
            "stores": shop.table(STORES).len(),
            "products": shop.products().len(),
            "customers": shop.table(CUSTOMERS).len(),
            "sales": shop.sales.len(),
        })
    };
    state.world.shops().map(tell).collect()
}

/// Adds a contract, or changes the plan of an existing one.
pub(super) fn add_contract(inner: &Inner, state: &mut State, order: AddContract) -> Result<Value, EmulatorError> {
    check_name("contract_id", &order.contract_id)?;
    if RESERVED.contains(&order.contract_id.as_str()) {
        let reserved = RESERVED.join(", ");
        return Err(EmulatorError::data(
            "contract_id",
            format!("{reserved} begin other addresses; choose another name"),
        ));
    }
    let contract = order.contract_id.clone();
    inner.add_contract(state, ContractSpec { contract_id: order.contract_id, plan: order.plan })?;
    if order.sample {
        inner.load_dataset(state, &contract, &sample::apparel_chain(&inner.dice.fork()))?;
    }
    Ok(json!({ "contract_id": contract }))
}

/// Adds the sample data of an apparel chain to a contract.
pub(super) fn load_sample(inner: &Inner, state: &mut State, order: LoadSample) -> Result<Value, EmulatorError> {
    let contract = super::contract(state, order.contract)?;
    inner.load_dataset(state, &contract, &sample::apparel_chain(&inner.dice.fork()))?;
    Ok(json!({}))
}

pub(super) fn apps(state: &State) -> Value {
    json!(state.world.apps().collect::<Vec<_>>())
}

/// Adds an app, or replaces the one with the same client id. What is left out of id and secret is made up.
pub(super) fn add_app(inner: &Inner, state: &mut State, mut app: AppSpec) -> Result<Value, EmulatorError> {
    let hex = |bytes: [u8; 16]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if app.client_id.is_empty() {
        app.client_id = hex(inner.dice.bytes());
    }
    if app.client_secret.is_empty() {
        app.client_secret = hex(inner.dice.bytes()) + &hex(inner.dice.bytes());
    }
    check_name("client_id", &app.client_id)?;
    if let Some(scope) = app.scopes.iter().find(|scope| !inner.catalogue.is_scope(scope)) {
        return Err(EmulatorError::data("scopes", format!("{scope} is no scope of Smaregi")));
    }
    check_address(app.webhook_url.as_deref())?;
    check_headers(&app.webhook_headers)?;
    inner.add_app(state, app.clone())?;
    Ok(json!(app))
}

/// Whether a text can stand in addresses and in `id:secret`.
pub(crate) fn is_name(name: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.is_empty() && name.len() <= 64 && name.chars().all(fine)
}

pub(crate) fn is_address(url: &str) -> bool {
    let parsed: Option<http::Uri> = url.parse().ok();
    parsed.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some())
}

pub(crate) fn is_header(name: &str, value: &str) -> bool {
    name.parse::<http::HeaderName>().is_ok() && value.parse::<http::HeaderValue>().is_ok()
}

fn check_name(field: &str, name: &str) -> Result<(), EmulatorError> {
    if is_name(name) {
        return Ok(());
    }
    Err(EmulatorError::data(field, format!("got {name:?}, allowed are 1 to 64 of A-Z a-z 0-9 _ - .")))
}

fn check_address(url: Option<&str>) -> Result<(), EmulatorError> {
    match url.filter(|url| !is_address(url)) {
        Some(url) => Err(EmulatorError::data("webhook_url", format!("got {url:?}, wanted http(s)://…"))),
        None => Ok(()),
    }
}

fn check_headers(headers: &[(String, String)]) -> Result<(), EmulatorError> {
    match headers.iter().find(|(name, value)| !is_header(name, value)) {
        Some((name, _)) => {
            Err(EmulatorError::data("webhook_headers", format!("{name:?} cannot be a header with this value")))
        }
        None => Ok(()),
    }
}
