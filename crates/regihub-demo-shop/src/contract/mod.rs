//! The API of the contract `regihub-generic/1` (docs/channels/generic.md), one file for each of its chapters.

mod feed;
pub(crate) mod problem;
mod query;
mod stock;

use crate::{
    faults::{CallEnd, CallFate},
    options::ShopProduct,
    shop::Shop,
    transport::CutConnection,
};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use problem::Problem;
use query::Query;
use serde_json::{Value, json};
use std::ops::Bound::{Excluded, Unbounded};
use subtle::ConstantTimeEq;

pub(crate) const MOST_BODY_BYTES: usize = 1024 * 1024;

pub(crate) fn routes(shop: &Shop) -> Router {
    Router::new()
        .route("/v1/health", get(health))
        .route("/v1/products", get(products))
        .route("/v1/stock", get(stock::list).put(stock::put))
        .route("/v1/orders", get(feed::list))
        .route("/v1/orders/{id}", get(feed::one))
        .route("/v1/{*rest}", axum::routing::any(no_such_path))
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(shop.clone(), let_in))
        .with_state(shop.clone())
}

/// The door of every call: the key first, then whatever is set to go wrong.
async fn let_in(State(shop): State<Shop>, request: Request, next: Next) -> Response {
    if let Err(problem) = check_key(request.headers(), &shop.options().api_key) {
        return problem.into_response();
    }
    let CallFate { wait, end } = shop.faults().next_call(shop.dice());
    if !wait.is_zero() {
        shop.clock().sleep(wait).await;
    }
    match end {
        CallEnd::Answer => next.run(request).await,
        CallEnd::Fail { status, retry_after } => Problem::on_purpose(status, retry_after).into_response(),
        CallEnd::Cut => {
            next.run(request).await;
            cut()
        }
    }
}

/// A body that breaks off: hyper closes the connection in the middle of the answer.
fn cut() -> Response {
    let broken = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut on purpose")) });
    let mut response = Response::new(Body::from_stream(broken));
    response.extensions_mut().insert(CutConnection);
    response
}

pub(crate) fn check_key(headers: &HeaderMap, key: &str) -> Result<(), Problem> {
    let sent = headers.get(header::AUTHORIZATION).map_or(&[][..], |value| value.as_bytes());
    let token =
        sent.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer ")).map(|(_, token)| token);
    match token {
        Some(token) if bool::from(token.ct_eq(key.as_bytes())) => Ok(()),
        Some(_) => Err(Problem::unauthorized("Authorization: this API key is not the shop's")),
        None => Err(Problem::unauthorized("Authorization: missing; send \"Bearer <api key>\"")),
    }
}

async fn health(State(shop): State<Shop>) -> Json<Value> {
    Json(json!({ "contract": "regihub-generic/1", "name": shop.options().name }))
}

async fn products(State(shop): State<Shop>, uri: Uri) -> Result<Json<Value>, Problem> {
    let query = Query::of(&uri)?;
    let limit = query.limit()?;
    let after = query.get("after").unwrap_or("");
    let mut rest = shop.products().range::<str, _>((Excluded(after), Unbounded)).map(|(_, product)| product);
    let page: Vec<&ShopProduct> = rest.by_ref().take(limit).collect();
    let next = rest.next().and(page.last()).map(|product| &product.sku);
    Ok(Json(json!({ "products": page.iter().map(|product| product_row(product)).collect::<Vec<_>>(), "next": next })))
}

fn product_row(product: &ShopProduct) -> Value {
    let mut row = json!({ "sku": product.sku, "name": product.name, "price": product.price.to_string() });
    if let Some(barcode) = &product.barcode {
        row["barcode"] = json!(barcode);
    }
    row
}

async fn no_such_path(uri: Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("there is nothing at {}", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} does not take {method}", uri.path()))
}
