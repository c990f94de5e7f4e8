//! The requests of the contract, built and bounded.

use super::{config::Settings, wire};
use crate::{ChannelError, StockPush};
use bytes::Bytes;
use http::{Method, Request, header};
use regihub_domain::Sku;
use std::fmt::Write;

/// At most 500 items in a push (contract §3).
pub(super) const PUSH_BATCH: usize = 500;
/// Rows of at most a few hundred bytes: the contract's largest page.
pub(super) const PRODUCTS_PAGE: usize = 500;
/// Orders have many lines; a hundred with fifty lines each stay below the largest body.
pub(super) const ORDERS_PAGE: usize = 100;
/// The largest body (contract, beginning).
const MAX_BODY: usize = 1024 * 1024;

pub(super) fn health(settings: &Settings) -> Result<Request<Bytes>, ChannelError> {
    build(settings, Method::GET, "/v1/health", Bytes::new())
}

pub(super) fn products(settings: &Settings, after: Option<&Sku>) -> Result<Request<Bytes>, ChannelError> {
    build(settings, Method::GET, &page_of("/v1/products", after), Bytes::new())
}

pub(super) fn read_stock(settings: &Settings, after: Option<&Sku>) -> Result<Request<Bytes>, ChannelError> {
    build(settings, Method::GET, &page_of("/v1/stock", after), Bytes::new())
}

pub(super) fn orders(settings: &Settings, sequence: i64) -> Result<Request<Bytes>, ChannelError> {
    build(settings, Method::GET, &format!("/v1/orders?after={sequence}&limit={ORDERS_PAGE}"), Bytes::new())
}

pub(super) fn push_stock(settings: &Settings, items: &[StockPush]) -> Result<Request<Bytes>, ChannelError> {
    if items.len() > PUSH_BATCH {
        let message = format!("{} stock numbers in one push; at most {PUSH_BATCH} are allowed", items.len());
        return Err(ChannelError::not_sent(message));
    }
    let body = wire::push_body(items);
    if body.len() > MAX_BODY {
        let message = format!("the push has {} bytes; at most {MAX_BODY} are allowed", body.len());
        return Err(ChannelError::not_sent(message));
    }
    build(settings, Method::PUT, "/v1/stock", body)
}

fn page_of(path: &str, after: Option<&Sku>) -> String {
    match after {
        Some(sku) => format!("{path}?after={}&limit={PRODUCTS_PAGE}", query_value(sku.as_str())),
        None => format!("{path}?limit={PRODUCTS_PAGE}"),
    }
}

fn build(settings: &Settings, method: Method, path: &str, body: Bytes) -> Result<Request<Bytes>, ChannelError> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", settings.base_url))
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, settings.authorization.clone());
    if !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    request.body(body).map_err(|e| ChannelError::not_sent(format!("the request cannot be written: {e}")))
}

/// Percent-encodes all but the unreserved characters (RFC 3986 §2.3).
fn query_value(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ => write!(encoded, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    encoded
}
