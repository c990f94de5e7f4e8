//! Webhooks as a shop sends them.

use super::{NOW_US, SECRET, Scripted, config};
use crate::{
    Channel, ChannelConfig, Hook, HookError, HookSubject, open,
    standard_webhooks::{Secret, sign},
};
use http::HeaderMap;
use std::sync::Arc;

const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const NOW: i64 = NOW_US / 1_000_000;

fn channel(hook_secret: &str) -> Arc<dyn Channel> {
    let config = ChannelConfig { hook_secret: hook_secret.into(), ..config() };
    open(&config, Scripted::new(200, ""), Arc::new(super::StoppedClock)).unwrap()
}

fn receive(body: &str) -> Result<Hook, HookError> {
    let signature = sign(&Secret::parse(SECRET).unwrap(), "msg_1", NOW, body.as_bytes());
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", "msg_1".parse().unwrap());
    headers.insert("webhook-timestamp", NOW.into());
    headers.insert("webhook-signature", signature.parse().unwrap());
    channel(&format!("{OTHER} {SECRET}")).verify_webhook(&headers, body.as_bytes(), NOW_US)
}

#[test]
fn an_order_and_a_product_are_recognised() {
    let hook = receive(r#"{"type":"order.placed","data":{"id":"1001","sequence":42,"x":1}}"#).unwrap();
    let subject = HookSubject::Order { id: "1001".into(), sequence: 42 };
    assert_eq!(hook, Hook { message_id: "msg_1".into(), event: "order".into(), action: "placed".into(), subject });
    let hook = receive(r#"{"type":"order.cancelled","data":{"id":"1001","sequence":43}}"#).unwrap();
    assert_eq!((hook.event.as_str(), hook.action.as_str()), ("order", "cancelled"));
    let hook = receive(r#"{"type":"product.updated","data":{"sku":"TS-100-WH-M"}}"#).unwrap();
    assert_eq!(hook.subject, HookSubject::Product { sku: "TS-100-WH-M".into() });
}

#[test]
fn a_type_nobody_knows_yet_is_accepted_and_ignored() {
    for (body, event, action) in [
        (r#"{"type":"customer.moved.house"}"#, "customer", "moved.house"),
        (r#"{"type":"ping","data":7}"#, "ping", ""),
        (r#"{"type":"order.shipped","data":{}}"#, "order", "shipped"),
    ] {
        let hook = receive(body).unwrap();
        assert_eq!((hook.event.as_str(), hook.action.as_str(), hook.subject), (event, action, HookSubject::Unknown));
    }
}

#[test]
fn the_builder_of_a_shop_learns_which_member_is_wrong() {
    for (body, place) in [
        (r#"{"type":"order.placed","data":{"id":1001,"sequence":42}}"#, "data: id: invalid type"),
        (r#"{"type":"order.placed","data":{"id":"1001","sequence":0}}"#, "data: sequence: 0 is outside"),
        (r#"{"type":"order.placed","data":{"id":"1001"}}"#, "data: missing field `sequence`"),
        (r#"{"type":"order.placed"}"#, "data: is missing"),
        (r#"{"type":"product.updated","data":{"sku":""}}"#, "data: sku: is empty"),
        (r#"{"kind":"order.placed"}"#, "missing field `type`"),
        ("hello", "expected value"),
    ] {
        let error = receive(body).unwrap_err();
        assert!(error.is_from_the_shop());
        assert!(error.to_string().contains(place), "{body}: {error}");
    }
}

#[test]
fn a_shop_without_a_secret_accepts_no_webhook() {
    assert_eq!(channel("").verify_webhook(&HeaderMap::new(), b"{}", NOW_US), Err(HookError::NoSecret));
}
