//! `/api/v1`: JSON for scripts, and `/healthz` for supervisors. Errors are `application/problem+json`.

mod health;
mod stock;

use crate::{frame::Hub, problem::Problem};
use axum::{Router, routing::get};
use http::StatusCode;

pub(crate) fn routes() -> Router<Hub> {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/api/v1/health", get(health::show))
        .route("/api/v1/stock/{link}/{sku}", get(stock::show))
        .route("/api/{*rest}", get(unknown))
}

async fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "path: no such endpoint; the API begins at /api/v1")
}
