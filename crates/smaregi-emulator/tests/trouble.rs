//! Webhooks that get lost, connections that break, machines that stop.

mod bench;

use bench::{Bench, CONTRACT, Hub, SHIRT, app, build, folder, relaxed, sale, settle};
use regihub_ports::{BoxFuture, Transport, TransportError, TransportErrorKind};
use serde_json::json;
use smaregi_emulator::{
    AppSpec, DisposeAction, Emulator, EmulatorError, EmulatorTransport, FaultAction, FaultRule, Settings, WebhookChaos,
    WebhookSettings,
};
use std::{io::Write, sync::Arc, time::Duration};

fn one_at_a_time() -> Settings {
    Settings { webhook: WebhookSettings { concurrency: 1, ..WebhookSettings::default() }, ..relaxed() }
}

#[tokio::test(start_paused = true)]
async fn a_sale_is_told_with_the_headers_of_real_deliveries() {
    let bench = Bench::new(one_at_a_time());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    bench.post("/transactions", sale(SHIRT, 2200, 1));
    settle().await;
    let requests = hub.0.lock().unwrap();
    assert_eq!(
        requests[0].body(),
        r#"{"contractId":"sb_test01","event":"pos:transactions","action":"created","transactionHeadIds":["1"]}"#
    );
    assert_eq!(
        requests[1].body(),
        r#"{"contractId":"sb_test01","event":"pos:stock","action":"edited","ids":[{"id":"3","productId":"8000001","storeId":"1"}]}"#
    );
    let header = |name: &str| requests[0].headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("smaregi-contract-id"), CONTRACT);
    assert_eq!(header("smaregi-event"), "pos:transactions");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("user-agent"), "Smaregi-Platform-Api-Webhook/1.2.4(sandbox)");
    assert_eq!(header("x-hub-secret"), "s3cret");
    assert_eq!(header("smaregi-event-id").len(), 36);
    assert_eq!(header("smaregi-event-id").as_bytes()[14], b'4');
    assert_ne!(requests[0].headers()["smaregi-event-id"], requests[1].headers()["smaregi-event-id"]);
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn cancels_disposes_and_own_writes_are_told_too() {
    let bench = Bench::new(one_at_a_time());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    bench.post("/transactions", sale(SHIRT, 2200, 1));
    bench.post("/transactions/1/cancel", json!({}));
    bench.post("/transactions", sale(SHIRT, 2200, 1));
    bench.post("/transactions/2/dispose", json!({}));
    bench.post(&format!("/stock/{SHIRT}/add"), json!({ "storeId": "1", "stockAmount": "1" }));
    bench.emulator.correct(CONTRACT, SHIRT, 1, 4).unwrap();
    settle().await;
    let stock = "pos:stock edited";
    let [created, canceled, disposed] =
        ["created", "canceled", "disposed"].map(|action| format!("pos:transactions {action}"));
    assert_eq!(hub.events(), [&created, stock, &canceled, stock, &created, stock, &disposed, stock, stock, stock]);
    assert_eq!(hub.bodies()[6]["transactionHeadIds"], json!(["3"]), "the id of the counter-entry");
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn an_app_hears_only_what_it_chose_and_has_a_scope_for() {
    let bench = Bench::new(one_at_a_time());
    let deaf = AppSpec {
        client_id: "deaf".into(),
        webhook_url: Some("http://deaf.test/".into()),
        scopes: vec!["pos.products:read".into()],
        ..app()
    };
    let picky = AppSpec {
        client_id: "picky".into(),
        webhook_url: Some("http://picky.test/".into()),
        webhook_events: vec!["pos:stock".into()],
        ..app()
    };
    bench.emulator.add_app(deaf).unwrap();
    bench.emulator.add_app(picky).unwrap();
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    bench.post("/transactions", sale(SHIRT, 2200, 1));
    bench.post("/stores", json!({ "storeCode": "S9", "storeName": "新店", "division": "1" }));
    settle().await;
    let to: Vec<String> =
        hub.0.lock().unwrap().iter().map(|request| request.uri().host().unwrap().to_owned()).collect();
    assert_eq!(
        to,
        ["hub.test", "hub.test", "picky.test"],
        "and nobody hears of stores, whose event no reliable source names"
    );
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn webhooks_are_dropped_doubled_and_delayed_on_request() {
    let bench = Bench::new(one_at_a_time());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let add = || bench.post(&format!("/stock/{SHIRT}/add"), json!({ "storeId": "1", "stockAmount": "1" }));
    bench.emulator.set_webhook_chaos(WebhookChaos { drop_next: 1, ..WebhookChaos::default() });
    add();
    settle().await;
    assert!(hub.bodies().is_empty());
    bench.emulator.set_webhook_chaos(WebhookChaos { duplicate_next: 1, ..WebhookChaos::default() });
    add();
    settle().await;
    {
        let seen = hub.0.lock().unwrap();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[0].headers()["smaregi-event-id"], seen[1].headers()["smaregi-event-id"]);
    }
    bench.emulator.set_webhook_chaos(WebhookChaos { delay_next: 1, delay_ms: 5000, ..WebhookChaos::default() });
    add();
    add();
    settle().await;
    assert_eq!(hub.bodies().len(), 3, "the later one has overtaken the delayed one");
    bench.emulator.clock().sleep(Duration::from_secs(5)).await;
    settle().await;
    assert_eq!(hub.bodies()[3]["ids"][0]["id"], "5");
    assert_eq!(bench.emulator.delivery_totals()["dropped"], 1);
    assert_eq!(bench.emulator.delivery_totals()["delivered"], 4);
    assert_eq!(bench.emulator.pending_deliveries(), 0);
    delivery.abort();
}

/// Never answers.
struct Silence;

impl Transport for Silence {
    fn send(
        &self,
        _: http::Request<bytes::Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<bytes::Bytes>, TransportError>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_does_not_answer_in_three_seconds_gets_no_second_chance() {
    let bench = Bench::new(relaxed());
    let delivery = bench.emulator.start_delivery(Arc::new(Silence));
    bench.post(&format!("/stock/{SHIRT}/add"), json!({ "storeId": "1", "stockAmount": "1" }));
    bench.emulator.clock().sleep(Duration::from_millis(2900)).await;
    assert_eq!(bench.emulator.pending_deliveries(), 1);
    bench.emulator.clock().sleep(Duration::from_secs(60)).await;
    let log = bench.emulator.deliveries();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].outcome, "timed out");
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_after_the_commit_has_committed() {
    let bench = Bench::new(relaxed());
    let transport = EmulatorTransport(bench.emulator.clone());
    let add =
        || bench.request("POST", &format!("/stock/{SHIRT}/add"), Some(json!({ "storeId": "1", "stockAmount": "1" })));
    bench.emulator.faults().add(FaultRule::next(1, FaultAction::CommitThenDrop).on("POST", "/stock"));
    assert_eq!(transport.send(bench.request("GET", "/stock", None)).await.unwrap().status(), 200);
    assert_eq!(transport.send(add()).await.unwrap_err().kind, TransportErrorKind::Unclear);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("11"));
    bench.emulator.faults().add(FaultRule::next(1, FaultAction::DropBefore));
    assert_eq!(transport.send(add()).await.unwrap_err().kind, TransportErrorKind::Unclear);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("11"));
    assert!(bench.emulator.faults().list().is_empty());
    bench.emulator.faults().add(FaultRule::next(1, FaultAction::Status { status: 503, retry_after: Some(9) }));
    let refused = transport.send(add()).await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "9"));
    bench.emulator.faults().add(FaultRule::next(1, FaultAction::Slow { ms: 4000 }));
    let before = bench.emulator.clock().now();
    assert_eq!(transport.send(add()).await.unwrap().status(), 200);
    assert_eq!((bench.emulator.clock().now() - before).get_seconds(), 4);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("12"));
}

