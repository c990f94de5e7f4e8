//! The operations. Which table an operation belongs to, its scope and its rules are data; only what is special is code.

mod bulk;
pub(crate) mod dataset;
mod maker;
mod rows;
pub(crate) mod stock;
pub(crate) mod transactions;

use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    state::{TABLES, TableSpec},
};
use smaregi_catalogue::Product;

pub(crate) fn run(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let endpoint = call.endpoint;
    if endpoint.product != Product::Pos {
        return Err(Problem::not_emulated(&endpoint.id()));
    }
    match (endpoint.method.as_str(), endpoint.path.as_str()) {
        ("GET", "/stock") => stock::list(call),
        ("GET", "/stock/changes/{product_id}/{store_id}") => stock::changes(call),
        ("PATCH", "/stock/{product_id}") => stock::set(call),
        ("POST", "/stock/{product_id}/add") => stock::add(call),
        ("PATCH", "/stock/bulk") | ("POST", "/stock/add/bulk") => bulk::stock(call),
        ("POST" | "PATCH", "/products/bulk" | "/customers/bulk") => bulk::rows(call),
        ("GET", "/transactions") => transactions::list(call),
        ("POST", "/transactions") => transactions::create(call),
        ("GET", "/transactions/{transaction_id}") => transactions::get(call),
        ("GET", "/transactions/{transaction_id}/details") => transactions::details(call),
        ("PATCH", "/transactions/{transaction_id}") => transactions::edit(call),
        ("PATCH", "/transactions/{transaction_id}/customer") => transactions::set_customer(call),
        ("POST", "/transactions/{transaction_id}/cancel") => transactions::cancel(call),
        ("POST", "/transactions/{transaction_id}/dispose") => transactions::dispose(call),
        (method, path) => match row_operation(method, path) {
            Some((spec, RowOperation::List)) => rows::list(call, spec),
            Some((spec, RowOperation::Get)) => rows::get(call, spec),
            Some((spec, RowOperation::Create)) => rows::create(call, spec),
            Some((spec, RowOperation::Change)) => rows::change(call, spec),
            Some((spec, RowOperation::Delete)) => rows::delete(call, spec),
            None => Err(Problem::not_emulated(&endpoint.id())),
        },
    }
}

enum RowOperation {
    List,
    Get,
    Create,
    Change,
    Delete,
}

/// `GET /categories` → list of categories; `PATCH /categories/{category_id}` → change of one.
fn row_operation(method: &str, path: &str) -> Option<(&'static TableSpec, RowOperation)> {
    let (table, one) = match path.split_once("/{") {
        Some((table, rest)) if !rest.contains('/') => (table, true),
        Some(_) => return None,
        None => (path, false),
    };
    let spec = TABLES.iter().find(|spec| spec.path == table)?;
    let operation = match (method, one) {
        ("GET", false) => RowOperation::List,
        ("POST", false) => RowOperation::Create,
        ("GET", true) => RowOperation::Get,
        ("PATCH", true) => RowOperation::Change,
        ("DELETE", true) => RowOperation::Delete,
        _ => return None,
    };
    Some((spec, operation))
}
