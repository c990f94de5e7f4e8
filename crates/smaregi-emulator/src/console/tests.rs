//! A person before the console, without a browser.

use super::{PAGES, words::Language};
use crate::{AppSpec, ContractSpec, Emulator, FaultAction, FaultRule, Settings, sample};
use bytes::Bytes;
use http::{HeaderMap, Request};
use regihub_ports::{Dice, VirtualClock};
use serde_json::{Value, json};
use std::sync::Arc;

const CONTRACT: &str = "sb_test01";
const SHIRT: u64 = 8_000_001;
const HOST: &str = "127.0.0.1:8090";

struct Person {
    emulator: Emulator,
    on_loopback: bool,
    cookie: String,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text);
        self.headers["location"].to_str().unwrap()
    }

    /// Looks for words of the page; shows it when they are missing.
    fn says(&self, words: &str) {
        assert!(self.text.contains(words), "“{words}” is not on the page:\n{}", self.text);
    }

    fn lacks(&self, words: &str) {
        assert!(!self.text.contains(words), "“{words}” is on the page:\n{}", self.text);
    }
}

impl Person {
    fn with(settings: Settings) -> Self {
        let clock = VirtualClock::starting_at("2026-11-21T10:00:00+09:00".parse().unwrap());
        let builder = Emulator::builder().clock(Arc::new(clock)).dice(Dice::from_seed(7)).settings(settings);
        Self { emulator: builder.build().unwrap(), on_loopback: true, cookie: String::new() }
    }

    /// Before an emulator with nothing in it.
    fn fresh() -> Self {
        Self::with(Settings::default())
    }

    /// Before a chain of shops with one app.
    fn new() -> Self {
        let person = Self::fresh();
        let emulator = &person.emulator;
        emulator.add_contract(ContractSpec::new(CONTRACT)).unwrap();
        let app = AppSpec { client_id: "app".into(), client_secret: "s<cret".into(), ..AppSpec::default() };
        emulator
            .add_app(AppSpec {
                scopes: vec!["pos.stock:read".into()],
                webhook_url: Some("http://hub.test/".into()),
                ..app
            })
            .unwrap();
        emulator.load_dataset(CONTRACT, &sample::apparel_chain(&Dice::from_seed(7))).unwrap();
        person
    }

    fn send(&self, request: http::request::Builder, body: String) -> Answer {
        let request = request.header("host", HOST).header("cookie", &self.cookie).body(Bytes::from(body)).unwrap();
        let response = super::answer(&self.emulator, &request, self.on_loopback);
        let text = String::from_utf8(response.body().to_vec()).unwrap();
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), text }
    }

    fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), String::new())
    }

    /// Sends a form as a page would have it.
    fn post(&self, path: &str, form: &str) -> Answer {
        let page = self.get("/console/mails").text;
        let token = page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let token = token.map_or_else(|| self.token(), str::to_owned);
        self.send(Request::post(path), format!("token={token}&contract={CONTRACT}&{form}"))
    }

    fn token(&self) -> String {
        let page = self.get("/console/faults").text;
        page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().into()
    }

    /// Sends a form and goes where it leads.
    fn do_it(&self, path: &str, form: &str) -> Answer {
        let answer = self.post(path, form);
        self.get(answer.location())
    }

    fn level(&self, product: u64, store: u64) -> i64 {
        self.emulator.truth(CONTRACT).unwrap().levels.get(&(product, store)).copied().unwrap_or(0)
    }

    fn api(&self, method: &str, path: &str) {
        let request = Request::builder().method(method).uri(path).body(Bytes::from_static(b"{\"x\":\"<b>\"}")).unwrap();
        self.emulator.handle(&request);
    }
}

/// Something to see on every page.
fn busy() -> Person {
    let person = Person::new();
    person.emulator.sell(CONTRACT, &basket()).unwrap();
    person.emulator.dispose_sale(CONTRACT, 1).unwrap();
    person.emulator.faults().add(FaultRule::random(5, FaultAction::Slow { ms: 300 }).on("GET", "<b>"));
    person.emulator.faults().add(FaultRule::next(2, FaultAction::Status { status: 503, retry_after: Some(3) }));
    person.api("POST", &format!("/{CONTRACT}/pos/stock"));
    let mail = json!({ "from": "a@example.com", "to": "b@example.com", "subject": "<b>", "body": "<b>" });
    let mail = Request::post("/control/mails").body(Bytes::from(mail.to_string())).unwrap();
    person.emulator.handle(&mail);
    person
}

