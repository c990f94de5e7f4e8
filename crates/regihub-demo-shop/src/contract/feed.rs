//! Generic.md §5: the feed of order changes.

use super::{problem::Problem, query::Query};
use crate::{order::Order, shop::Shop};
use axum::{
    Json,
    extract::{Path, State},
};
use http::{StatusCode, Uri};
use serde_json::{Value, json};

pub(super) async fn list(State(shop): State<Shop>, uri: Uri) -> Result<Json<Value>, Problem> {
    let query = Query::of(&uri)?;
    let (after, limit) = (query.after_sequence()?, query.limit()?);
    let (orders, last) =
        shop.with_book(|book| (book.changes_after(after, limit).collect::<Vec<_>>(), book.last_sequence()));
    Ok(Json(json!({ "orders": orders, "last": last })))
}

pub(super) async fn one(State(shop): State<Shop>, Path(id): Path<String>) -> Result<Json<Order>, Problem> {
    let found = shop.with_book(|book| book.order(&id).cloned());
    found.map(Json).ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, format!("id: there is no order {id:?}")))
}
