//! The operations. Which table an operation belongs to, its scope and its rules are data; only what is special is code.

mod budgets;
mod bulk;
pub(crate) mod dataset;
pub(crate) mod documents;
pub(crate) mod images;
pub(crate) mod inventory;
pub(crate) mod maker;
mod new_contract;
mod operations;
pub(crate) mod orders;
mod rows;
pub(crate) mod sales;
pub(crate) mod stock;
pub(crate) mod transactions;

pub(crate) use new_contract::first_rows;
pub(crate) use operations::{Deed, Operation, check_path, of as operation};
pub use sales::tickets::TicketSale;

use crate::{
    http::{Answer, api::Call},
    problem::Problem,
};
use smaregi_catalogue::{Confidence, Product};

/// Serves operations of its own, and says `None` to the others.
type Room = fn(&mut Call<'_>) -> Result<Option<Answer>, Problem>;

/// They are asked in turn, before the tables.
const ROOMS: [Room; 5] = [budgets::run, sales::run, inventory::run, images::run, orders::run];

pub(crate) fn run(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let confidence = call.inner.settings.answers.confidence_header.then(|| confidence_word(call.endpoint.confidence));
    let header = confidence.map(|word| ("smaregi-emulator-confidence", word.to_owned()));
    let mark = orders::mark(call);
    let served = serve(call).and_then(|answer| orders::follow_up(call, mark).map(|()| answer));
    match served {
        Ok(mut answer) => {
            answer.headers.extend(header);
            Ok(answer)
        }
        Err(mut problem) => {
            problem.headers.extend(header);
            Err(problem)
        }
    }
}

fn serve(call: &mut Call<'_>) -> Result<Answer, Problem> {
    if let Some(answer) = special(call) {
        return answer;
    }
    for room in ROOMS {
        if let Some(answer) = room(call)? {
            return Ok(answer);
        }
    }
    match operations::of(call.endpoint) {
        Some(operation) => rows::run(call, operation),
        None => Err(Problem::not_emulated(&call.endpoint.id())),
    }
}

/// Stock and transactions.
fn special(call: &mut Call<'_>) -> Option<Result<Answer, Problem>> {
    let endpoint = call.endpoint;
    if endpoint.product != Product::Pos {
        return None;
    }
    Some(match (endpoint.method.as_str(), endpoint.path.as_str()) {
        ("GET", "/stock") => stock::list(call),
        ("GET", "/stock/changes/{product_id}/{store_id}") => stock::changes(call),
        ("PATCH", "/stock/{product_id}") => stock::set(call),
        ("POST", "/stock/{product_id}/add") => stock::add(call),
        ("PATCH", "/stock/bulk") | ("POST", "/stock/add/bulk") => bulk::stock(call),
        ("GET", "/transactions") => transactions::list(call),
        ("POST", "/transactions") => transactions::create(call),
        ("GET", "/transactions/{transaction_id}") => transactions::get(call),
        ("GET", "/transactions/{transaction_id}/details") => transactions::details(call),
        ("PATCH", "/transactions/{transaction_id}") => transactions::edit(call),
        ("PATCH", "/transactions/{transaction_id}/customer") => transactions::set_customer(call),
        ("POST", "/transactions/{transaction_id}/cancel") => transactions::cancel(call),
        ("POST", "/transactions/{transaction_id}/dispose") => transactions::dispose(call),
        _ => return None,
    })
}

/// The word of the data files.
pub(crate) fn confidence_word(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Official => "official",
        Confidence::Client => "client",
        Confidence::Unverified => "unverified",
        Confidence::Legacy => "legacy",
        Confidence::Inferred => "inferred",
        Confidence::Unknown => "unknown",
    }
}
