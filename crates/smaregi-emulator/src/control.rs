//! `/control`: what a person at the till, the admin screen or the test bench does, over HTTP.

mod bench;
mod calm;
mod counter;
mod identity;
mod inventory;
mod offline;
mod orders;
pub(crate) mod parties;
mod post;

pub(crate) use offline::OfflineSale;
pub(crate) use post::{Mail, Mailbox};

use crate::{
    emulator::{Inner, State},
    faults::FaultRule,
    floor::{self, ByHand},
    http::Answer,
    problem::Problem,
    resources::transactions,
    spec::EmulatorError,
    state::Id,
    till::{self, Basket},
    truth::Truth,
    webhooks::WebhookChaos,
};
use bytes::Bytes;
use http::{Request, header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;

/// Random sales of one call: nobody else is served while they are rung up.
const MOST_RANDOM: usize = 100_000;

/// Everything that names a contract may leave it out when there is only one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sell {
    contract: Option<String>,
    /// A basket, or …
    basket: Option<Basket>,
    /// … a whole transaction body.
    transaction: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SellRandom {
    contract: Option<String>,
    count: usize,
    /// Never more than the shelf has.
    #[serde(default)]
    only_in_stock: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hand {
    contract: Option<String>,
    product_id: Id,
    store_id: Id,
    /// Pieces more (receive) or pieces there are (correct).
    amount: i64,
    memo: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TakeBack {
    contract: Option<String>,
    sale_id: Id,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultOrder {
    /// Remove all faults first.
    #[serde(default)]
    clear: bool,
    #[serde(default)]
    rules: Vec<FaultRule>,
}

pub(crate) fn answer(
    inner: &Inner,
    state: &mut State,
    request: &Request<Bytes>,
    rest: &[&str],
) -> Result<Answer, Problem> {
    check_key(inner, request)?;
    let done = match (request.method().as_str(), rest) {
        ("GET", ["state"]) => Ok(state_report(state)),
        ("GET", ["snapshot"]) => return snapshot(state),
        ("GET", ["calls"]) => Ok(json!(state.calls.report())),
        ("GET", ["faults"]) => Ok(json!(state.faults)),
        ("GET", ["webhooks"]) => Ok(json!(state.outbox.chaos)),
        ("GET", ["memos"]) => Ok(memos(state)),
        ("GET", ["requests"]) => Ok(json!(state.requests)),
        ("GET", ["contracts"]) => Ok(parties::contracts(state)),
        ("GET", ["apps"]) => Ok(parties::apps(state)),
        ("GET", ["offline"]) => Ok(json!(state.offline)),
        ("GET", ["mails"]) => Ok(json!(state.mails)),
        ("POST", ["sell-random"]) => sell_random(inner, state, read(request)?),
        ("POST", ["sell"]) => sell(inner, state, read(request)?),
        ("POST", [change @ ("receive" | "correct")]) => by_hand(inner, state, change, read(request)?),
        ("POST", ["contracts"]) => parties::add_contract(inner, state, read(request)?),
        ("POST", ["sample"]) => parties::load_sample(inner, state, read(request)?),
        ("POST", ["apps"]) => parties::add_app(inner, state, read(request)?),
        ("POST", ["offline", "sell"]) => offline::sell(inner, state, read(request)?),
        ("POST", ["offline", "report"]) => offline::report(inner, state, read(request)?),
        ("POST", ["mails"]) => Ok(post::take(inner, state, read(request)?)),
        ("POST", ["mails", "clear"]) => Ok(post::clear(state)),
        ("POST", ["calm"]) => Ok(calm::calm(state)),
        ("POST", ["cancel-sale"]) => cancel(inner, state, read(request)?),
        ("POST", ["dispose-sale"]) => dispose(inner, state, read(request)?),
        ("POST", ["stocktaking", action]) => Ok(inventory::stocktaking(inner, state, action, request)?),
        ("POST", ["webhooks"]) => {
            state.outbox.chaos = read::<WebhookChaos>(request)?;
            Ok(json!(state.outbox.chaos))
        }
        ("POST", ["faults"]) => Ok(faults(state, read(request)?)),
        (_, ["orders", rest @ ..]) => return orders::answer(inner, state, request, rest),
        ("POST", ["reset"]) => inner.reset(state).map(|()| json!({})),
        ("POST", ["counter", deed]) => counter::answer(inner, state, deed, read(request)?),
        ("POST", ["load"]) => load(inner, state, request),
        ("POST", ["import", table]) => import(inner, state, request, table),
        _ => return bench::answer(inner, state, request, rest).map(|value| Answer::json(200, value.to_string())),
    };
    let value = done.map_err(|error| Problem::bad_request(error.to_string()))?;
    Ok(Answer::json(200, value.to_string()))
}

/// Without a key whoever reaches the port may give orders, but not a page of another site in the browser of somebody who does.
fn refuse_foreign_pages(request: &Request<Bytes>) -> Result<(), Problem> {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let own = |origin: &str| origin.split_once("://").map(|(_, host)| host) == text("host");
    let foreign = text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"))
        || text("origin").is_some_and(|origin| !own(origin));
    if foreign {
        Err(Problem::forbidden("他のサイトのページからは操作できません。"))
    } else {
        Ok(())
    }
}

fn check_key(inner: &Inner, request: &Request<Bytes>) -> Result<(), Problem> {
    let Some(key) = &inner.settings.control_key else { return refuse_foreign_pages(request) };
    let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match sent.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(sent) if bool::from(sent.trim().as_bytes().ct_eq(key.as_bytes())) => Ok(()),
        _ => Err(Problem::access_denied()),
    }
}

fn read<T: DeserializeOwned>(request: &Request<Bytes>) -> Result<T, Problem> {
    let body: &[u8] = if request.body().is_empty() { b"{}" } else { request.body() };
    serde_json::from_slice(body).map_err(|error| Problem::bad_request(format!("body: {error}")))
}

/// What people cannot do is a 400 with the reason.
trait Refusal<T> {
    fn refused(self) -> Result<T, Problem>;
}

impl<T> Refusal<T> for Result<T, EmulatorError> {
    fn refused(self) -> Result<T, Problem> {
        self.map_err(|error| Problem::bad_request(error.to_string()))
    }
}

/// The named contract, or the only one.
fn contract(state: &State, named: Option<String>) -> Result<String, EmulatorError> {
    let mut all = state.world.shops().map(|shop| shop.spec.contract_id.clone());
    match (named, all.next(), all.next()) {
        (Some(named), ..) => Ok(named),
        (None, Some(only), None) => Ok(only),
        _ => Err(EmulatorError::data("contract", "required unless there is exactly one contract")),
    }
}

fn sell(inner: &Inner, state: &mut State, order: Sell) -> Result<Value, EmulatorError> {
    let contract = contract(state, order.contract)?;
    let id = inner.act(state, &contract, |world, now| {
        let shop = world.shop(&contract).ok_or_else(Problem::access_denied)?;
        let body = match (order.transaction, order.basket) {
            (Some(body), None) => body,
            (None, Some(basket)) => till::receipt(shop, &basket, now)?,
            _ => return Err(Problem::bad_request("exactly one of basket and transaction is required")),
        };
        floor::sell(world, &inner.settings, &contract, &body, now)
    })?;
    let sale = state.world.shop(&contract).and_then(|shop| shop.sales.get(id));
    Ok(sale.map_or(Value::Null, |sale| transactions::render(&state.world.layouts, sale)))
}

/// Rings up random baskets; gives the transactions. Fewer than asked for when there is nothing left to sell.
fn sell_random(inner: &Inner, state: &mut State, order: SellRandom) -> Result<Value, EmulatorError> {
    if order.count > MOST_RANDOM {
        return Err(EmulatorError::data("count", format!("got {}, allowed are 0 to {MOST_RANDOM}", order.count)));
    }
    let contract = contract(state, order.contract)?;
    let mut sold = Vec::new();
    for _ in 0..order.count {
        let shop = state.world.shop(&contract).ok_or_else(|| EmulatorError::UnknownContract(contract.clone()))?;
        let basket = till::random_basket(shop, &inner.dice, order.only_in_stock);
        if basket.lines.is_empty() {
            break;
        }
        sold.push(sell(
            inner,
            state,
            Sell { contract: Some(contract.clone()), basket: Some(basket), transaction: None },
        )?);
    }
    Ok(Value::Array(sold))
}

/// The amounts of all stock changes that carry a memo, by memo, over all contracts.
fn memos(state: &State) -> Value {
    let mut memos: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for change in state.world.shops().flat_map(|shop| shop.stock.levels().values()).flat_map(|level| &level.history) {
        if let Some(memo) = &change.memo {
            memos.entry(memo).or_default().push(change.amount);
        }
    }
    json!(memos)
}

fn by_hand(inner: &Inner, state: &mut State, change: &str, order: Hand) -> Result<Value, EmulatorError> {
    let contract = contract(state, order.contract)?;
    let change = if change == "receive" { ByHand::Receive(order.amount) } else { ByHand::Correct(order.amount) };
    let pair = (order.product_id, order.store_id);
    let done = inner
        .act(state, &contract, |world, now| floor::move_by_hand(world, &contract, pair, change, order.memo, now))?;
    Ok(json!(done))
}

fn cancel(inner: &Inner, state: &mut State, order: TakeBack) -> Result<Value, EmulatorError> {
    let contract = contract(state, order.contract)?;
    inner.act(state, &contract, |world, now| floor::cancel(world, &contract, order.sale_id, now))?;
    Ok(json!({ "sale_id": order.sale_id }))
}

fn dispose(inner: &Inner, state: &mut State, order: TakeBack) -> Result<Value, EmulatorError> {
    let contract = contract(state, order.contract)?;
    let settings = &inner.settings;
    let id =
        inner.act(state, &contract, |world, now| floor::dispose(world, settings, &contract, order.sale_id, now))?;
    Ok(json!({ "sale_id": id }))
}

fn faults(state: &mut State, order: FaultOrder) -> Value {
    if order.clear {
        state.faults.clear();
    }
    state.faults.extend(order.rules);
    json!(state.faults)
}

fn snapshot(state: &State) -> Result<Answer, Problem> {
    let mut text = Vec::new();
    let written = state.world.write_snapshot(&mut text).map_err(|error| Problem::internal(&error.to_string()));
    written.map(|()| Answer::json(200, String::from_utf8_lossy(&text).into_owned()))
}

/// A snapshot replaces everything; a data set is added to a contract (`?contract=`, or the only one).
fn load(inner: &Inner, state: &mut State, request: &Request<Bytes>) -> Result<Value, EmulatorError> {
    let value: Value = serde_json::from_slice(request.body()).map_err(|error| EmulatorError::data("body", error))?;
    if value.get("entries").is_some() {
        state.world.read_snapshot(&request.body()[..])?;
        inner.follow_clock_of(&state.world);
        return Ok(json!({}));
    }
    let query = crate::http::lists::Query(crate::http::form::pairs(request.uri().query().unwrap_or_default()));
    let contract = contract(state, query.get("contract").map(Into::into))?;
    inner.load_dataset(state, &contract, &value).map(|()| json!({}))
}

/// A CSV file in the body, for the table in the path (`?contract=`, or the only one).
fn import(inner: &Inner, state: &mut State, request: &Request<Bytes>, table: &str) -> Result<Value, EmulatorError> {
    let table = table.parse().map_err(|reason: String| EmulatorError::data("table", reason))?;
    let query = crate::http::lists::Query(crate::http::form::pairs(request.uri().query().unwrap_or_default()));
    let contract = contract(state, query.get("contract").map(Into::into))?;
    let imported = inner.import_csv(state, &contract, table, request.body());
    imported.map(|imported| json!(imported)).map_err(|error| EmulatorError::data("body", error))
}

/// Counts and all levels, per contract.
fn state_report(state: &State) -> Value {
    let report = |shop: &crate::state::Shop| {
        let truth = Truth::of(shop);
        let level = |((product, store), amount): (&(Id, Id), &i64)| json!({ "product_id": product, "store_id": store, "amount": amount });
        let levels: Vec<Value> = truth.levels.iter().map(level).collect();
        let report =
            json!({ "rows": truth.rows, "sales": truth.sales, "last_sale": truth.last_sale, "levels": levels });
        (shop.spec.contract_id.clone(), report)
    };
    let contracts: Map<String, Value> = state.world.shops().map(report).collect();
    json!({ "contracts": contracts, "pending_deliveries": state.outbox.pending() })
}
