//! A person before the console, without a browser.

mod bench;
mod counter;
mod door;
mod floor;
mod inventory;
mod orders;
mod people;

use super::{PAGES, address, answer, words::Language};
use crate::{AppSpec, ContractSpec, Emulator, FaultAction, FaultRule, Settings, WebhookChaos, sample};
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
        let response = answer(&self.emulator, &request, self.on_loopback);
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

    /// An app calls without a token; gives the status.
    fn api(&self, method: &str, path: &str) -> u16 {
        let request = Request::builder().method(method).uri(path).body(Bytes::from_static(b"{\"x\":\"<b>\"}")).unwrap();
        self.emulator.handle(&request).status().as_u16()
    }
}

/// Something to see on every page.
fn busy() -> Person {
    let person = Person::new();
    person.emulator.set_webhook_chaos(WebhookChaos { drop_next: 1, ..WebhookChaos::default() });
    person.emulator.sell(CONTRACT, &basket()).unwrap();
    person.emulator.dispose_sale(CONTRACT, 1).unwrap();
    person.emulator.faults().add(FaultRule::random(5, FaultAction::Slow { ms: 300 }).on("GET", "<b>"));
    person.emulator.faults().add(FaultRule::next(2, FaultAction::Status { status: 503, retry_after: Some(3) }));
    person.api("POST", &format!("/{CONTRACT}/pos/stock"));
    let store = json!({ "storeCode": "EC", "storeName": "<b>" });
    let store = person.emulator.add_order_store(CONTRACT, store.as_object().unwrap()).unwrap();
    assert_eq!(store["storeId"], "5");
    person.emulator.link_order_store(CONTRACT, 5, &[1]).unwrap();
    person.post("/console/orders/new/register", "store=5&pieces-8000001=2&code=%3Cb%3E&memo=%3Cb%3E&date=2026-11-30");
    person.post("/console/tills/lay-away", "store=1&pieces-8000001=1&part=100&pick_up_on=2026-11-30");
    person.post("/console/tills/park", "store=1&pieces-8000001=1&parked_as=%3Cb%3E");
    person.post("/console/closing/adjust", "store=1&terminal=1&tenYen=3");
    person.post("/console/stocktaking/begin", "store=1&date=2026-11-21");
    let line = json!({ "shippingDetailId": "1", "productId": SHIRT.to_string(), "quantity": "4" });
    let shipping = json!({ "shippingId": "1", "shippingStoreId": "1", "receivingStoreId": "2", "status": "1",
        "approvalStatus": "1", "shippingDate": "2026-11-20", "modificationRequestStatus": "0", "memo": "<b>", "details": [line] });
    person.emulator.load_dataset(CONTRACT, &json!({ "shipping": [shipping] })).unwrap();
    person.post("/console/people/add", "email=a%40example.com&password=x&name=%3Cb%3E");
    person.post("/console/people/start", "app=app&plan=%3Cb%3E");
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
        "/console/webhooks/1",
        "/console/orders?q=%3Cb%3E&status=open&before=9",
        "/console/orders/1?date=%3Cb%3E&take-1=%3Cb%3E&at=1",
        "/console/orders/new?store=5&q=TS&line=8000001.2&code=%3Cb%3E&memo=%3Cb%3E&date=%3Cb%3E",
        "/console/stocktaking?date=%3Cb%3E&before=9",
        "/console/stocktaking/1?q=TS&after=8000000&count-8000001=%3Cb%3E",
        "/console/documents?kind=receiving&before=9",
        "/console/documents/shipping/1",
        "/console/people?email=%3Cb%3E&name=%3Cb%3E&user_id=%3Cb%3E&is_owner=1",
        "/console/aside?before=9&parked_before=9",
        "/console/closing?store=2&date=%3Cb%3E&tenYen=%3Cb%3E",
        "/console/tills?pick_up_on=%3Cb%3E&part=%3Cb%3E&parked_as=%3Cb%3E",
        "/console/order-stores?code=%3Cb%3E&name=%3Cb%3E",
        "/console/order-stores/5?place-1=%3Cb%3E&cutoff=%3Cb%3E",
        "/console/clock?to=%3Cb%3E&count=%3Cb%3E",
        "/console/mails/1",
        "/console/nowhere",
        "/console/stock/1",
    ];
    let pages = PAGES.iter().map(|page| address(page.name));
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
            for action in ["", "/sell", "/basket", "/book", "/add", "/save", "/cancel", "/receive", "/add", "/new/register", "/1/ship", "/1/allocate", "/1/split", "/1/link", "/1/set-up", "/lay-away", "/park", "/pick-up", "/settle", "/dispose", "/adjust", "/close", "/begin", "/1/count", "/1/complete", "/remove", "/start", "/end"] {
                let form = format!("count-8000001={id}&category={id}&price={id}&plan={encoded}&app={encoded}&email={encoded}&password={id}&layaway={id}&parked={id}&part={id}&terminal={id}&tenYen={id}&line={id}&take-1={id}&place-1={id}&pieces={id}&at={id}&store={id}&pieces-8000001={id}&amount-8000001={id}&amount={id}&add={id}&discount={id}&{encoded}");
                let answer = person.post(&format!("{path}{action}"), &form);
                prop_assert!(answer.status < 500, "{} {}", answer.status, answer.text);
            }
        }
    }
}
