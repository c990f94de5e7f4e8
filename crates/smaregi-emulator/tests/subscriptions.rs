//! Which contract uses which app, and how apps hear of it (platform-common.md §14).

mod bench;

use bench::{Bench, CONTRACT, Hub, SHIRT, app, read, relaxed, settle};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use smaregi_emulator::{AppProfile, AppSpec, ContractSpec, SubscriptionAction, SubscriptionOrder, SubscriptionStatus};
use std::sync::Arc;

const SECOND: &str = "sb_second";

/// An app in the market, used by nobody yet, and a second contract.
fn market() -> Bench {
    let bench = Bench::new(relaxed());
    bench.emulator.add_contract(ContractSpec::new(SECOND)).unwrap();
    let spec = AppSpec {
        client_id: "market".into(),
        webhook_url: Some("http://market.test/hook".into()),
        webhook_headers: vec![("x-market".into(), "m".into())],
        ..app()
    };
    bench.emulator.add_app(spec).unwrap();
    let profile = AppProfile {
        client_id: "market".into(),
        notification_url: Some("http://market.test/users".into()),
        by_subscription: true,
        ..AppProfile::default()
    };
    bench.emulator.set_app_profile(profile).unwrap();
    bench
}

fn ask(bench: &Bench, contract: &str, scope: &str) -> bench::Answer {
    let body = format!("grant_type=client_credentials&client_id=market&client_secret=secret&scope={scope}");
    let request = Request::post(format!("http://id.test/app/{contract}/token")).body(Bytes::from(body)).unwrap();
    read(bench.emulator.handle(&request))
}

fn call(bench: &Bench, contract: &str, token: &str) -> u16 {
    let request = Request::get(format!("http://api.test/{contract}/pos/stores"));
    let request = request.header("authorization", format!("Bearer {token}")).body(Bytes::new()).unwrap();
    bench.emulator.handle(&request).status().as_u16()
}

fn order(action: SubscriptionAction) -> SubscriptionOrder {
    SubscriptionOrder::new("market", CONTRACT, action)
}

#[tokio::test(start_paused = true)]
async fn an_app_works_on_a_contract_from_start_to_end() {
    let bench = market();
    let refused = ask(&bench, CONTRACT, "pos.stores:read");
    assert_eq!((refused.status, refused.body["error"].as_str()), (401, Some("invalid_client")));
    assert_eq!(bench.get("/stores").status, 200, "an app without a profile is active everywhere");
    bench.emulator.subscribe(&order(SubscriptionAction::Start)).unwrap();
    let token = ask(&bench, CONTRACT, "pos.stores:read").body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(call(&bench, CONTRACT, &token), 200);
    assert_eq!(ask(&bench, SECOND, "pos.stores:read").status, 401, "the other contract does not use it");
    bench.emulator.subscribe(&order(SubscriptionAction::ForceStop)).unwrap();
    assert_eq!(call(&bench, CONTRACT, &token), 401);
    bench.emulator.subscribe(&order(SubscriptionAction::CancelForceStop)).unwrap();
    assert_eq!(call(&bench, CONTRACT, &token), 200);
    let ended = bench.emulator.subscribe(&order(SubscriptionAction::End)).unwrap();
    assert_eq!(ended.status, SubscriptionStatus::Ended);
    assert_eq!(call(&bench, CONTRACT, &token), 401);
    let error = bench.emulator.subscribe(&order(SubscriptionAction::ChangePlan)).unwrap_err();
    assert_eq!(error.to_string(), "action: change-plan is not possible, the subscription is ended");
}

