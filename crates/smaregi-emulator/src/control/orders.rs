//! `/control/orders/…`: the admin screen of 受注管理 over HTTP.

use super::{contract, read};
use crate::{
    emulator::{Inner, State},
    http::{Answer, form, lists::Query},
    problem::Problem,
    resources::orders::{Deed, Desk, OrderPick, OrderStoreSetup},
    state::Id,
};
use bytes::Bytes;
use http::Request;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnOrder {
    contract: Option<String>,
    order_id: Id,
    /// Of allocate, release and split; none: all lines.
    #[serde(default)]
    lines: Vec<OrderPick>,
    /// Of ship, `YYYY-MM-DD`.
    shipped_date: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enter {
    contract: Option<String>,
    /// As POST `/orders` of 受注管理 takes it; the total may be left out.
    order: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddStore {
    contract: Option<String>,
    /// As POST `/stores` of 受注管理 takes it.
    store: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    contract: Option<String>,
    order_store_id: Id,
    /// Stores and warehouses, the first one first.
    stores: Vec<Id>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetUp {
    contract: Option<String>,
    order_store_id: Id,
    setup: OrderStoreSetup,
}

pub(super) fn answer(
    inner: &Inner,
    state: &mut State,
    request: &Request<Bytes>,
    rest: &[&str],
) -> Result<Answer, Problem> {
    let query = Query(form::pairs(request.uri().query().unwrap_or_default()));
    let in_query = || query.get("contract").map(Into::into);
    match (request.method().as_str(), rest) {
        ("GET", []) => at_the_desk(inner, state, in_query(), |desk| Ok(json!(desk.shown_orders(query.get("status"))?))),
        ("GET", ["stores"]) => at_the_desk(inner, state, in_query(), |desk| Ok(json!(desk.shown_stores()?))),
        ("GET", [id]) => {
            let id: Id = id.parse().map_err(|_| Problem::no_such_path())?;
            at_the_desk(inner, state, in_query(), |desk| desk.shown(id))
        }
        ("POST", ["register"]) => {
            let Enter { contract, order } = read(request)?;
            at_the_desk(inner, state, contract, |desk| desk.enter_order(&order))
        }
        ("POST", ["stores", "add"]) => {
            let AddStore { contract, store } = read(request)?;
            at_the_desk(inner, state, contract, |desk| desk.new_store(&store))
        }
        ("POST", ["stores", "link"]) => {
            let Link { contract, order_store_id, stores } = read(request)?;
            at_the_desk(inner, state, contract, |desk| desk.link_store(order_store_id, &stores))
        }
        ("POST", ["stores", "set-up"]) => {
            let SetUp { contract, order_store_id, setup } = read(request)?;
            at_the_desk(inner, state, contract, |desk| desk.arrange_store(order_store_id, &setup))
        }
        ("POST", [word]) => {
            // An unknown word is a wrong path, whatever the body is.
            deed(word, Vec::new(), None)?;
            let OnOrder { contract, order_id, lines, shipped_date } = read(request)?;
            let deed = deed(word, lines, shipped_date)?;
            at_the_desk(inner, state, contract, |desk| desk.work_on(order_id, &deed))
        }
        _ => Err(Problem::no_such_path()),
    }
}

fn deed(word: &str, lines: Vec<OrderPick>, shipped_date: Option<String>) -> Result<Deed, Problem> {
    Ok(match word {
        "allocate" => Deed::Allocate(lines),
        "release" => Deed::Release(lines),
        "confirm" => Deed::Confirm,
        "prepare" => Deed::Prepare,
        "ship" => Deed::Ship(shipped_date),
        "cancel" => Deed::Cancel,
        "pay" => Deed::Pay(true),
        "unpay" => Deed::Pay(false),
        "split" => Deed::Split(lines.iter().map(|pick| (pick.order_detail_id, pick.quantity.unwrap_or(0))).collect()),
        _ => return Err(Problem::no_such_path()),
    })
}

fn at_the_desk(
    inner: &Inner,
    state: &mut State,
    named: Option<String>,
    work: impl FnOnce(&mut Desk<'_>) -> Result<Value, Problem>,
) -> Result<Answer, Problem> {
    let refused = |error: crate::spec::EmulatorError| Problem::bad_request(error.to_string());
    let contract = contract(state, named).map_err(refused)?;
    let value = inner.at_the_desk(state, &contract, work).map_err(refused)?;
    Ok(Answer::json(200, value.to_string()))
}
