//! The same seed and the same calls give the same bytes, also after a restart or a snapshot.

mod bench;

use bench::{CONTRACT, Hub, app, folder};
use bytes::Bytes;
use http::Request;
use regihub_ports::{Dice, VirtualClock};
use serde_json::{Value, json};
use smaregi_emulator::{ContractSpec, Emulator, FaultAction, FaultRule, Settings, sample::Profile};
use std::{path::Path, sync::Arc, time::Duration};

/// An emulator whose clock starts where the story is.
fn emulator(dir: Option<&Path>, minutes: i64) -> Emulator {
    let began: jiff::Timestamp = "2026-11-21T10:00:00+09:00".parse().unwrap();
    let settings =
        Settings::from_json(r#"{"limits":{"read_per_s":1000,"write_per_s":1000},"webhook":{"concurrency":1}}"#);
    Emulator::builder()
        .clock(Arc::new(VirtualClock::starting_at(began + jiff::SignedDuration::from_mins(minutes))))
        .seed(5)
        .settings(settings.unwrap())
        .data_dir(dir.map(Into::into))
        .build()
        .unwrap()
}

fn fresh(dir: Option<&Path>) -> Emulator {
    let emulator = emulator(dir, 0);
    emulator.add_contract(ContractSpec::new(CONTRACT)).unwrap();
    emulator.add_app(app()).unwrap();
    emulator.load_profile(CONTRACT, Profile::Ten, 5).unwrap();
    emulator.ring_up_past(CONTRACT, 40, 7, &Dice::from_seed(5)).unwrap();
    emulator
}

/// Everything that came back, as bytes.
#[derive(Default)]
struct Script {
    token: String,
    said: Vec<u8>,
}

impl Script {
    async fn call(&mut self, emulator: &Emulator, method: &str, path: &str, body: &str) -> Value {
        let request = Request::builder().method(method).uri(path).header("host", "emulator.test");
        let request = match path.starts_with("/app/") {
            true => request.header("authorization", "Basic YXBwOnNlY3JldA=="),
            false => request.header("authorization", format!("Bearer {}", self.token)),
        };
        let answer = emulator.exchange(&request.body(Bytes::from(body.to_owned())).unwrap()).await;
        self.said.extend(format!("{method} {path}\n").bytes());
        let Ok(answer) = answer else {
            self.said.extend(b"cut\n");
            return Value::Null;
        };
        self.said.extend(format!("{} {:?}\n", answer.status(), answer.headers()).bytes());
        self.said.extend_from_slice(answer.body());
        self.said.push(b'\n');
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    async fn sign_in(&mut self, emulator: &Emulator) {
        let scopes = app().scopes.join(" ");
        let body = format!("grant_type=client_credentials&scope={scopes}");
        let answer = self.call(emulator, "POST", &format!("/app/{CONTRACT}/token"), &body).await;
        self.token = answer["access_token"].as_str().unwrap().to_owned();
    }

    /// Half an hour in a shop, a call or sale a minute.
    async fn half_an_hour(&mut self, emulator: &Emulator) {
        for minute in 0..30 {
            let api = |path: &str| format!("/{CONTRACT}/pos{path}");
            let sell = json!({ "count": 1, "contract": CONTRACT }).to_string();
            let (method, path, body) = match minute % 6 {
                0 => ("POST", "/control/sell-random".to_owned(), sell),
                1 => ("GET", api("/products?limit=4&page=2&sort=price:desc"), String::new()),
                2 => ("POST", api("/stock/8000001/add"), r#"{"storeId":"1","stockAmount":"2"}"#.to_owned()),
                3 => ("GET", api("/stock"), String::new()),
                4 => ("GET", api("/transactions/3?with_details=all"), String::new()),
                _ => ("PATCH", api("/products/8000002"), format!(r#"{{"price":"{}"}}"#, 1000 + minute)),
            };
            self.call(emulator, method, &path, &body).await;
            tokio::time::advance(Duration::from_secs(60)).await;
        }
        self.call(emulator, "GET", "/control/state", "").await;
        self.call(emulator, "GET", "/control/deliveries", "").await;
    }
}

/// A whole hour with webhooks and random faults; what was said, what was sent, what is left.
async fn hour() -> (Vec<u8>, Vec<Value>, Vec<u8>) {
    let emulator = fresh(None);
    let hub = Hub::default();
    let delivery = emulator.start_delivery(Arc::new(hub.clone()));
    let mut script = Script::default();
    script.sign_in(&emulator).await;
    emulator.faults().add(FaultRule::random(20, FaultAction::Status { status: 503, retry_after: Some(1) }));
    emulator.faults().add(FaultRule::random(10, FaultAction::CommitThenDrop));
    script.half_an_hour(&emulator).await;
    script.half_an_hour(&emulator).await;
    delivery.abort();
    let mut state = Vec::new();
    emulator.write_snapshot(&mut state).unwrap();
    (script.said, hub.bodies(), state)
}

#[tokio::test(start_paused = true)]
async fn an_hour_with_faults_and_webhooks_is_the_same_hour_again() {
    let (first, second) = (hour().await, hour().await);
    assert!(first.0.len() > 50_000 && first.1.len() > 10);
    assert!(first.0 == second.0, "answers differ");
    assert_eq!(first.1, second.1);
    assert!(first.2 == second.2, "states differ");
}

/// The second half of an hour on an emulator that lived through the first.
async fn second_half(emulator: &Emulator, token: &str) -> (Vec<u8>, Vec<u8>) {
    let mut script = Script { token: token.into(), said: Vec::new() };
    script.half_an_hour(emulator).await;
    let mut state = Vec::new();
    emulator.write_snapshot(&mut state).unwrap();
    (script.said, state)
}

#[tokio::test(start_paused = true)]
async fn a_restart_and_a_snapshot_do_not_change_what_comes_after() {
    let dir = folder("determinism");
    let kept = fresh(Some(&dir));
    let mut script = Script::default();
    script.sign_in(&kept).await;
    script.half_an_hour(&kept).await;
    let mut snapshot = Vec::new();
    kept.write_snapshot(&mut snapshot).unwrap();
    drop(kept);

    // The dice begin anew with each process, so the three are compared with one another and not with one that ran through.
    let restarted = emulator(Some(&dir), 30);
    let mut as_restarted = Vec::new();
    restarted.write_snapshot(&mut as_restarted).unwrap();
    assert!(as_restarted == snapshot, "the journal holds what the snapshot holds");
    let wanted = second_half(&restarted, &script.token).await;
    drop(restarted);
    for how in ["read entry by entry", "through JSON"] {
        let emulator = emulator(None, 30);
        match how {
            "through JSON" => emulator.restore(&serde_json::from_slice(&snapshot).unwrap()).unwrap(),
            _ => emulator.read_snapshot(&snapshot[..]).unwrap(),
        }
        let got = second_half(&emulator, &script.token).await;
        assert!(got.0 == wanted.0, "{how}: answers differ");
        assert!(got.1 == wanted.1, "{how}: states differ");
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn one_seed_gives_one_snapshot_of_a_profile() {
    let snapshot = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut text = Vec::new();
            fresh(None).write_snapshot(&mut text).unwrap();
            text
        })
    };
    assert!(snapshot() == snapshot());
}
