//! The control interface, and the shop misbehaving on purpose.

use crate::common::*;
use bytes::Bytes;
use http::{Method, Request};
use regihub_demo_shop::{Faults, ShopOptions};
use regihub_ports::{AddressPolicy, NetworkOptions, NetworkTransport, Transport, TransportErrorKind};
use serde_json::{Value, json};
use std::time::Duration;

const STOCK: &[u8] = br#"{"items":[{"sku":"MUG-1","quantity":4,"version":7,"orders_seen":0}]}"#;

async fn control(hub: &Hub, key: &str, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/control/{path}"))
        .header("authorization", format!("Bearer {key}"))
        .body(Bytes::from(body.to_string()))
        .unwrap();
    read(hub.0.send(request).await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn calls_fail_as_often_as_told_and_nothing_is_done() {
    let shop = shop();
    let hub = Hub::of(&shop);
    shop.faults().set(Faults { fail_next: 2, fail_status: 429, retry_after: Some(3), ..Faults::default() });
    for _ in 0..2 {
        let answer = hub.try_call(Method::PUT, "/v1/stock", STOCK).await.unwrap();
        assert_eq!(answer.headers()["retry-after"], "3");
        assert_eq!(read(answer).0, 429);
    }
    assert_eq!(hub.get("/v1/stock?sku=MUG-1").await["items"][0]["version"], Value::Null);
    assert_eq!(hub.put_any(STOCK).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_cut_call_is_done_but_its_end_is_unclear() {
    let shop = shop();
    let hub = Hub::of(&shop);
    shop.faults().set(Faults { cut_next: 1, ..Faults::default() });
    let error = hub.try_call(Method::PUT, "/v1/stock", STOCK).await.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Unclear);
    assert_eq!(hub.available("MUG-1").await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_slow_shop_answers_after_its_time() {
    let shop = shop();
    let clock = clock();
    shop.faults().set(Faults { slow_ms: 2_500, ..Faults::default() });
    let before = clock.now_us();
    Hub::of(&shop).get("/v1/health").await;
    assert_eq!((clock.now_us() - before) / 1000, 2_500);
}

#[tokio::test(start_paused = true)]
async fn the_control_interface_buys_cancels_breaks_and_tells_the_truth() {
    let shop = shop();
    let hub = Hub::of(&shop);
    hub.put_any(STOCK).await;
    let order = json!({ "items": [{ "sku": "MUG-1", "quantity": 3 }] });
    let (status, placed) = control(&hub, CONTROL_KEY, Method::POST, "buy", &order).await;
    assert_eq!((status, &placed["id"]), (201, &json!("1001")));
    assert_eq!(control(&hub, CONTROL_KEY, Method::POST, "buy", &order).await.0, 409);
    let (_, truth) = control(&hub, CONTROL_KEY, Method::GET, "state", &json!(null)).await;
    assert_eq!(truth["stock"]["MUG-1"], json!({ "quantity": 4, "version": 7, "orders_seen": 0, "available": 1 }));
    assert_eq!(truth["stock"]["TS-100-BK-M"]["available"], Value::Null);
    assert_eq!((&truth["oversold"], &truth["orders"][0]["id"]), (&json!(0), &json!("1001")));

    let id = json!({ "id": "1001" });
    assert_eq!(control(&hub, CONTROL_KEY, Method::POST, "cancel", &id).await.1["status"], "cancelled");
    assert_eq!(control(&hub, CONTROL_KEY, Method::POST, "cancel", &id).await.0, 409);
    assert_eq!(control(&hub, CONTROL_KEY, Method::POST, "cancel", &json!({ "id": "7" })).await.0, 404);

    let faults = json!({ "webhook_drop_percent": 30 });
    assert_eq!(control(&hub, CONTROL_KEY, Method::POST, "faults", &faults).await.1["webhook_drop_percent"], 30);
    assert_eq!(shop.faults().now().webhook_drop_percent, 30);
    for (wrong, field) in [
        (json!({ "fail_percent": 101 }), "fail_percent"),
        (json!({ "typo": 1 }), "typo"),
        (json!({ "fail_status": 200 }), "fail_status"),
    ] {
        let (status, problem) = control(&hub, CONTROL_KEY, Method::POST, "faults", &wrong).await;
        assert_eq!(status, 400);
        assert!(problem["detail"].as_str().unwrap().contains(field), "{problem}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_its_own_key_there_is_no_control() {
    let hub = Hub::of(&shop());
    assert_eq!(control(&hub, KEY, Method::GET, "state", &json!(null)).await.0, 401);
    let hub = Hub::of(&open(ShopOptions { faults_key: None, ..options() }));
    let request = Request::get("/control/state").header("authorization", "Bearer ").body(Bytes::new()).unwrap();
    assert_eq!(hub.0.send(request).await.unwrap().status(), 404);
}

/// Over a real socket: the contract answers, a cut breaks the connection, and shutting down ends the server.
#[tokio::test]
async fn the_shop_serves_over_a_socket_until_it_is_told_to_stop() {
    let shop = shop();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(regihub_demo_shop::serve(shop.clone(), listener, async move {
        let _ = stopped.await;
    }));
    let network = NetworkTransport::new(NetworkOptions {
        addresses: AddressPolicy::Any,
        timeout: Duration::from_secs(10),
        ..NetworkOptions::default()
    });
    let put = || {
        Request::put(format!("http://{address}/v1/stock"))
            .header("authorization", format!("Bearer {KEY}"))
            .body(Bytes::from_static(STOCK))
            .unwrap()
    };
    shop.faults().set(Faults { cut_next: 1, ..Faults::default() });
    assert_eq!(network.send(put()).await.unwrap_err().kind, TransportErrorKind::Unclear);
    let (status, answer) = read(network.send(put()).await.unwrap());
    assert_eq!((status, &answer["results"][0]["status"]), (200, &json!("stale")), "it was done the first time");
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}
