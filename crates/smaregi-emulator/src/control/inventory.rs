//! `/control/stocktaking/…`: 棚卸 as the admin screen and the app do it; the API only reads them.

use super::{contract, read};
use crate::{
    emulator::{Inner, State},
    problem::Problem,
    resources::inventory::{Clerk, Counted, StocktakingPlan, stocktaking},
    state::Id,
};
use bytes::Bytes;
use http::Request;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    contract: Option<String>,
    store_id: Id,
    #[serde(default)]
    category_ids: Vec<Id>,
    date: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    contract: Option<String>,
    stocktaking_id: Id,
    counts: Vec<Counted>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    contract: Option<String>,
    stocktaking_id: Id,
}

/// `begin`, `count`, `adjust`, `complete`, `delete`; answers with the stocktaking as it is then.
pub(super) fn stocktaking(
    inner: &Inner,
    state: &mut State,
    action: &str,
    request: &Request<Bytes>,
) -> Result<Value, Problem> {
    if action == "begin" {
        let order: Begin = read(request)?;
        let plan = StocktakingPlan { store_id: order.store_id, category_ids: order.category_ids, date: order.date };
        return act(inner, state, order.contract, |clerk| {
            let id = stocktaking::begin(clerk, &plan)?;
            stocktaking::shown(clerk, id)
        });
    }
    if action == "count" {
        let order: Count = read(request)?;
        return act(inner, state, order.contract, |clerk| {
            stocktaking::count(clerk, order.stocktaking_id, &order.counts)?;
            stocktaking::shown(clerk, order.stocktaking_id)
        });
    }
    let step = match action {
        "adjust" => stocktaking::adjust,
        "complete" => stocktaking::complete,
        "delete" => stocktaking::delete,
        _ => return Err(Problem::no_such_path()),
    };
    let order: Step = read(request)?;
    act(inner, state, order.contract, |clerk| {
        let before = stocktaking::shown(clerk, order.stocktaking_id)?;
        step(clerk, order.stocktaking_id)?;
        Ok(stocktaking::shown(clerk, order.stocktaking_id).unwrap_or(before))
    })
}

fn act(
    inner: &Inner,
    state: &mut State,
    named: Option<String>,
    work: impl FnOnce(&mut Clerk<'_>) -> Result<Value, Problem>,
) -> Result<Value, Problem> {
    let done = contract(state, named).and_then(|contract| inner.let_clerk(state, &contract, work));
    done.map_err(|error| Problem::bad_request(error.to_string()))
}
