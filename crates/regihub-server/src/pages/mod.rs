//! What people see: one file per page.

mod dashboard;
pub(crate) mod error_page;
mod event;
mod events;
mod exchange;
mod exchanges;
mod links;
mod live;
mod order;
mod orders;
mod parked;
mod sale;
mod sales;
mod settings;
mod stock;
mod why;

use crate::frame::{Hub, PageError};
use axum::{
    Router,
    routing::{get, post},
};

pub(crate) fn routes() -> Router<Hub> {
    Router::new()
        .route("/", get(dashboard::show))
        .route("/events", get(events::show))
        .route("/events/{id}", get(event::show))
        .route("/exchanges", get(exchanges::show))
        .route("/exchanges/{id}", get(exchange::show))
        .route("/sales", get(sales::show))
        .route("/sales/{connection}/{id}", get(sale::show))
        .route("/orders", get(orders::show))
        .route("/orders/{shop}/{id}", get(order::show))
        .route("/stock", get(stock::show))
        .route("/stock/{link}/{sku}", get(why::show))
        .route("/stock/{link}/{sku}/margin", post(why::set_margin))
        .route("/stock/{link}/{sku}/refresh", post(why::refresh))
        .route("/parked", get(parked::show))
        .route("/parked/jobs/{id}", post(parked::free_job))
        .route("/parked/intents/{id}", post(parked::free_intent))
        .route("/settings", get(settings::show))
        .route("/settings/links/{id}", post(settings::switch_link))
        .route("/live", get(live::follow))
}

/// Every address that no page has.
pub(crate) async fn not_found() -> PageError {
    PageError::NotFound
}
