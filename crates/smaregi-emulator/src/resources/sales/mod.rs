//! Transactions beyond plain sales: layaways, temporary sales, tickets, points, adjustment, closing, the CSV of lines.

pub(crate) mod adjustments;
pub(crate) mod balances;
pub(crate) mod csv;
mod csv_filter;
pub(crate) mod daily;
mod desk;
pub(crate) mod layaways;
pub(crate) mod temporaries;
pub(crate) mod tickets;

pub(crate) use desk::Desk;

use crate::{
    http::{Answer, api::Call},
    problem::Problem,
};
use smaregi_catalogue::Product;

/// `transactionHeadDivision` of 取置き.
pub(crate) const LAYAWAY: &str = "10";

/// `None`: not an operation of this module.
pub(crate) fn run(call: &mut Call<'_>) -> Result<Option<Answer>, Problem> {
    if call.endpoint.product != Product::Pos {
        return Ok(None);
    }
    let answer = match (call.endpoint.method.as_str(), call.endpoint.path.as_str()) {
        ("GET", "/transactions/layaways") => layaways::list(call),
        ("POST", "/transactions/layaways") => layaways::create(call),
        ("GET", "/transactions/layaways/{layaway_id}") => layaways::get(call),
        ("POST", "/transactions/layaways/{layaway_id}/dispose") => layaways::dispose(call),
        ("POST", "/transactions/temporaries") => temporaries::create(call),
        ("DELETE", "/transactions/temporaries/{temporary_id}") => temporaries::delete(call),
        ("PATCH", "/transactions/temporaries/{temporary_id}/status") => temporaries::set_status(call),
        ("GET", "/transactions/product_sets" | "/transactions/product_sets/{product_set_id}") => tickets::read(call),
        ("POST", "/transactions/consume_product_sets") => tickets::consume(call),
        ("GET", "/customers/point") => balances::list(call),
        ("PATCH", "/customers/{customer_id}/point") => balances::set(call),
        ("POST", "/customers/{customer_id}/point/add") => balances::add(call),
        ("PATCH", "/customers/point/bulk") => balances::bulk(call),
        ("GET", "/adjustments") => adjustments::list(call),
        ("POST", "/adjustments") => adjustments::create(call),
        ("POST", "/daily_summaries") => daily::create(call),
        ("POST", "/transactions/details/out_file_async") => csv::order(call),
        _ => return Ok(None),
    };
    answer.map(Some)
}
