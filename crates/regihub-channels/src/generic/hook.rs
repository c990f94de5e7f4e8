//! The shop's webhooks (contract §6).

use super::config::Settings;
use crate::{
    Hook, HookError, HookSubject,
    decode::{self, MAX_EXACT},
    standard_webhooks,
};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The largest body (contract, beginning).
const MAX_BODY: usize = 1024 * 1024;

pub(super) fn verify(settings: &Settings, headers: &HeaderMap, body: &[u8], now_us: i64) -> Result<Hook, HookError> {
    let message_id = standard_webhooks::verify(&settings.hook_secrets, headers, body, now_us)?;
    let (kind, subject) = read(body).map_err(HookError::Body)?;
    let (event, action) = kind.split_once('.').unwrap_or((&kind, ""));
    Ok(Hook { message_id, event: event.to_owned(), action: action.to_owned(), subject })
}

/// The type and what the message is about.
fn read(body: &[u8]) -> Result<(String, HookSubject), String> {
    #[derive(Deserialize)]
    struct Message<'a> {
        #[serde(rename = "type")]
        kind: String,
        #[serde(borrow)]
        data: Option<&'a RawValue>,
    }
    let message: Message = decode::json(decode::text(body, MAX_BODY)?)?;
    let kind = decode::name("type", message.kind)?;
    let data = || message.data.ok_or_else(|| "data: is missing".to_owned());
    let subject = match kind.as_str() {
        "order.placed" | "order.cancelled" => order(data()?)?,
        "product.updated" => product(data()?)?,
        _ => HookSubject::Unknown,
    };
    Ok((kind, subject))
}

fn order(data: &RawValue) -> Result<HookSubject, String> {
    #[derive(Deserialize)]
    struct Data {
        id: String,
        sequence: i64,
    }
    let data: Data = decode::row(data).map_err(|problem| format!("data: {problem}"))?;
    Ok(HookSubject::Order {
        id: decode::name("data: id", data.id)?.into(),
        sequence: decode::bounded("data: sequence", data.sequence, 1, MAX_EXACT)?,
    })
}

fn product(data: &RawValue) -> Result<HookSubject, String> {
    #[derive(Deserialize)]
    struct Data {
        sku: String,
    }
    let data: Data = decode::row(data).map_err(|problem| format!("data: {problem}"))?;
    Ok(HookSubject::Product { sku: decode::name("data: sku", data.sku)?.into() })
}
