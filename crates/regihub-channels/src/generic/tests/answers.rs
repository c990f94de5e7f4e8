//! What the channel makes of a shop's answers.

use super::{KEY, NOW_US, Scripted, StoppedClock, channel, config};
use crate::{ChannelConfig, ChannelErrorKind, ConfigError, PushStatus, StockPush, open};
use regihub_domain::{Sku, order::OrderStatus};
use regihub_ports::TransportErrorKind;
use serde_json::{Value, json};
use std::sync::Arc;

fn order(sequence: i64) -> Value {
    json!({"id": "1001", "number": "W-1001", "sequence": sequence, "status": "placed",
        "placed_at": "2026-11-21T10:00:00+09:00", "currency": "JPY", "total": "5960",
        "lines": [{"line_id": "1", "sku": "TS-100-WH-M", "name": "Tシャツ", "quantity": 2, "unit_price": "2980"}]})
}

fn with(mut row: Value, member: &str, value: Value) -> Value {
    *row.pointer_mut(member).unwrap() = value;
    row
}

fn item(sku: &str, version: i64) -> StockPush {
    StockPush { sku: sku.into(), quantity: 12, version, orders_seen: 41 }
}

async fn feed(after: i64, rows: Vec<Value>, last: i64) -> Result<crate::OrderPage, crate::ChannelError> {
    let shop = Scripted::new(200, json!({"orders": rows, "last": last}).to_string());
    channel(shop).orders_after(after).await.map(|answer| answer.value)
}

fn refused(config: ChannelConfig) -> ConfigError {
    open(&config, Scripted::new(200, ""), Arc::new(StoppedClock)).err().expect("must be refused")
}

#[test]
fn an_unknown_kind_of_shop_names_the_known_ones() {
    let error = refused(ChannelConfig { channel: "shopfy".into(), ..config() });
    assert_eq!(error.field, "channel");
    assert!(error.problem.contains("shopfy") && error.problem.contains("generic"), "{error}");
}

#[test]
fn a_setting_that_cannot_work_is_refused_before_anything_is_sent() {
    assert_eq!(refused(ChannelConfig { base_url: "shop".into(), ..config() }).field, "base_url");
    assert_eq!(refused(ChannelConfig { api_key: "".into(), ..config() }).field, "api_key");
    for secret in ["secret", "whsec_!!", "whsec_c2hvcnQ=", &format!("{0} {0} {0}", super::SECRET)] {
        assert_eq!(refused(ChannelConfig { hook_secret: secret.into(), ..config() }).field, "hook_secret", "{secret}");
    }
}

#[tokio::test]
async fn each_call_is_one_request_with_the_key() {
    let shop = Scripted::new(500, "");
    let channel = channel(shop.clone());
    let _ = channel.check().await;
    let _ = channel.products(None).await;
    let _ = channel.products(Some("マグ 青/1&2".into())).await;
    let _ = channel.read_stock(Some("TS-100".into())).await;
    let _ = channel.orders_after(41).await;
    let _ = channel.push_stock(vec![item("TS-100", 7)]).await;
    let base = "https://shop.example.jp/v1";
    assert_eq!(
        shop.asked(),
        [
            format!("GET {base}/health"),
            format!("GET {base}/products?limit=500"),
            format!("GET {base}/products?after=%E3%83%9E%E3%82%B0%20%E9%9D%92%2F1%262&limit=500"),
            format!("GET {base}/stock?after=TS-100&limit=500"),
            format!("GET {base}/orders?after=41&limit=100"),
            format!("PUT {base}/stock"),
        ]
    );
    let asked = shop.asked.lock().unwrap();
    assert!(asked.iter().all(|request| request.headers()["authorization"] == format!("Bearer {KEY}")));
    let body: Value = serde_json::from_slice(asked[5].body()).unwrap();
    assert_eq!(body, json!({"items": [{"sku": "TS-100", "quantity": 12, "version": 7, "orders_seen": 41}]}));
}

#[tokio::test]
async fn a_push_without_items_calls_nobody_and_a_push_that_is_too_large_is_not_sent() {
    let shop = Scripted::new(200, "");
    let answer = channel(shop.clone()).push_stock(vec![]).await.unwrap();
    assert_eq!((answer.value.len(), answer.exchange.status), (0, None));
    let many = (0..501).map(|n| item(&format!("SKU-{n}"), 1)).collect();
    let error = channel(shop.clone()).push_stock(many).await.unwrap_err();
    assert_eq!(error.kind, ChannelErrorKind::NotSent);
    let long = vec![item(&"x".repeat(1024 * 1024), 1)];
    assert_eq!(channel(shop.clone()).push_stock(long).await.unwrap_err().kind, ChannelErrorKind::NotSent);
    assert!(shop.asked().is_empty());
}

