//! Addresses of pages, and what lists share: choices, paging, pretty JSON.

use regihub_domain::{ConnectionId, MovementId, StoreId};
use regihub_domain::{LinkId, OrderId, SaleId, ShopId, Sku};
use std::fmt::Write;

/// Rows on one page of a list.
pub(super) const ROWS: usize = 50;

/// `path?name=value&…`, without the names whose value is empty.
pub(super) fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut text = path.to_owned();
    let mut sign = '?';
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(text, "{sign}{name}={}", encoded(value));
        sign = '&';
    }
    text
}

/// For one part of a path or one value of a query.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

pub(super) fn why(link: LinkId, sku: &Sku) -> String {
    format!("/stock/{link}/{}", encoded(sku.as_str()))
}

pub(super) fn sale(connection: ConnectionId, id: &SaleId) -> String {
    format!("/sales/{connection}/{}", encoded(id.as_str()))
}

pub(super) fn order(shop: ShopId, id: &OrderId) -> String {
    format!("/orders/{shop}/{}", encoded(id.as_str()))
}

/// Further entries of one store's ledger on the page of an item.
pub(super) fn older_movements(link: LinkId, sku: &Sku, store: &StoreId, before: MovementId) -> String {
    let before = before.to_string();
    let query = [("store", store.as_str()), ("before", before.as_str())];
    format!("{}#store-{}", address(&why(link, sku), &query), encoded(store.as_str()))
}

/// One entry of a pick list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) chosen: bool,
}

impl Choice {
    pub(super) fn new(value: impl Into<String>, text: impl Into<String>, chosen: &str) -> Self {
        let value = value.into();
        Self { chosen: value == chosen, text: text.into(), value }
    }
}

/// The page is complete when at most `ROWS` rows came; one more was asked for to know it.
pub(super) fn cut<T>(rows: &mut Vec<T>) -> bool {
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    more
}

/// Indented when it is JSON, else as it is; what is not UTF-8 shows as replacement characters.
pub(super) fn pretty(body: &[u8]) -> String {
    serde_json::from_slice::<serde_json::Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_of_any_signs_is_one_part_of_an_address() {
        assert_eq!(why(LinkId(1), &"A/B 赤?".into()), "/stock/1/A%2FB%20%E8%B5%A4%3F");
        assert_eq!(address("/stock", &[("q", "a&b"), ("sort", "")]), "/stock?q=a%26b");
    }

    #[test]
    fn json_is_indented_and_everything_else_left_alone() {
        assert_eq!(pretty(br#"{"b":1,"a":[]}"#), "{\n  \"b\": 1,\n  \"a\": []\n}");
        assert_eq!(pretty(b"<html>"), "<html>");
        assert_eq!(pretty(b"\xff"), "\u{fffd}");
    }
}
