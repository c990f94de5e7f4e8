//! Documents that move goods (platform-pos.md §9): orders to suppliers, receipts, transfers, losses, stocktaking.
//!
//! | module | what lives there |
//! | --- | --- |
//! | `clerk` | reading and writing documents, telling of them, booking what they do to stock |
//! | `effect` | what a document does to stock, as a sum that can be compared and taken back |
//! | `lines` | reading bodies: members, rows, products, pieces |
//! | `purchase_orders` → `storage` | 発注 → 入荷 |
//! | `shipments`, `losses` | 出荷, ロス |
//! | `shipping` → `receiving` | 出庫 → 入庫 |
//! | `stocktaking`, `stock_on` | 棚卸, and book stock on a day |

mod clerk;
mod effect;
mod lines;
mod losses;
mod purchase_orders;
mod receiving;
mod shipments;
mod shipping;
mod stock_on;
pub(crate) mod stocktaking;
mod storage;

pub(crate) use clerk::Clerk;
pub use stocktaking::{Counted, StocktakingPlan};

use super::{documents, rows::members};
use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    state::Id,
};
use serde_json::{Map, Value};
use smaregi_catalogue::Product;

/// A document or a row of one, in the catalogue's names.
pub(crate) type Document = Map<String, Value>;

/// What an operation does.
#[derive(Clone, Copy)]
enum Work {
    Create(fn(&mut Clerk<'_>, &Document) -> Result<Id, Problem>),
    Change(fn(&mut Clerk<'_>, Id, &Document) -> Result<(), Problem>),
    Delete(fn(&mut Clerk<'_>, Id) -> Result<(), Problem>),
}

/// Table and work of the operations that are more than reading. What is not here is served from data.
fn work(method: &str, path: &str) -> Option<(&'static str, Work)> {
    use Work::{Change, Create, Delete};
    Some(match (method, path) {
        ("POST", "/purchase_orders") => (clerk::PURCHASE_ORDERS, Create(purchase_orders::create)),
        ("PATCH", "/purchase_orders/{purchase_order_id}") => (clerk::PURCHASE_ORDERS, Change(purchase_orders::change)),
        ("DELETE", "/purchase_orders/{purchase_order_id}") => (clerk::PURCHASE_ORDERS, Delete(purchase_orders::delete)),
        ("POST", "/storage") => (clerk::STORAGE, Create(storage::create)),
        ("PATCH", "/storage/{storage_id}") => (clerk::STORAGE, Change(storage::change)),
        ("POST", "/shipments") => (clerk::SHIPMENTS, Create(shipments::create)),
        ("PATCH", "/shipments/{shipment_id}") => (clerk::SHIPMENTS, Change(shipments::change)),
        ("DELETE", "/shipments/{shipment_id}") => (clerk::SHIPMENTS, Delete(shipments::delete)),
        ("POST", "/shipping") => (clerk::SHIPPING, Create(shipping::create)),
        ("POST", "/shipping/request") => (clerk::SHIPPING, Create(shipping::request)),
        ("PATCH", "/shipping/{shipping_id}") => (clerk::SHIPPING, Change(shipping::change)),
        ("PATCH", "/shipping/{shipping_id}/approval") => (clerk::SHIPPING, Change(shipping::approve)),
        ("POST", "/shipping/{shipping_id}/modification_request") => {
            (clerk::SHIPPING, Change(shipping::ask_for_correction))
        }
        ("POST", "/shipping_modification_requests/{shipping_id}/complete") => {
            (clerk::SHIPPING, Change(shipping::complete_correction))
        }
        ("DELETE", "/shipping/{shipping_id}") => (clerk::SHIPPING, Delete(shipping::delete)),
        ("PATCH", "/receiving/{receiving_id}") => (clerk::RECEIVING, Change(receiving::change)),
        ("POST", "/losses") => (clerk::LOSSES, Create(losses::create)),
        ("PATCH", "/losses/{loss_id}") => (clerk::LOSSES, Change(losses::change)),
        ("DELETE", "/losses/{loss_id}") => (clerk::LOSSES, Delete(losses::delete)),
        _ => return None,
    })
}

/// `None`: not an operation of this module.
pub(crate) fn run(call: &mut Call<'_>) -> Result<Option<Answer>, Problem> {
    let (method, path) = (call.endpoint.method.as_str(), call.endpoint.path.as_str());
    if call.endpoint.product != Product::Pos {
        return Ok(None);
    }
    if (method, path) == ("GET", "/stocktaking/{stocktaking_info_id}/details/{base_date}") {
        return stock_on::list(call).map(Some);
    }
    let Some((table, work)) = work(method, path) else { return Ok(None) };
    let id = match work {
        Work::Create(create) => {
            let body = members(&call.body)?.clone();
            clerk::with(call, |clerk| create(clerk, &body))?
        }
        Work::Change(change) => {
            let (id, body) = (documents::named_in_path(call, table)?, members(&call.body)?.clone());
            clerk::with(call, |clerk| change(clerk, id, &body))?;
            id
        }
        Work::Delete(delete) => {
            let id = documents::named_in_path(call, table)?;
            clerk::with(call, |clerk| delete(clerk, id))?;
            let settings = &call.inner.settings.pos;
            return Ok(Some(Answer::json(settings.delete_status, settings.delete_body.clone())));
        }
    };
    documents::answer(call, table, id).map(Some)
}