/// What must survive: everything but the log of deliveries.
fn memory(emulator: &Emulator) -> String {
    emulator.snapshot().to_string()
}

#[tokio::test(start_paused = true)]
async fn a_restart_keeps_everything_even_after_a_torn_line() {
    let dir = folder("restart");
    let bench = Bench::on(relaxed(), Some(&dir));
    bench.post("/transactions", sale(SHIRT, 2200, 1));
    bench.post("/transactions/1/dispose", json!({}));
    bench.patch(&format!("/products/{SHIRT}"), json!({ "price": "1980", "note": null, "color": "青" }));
    bench.call("DELETE", "/customers/1", None);
    let (before, token) = (memory(&bench.emulator), bench.token.clone());
    let second = Emulator::builder().data_dir(Some(dir.clone())).build();
    assert!(matches!(second, Err(EmulatorError::Locked { .. })), "one folder, one emulator");
    drop(bench);
    let mut journal = std::fs::OpenOptions::new().append(true).open(dir.join("journal.jsonl")).unwrap();
    journal.write_all(br#"[{"stock":{"contract":"sb_te"#).unwrap();
    drop(journal);
    let bench = Bench { emulator: build(relaxed(), Some(&dir)), token };
    assert_eq!(memory(&bench.emulator), before);
    assert_eq!(bench.get("/transactions/1").body["disposeDivision"], "1");
    assert_eq!(bench.post("/transactions", sale(SHIRT, 2200, 1)).body["transactionHeadId"], "3");
    let again = memory(&bench.emulator);
    drop(bench);
    assert_eq!(memory(&build(relaxed(), Some(&dir))), again);
    std::fs::remove_dir_all(dir).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_damaged_line_in_the_middle_is_named() {
    let dir = folder("damaged");
    drop(Bench::on(relaxed(), Some(&dir)));
    let path = dir.join("journal.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\n", "\nrubbish\n", 1)).unwrap();
    let error = Emulator::builder().data_dir(Some(dir.clone())).build().err().unwrap();
    assert!(matches!(error, EmulatorError::Journal { line: 2, .. }), "{error}");
    std::fs::remove_dir_all(dir).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_brings_back_the_same_shop() {
    let bench = Bench::new(relaxed());
    let full = bench.emulator.snapshot();
    bench.post("/transactions", sale(SHIRT, 2200, 1));
    assert_eq!(bench.control("POST", "reset", json!({})).status, 200);
    assert_eq!(bench.get("/products").body, json!([]), "the token still works, the shop is empty");
    assert_eq!(bench.control("POST", "load", full.clone()).status, 200);
    assert_eq!(bench.emulator.snapshot(), full);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("10"));
    assert!(bench.emulator.restore(&json!({ "entries": [{ "nonsense": 1 }] })).is_err());
    assert_eq!(bench.emulator.snapshot(), full);
}

#[tokio::test(start_paused = true)]
async fn people_work_through_the_control_interface() {
    let bench = Bench::new(relaxed());
    let sold = bench.control("POST", "sell", json!({ "basket": { "store_id": 1, "lines": [[SHIRT, 2]] } }));
    assert_eq!((sold.status, sold.body["total"].as_str()), (200, Some("4400")), "{}", sold.body);
    let received = bench.control("POST", "receive", json!({ "product_id": SHIRT, "store_id": 2, "amount": 6 }));
    assert_eq!(received.body["stock_amount"], 6, "{}", received.body);
    bench.control("POST", "correct", json!({ "product_id": SHIRT, "store_id": 2, "amount": 5 }));
    assert_eq!(bench.control("POST", "dispose-sale", json!({ "sale_id": 1 })).body["sale_id"], 2);
    assert_eq!(bench.control("POST", "cancel-sale", json!({ "sale_id": 1 })).status, 400);
    let state = bench.control("GET", "state", json!({})).body;
    let levels = state["contracts"][CONTRACT]["levels"].as_array().unwrap();
    assert!(levels.contains(&json!({ "product_id": SHIRT, "store_id": 2, "amount": 5 })));
    let rules = json!({ "rules": [{ "method": "GET", "path": "/products", "times": 1, "action": { "kind": "status", "status": 500 } }] });
    assert_eq!(bench.control("POST", "faults", rules).status, 200);
    assert_eq!(bench.emulator.faults().list().len(), 1);
    assert_eq!(bench.control("POST", "webhooks", json!({ "drop_percent": 100 })).status, 200);
    let wrong = bench.control("POST", "receive", json!({ "product_id": SHIRT, "shop": 2 }));
    assert!(wrong.body["detail"].as_str().unwrap().contains("shop"), "{}", wrong.body);
    assert_eq!(bench.control("GET", "nothing", json!({})).status, 404);
    assert!(bench.control("GET", "calls", json!({})).body["POST /app/{contract}/token"].is_u64());
}

#[tokio::test(start_paused = true)]
async fn a_control_key_keeps_strangers_out() {
    let bench = Bench::new(Settings { control_key: Some("k".into()), ..relaxed() });
    assert_eq!(bench.control("GET", "state", json!({})).status, 401);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_tells_the_same_story() {
    let story = || {
        let bench = Bench::new(relaxed());
        let dice = regihub_ports::Dice::from_seed(11);
        for _ in 0..30 {
            bench.emulator.till(CONTRACT).sell_random(&dice).unwrap();
        }
        memory(&bench.emulator)
    };
    assert_eq!(story(), story());
}

#[tokio::test(start_paused = true)]
async fn reordered_webhooks_arrive_all_but_not_in_order() {
    let bench = Bench::new(one_at_a_time());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    bench.emulator.set_webhook_chaos(WebhookChaos { reorder_percent: 50, ..WebhookChaos::default() });
    for _ in 0..30 {
        bench.post(&format!("/stock/{SHIRT}/add"), json!({ "storeId": "1", "stockAmount": "1" }));
    }
    bench.emulator.clock().sleep(Duration::from_secs(10)).await;
    let ids: Vec<u64> =
        hub.bodies().iter().map(|body| body["ids"][0]["id"].as_str().unwrap().parse().unwrap()).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (3..33).collect::<Vec<_>>());
    assert_ne!(ids, sorted);
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_dispose_can_be_told_in_both_ways() {
    let webhook =
        WebhookSettings { dispose_action: DisposeAction::Both, stock_on_sale: false, ..WebhookSettings::default() };
    let bench = Bench::new(Settings { webhook, ..one_at_a_time() });
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    bench.post("/transactions", sale(SHIRT, 2200, 1));
    bench.post("/transactions/1/dispose", json!({}));
    settle().await;
    let told = ["pos:transactions created", "pos:transactions disposed", "pos:transactions created"];
    assert_eq!(hub.events().iter().filter(|event| told.contains(&event.as_str())).count(), 3);
    assert_eq!(hub.events().len(), 3);
    delivery.abort();
}
