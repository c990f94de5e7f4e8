//! What the person in front of the emulator has and Smaregi has not: a delivery log, sending again, a clock to turn, maintenance.

mod bench;

use bench::{Bench, CONTRACT, Hub, SHIRT, build, folder, relaxed, settle};
use bytes::Bytes;
use http::{Request, Response};
use regihub_ports::{BoxFuture, Transport, TransportError};
use serde_json::json;
use smaregi_catalogue::Catalogue;
use smaregi_emulator::{DeliveryRecord, FaultAction, FaultRule, Maintenance, Settings, WebhookSettings};
use std::{sync::Arc, time::Duration};

/// Answers after a second, with words.
struct Slow(Arc<dyn regihub_ports::Clock>);

impl Transport for Slow {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let sleep = self.0.sleep(Duration::from_millis(1250));
        Box::pin(async move {
            sleep.await;
            let status = if request.uri().path() == "/hook" { 500 } else { 204 };
            Ok(Response::builder().status(status).body(Bytes::from("受け取れません".repeat(20))).unwrap())
        })
    }
}

fn add(bench: &Bench) {
    let body = json!({ "storeId": "1", "stockAmount": "1" });
    assert_eq!(bench.post(&format!("/stock/{SHIRT}/add"), body).status, 200);
}

#[tokio::test(start_paused = true)]
async fn the_log_shows_what_was_sent_what_came_back_and_how_long_it_took() {
    let webhook = WebhookSettings { answer_length: 30, ..WebhookSettings::default() };
    let bench = Bench::new(Settings { webhook, ..relaxed() });
    let clock = regihub_ports::VirtualClock::starting_at(bench.emulator.clock().now());
    let delivery = bench.emulator.start_delivery(Arc::new(Slow(Arc::new(clock))));
    add(&bench);
    bench.emulator.clock().sleep(Duration::from_secs(2)).await;
    let log: Vec<DeliveryRecord> = bench.emulator.deliveries();
    assert_eq!(log.len(), 1);
    let one = &log[0];
    assert_eq!((one.number, one.status, one.outcome, one.duration_ms), (1, Some(500), "refused", 1250));
    assert_eq!((one.client_id.as_str(), one.contract.as_str(), one.event.as_str()), ("app", CONTRACT, "pos:stock"));
    assert_eq!(one.answer.as_deref(), Some("受け取れません受け取"), "30 bytes of it");
    assert!(one.headers.contains(&("x-hub-secret".into(), "s3cret".into())));
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn the_log_is_read_in_pages_and_by_what_one_looks_for() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    (0..5).for_each(|_| add(&bench));
    bench.post(
        "/products",
        json!({ "productName": "帽子", "categoryId": "8000001", "price": "1500", "taxDivision": "0" }),
    );
    settle().await;
    let numbers = |query: &str| {
        let page = bench.control("GET", &format!("deliveries?{query}"), json!({})).body;
        let log: Vec<u64> = page["log"].as_array().unwrap().iter().map(|one| one["number"].as_u64().unwrap()).collect();
        (log, page["more"].as_bool().unwrap())
    };
    assert_eq!(numbers("limit=2"), (vec![5, 6], true));
    assert_eq!(numbers("limit=2&before=5"), (vec![3, 4], true));
    assert_eq!(numbers("limit=2&before=3"), (vec![1, 2], false));
    assert_eq!(numbers("event=pos:products"), (vec![6], false));
    assert_eq!(numbers("outcome=delivered&status=200&client_id=app&contract=sb_test01").0.len(), 6);
    assert_eq!(numbers("text=8000005"), (vec![6], false));
    assert_eq!(numbers("outcome=dropped"), (vec![], false));
    for (query, field) in [("limit=many", "[limit]"), ("colour=red", "[colour]")] {
        let wrong = bench.control("GET", &format!("deliveries?{query}"), json!({}));
        assert!(wrong.status == 400 && wrong.body["detail"].as_str().unwrap().starts_with(field), "{}", wrong.body);
    }
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_delivery_is_sent_again_by_hand_as_it_was() {
    let bench = Bench::new(relaxed());
    add(&bench);
    let waiting = bench.control("GET", "deliveries", json!({})).body;
    assert_eq!((waiting["pending"].as_u64(), waiting["waiting"][0]["event"].as_str()), (Some(1), Some("pos:stock")));
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    settle().await;
    assert_eq!(bench.control("POST", "deliveries/resend", json!({ "number": 1 })).body["number"], 2);
    settle().await;
    {
        let seen = hub.0.lock().unwrap();
        assert_eq!(seen.len(), 2);
        assert_eq!(
            (seen[0].headers(), seen[0].body(), seen[0].uri()),
            (seen[1].headers(), seen[1].body(), seen[1].uri())
        );
    }
    assert_eq!(bench.emulator.deliveries()[1].resent_from, Some(1));
    assert_eq!(bench.control("POST", "deliveries/resend", json!({ "number": 9 })).status, 400);
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn any_event_of_the_catalogue_can_be_sent_by_hand() {
    let extra_events = Catalogue::bundled().webhooks().iter().map(|webhook| webhook.event.clone()).collect();
    let webhook = WebhookSettings { extra_events, require_scope: false, ..WebhookSettings::default() };
    let bench = Bench::new(Settings { webhook, ..relaxed() });
    let hub = Hub::default(); // holds every body against the catalogue
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let mut sent = Vec::new();
    for webhook in Catalogue::bundled().webhooks() {
        let mut members = serde_json::Map::new();
        for field in webhook.body.iter().skip(3).filter(|field| Some(&field.name) != webhook.ids_key.as_ref()) {
            members.insert(field.name.clone(), if field.name == "cashAdjustment" { json!(true) } else { json!("1") });
        }
        for action in &webhook.actions {
            let order = json!({ "event": webhook.event, "action": action, "ids": [], "members": members });
            assert_eq!(bench.control("POST", "events", order).body["told"], 1, "{} {action}", webhook.event);
            sent.push(format!("{} {action}", webhook.event));
        }
    }
    settle().await;
    bench.emulator.clock().sleep(Duration::from_secs(1)).await;
    let mut events = hub.events();
    events.sort();
    sent.sort();
    assert_eq!(events, sent);
    assert!(sent.len() > 70, "{}", sent.len());
    let wrong = bench.control("POST", "events", json!({ "event": "pos:stock", "action": "created", "ids": [] }));
    assert_eq!(wrong.body["detail"], "[action] got created, allowed is one of edited, bulk-update");
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn the_clock_runs_forward_and_tokens_age() {
    let dir = folder("clock");
    let mut bench = Bench::on(relaxed(), Some(&dir));
    assert_eq!(
        bench.control("POST", "clock/advance", json!({ "minutes": 59 })).body["now"],
        "2026-11-21T10:59:00+09:00"
    );
    assert_eq!(bench.get("/stores").status, 200);
    bench.control("POST", "clock/advance", json!({ "minutes": 1, "seconds": 1 }));
    assert_eq!(bench.get("/stores").status, 401, "an hour has passed");
    let set = bench.control("POST", "clock/set", json!({ "now": "2027-01-01T00:00:00+09:00" }));
    assert_eq!(set.body["now"], "2027-01-01T00:00:00+09:00");
    bench.sign_in();
    let made = bench.post("/stores", json!({ "storeCode": "S9", "storeName": "新店", "division": "1" }));
    assert_eq!(made.body["insDateTime"], "2027-01-01T00:00:00+09:00");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(bench.control("GET", "clock", json!({})).body["now"], "2027-01-01T00:01:00+09:00", "it goes on");
    drop(bench);
    let bench = Bench { emulator: build(relaxed(), Some(&dir)), token: String::new() };
    let kept = bench.control("GET", "clock", json!({})).body;
    assert_eq!(kept["offset_s"], 40 * 86_400 + 14 * 3600);
    assert_eq!(bench.control("POST", "clock/set", json!({})).body["offset_s"], 0, "back to its own time");
    for (path, wrong) in [
        ("clock/advance", json!({ "days": i64::MAX })),
        ("clock/advance", json!({ "days": -20_000 })),
        ("clock/set", json!({ "now": "tomorrow" })),
        ("clock/advance", json!({ "weeks": 1 })),
    ] {
        assert_eq!(bench.control("POST", path, wrong.clone()).status, 400, "{wrong}");
    }
    drop(bench);
    std::fs::remove_dir_all(dir).unwrap();
}

#[tokio::test(start_paused = true)]
async fn maintenance_closes_both_hosts_but_not_the_workbench() {
    let bench = Bench::new(relaxed());
    assert_eq!(bench.control("POST", "maintenance", json!({ "on": true, "retry_after": 120 })).status, 200);
    let closed = bench.get("/stores");
    assert_eq!((closed.status, closed.body["title"].as_str()), (503, Some("Service Unavailable")));
    assert_eq!(closed.headers["retry-after"], "120");
    assert_eq!(bench.ask_token("pos.stock:read").status, 503);
    assert_eq!(bench.control("GET", "maintenance", json!({})).body["on"], true);
    bench.emulator.faults().set_maintenance(Maintenance::default());
    assert_eq!(bench.get("/stores").status, 200);
}

#[tokio::test(start_paused = true)]
async fn token_requests_can_fail_too() {
    let bench = Bench::new(relaxed());
    let rule = FaultRule::next(1, FaultAction::Status { status: 429, retry_after: Some(1) }).on("POST", "/token");
    bench.emulator.faults().add(rule);
    let request = Request::post(format!("http://id.test/app/{CONTRACT}/token")).body(Bytes::new()).unwrap();
    let answer = bench.emulator.exchange(&request).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "1"));
}