#[tokio::test(start_paused = true)]
async fn the_notification_goes_to_its_own_address_as_the_reference_shows_it() {
    let bench = market();
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let plan = json!({ "trial_days": 15, "price": 3000, "unit_price": 1000, "quantity": 3, "name": "標準" });
    let start = json!({ "client_id": "market", "contract_id": CONTRACT, "action": "start", "plan": plan,
        "options": [{ "price": 500, "unit_price": 500, "quantity": 1, "name": "追加" }] });
    assert_eq!(bench.control("POST", "subscriptions", start).body["status"], "active");
    let end = json!({ "client_id": "market", "contract_id": CONTRACT, "action": "end" });
    assert_eq!(bench.control("POST", "subscriptions", end).status, 200);
    let silent = json!({ "client_id": "app", "contract_id": CONTRACT, "action": "start" });
    assert_eq!(
        bench.control("POST", "subscriptions", silent).status,
        200,
        "an app without such an address is not told"
    );
    settle().await;
    let seen = hub.0.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].uri(), "http://market.test/users");
    assert_eq!(
        std::str::from_utf8(seen[0].body()).unwrap(),
        r#"{"contractId":"sb_test01","event":"AppSubscription","action":"start","date":"2026-11-21","clientId":"market","plan":{"trial_days":15,"price":3000,"unit_price":1000,"quantity":3,"name":"標準"},"options":[{"price":500,"unit_price":500,"quantity":1,"name":"追加"}]}"#
    );
    let names: Vec<&str> = seen[0].headers().keys().map(http::HeaderName::as_str).collect();
    assert_eq!(names, ["content-type", "smaregi-contract-id", "smaregi-event"]);
    assert_eq!(seen[0].headers()["smaregi-event"], "AppSubscription");
    let told: Value = serde_json::from_slice(seen[1].body()).unwrap();
    assert_eq!((told["action"].as_str(), told["plan"]["name"].as_str()), (Some("end"), Some("標準")));
    let held = bench.control("GET", "subscriptions", json!({})).body;
    assert_eq!(held[1]["status"], "ended");
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn each_app_hears_of_the_contracts_that_use_it_at_its_own_address() {
    let bench = market();
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let add = || bench.post(&format!("/stock/{SHIRT}/add"), json!({ "storeId": "1", "stockAmount": "1" }));
    add();
    bench.emulator.subscribe(&order(SubscriptionAction::Start)).unwrap();
    add();
    bench.emulator.subscribe(&order(SubscriptionAction::End)).unwrap();
    add();
    // An app that is active everywhere can leave one contract, too.
    bench.emulator.subscribe(&SubscriptionOrder::new("app", CONTRACT, SubscriptionAction::End)).unwrap();
    let event = json!({ "contract": CONTRACT, "event": "pos:stock", "action": "edited", "ids": [{ "id": "1", "productId": "8000001", "storeId": "1" }] });
    assert_eq!(bench.control("POST", "events", event.clone()).body["told"], 0);
    let mut elsewhere = event;
    elsewhere["contract"] = json!(SECOND);
    assert_eq!(bench.control("POST", "events", elsewhere).body["told"], 1);
    settle().await;
    let seen = hub.0.lock().unwrap();
    let stock = seen.iter().filter(|request| request.headers()["smaregi-event"] == "pos:stock");
    let to: Vec<_> = stock
        .map(|request| (request.uri().host().unwrap(), request.headers()["smaregi-contract-id"].to_str().unwrap()))
        .collect();
    let (ours, market) = (("hub.test", CONTRACT), ("market.test", CONTRACT));
    assert_eq!(to, [ours, ours, market, ours, ("hub.test", SECOND)]);
    let market = seen.iter().find(|request| request.uri() == "http://market.test/hook").unwrap();
    assert_eq!(
        (market.headers()["x-market"].to_str().unwrap(), market.headers().contains_key("x-hub-secret")),
        ("m", false)
    );
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_contract_agrees_to_scopes() {
    let bench = market();
    let scopes = Some(vec!["pos.stores:read".to_owned()]);
    bench.emulator.subscribe(&SubscriptionOrder { scopes, ..order(SubscriptionAction::Start) }).unwrap();
    assert_eq!(ask(&bench, CONTRACT, "pos.stores:read").status, 200);
    let refused = ask(&bench, CONTRACT, "pos.stores:read%20pos.stock:read");
    assert_eq!((refused.status, refused.body["error"].as_str()), (400, Some("invalid_scope")));
    let scopes = Some(vec!["pos.stores:read".to_owned(), "pos.stock:read".to_owned()]);
    bench.emulator.subscribe(&SubscriptionOrder { scopes, ..order(SubscriptionAction::ChangePlan) }).unwrap();
    assert_eq!(ask(&bench, CONTRACT, "pos.stores:read%20pos.stock:read").status, 200);
}
