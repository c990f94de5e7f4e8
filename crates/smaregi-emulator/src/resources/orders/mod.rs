//! Order management (受注管理): orders, their allocation and shipment, order stores and the stock they sell (platform-orders.md).
//!
//! | module | what lives there |
//! | --- | --- |
//! | `order` | one order: row, lines, parts that stores have set aside |
//! | `desk` | where orders are worked on, by the API and at the admin screen; what apps are told |
//! | `register`, `change`, `ship` | the deeds, each checked before anything moves |
//! | `allocation`, `follow` | setting stock aside, by itself and by hand; what time and goods in do |
//! | `amounts`, `dates`, `sale` | total rule and tax, planned dates, the transaction an order makes |
//! | `store`, `read`, `wire` | order stores, lists, names and paths by setting |

mod admin;
mod allocation;
mod amounts;
mod change;
mod dates;
mod desk;
mod follow;
mod order;
mod read;
mod register;
mod sale;
mod ship;
mod store;
pub(crate) mod wire;

pub(crate) use admin::Deed;
pub use allocation::OrderPick;
pub(crate) use desk::Desk;
pub use store::OrderStoreSetup;

use super::{
    documents,
    rows::{members, shop},
};
use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    settings::ShippedEndpoint,
    state::Id,
};
use desk::in_call;
use order::{ORDERS, Order};
use serde_json::{Value, json};
use smaregi_catalogue::Product;
use store::STORE_TABLE;

/// `None`: not an operation of this module.
pub(crate) fn run(call: &mut Call<'_>) -> Result<Option<Answer>, Problem> {
    if call.endpoint.product != Product::OrderShipment {
        return Ok(None);
    }
    in_call(call, |desk| desk.keep_time())?;
    if call.endpoint.method == "GET" {
        read::check_limit(call)?;
    }
    let id = call.id("order_head_id");
    let answer = match (call.endpoint.method.as_str(), call.endpoint.path.as_str()) {
        ("POST", "/orders") => {
            let body = members(&call.body)?.clone();
            changed(call, |desk| desk.register(&body))
        }
        ("GET", "/orders") => read::orders(call),
        ("GET", "/orders/{order_head_id}") => documents::answer(call, ORDERS, id),
        ("PATCH", "/orders/{order_head_id}") => {
            let body = members(&call.body)?.clone();
            changed(call, |desk| desk.change(id, &body))
        }
        ("PATCH", "/orders/{order_head_id}/cancel") => changed(call, |desk| desk.cancel(id)),
        ("PATCH", "/orders/{order_head_id}/payment") => changed(call, |desk| desk.pay(id, true)),
        ("PATCH", "/orders/{order_head_id}/payment/cancel") => changed(call, |desk| desk.pay(id, false)),
        (_, wire::ALLOCATION_PATH) => changed(call, |desk| desk.allocate_again(id)),
        ("POST", "/orders/shipped") => shipped(call),
        ("POST", "/stores") => add_store(call),
        ("DELETE", "/stores/{store_id}") => remove_store(call),
        ("GET", "/stores/{store_id}/stock_list") => read::stock_list(call),
        _ => return Ok(None),
    };
    answer.map(Some)
}

/// Works on an order and answers with it.
fn changed(call: &mut Call<'_>, work: impl FnOnce(&mut Desk<'_>) -> Result<Order, Problem>) -> Result<Answer, Problem> {
    let id = in_call(call, work)?.id;
    documents::answer(call, ORDERS, id)
}

/// Number of the last stock movement of the contract.
pub(crate) fn mark(call: &Call<'_>) -> u64 {
    shop(call).map_or(0, |shop| shop.stock.next_change_id())
}

/// What waiting orders do when stock has moved.
pub(crate) fn follow_up(call: &mut Call<'_>, mark: u64) -> Result<(), Problem> {
    let contract = call.contract.clone();
    let events = call.inner.restock(call.world, &contract, mark)?;
    call.events.extend(events);
    Ok(())
}

/// Which reading of `POST /orders/shipped` a body is meant in (platform-orders.md §2, O6).
pub(crate) fn registers_shipped(setting: ShippedEndpoint, body: &Value) -> bool {
    match setting {
        ShippedEndpoint::Bulk => false,
        ShippedEndpoint::Create => true,
        ShippedEndpoint::Both => body.get("orders").is_none(),
    }
}

fn shipped(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    if registers_shipped(call.inner.settings.order_shipment.orders.shipped_endpoint, &call.body) {
        return changed(call, |desk| desk.register_shipped(&body));
    }
    let wanted: Vec<(String, Option<String>)> = body
        .get("orders")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|row| {
            let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
            (text("orderHeadId").unwrap_or_default(), text("shippedDate"))
        })
        .collect();
    // An id that is no number is an order that does not exist.
    let ids: Vec<(Id, Option<String>)> =
        wanted.iter().map(|(id, date)| (id.parse().unwrap_or(0), date.clone())).collect();
    let results = in_call(call, |desk| desk.ship_many(&ids))?;
    let row = |((id, _), result): (&(String, Option<String>), Result<(), Problem>)| match result {
        Ok(()) => json!({ "orderHeadId": id, "result": "shipped", "detail": null }),
        Err(problem) => json!({ "orderHeadId": id, "result": "failed", "detail": problem.detail }),
    };
    let rows: Vec<Value> = wanted.iter().zip(results).map(row).collect();
    Ok(Answer::json(200, json!({ "orders": rows }).to_string()))
}

fn add_store(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let id = in_call(call, |desk| desk.add_store(&body))?;
    documents::answer(call, STORE_TABLE, id)
}

fn remove_store(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let id = call.id("store_id");
    in_call(call, |desk| desk.remove_store(id))?;
    let settings = &call.inner.settings.pos;
    Ok(Answer::json(settings.delete_status, settings.delete_body.clone()))
}
