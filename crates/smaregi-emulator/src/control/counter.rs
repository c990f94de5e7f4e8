//! `/control/counter/…`: layaways, parked sales, tickets, adjustment and closing by people.

use super::contract;
use crate::{
    emulator::{Inner, State},
    resources::TicketSale,
    spec::EmulatorError,
    state::Id,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Each deed has its own members; `contract` may be left out when there is only one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    contract: Option<String>,
    /// A body as the API takes it: of a layaway, a parked sale, an adjustment, a closing.
    #[serde(default)]
    body: Map<String, Value>,
    layaway_id: Option<Id>,
    tickets: Option<TicketSale>,
}

pub(super) fn answer(inner: &Inner, state: &mut State, deed: &str, order: Order) -> Result<Value, EmulatorError> {
    let contract = contract(state, order.contract)?;
    let missing = |name: &str| EmulatorError::data(name, "missing");
    Ok(match deed {
        "lay-away" => json!({ "layaway_id": inner.lay_away(state, &contract, &order.body)? }),
        "dispose-layaway" => {
            let id = order.layaway_id.ok_or_else(|| missing("layaway_id"))?;
            json!({ "layaway_id": inner.dispose_layaway(state, &contract, id)? })
        }
        "park" => json!({ "temporary_id": inner.park(state, &contract, &order.body)? }),
        "sell-tickets" => {
            let tickets = order.tickets.ok_or_else(|| missing("tickets"))?;
            let sold = inner.sell_tickets(state, &contract, &tickets)?;
            json!({ "sale_id": sold.sale, "product_set_id": sold.product_set })
        }
        "adjust" => json!({ "adjusted_at": inner.adjust(state, &contract, &order.body)? }),
        "close-day" => {
            let closed = inner.close_day(state, &contract, &order.body)?;
            json!({ "store_id": closed.store, "sum_date": closed.sum_date, "transactions": closed.transactions })
        }
        _ => {
            let deeds = "lay-away, dispose-layaway, park, sell-tickets, adjust, close-day";
            return Err(EmulatorError::data(deed, format!("unknown; allowed are {deeds}")));
        }
    })
}
