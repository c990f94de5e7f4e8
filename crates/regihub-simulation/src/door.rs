//! The notification endpoints, until the real router can be used.

use crate::clock::MachineClock;
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use regihub_engine::Engine;
use regihub_ports::{Clock, Dice};
use regihub_storage::{NewMessage, Owner, Storage};
use std::sync::Arc;

#[derive(Clone)]
struct Here {
    storage: Storage,
    engine: Arc<Engine>,
    clock: MachineClock,
}

pub(crate) fn router(storage: &Storage, engine: &Arc<Engine>, clock: &MachineClock, _dice: Dice) -> Router {
    let here = Here { storage: storage.clone(), engine: engine.clone(), clock: clock.clone() };
    Router::new()
        .route("/hooks/smaregi/{key}", post(from_smaregi))
        .route("/hooks/shop/{key}", post(from_shop))
        .with_state(here)
}

async fn from_smaregi(
    State(here): State<Here>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let Ok(found) = here.storage.read(move |unit| unit.setup().connection_by_hook_key(&key)).await else {
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    let Some(connection) = found else { return StatusCode::NOT_FOUND };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    if header(&connection.hook_header).as_deref() != Some(connection.hook_secret.expose()) {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(note) = serde_json::from_slice::<serde_json::Value>(&body) else { return StatusCode::BAD_REQUEST };
    let text = |name: &str| note[name].as_str().unwrap_or_default().to_owned();
    if text("contractId") != connection.contract_id {
        return StatusCode::FORBIDDEN;
    }
    let message = NewMessage {
        received_at: here.clock.now_us(),
        owner: Owner::Connection(connection.id),
        event: text("event"),
        action: text("action"),
        message_id: header("smaregi-event-id"),
        headers: "{}".into(),
        body,
    };
    store(&here, message).await
}

async fn from_shop(State(here): State<Here>, Path(key): Path<String>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Ok(found) = here.storage.read(move |unit| unit.setup().shop_by_hook_key(&key)).await else {
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    let Some(shop) = found else { return StatusCode::NOT_FOUND };
    let Ok(channel) = here.engine.hub().channel(&shop) else { return StatusCode::SERVICE_UNAVAILABLE };
    let Ok(hook) = channel.verify_webhook(&headers, &body, here.clock.now_us()) else {
        return StatusCode::UNAUTHORIZED;
    };
    let message = NewMessage {
        received_at: here.clock.now_us(),
        owner: Owner::Shop(shop.id),
        event: hook.event,
        action: hook.action,
        message_id: Some(hook.message_id),
        headers: "{}".into(),
        body,
    };
    store(&here, message).await
}

async fn store(here: &Here, message: NewMessage) -> StatusCode {
    match here.storage.append(message).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
