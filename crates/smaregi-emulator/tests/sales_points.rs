//! Points, miles and tickets of members.

mod bench;

use bench::{Answer, Bench, CONTRACT, Hub, SHIRT, relaxed, sale, settle};
use serde_json::{Value, json};
use smaregi_emulator::{Settings, TicketSale};
use std::sync::Arc;

const TICKETS: u64 = 8_000_005;

fn detail(answer: &Answer) -> &str {
    assert_eq!(answer.status, 400, "{}", answer.body);
    answer.body["detail"].as_str().unwrap()
}

/// The shop with a second member.
fn shop(settings: Settings) -> Bench {
    let bench = Bench::new(settings);
    let more = json!({
        "customers": [{ "customerId": "2", "customerCode": "M2", "firstName": "太郎", "lastName": "見本" }],
        "products": [{ "productId": TICKETS.to_string(), "categoryId": "8000001", "productCode": "TICKET",
            "productName": "お直し回数券", "price": "5000", "division": "1" }],
    });
    bench.emulator.load_dataset(CONTRACT, &more).unwrap();
    bench
}

fn points(bench: &Bench, customer: u64) -> String {
    bench.get(&format!("/customers/point?customer_id={customer}")).body[0]["point"].as_str().unwrap().into()
}

/// Head division, and points or miles before and after, of transactions.
fn rows(bench: &Bench, answer: &Answer) -> Vec<(String, String, String)> {
    let ids = answer.body["transactionHeadIds"].as_array().unwrap();
    let row = |id: &Value| {
        let row = bench.get(&format!("/transactions/{}", id.as_str().unwrap())).body;
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let division = text("transactionHeadDivision");
        let miles = matches!(division.as_str(), "13" | "14");
        let names = if miles { ("currentMile", "totalMile") } else { ("point", "totalPoint") };
        (division, text(names.0), text(names.1))
    };
    ids.iter().map(row).collect()
}

fn row(division: &str, before: &str, after: &str) -> (String, String, String) {
    (division.into(), before.into(), after.into())
}

