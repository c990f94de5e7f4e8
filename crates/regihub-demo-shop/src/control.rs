//! Outside the contract, for demos and tests: buy, cancel, break things, and look at the truth. Bearer `faults_key`.

use crate::{
    contract::{check_key, problem::Problem},
    faults::Faults,
    order::Order,
    shop::{BuyError, CancelError, Shop, ShopTruth},
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde::{Deserialize, de::DeserializeOwned};

/// No routes without a key.
pub(crate) fn routes(shop: &Shop) -> Router {
    if shop.options().faults_key.is_none() {
        return Router::new();
    }
    Router::new()
        .route("/control/buy", post(buy))
        .route("/control/cancel", post(cancel))
        .route("/control/faults", post(set_faults).get(faults))
        .route("/control/state", get(state))
        .layer(from_fn_with_state(shop.clone(), let_in))
        .with_state(shop.clone())
}

async fn let_in(State(shop): State<Shop>, request: Request, next: Next) -> Response {
    let key = shop.options().faults_key.as_deref().unwrap_or_default();
    match check_key(request.headers(), key) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Purchase {
    items: Vec<PurchaseItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PurchaseItem {
    sku: String,
    quantity: i64,
}

async fn buy(State(shop): State<Shop>, body: Bytes) -> Result<(StatusCode, Json<Order>), Problem> {
    let Purchase { items } = read(&body)?;
    let items: Vec<_> = items.into_iter().map(|item| (item.sku, item.quantity)).collect();
    let order = shop.buy(&items).map_err(|error| {
        let status = match &error {
            BuyError::OutOfStock(_) => StatusCode::CONFLICT,
            BuyError::NotStored(_) => StatusCode::SERVICE_UNAVAILABLE,
            BuyError::UnknownSku(_) | BuyError::BadQuantity { .. } | BuyError::Empty => StatusCode::BAD_REQUEST,
        };
        Problem::new(status, error.to_string())
    })?;
    Ok((StatusCode::CREATED, Json(order)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancellation {
    id: String,
}

async fn cancel(State(shop): State<Shop>, body: Bytes) -> Result<Json<Order>, Problem> {
    let Cancellation { id } = read(&body)?;
    let order = shop.cancel(&id).map_err(|error| {
        let status = match &error {
            CancelError::UnknownOrder(_) => StatusCode::NOT_FOUND,
            CancelError::AlreadyCancelled(_) => StatusCode::CONFLICT,
            CancelError::NotStored(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Problem::new(status, error.to_string())
    })?;
    Ok(Json(order))
}

/// Replaces all faults; what is left out is in good health.
async fn set_faults(State(shop): State<Shop>, body: Bytes) -> Result<Json<Faults>, Problem> {
    let faults: Faults = read(&body)?;
    faults.check().map_err(Problem::bad_request)?;
    shop.faults().set(faults.clone());
    Ok(Json(faults))
}

async fn faults(State(shop): State<Shop>) -> Json<Faults> {
    Json(shop.faults().now())
}

async fn state(State(shop): State<Shop>) -> Json<ShopTruth> {
    Json(shop.truth())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::bad_request(format!("body: {error}")))
}
