//! Contracts, apps and the test bench.

use super::{CONTRACT, Person, SHIRT, busy};
use crate::{FaultAction, FaultRule};
use bytes::Bytes;
use http::{Request, Response};
use regihub_ports::{BoxFuture, Transport, TransportError};
use std::{sync::Arc, time::Duration};

/// A receiver that never agrees.
struct Grumpy;

impl Transport for Grumpy {
    fn send(&self, _: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let answer = Response::builder().status(500).body(Bytes::from_static(b"{\"why\":\"<b>\"}")).unwrap();
        Box::pin(async move { Ok(answer) })
    }
}

async fn settle() {
    tokio::time::advance(Duration::from_millis(1)).await;
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_webhook_is_seen_with_headers_and_answer_and_sent_again() {
    let person = Person::new();
    person.emulator.receive(CONTRACT, SHIRT, 1, 3).unwrap();
    let waiting = person.get("/console/webhooks");
    waiting.says("送信待ちの通知");
    let delivery = person.emulator.start_delivery(Arc::new(Grumpy));
    settle().await;
    let log = person.get("/console/webhooks");
    log.lacks("送信待ちの通知");
    log.says("拒否 500");
    log.says("href=\"/console/webhooks/1\"");
    let page = person.get("/console/webhooks/1");
    page.says("smaregi-contract-id: sb_test01");
    page.says("&#34;contractId&#34;: &#34;sb_test01&#34;");
    page.says("&#34;why&#34;: &#34;&#60;b&#62;&#34;");
    person.do_it("/console/webhooks/1/again", "").says("通知 1 を 2 としてもう一度送ります");
    settle().await;
    person.get("/console/webhooks").says("1 の再送");
    person.get("/console/webhooks?outcome=delivered").says("該当する通知がありません");
    person.get("/console/webhooks?before=2").lacks("href=\"/console/webhooks/2\"");
    assert_eq!(person.get("/console/webhooks/3").status, 404);
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn the_clock_runs_forward_and_back_again() {
    let person = Person::new();
    let start = person.emulator.now();
    person.do_it("/console/clock/advance", "unit=days&count=31").says("2026-12-22 10:00:00");
    person.get("/console/clock").says("+31日 0:00:00");
    person.do_it("/console/clock/advance", "unit=hours&count=-1");
    assert_eq!(person.emulator.now(), start + 31 * 86_400 - 3_600);
    person.do_it("/console/clock/set", "to=2027-01-01T00%3A00").says("いまは2027-01-01 00:00:00です");
    person.do_it("/console/clock/real", "").says("差はありません");
    assert_eq!(person.emulator.now(), start);
    for form in ["unit=years&count=1", "unit=days&count=many", "unit=days&count=999999999"] {
        assert_eq!(person.post("/console/clock/advance", form).status, 422, "{form}");
    }
    assert_eq!(person.post("/console/clock/set", "to=tomorrow").status, 422);
}

#[tokio::test(start_paused = true)]
async fn maintenance_begins_and_ends_and_tokens_expire() {
    let person = Person::new();
    person.do_it("/console/faults/maintenance", "on=1&retry_after=30").says("メンテナンス中です");
    assert_eq!(person.api("GET", "/sb_test01/pos/stores"), 503);
    person.do_it("/console/faults/maintenance", "").says("メンテナンスを終えました");
    let form = "grant_type=client_credentials&scope=pos.stock:read&client_id=app&client_secret=s%3Ccret";
    let request = Request::post("/app/sb_test01/token").body(Bytes::from_static(form.as_bytes())).unwrap();
    assert_eq!(person.emulator.handle(&request).status(), 200);
    person.do_it("/console/faults/tokens", "client_id=nobody").says("0個のトークン");
    person.do_it("/console/faults/tokens", "client_id=app&refresh=1").says("1個のトークンを失効させました");
}

#[tokio::test(start_paused = true)]
async fn a_contract_is_added_changed_and_emptied() {
    let person = Person::fresh();
    person.get("/console/tills").says("契約がありません");
    person
        .do_it("/console/overview/add", "contract_id=sb_test01&plan=premium&sample=1")
        .says("契約 sb_test01 を追加しました。");
    assert!(person.emulator.truth(CONTRACT).unwrap().rows["products"] > 100);
    let again = person.post("/console/overview/add", "contract_id=sb_test01&plan=standard");
    assert_eq!(again.status, 422);
    again.says("もうあります");
    let odd = person.post("/console/overview/add", "contract_id=%3Cb%3E&plan=standard");
    assert_eq!(odd.status, 422);
    odd.says("value=\"&#60;b&#62;\"");
    person.do_it("/console/overview/plan", "contract_id=sb_test01&plan=standard").says("スタンダードにしました");
    person.do_it("/console/overview/reset", "").says("すべての契約のデータを消しました");
    assert_eq!(person.emulator.truth(CONTRACT).unwrap().rows["products"], 0);
    person.do_it("/console/overview/sample", "contract_id=sb_test01");
    assert!(person.emulator.truth(CONTRACT).unwrap().rows["products"] > 100);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_saved_and_loaded_again() {
    let person = Person::new();
    let file = person.get("/console/overview/snapshot.json");
    assert!(file.headers["content-disposition"].to_str().unwrap().contains("emulator-20261121"), "{:?}", file.headers);
    let load = |content: &str| {
        let token = person.token();
        let part = |name: &str, value: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = part("token", &token) + &part("snapshot", content) + "--x--\r\n";
        let kind = "multipart/form-data; boundary=x";
        person.send(Request::post("/console/overview/load").header("content-type", kind), body)
    };
    person.do_it("/console/overview/reset", "");
    for (content, reason) in
        [("", "ファイルを選んでください"), ("{", "JSONではありません"), ("{}", "スナップショットではありません")]
    {
        let refused = load(content);
        assert_eq!(refused.status, 422);
        refused.says(reason);
    }
    assert_eq!(load(&file.text).status, 303);
    assert!(person.emulator.truth(CONTRACT).unwrap().rows["products"] > 100);
}

#[tokio::test(start_paused = true)]
async fn an_app_is_added_and_changed() {
    let person = Person::new();
    let made = person.post(
        "/console/apps/add",
        "webhook_url=http%3A%2F%2Fhub.test%2Fhook&scope=pos.stock%3Aread&event=pos%3Astock&headers=X-Secret%3A+a%0D%0A",
    );
    let id = made.location().split(['/', '?']).nth(3).unwrap().to_owned();
    assert_eq!(id.len(), 32, "{id}");
    let page = person.get(made.location());
    page.says("アプリを保存しました");
    page.says("X-Secret: a");
    person.do_it(&format!("/console/apps/{id}/save"), "client_secret=mine&scope=pos.stock%3Aread");
    let state = person.emulator.state();
    let app = state.world.app(&id).unwrap().clone();
    drop(state);
    assert_eq!((app.client_secret.as_str(), app.webhook_url, app.webhook_events.len()), ("mine", None, 0));
    let refused = person.post("/console/apps/app/save", "webhook_url=nowhere&client_secret=kept+as+entered");
    assert_eq!(refused.status, 422);
    refused.says("kept as entered");
    refused.says("http:// か https:// で始まるアドレス");
    person.post("/console/apps/app/save", "headers=a+b%3A+c").says("ヘッダー「a b: c」は送れません");
    person.post("/console/apps/add", "client_id=a+b").says("クライアントIDには英数字");
    person.get("/console/apps/app").says("s&#60;cret");
}

#[tokio::test(start_paused = true)]
async fn faults_are_switched_on_one_by_one_and_off_at_once() {
    let person = Person::new();
    person.get("/console/faults").says("いまは平穏です");
    person.do_it("/console/faults/add", "kind=429&times=3&percent=50&method=POST&path=%2Fstock&retry_after=2");
    person.do_it("/console/faults/add", "kind=commit_then_drop&times=&percent=100");
    person.do_it("/console/faults/add", "kind=slow&times=1&percent=100&ms=700");
    let expected = [
        FaultRule {
            percent: 50,
            ..FaultRule::next(3, FaultAction::Status { status: 429, retry_after: Some(2) }).on("POST", "/stock")
        },
        FaultRule::random(100, FaultAction::CommitThenDrop),
        FaultRule::next(1, FaultAction::Slow { ms: 700 }),
    ];
    assert_eq!(person.emulator.faults().list(), expected);
    person.do_it("/console/faults/remove", "place=1");
    assert_eq!(person.emulator.faults().list().len(), 2);
    let chaos = "drop_next=1&drop_percent=0&delay_next=0&delay_percent=10&duplicate_next=0&duplicate_percent=0&reorder_next=0&reorder_percent=100&delay_ms=50";
    let page = person.do_it("/console/faults/webhooks", chaos);
    page.says("障害を起こしています（3種類）");
    let set = person.emulator.state().outbox.chaos;
    assert_eq!((set.drop_next, set.delay_percent, set.reorder_percent, set.delay_ms), (1, 10, 100, 50));
    for form in ["kind=flood&percent=1", "kind=500&percent=101", "kind=slow&percent=1&ms=soon"] {
        assert_eq!(person.post("/console/faults/add", form).status, 422, "{form}");
    }
    person.do_it("/console/faults/calm", "").says("いまは平穏です");
    assert_eq!(person.emulator.faults().list(), []);
}

#[tokio::test(start_paused = true)]
async fn calls_and_mails_are_there_to_look_at() {
    let person = busy();
    let log = person.get("/console/requests");
    log.says("POST /sb_test01/pos/stock");
    log.says("401");
    person.get("/console/requests/1").says("access_denied");
    person.get("/console/requests?q=products").says("該当する呼び出しがありません");
    person.get("/console/requests?refresh=1").says("http-equiv=\"refresh\"");
    person.get("/console/mails/1").says("b@example.com");
    person.do_it("/console/mails/clear", "").says("まだメールはありません");
}
