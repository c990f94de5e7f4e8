//! `/control/offline`: tills without network. They sell now, and the server hears of it later.

use crate::{
    emulator::{Inner, State},
    floor,
    problem::Problem,
    spec::EmulatorError,
    till::{self, Basket},
    time::Seconds,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How many sales the tills remember together.
const MOST: usize = 10_000;

/// A sale that the server does not know yet. Kept in memory only, as in a till.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OfflineSale {
    pub(crate) contract: String,
    pub(crate) basket: Basket,
    /// When the goods left the shop. Seconds since 1970, UTC.
    pub(crate) sold_at: Seconds,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SellOffline {
    contract: Option<String>,
    basket: Basket,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    contract: Option<String>,
}

/// Rings up without telling the server. A basket that the server would refuse is refused here, as a till knows its prices too.
pub(super) fn sell(inner: &Inner, state: &mut State, order: SellOffline) -> Result<Value, EmulatorError> {
    let contract = super::contract(state, order.contract)?;
    let shop = state.world.shop(&contract).ok_or_else(|| EmulatorError::UnknownContract(contract.clone()))?;
    if state.offline.len() >= MOST {
        return Err(EmulatorError::data("offline", format!("the tills hold {MOST} sales already; report them first")));
    }
    if order.basket.lines.is_empty() {
        return Err(EmulatorError::data("basket.lines", "must not be empty"));
    }
    let sold_at = inner.now();
    till::receipt(shop, &order.basket, sold_at)?;
    state.offline.push(OfflineSale { contract, basket: order.basket, sold_at });
    Ok(json!({ "waiting": state.offline.len() }))
}

/// Back on the network: every sale of the contract arrives with the time at which it was rung up, oldest first.
/// The first one that is refused stays, with all later ones.
pub(super) fn report(inner: &Inner, state: &mut State, order: Report) -> Result<Value, EmulatorError> {
    let contract = super::contract(state, order.contract)?;
    let mut sale_ids = Vec::new();
    while let Some(place) = state.offline.iter().position(|sale| sale.contract == contract) {
        let OfflineSale { basket, sold_at, .. } = state.offline[place].clone();
        let id = inner.act(state, &contract, |world, now| {
            let shop = world.shop(&contract).ok_or_else(Problem::access_denied)?;
            let body = till::receipt(shop, &basket, sold_at)?;
            floor::sell(world, &inner.settings, &contract, &body, now)
        })?;
        state.offline.remove(place);
        sale_ids.push(id);
    }
    Ok(json!({ "sale_ids": sale_ids }))
}