#[tokio::test]
async fn the_connection_test_tells_what_is_wrong() {
    use ChannelErrorKind::*;
    for (status, body, kind, words) in [
        (401, "", Unauthorised, "API key"),
        (404, "", NotFound, "https://shop.example.jp/v1/health"),
        (200, "<!doctype html><h1>お店</h1>", Decode, "expected value"),
        (200, r#"{"contract":"regihub-generic/2","name":"X"}"#, Decode, "regihub-generic/2"),
        (200, r#"{"name":"X"}"#, Decode, "contract"),
        (502, "bad gateway", Server, "502"),
    ] {
        let error = channel(Scripted::new(status, body)).check().await.unwrap_err();
        assert_eq!(error.kind, kind, "{status} {body}");
        assert!(error.message.contains(words), "{}", error.message);
        let exchange = error.exchange.unwrap();
        assert_eq!((exchange.at, exchange.status), (NOW_US, Some(status)));
    }
    let error = channel(Scripted::nobody(TransportErrorKind::NotSent)).check().await.unwrap_err();
    assert_eq!(error.kind, NotSent);
    let error = channel(Scripted::nobody(TransportErrorKind::Unclear)).check().await.unwrap_err();
    assert_eq!(error.kind, Unclear);
    assert!(error.message.contains("connection refused"));
}

#[tokio::test]
async fn an_order_arrives_with_every_member() {
    let page = feed(41, vec![order(42), with(order(43), "/status", json!("cancelled"))], 50).await.unwrap();
    assert_eq!((page.bad.len(), page.last), (0, 50));
    let placed = &page.orders[0];
    assert_eq!((placed.order_id.as_str(), placed.number.as_str(), placed.sequence), ("1001", "W-1001", 42));
    assert_eq!((placed.status, placed.placed_at), (OrderStatus::Placed, NOW_US));
    assert_eq!((placed.currency.as_str(), placed.total.as_str()), ("JPY", "5960"));
    let line = &placed.lines[0];
    assert_eq!((line.line_id.as_str(), line.sku.as_str(), line.quantity), ("1", "TS-100-WH-M", 2));
    assert_eq!((line.name.as_str(), line.unit_price.as_str()), ("Tシャツ", "2980"));
    assert_eq!(page.orders[1].status, OrderStatus::Cancelled);
}

#[tokio::test]
async fn one_bad_order_never_hides_the_others() {
    for (bad, words) in [
        (with(order(2), "/status", json!("paid")), "status: \"paid\" is not known; allowed: placed or cancelled"),
        (with(order(2), "/lines/0/quantity", json!(0)), "lines[0].quantity: 0 is outside 1 to"),
        (with(order(2), "/lines/0/quantity", json!(1.5)), "lines[0].quantity: invalid type"),
        (with(order(2), "/lines/0/quantity", json!(u64::MAX)), "lines[0].quantity: invalid"),
        (with(order(2), "/lines/0/sku", json!("")), "lines[0].sku: is empty"),
        (with(order(2), "/lines/0/unit_price", json!("¥2,980")), "lines[0].unit_price: \"¥2,980\" is not an amount"),
        (
            with(order(2), "/placed_at", json!("2026-11-21T10:00:00")),
            "placed_at: \"2026-11-21T10:00:00\" is not a time",
        ),
        (with(order(2), "/currency", json!("yen")), "currency: \"yen\" is not known"),
        (with(order(2), "/total", json!(5960)), "total: invalid type"),
        (
            with(order(2), "/lines", json!([order(2)["lines"][0], order(2)["lines"][0]])),
            "lines[1].line_id: \"1\" stands",
        ),
    ] {
        let page = feed(0, vec![order(1), bad, order(3)], 3).await.unwrap();
        assert_eq!(page.orders.iter().map(|o| o.sequence).collect::<Vec<_>>(), [1, 3], "{words}");
        assert_eq!((page.bad[0].sequence, page.bad[0].id.as_deref()), (Some(2), Some("1001")));
        assert!(page.bad[0].problem.contains(words), "{}", page.bad[0].problem);
    }
}

#[tokio::test]
async fn a_row_without_a_sequence_still_has_its_place_in_the_feed() {
    let page = feed(7, vec![json!("?"), json!({"id": 9}), order(10)], 10).await.unwrap();
    let places: Vec<_> = page.bad.iter().map(|bad| (bad.sequence, bad.id.as_deref())).collect();
    assert_eq!(places, [(Some(8), None), (Some(9), Some("9"))], "so the reader can go on behind them");
    assert_eq!(page.orders.len(), 1);
}

#[tokio::test]
async fn a_hole_in_the_feed_is_reported_and_not_stepped_over_in_silence() {
    let page = feed(1, vec![order(2), order(6), order(8)], 8).await.unwrap();
    let holes: Vec<_> = page.bad.iter().map(|bad| (bad.sequence.unwrap(), bad.problem.as_str())).collect();
    assert_eq!(holes[0].0, 5);
    assert!(holes[0].1.starts_with("changes 3 to 5 are missing"));
    assert_eq!(holes[1].0, 7);
    assert!(holes[1].1.starts_with("change 7 is missing"));
}

#[tokio::test]
async fn a_shop_that_does_not_page_is_found_out() {
    let error = feed(5, vec![order(1), order(2)], 5).await.unwrap_err();
    assert_eq!(error.kind, ChannelErrorKind::Decode);
    assert!(error.message.contains("orders[0].sequence: 1 was answered"), "{}", error.message);
    let error = feed(0, (1..=101).map(order).collect(), 101).await.unwrap_err();
    assert!(error.message.contains("101 rows"), "{}", error.message);
    let page = json!({"products": [], "next": "A"}).to_string();
    let error = channel(Scripted::new(200, page)).products(Some("A".into())).await.unwrap_err();
    assert!(error.message.contains("next:"), "{}", error.message);
}

#[tokio::test]
async fn last_is_what_the_shop_said_or_what_it_showed() {
    assert_eq!(feed(0, vec![order(1), order(2)], 1).await.unwrap().last, 2, "a change came while the page was made");
    assert_eq!(feed(9, vec![], 3).await.unwrap().last, 3, "a restored backup is not hidden");
}

#[tokio::test]
async fn one_bad_product_never_hides_the_others() {
    let rows = json!([{"sku": "A", "name": "a", "price": "100", "barcode": "490"}, {"sku": "B", "name": 3}, {"sku": "C", "name": "c"}]);
    let body = json!({"products": rows, "next": "C"}).to_string();
    let page = channel(Scripted::new(200, body)).products(None).await.unwrap().value;
    assert_eq!(page.products.iter().map(|p| p.sku.as_str()).collect::<Vec<_>>(), ["A", "C"]);
    assert_eq!(page.products[0].price.as_deref(), Some("100"));
    assert_eq!(page.bad[0].id.as_deref(), Some("B"));
    assert!(page.bad[0].problem.starts_with("products[1]: name: invalid type"), "{}", page.bad[0].problem);
    assert_eq!(page.next, Some(Sku::from("C")));
}

#[tokio::test]
async fn stock_that_was_never_pushed_is_unknown_and_not_zero() {
    let body = json!({"items": [{"sku": "A", "quantity": null, "version": null, "orders_seen": null, "available": -1}], "next": null});
    let page = channel(Scripted::new(200, body.to_string())).read_stock(None).await.unwrap().value;
    let row = &page.items[0];
    assert_eq!((row.quantity, row.version, row.orders_seen, row.available), (None, None, None, Some(-1)));
}

#[tokio::test]
async fn every_pushed_item_gets_its_own_result_in_its_own_place() {
    let results = json!([
        {"sku": "D", "status": "maybe"},
        {"sku": "C", "status": "invalid", "detail": "too many"},
        {"sku": "B", "status": "unknown_sku"},
        {"sku": "X", "status": "applied"},
        {"sku": "A", "status": "stale", "quantity": 3, "version": 9},
    ]);
    let shop = Scripted::new(200, json!({ "results": results }).to_string());
    let items = ["A", "B", "C", "D", "E"].map(|sku| item(sku, 7)).to_vec();
    let results = channel(shop).push_stock(items).await.unwrap().value;
    let order: Vec<_> = results.iter().map(|result| result.sku.as_str()).collect();
    assert_eq!(order, ["A", "B", "C", "D", "E"]);
    assert_eq!((&results[0].status, results[0].quantity, results[0].version), (&PushStatus::Stale, Some(3), Some(9)));
    assert_eq!(results[1].status, PushStatus::UnknownSku);
    assert_eq!(results[2].status, PushStatus::Invalid("too many".into()));
    let PushStatus::Invalid(problem) = &results[3].status else { panic!("{:?}", results[3]) };
    assert!(problem.contains("\"maybe\" is not known"), "{problem}");
    let PushStatus::Invalid(problem) = &results[4].status else { panic!("{:?}", results[4]) };
    assert!(problem.contains("no result for this item"), "{problem}");
}
