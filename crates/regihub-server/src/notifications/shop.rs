//! `POST /hooks/shop/{hook_key}`: a shop's webhook. The channel says how it is signed (docs/channels/generic.md §6).

use super::{Refusal, key_in, not_stored, read_body, store, text_header};
use crate::frame::Hub;
use axum::extract::State;
use http::{HeaderMap, Request, StatusCode};
use regihub_storage::{NewMessage, Owner};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// Headers worth keeping with the message; the signature is not, it has done its work.
const KEPT: [&str; 4] = ["webhook-id", "webhook-timestamp", "user-agent", "content-type"];

pub(super) async fn receive(State(hub): State<Hub>, request: Request<axum::body::Body>) -> Result<StatusCode, Refusal> {
    let (head, body) = request.into_parts();
    let shop = hub.addresses.shop(&hub, key_in(head.uri.path())).await.map_err(|error| {
        not_stored(&error);
        Refusal::NotStored
    })?;
    let shop = shop.ok_or(Refusal::UnknownKey)?;
    let body = read_body(&head.headers, body).await?;
    // The signature covers the bytes as they came, so it is checked before they are read as anything.
    let info = hub.engine.check_channel_hook(&shop, &head.headers, &body).map_err(|_| Refusal::WrongSecret)?;
    serde_json::from_slice::<IgnoredAny>(&body).map_err(|error| Refusal::Unreadable(format!("body: {error}")))?;
    let owner = Owner::Shop(shop.id);
    let verdict = hub.engine.sort(owner, &info.event, &body);
    let message = NewMessage {
        received_at: hub.clock.now_us(),
        owner,
        event: info.event,
        action: info.action,
        message_id: info.message_id,
        headers: kept_headers(&head.headers),
        body,
        verdict,
    };
    store(&hub, message).await
}

fn kept_headers(headers: &HeaderMap) -> String {
    let kept: BTreeMap<&str, &str> =
        KEPT.iter().filter_map(|name| Some((*name, text_header(headers, name)?))).collect();
    serde_json::to_string(&kept).unwrap_or_default()
}