#[tokio::test(start_paused = true)]
async fn every_change_of_points_is_a_transaction_of_its_own() {
    let bench = shop(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let set =
        bench.patch("/customers/1/point", json!({ "point": "100", "mile": "7", "pointExpireDate": "2027-03-31" }));
    assert_eq!(set.status, 200, "{}", set.body);
    assert_eq!((&set.body["point"], &set.body["pointExpireDate"]), (&json!("100"), &json!("2027-03-31")));
    assert_eq!(rows(&bench, &set), [row("6", "0", "100"), row("13", "0", "7")]);
    let less = bench.post("/customers/1/point/add", json!({ "point": "-30", "mile": -2 }));
    assert_eq!(rows(&bench, &less), [row("7", "100", "70"), row("14", "7", "5")]);
    assert_eq!(less.body["pointExpireDate"], "2027-03-31", "left out means unchanged");
    let same = bench.patch("/customers/1/point", json!({ "point": "70" }));
    assert_eq!(same.body["transactionHeadIds"], json!([]), "no change, no transaction");
    assert!(detail(&bench.post("/customers/1/point/add", json!({ "point": "-71" }))).starts_with("[point]"));
    assert!(detail(&bench.post("/customers/1/point/add", json!({ "point": "999999999" }))).starts_with("[point]"));
    assert_eq!(bench.patch("/customers/9/point", json!({ "point": "1" })).status, 404);
    assert_eq!(points(&bench, 1), "70");
    settle().await;
    assert_eq!(hub.events(), ["pos:customers edited"; 3]);
    assert_eq!(
        hub.bodies()[0],
        json!({ "contractId": CONTRACT, "event": "pos:customers", "action": "edited", "customerIds": ["1"] })
    );
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn expired_points_are_forfeited_when_somebody_looks_or_adds() {
    let bench = shop(relaxed());
    for customer in [1, 2] {
        let until = json!({ "point": "50", "pointExpireDate": "2026-11-20" });
        bench.patch(&format!("/customers/{customer}/point"), until);
    }
    let short = bench.post("/customers/1/point/add", json!({ "point": "-10" }));
    assert!(detail(&short).starts_with("[point]"), "a balance that just expired cannot be spent");
    let added = bench.post("/customers/1/point/add", json!({ "point": "5", "pointExpireDate": "2027-01-31" }));
    assert_eq!(rows(&bench, &added), [row("8", "50", "0"), row("6", "0", "5")]);
    let list = bench.get("/customers/point?sort=customerId:desc&fields=customerId,point");
    assert_eq!(list.body, json!([{ "customerId": "2", "point": "0" }, { "customerId": "1", "point": "5" }]));
    let last = bench.get("/transactions?upd_date_time-from=2026-11-21T00:00:00%2B09:00&upd_date_time-to=2026-11-21T23:00:00%2B09:00&transaction_head_division=8");
    assert_eq!(last.body.as_array().unwrap().len(), 2);
    assert_eq!(
        (&last.body[0]["sumDivision"], &last.body[0]["sumDate"]),
        (&json!("0"), &Value::Null),
        "no till closes it"
    );
}

#[tokio::test(start_paused = true)]
async fn members_without_points_have_none() {
    let bench = shop(relaxed());
    assert_eq!(bench.get("/customers/point").body.as_array().unwrap().len(), 2);
    assert_eq!(points(&bench, 2), "0");
    assert_eq!(bench.get("/customers/point?customer_id=9").body, json!([]));
    let first = bench.get("/customers/point?limit=1");
    assert_eq!(first.body.as_array().unwrap().len(), 1);
    assert!(first.headers["link"].to_str().unwrap().contains("rel=\"next\""));
}

#[tokio::test(start_paused = true)]
async fn a_bulk_job_sets_points_and_tells_row_by_row() {
    let mut settings = relaxed();
    settings.sales.point_transaction_events = true;
    let bench = shop(settings);
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let job = json!({
        "customerPoints": [{ "customerId": "1", "point": "10" }, { "customerId": "9", "point": "10" }, { "customerId": "2", "mile": "3" }],
        "callbackUrl": "http://hub.test/done",
    });
    let taken = bench.patch("/customers/point/bulk", job);
    assert_eq!((taken.status, &taken.body["callbackUrl"]), (202, &json!("http://hub.test/done")), "{}", taken.body);
    assert_eq!((points(&bench, 1), points(&bench, 2)), ("10".into(), "0".into()));
    let many: Vec<Value> = (0..101).map(|_| json!({ "customerId": "1", "point": "1" })).collect();
    let job = json!({ "customerPoints": many, "callbackUrl": "http://hub.test/done" });
    assert!(detail(&bench.patch("/customers/point/bulk", job)).starts_with("[customerPoints]"));
    settle().await;
    let bodies = hub.bodies();
    assert_eq!(bodies.iter().filter(|body| body.is_array()).count(), 1);
    let callback = bodies.iter().find(|body| body.is_array()).unwrap();
    let outcomes: Vec<&str> = callback.as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["success", "error", "success"]);
    assert_eq!(callback[1]["customerId"], "9");
    assert_eq!(hub.events(), ["pos:customers bulk-update", "pos:transactions created"]);
    let told = bodies.iter().find(|body| body["event"] == "pos:customers").unwrap();
    assert_eq!(told["customerIds"], json!(["1", "2"]));
    delivery.abort();
}

/// A sale of 2,200 yen that gave 22 points and used 10.
fn with_points(bench: &Bench) -> String {
    let mut body = sale(SHIRT, 2200, 1);
    for (name, value) in [("customerId", "1"), ("newPoint", "22"), ("spendPoint", "10")] {
        body[name] = json!(value);
    }
    bench.patch("/customers/1/point", json!({ "point": "10" }));
    let made = bench.post("/transactions", body);
    assert_eq!(made.status, 200, "{}", made.body);
    made.body["transactionHeadId"].as_str().unwrap().into()
}

#[tokio::test(start_paused = true)]
async fn another_member_takes_a_sale_over_with_its_points_if_that_is_wanted() {
    let moved = |division: &str| {
        let bench = shop(relaxed());
        let id = with_points(&bench);
        assert_eq!(points(&bench, 1), "22");
        bench.patch("/customers/2/point", json!({ "point": "100" }));
        let body = json!({ "customerId": "2", "customerCode": "M2", "pointUpdateDivision": division });
        let answer = bench.patch(&format!("/transactions/{id}/customer"), body);
        assert_eq!((answer.status, &answer.body["customerCode"]), (200, &json!("M2")), "{}", answer.body);
        (points(&bench, 1), points(&bench, 2), answer.body["newPoint"].as_str().unwrap().to_owned())
    };
    assert_eq!(moved("0"), ("22".into(), "100".into(), "22".into()));
    assert_eq!(moved("1"), ("10".into(), "112".into(), "22".into()));
    // No rate is set anywhere, so nothing would be granted today.
    assert_eq!(moved("2"), ("10".into(), "90".into(), "0".into()));
}

#[tokio::test(start_paused = true)]
async fn points_are_computed_anew_by_the_rates_of_today() {
    let bench = shop(relaxed());
    let hub = Hub::default();
    let id = with_points(&bench);
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    settle().await;
    let before = hub.events().len();
    bench.patch("/customers/2", json!({ "pointGivingUnitPrice": "100", "pointGivingUnit": "3" }));
    let body = json!({ "customerId": "2", "pointUpdateDivision": "2" });
    let answer = bench.patch(&format!("/transactions/{id}/customer"), body);
    assert_eq!((&answer.body["newPoint"], &answer.body["totalPoint"]), (&json!("66"), &json!("56")));
    assert_eq!((points(&bench, 1), points(&bench, 2)), ("10".into(), "56".into()));
    let unknown = bench.patch(&format!("/transactions/{id}/customer"), json!({ "customerId": "9" }));
    assert!(detail(&unknown).starts_with("[customerId]"));
    settle().await;
    let told = &hub.events()[before..];
    assert_eq!(told, ["pos:customers edited", "pos:transactions edited", "pos:customers edited"]);
    assert_eq!(hub.bodies().last().unwrap()["customerIds"], json!(["1", "2"]));
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_sale_says_until_when_its_points_live() {
    let bench = shop(relaxed());
    let rule = json!({ "stores": [{ "storeId": "1", "storeCode": "S1", "storeName": "本店", "division": "1",
        "pointCondition": { "storeId": "1", "expireDivision": "3", "expireLimit": "1" } }] });
    bench.emulator.load_dataset(CONTRACT, &rule).unwrap();
    with_points(&bench);
    let row = bench.get("/customers/point?customer_id=1");
    assert_eq!(row.body[0]["pointExpireDate"], "2027-11-21");
}

fn use_one(tran: &str) -> Value {
    json!({
        "storeId": "1", "terminalId": "1", "customerId": "1", "terminalTranId": tran,
        "terminalTranDateTime": "2026-11-21T09:59:00+09:00",
    })
}

#[tokio::test(start_paused = true)]
async fn tickets_are_sold_at_the_till_and_used_up_one_by_one() {
    let bench = shop(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let order = TicketSale {
        product_id: TICKETS,
        customer_id: 1,
        store_id: 1,
        terminal_id: 1,
        uses: 2,
        expire_date: Some("2026-12-31".into()),
    };
    let sold = bench.emulator.sell_tickets(CONTRACT, &order).unwrap();
    assert_eq!(bench.get(&format!("/transactions/{}", sold.sale)).body["total"], "5000");
    let path = format!("/transactions/product_sets/{}", sold.product_set);
    assert_eq!(bench.get(&path).body["status"], "0");
    let used = bench.post("/transactions/consume_product_sets", use_one("7"));
    assert_eq!((used.status, &used.body["transactionHeadDivision"]), (200, &json!("9")), "{}", used.body);
    assert_eq!(bench.get(&path).body["status"], "0");
    bench.post("/transactions/consume_product_sets", use_one("8"));
    assert_eq!(bench.get(&path).body["status"], "1");
    let more = bench.post("/transactions/consume_product_sets", use_one("9"));
    assert!(detail(&more).starts_with("[customerId]"));
    assert_eq!(bench.get("/transactions/product_sets?customer_id=1&status=1").body.as_array().unwrap().len(), 1);
    assert_eq!(bench.get("/transactions/product_sets?customer_id=2").body, json!([]));
    settle().await;
    assert_eq!(hub.events(), ["pos:transactions created"; 3]);
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn tickets_expire_and_other_goods_are_none() {
    let bench = shop(relaxed());
    let order = json!({ "tickets": { "product_id": TICKETS, "customer_id": 1, "store_id": 1, "terminal_id": 1, "uses": 3, "expire_date": "2026-11-20" } });
    let sold = bench.control("POST", "counter/sell-tickets", order);
    assert_eq!(sold.body, json!({ "sale_id": 1, "product_set_id": 1 }));
    assert_eq!(bench.get("/transactions/product_sets").body[0]["status"], "2");
    assert_eq!(bench.post("/transactions/consume_product_sets", use_one("9")).status, 400);
    let order =
        TicketSale { product_id: SHIRT, customer_id: 1, store_id: 1, terminal_id: 1, uses: 1, expire_date: None };
    let wrong = bench.emulator.sell_tickets(CONTRACT, &order).unwrap_err();
    assert!(wrong.to_string().contains("[productId]"));
    let mut body = sale(TICKETS, 5000, 1);
    body["customerId"] = json!("1");
    assert!(detail(&bench.post("/transactions", body)).starts_with("[productId]"), "the API cannot sell tickets");
}