fn basket() -> serde_json::Map<String, Value> {
    let body = json!({
        "transactionHeadDivision": "1", "subtotal": "5960", "total": "5960", "storeId": "1", "terminalId": "1",
        "terminalTranId": "1", "terminalTranDateTime": "2026-11-21T09:59:00+09:00", "customerId": "1",
        "details": [{ "transactionDetailId": "1", "transactionDetailDivision": "1", "productId": SHIRT.to_string(),
            "salesPrice": "2980", "quantity": "2" }],
    });
    body.as_object().unwrap().clone()
}

/// Every page and what is behind it.
fn paths() -> Vec<String> {
    let behind = [
        "/console/apps/new",
        "/console/apps/app",
        "/console/tills?store=1&terminal=1&line=8000001.2&customer=1&discount=100&return=1&q=tee",
        "/console/tills?store=4&m=2900&q=%3Cb%3E",
        "/console/sales/1",
        "/console/sales/2",
        "/console/sales?store=2&before=9",
        "/console/goods?store=2&q=TS&mode=correct",
        "/console/stock?q=%3Cb%3E&after=8000003",
        "/console/stock/8000001?store=1&before=99999",
        "/console/requests?app=app&failed=1&q=%22%3E%3Cb%3E&refresh=1",
        "/console/requests/1",
        "/console/webhooks?outcome=delivered&q=%3Cb%3E&before=7",
        "/console/mails/1",
        "/console/nowhere",
        "/console/stock/1",
    ];
    let pages = PAGES.iter().map(|page| super::address(page.name));
    pages.chain(behind.iter().map(|path| (*path).to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn every_page_answers_in_both_languages_with_or_without_data() {
    for person in [Person::fresh(), busy()] {
        for language in Language::ALL {
            for path in paths() {
                let joint = if path.contains('?') { '&' } else { '?' };
                let page = person.get(&format!("{path}{joint}lang={}", language.code()));
                assert!(matches!(page.status, 200 | 404), "{path}: {} {}", page.status, page.text);
                page.says(&format!("<html lang=\"{}\"", language.code()));
                assert!(!page.text.contains('⟦'), "{path}: a text is missing: {}", page.text);
                assert!(!page.text.contains("<b>"), "{path}: not escaped: {}", page.text);
                assert!(page.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_are_there_are_found_and_others_are_not() {
    let person = busy();
    for path in paths() {
        let expected = if path.ends_with("/nowhere") || path.ends_with("/stock/1") { 404 } else { 200 };
        assert_eq!(person.get(&path).status, expected, "{path}");
    }
    for path in
        ["/console/sales/x", "/console/sales/99", "/console/apps/none", "/console/mails/9", "/console/stock/1/2"]
    {
        assert_eq!(person.get(path).status, 404, "{path}");
    }
    assert_eq!(person.send(Request::delete("/console/"), String::new()).status, 405);
    assert_eq!(person.post("/console/sales/99/cancel", "").status, 404);
    for path in ["/console/sales/1/burn", "/console/requests/1/x", "/console/goods/x", "/console/overview/x"] {
        assert_eq!(person.post(path, "").status, 404, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn language_and_contract_stay_as_chosen() {
    let mut person = Person::new();
    person.emulator.add_contract(ContractSpec::new("sb_other")).unwrap();
    let page = person.get("/console/stock?lang=en&contract=sb_test01");
    page.says("lang=\"en\"");
    let cookies = page.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let pairs: Vec<&str> = cookies.filter_map(|cookie| cookie.split(';').next()).collect();
    person.cookie = pairs.join("; ");
    let page = person.get("/console/stock");
    page.says("lang=\"en\"");
    page.says("<option selected>sb_test01</option>");
    person.get("/console/stock?contract=nobody").says("<option selected>sb_test01</option>");
    person.cookie.clear();
    let german = person.send(Request::get("/console/").header("accept-language", "de, en;q=0.5"), String::new());
    german.says("lang=\"en\"");
}

#[tokio::test(start_paused = true)]
async fn a_contract_is_added_changed_and_emptied() {
    let person = Person::fresh();
    person.get("/console/tills").says("まだ契約がありません");
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
    refused.says("webhook_url");
    person.get("/console/apps/app").says("s&#60;cret");
}

#[tokio::test(start_paused = true)]
async fn a_customer_buys_and_gets_a_discount() {
    let person = Person::new();
    let before = person.level(SHIRT, 1);
    let with = person.post("/console/tills/basket", "store=1&terminal=2&q=TS-100&add=8000001&discount=80&m=2900000003");
    assert_eq!(with.location(), "/console/tills?store=1&terminal=2&line=8000001.1&discount=80&q=TS-100&m=2900000003");
    let page = person.get(with.location());
    page.says("2,900円");
    page.says("name=\"customer\" value=\"3\"");
    let form = "store=1&terminal=2&pieces-8000001=2&pieces-8000002=1&discount=80&customer=3";
    let sold = person.post("/console/tills/sell", form);
    let page = person.get(sold.location());
    page.says("href=\"/console/sales/1\"");
    assert_eq!(person.level(SHIRT, 1), before - 2);
    let sale = person.emulator.sale(CONTRACT, 1).unwrap();
    assert_eq!((&sale["total"], &sale["subtotalDiscountPrice"]), (&json!("8860"), &json!("80")));
    assert_eq!((&sale["customerId"], &sale["terminalId"]), (&json!("3"), &json!("2")));
    person.get("/console/sales").says("8,860円");
    person.get(&sold.location().replace("notice=1", "")).lacks("登録しました");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sold_stays_in_the_basket_with_the_reason() {
    let person = Person::new();
    for (form, reason) in [
        ("store=1", "かごが空です"),
        ("store=1&pieces-8000001=two", "「two」は数として読めません"),
        ("store=1&pieces-8000001=1&discount=99999", "受け付けられませんでした"),
    ] {
        for action in ["sell", "offline"] {
            let refused = person.post(&format!("/console/tills/{action}"), form);
            assert_eq!(refused.status, 422, "{form}");
            refused.says(reason);
        }
    }
    person.post("/console/tills/sell", "store=1&pieces-8000001=1&discount=99999").says("value=\"99999\"");
    assert_eq!(person.emulator.truth(CONTRACT).unwrap().sales, 0);
    let full_width = person.post("/console/tills/sell", "store=1&pieces-8000001=1&discount=%EF%BC%98%EF%BC%90");
    assert_eq!(full_width.status, 303);
    assert_eq!(person.emulator.sale(CONTRACT, 1).unwrap()["total"], "2900");
}

#[tokio::test(start_paused = true)]
async fn an_offline_till_sells_and_reports() {
    let person = Person::new();
    let before = person.level(SHIRT, 1);
    let page = person.do_it("/console/tills/offline", "store=1&pieces-8000001=1");
    page.says("サーバーはまだ知りません");
    page.says("通信を戻して送る");
    assert_eq!(person.level(SHIRT, 1), before);
    person.do_it("/console/tills/report", "store=1").says("1件の取引をサーバーに送りました");
    assert_eq!(person.level(SHIRT, 1), before - 1);
}

#[tokio::test(start_paused = true)]
async fn a_sale_is_cancelled_disposed_and_returned() {
    let person = Person::new();
    let before = person.level(SHIRT, 1);
    for _ in 0..3 {
        person.post("/console/tills/sell", "store=1&pieces-8000001=1&discount=80");
    }
    person.do_it("/console/sales/1/cancel", "").says("取引 1 を取り消しました");
    person.do_it("/console/sales/2/dispose", "").says("href=\"/console/sales/4\"");
    let again = person.post("/console/sales/1/cancel", "");
    assert_eq!(again.status, 422);
    again.says("既に取消済みの取引です。");
    again.lacks("はい、取り消します");
    let page = person.get("/console/sales/3").text;
    let till = page.split("href=\"/console/tills?").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    person.get(&format!("/console/tills?{till}")).says("返品を登録する");
    person.post("/console/tills/sell", &till.replace("line=8000001.", "pieces-8000001="));
    assert_eq!(person.emulator.sale(CONTRACT, 5).unwrap()["total"], "-2900");
    assert_eq!(person.level(SHIRT, 1), before);
}

#[tokio::test(start_paused = true)]
async fn goods_come_in_and_shelves_are_counted() {
    let person = Person::new();
    let (shirt, other) = (person.level(SHIRT, 2), person.level(8_000_002, 2));
    let page = person.do_it(
        "/console/goods/book",
        "store=2&mode=receive&amount-8000001=5&amount-8000002=7&amount-8000003=&memo=PO-1",
    );
    page.says("2商品の入荷を登録しました");
    assert_eq!((person.level(SHIRT, 2), person.level(8_000_002, 2)), (shirt + 5, other + 7));
    person.get("/console/stock/8000001").says("<code>PO-1</code>");
    person.do_it("/console/goods/book", "store=2&mode=correct&amount-8000001=3").says("1商品の在庫を修正しました");
    assert_eq!(person.level(SHIRT, 2), 3);
    person.do_it("/console/stock/8000001/receive", "store=2&amount=4").says("在庫は7になりました");
    person.do_it("/console/stock/8000001/correct", "store=2&amount=-1").says("在庫は-1になりました");
    for (path, form) in [
        ("/console/goods/book", "store=2&mode=receive"),
        ("/console/goods/book", "store=2&mode=receive&amount-8000001=-1"),
        ("/console/goods/book", "store=2&mode=receive&amount-8000001=x"),
        ("/console/goods/book", "store=99&mode=receive&amount-8000001=1"),
        ("/console/stock/8000001/receive", "store=2&amount=0"),
        ("/console/stock/8000001/correct", "store=2&amount=9999999999"),
    ] {
        assert_eq!(person.post(path, form).status, 422, "{path} {form}");
    }
    let partly = person.post("/console/goods/book", "store=2&mode=correct&amount-8000001=1&amount-8000002=9999999999");
    partly.says("1商品は登録済みです");
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

#[tokio::test(start_paused = true)]
async fn a_form_that_is_not_ours_changes_nothing() {
    let person = Person::new();
    let token = person.token();
    let foreign = [
        ("sec-fetch-site", "cross-site", token.as_str()),
        ("origin", "http://evil.example", token.as_str()),
        ("sec-fetch-site", "same-origin", "guessed"),
        ("sec-fetch-site", "same-origin", ""),
    ];
    for (name, value, token) in foreign {
        let request = Request::post("/console/overview/reset").header(name, value);
        let answer = person.send(request, format!("token={token}"));
        assert_eq!(answer.status, 403, "{name}: {value}");
        answer.says("何も変更されていません");
    }
    assert!(person.emulator.truth(CONTRACT).unwrap().rows["products"] > 100);
}

#[tokio::test(start_paused = true)]
async fn strangers_find_the_console_closed() {
    let person = Person { on_loopback: false, ..Person::new() };
    for path in paths() {
        let page = person.get(&path);
        assert_eq!(page.status, 403, "{path}");
        page.says("この画面は閉じています");
        page.lacks("sb_test01");
    }
    assert_eq!(person.send(Request::post("/console/overview/reset"), String::new()).status, 403);
    assert_eq!(person.get(&super::assets::address("console.css")).status, 200);
}

#[tokio::test(start_paused = true)]
async fn with_a_key_somebody_logs_in_and_out() {
    let settings = Settings { control_key: Some("open sesame".into()), ..Settings::default() };
    let mut person = Person { on_loopback: false, ..Person::with(settings) };
    person.emulator.add_contract(ContractSpec::new(CONTRACT)).unwrap();
    let page = person.get("/console/stock");
    page.says("name=\"key\"");
    page.lacks(CONTRACT);
    assert_eq!(person.send(Request::post("/console/overview/reset"), String::new()).status, 200, "the form again");
    let wrong = person.send(Request::post("/console/login"), "key=open".into());
    assert_eq!(wrong.status, 403);
    wrong.says("鍵が違います");
    let foreign = Request::post("/console/login").header("origin", "http://evil.example");
    assert_eq!(person.send(foreign, "key=open+sesame".into()).status, 403);
    let right = person.send(Request::post("/console/login"), "key=open+sesame".into());
    assert_eq!(right.location(), "/console/");
    person.cookie = right.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    person.get("/console/").says(CONTRACT);
    person.do_it("/console/overview/plan", "contract_id=sb_test01&plan=standard").says("スタンダードにしました");
    person.post("/console/logout", "");
    person.get("/console/").says("name=\"key\"");
}

mod anything {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_form_on_any_page_is_survived(page in 0..PAGES.len(), rest in "(/[a-z0-9%.]{0,12}){0,3}", form in ".{0,80}", id in any::<u64>()) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let _guard = runtime.enter();
            let person = Person::new();
            let path = format!("/console/{}{rest}", PAGES[page].name);
            let encoded = crate::http::form::encode(&form);
            for query in [String::new(), format!("?q={encoded}&store={id}&line={id}.{id}&before={id}&after={id}&customer={id}&discount={id}&{encoded}")] {
                let answer = person.get(&format!("{path}{query}"));
                prop_assert!(answer.status < 500, "{} {}", answer.status, answer.text);
            }
            for action in ["", "/sell", "/basket", "/book", "/add", "/save", "/cancel", "/receive"] {
                let form = format!("store={id}&pieces-8000001={id}&amount-8000001={id}&amount={id}&add={id}&discount={id}&{encoded}");
                let answer = person.post(&format!("{path}{action}"), &form);
                prop_assert!(answer.status < 500, "{} {}", answer.status, answer.text);
            }
        }
    }
}
