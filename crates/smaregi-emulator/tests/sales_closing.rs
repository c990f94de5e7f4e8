//! Adjusting the till and closing the day.

mod bench;

use bench::{Answer, Bench, CONTRACT, Hub, SHIRT, relaxed, sale, settle};
use serde_json::{Value, json};
use smaregi_emulator::ClosingScope;
use std::sync::Arc;

fn id_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["transactionHeadId"].as_str().unwrap().into()
}

fn detail(answer: &Answer) -> &str {
    assert_eq!(answer.status, 400, "{}", answer.body);
    answer.body["detail"].as_str().unwrap()
}

fn paid(pieces: i64) -> Value {
    let mut body = sale(SHIRT, 2200, pieces);
    let total = (2200 * pieces).to_string();
    (body["deposit"], body["depositCash"]) = (json!(total), json!(total));
    body
}

fn closing(bench: &Bench, id: &str) -> (String, Value, Value) {
    let row = bench.get(&format!("/transactions/{id}")).body;
    (row["sumDivision"].as_str().unwrap().into(), row["sumDate"].clone(), row["adjustmentDateTime"].clone())
}

#[tokio::test(start_paused = true)]
async fn a_day_is_sold_adjusted_and_closed() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let id = id_of(&bench.post("/transactions", paid(2)));
    let mut elsewhere = paid(1);
    elsewhere["terminalId"] = json!("9999");
    let invented = id_of(&bench.post("/transactions", elsewhere));
    assert_eq!(closing(&bench, &id).0, "0");

    let cash = json!({ "thousandYen": 4, "fiveHundredYen": 1 });
    let done = bench.post("/adjustments", json!({ "storeId": "1", "terminalId": "1", "cashAdjustment": cash }));
    assert_eq!(done.status, 200, "{}", done.body);
    let at = "2026-11-21T10:00:00+09:00";
    assert_eq!(done.body, json!({ "adjustmentDateTime": at, "storeId": "1", "terminalId": "1" }));
    assert_eq!(closing(&bench, &id), ("1".into(), Value::Null, json!(at)));
    assert_eq!(closing(&bench, &invented).0, "0", "a terminal that does not exist cannot be adjusted");

    let closed = bench.post("/daily_summaries", json!({ "storeId": "1", "sumDate": "2026-11-21" }));
    assert_eq!(closed.body, json!({ "storeId": "1", "sumDate": "2026-11-21" }));
    assert_eq!(closing(&bench, &id), ("2".into(), json!("2026-11-21"), json!(at)));
    assert_eq!(closing(&bench, &invented).0, "0", "only what was adjusted is closed");
    let of_day = bench.get("/transactions?sum_date-from=2026-11-21&sum_date-to=2026-11-21&sort=sumDate");
    assert_eq!(of_day.body.as_array().unwrap().len(), 1);
    let list = bench.get("/daily_summaries?store_id=1&sum_date-from=2026-11-01&sum_date-to=2026-11-30");
    assert_eq!(list.body, json!([{ "storeId": "1", "sumDate": "2026-11-21" }]));
    settle().await;
    let body =
        hub.bodies().into_iter().find(|body| body["event"] == "pos:adjustments").expect("the adjustment is told");
    let ids = json!([{ "storeId": "1", "terminalId": "1", "adjustmentDateTime": at }]);
    assert_eq!(
        body,
        json!({ "contractId": CONTRACT, "event": "pos:adjustments", "action": "executed", "ids": ids, "cashAdjustment": true })
    );
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn an_adjustment_says_what_the_drawer_should_hold() {
    let bench = Bench::new(relaxed());
    bench.post("/transactions", paid(2));
    let cancelled = id_of(&bench.post("/transactions", paid(1)));
    bench.emulator.cancel_sale(CONTRACT, cancelled.parse().unwrap()).unwrap();
    let mut out = sale(SHIRT, 300, 1);
    out["transactionHeadDivision"] = json!("3");
    out["details"] = json!([]);
    assert_eq!(bench.post("/transactions", out).status, 200);
    let cash = json!({ "thousandYen": 4, "hundredYen": 2 });
    bench.post("/adjustments", json!({ "storeId": "1", "terminalId": "1", "cashAdjustment": cash }));
    bench.post("/transactions", paid(1));
    bench.emulator.adjust(CONTRACT, json!({ "storeId": "1", "terminalId": "1" }).as_object().unwrap()).unwrap();
    let list = bench.get("/adjustments?store_id=1&adjustment_date=2026-11-21");
    let told = |place: usize, name: &str| list.body[place][name].as_str().unwrap_or("-").to_owned();
    assert_eq!(
        (told(0, "transactionCount"), told(0, "cashSales"), told(0, "payment")),
        ("1".into(), "4400".into(), "300".into())
    );
    assert_eq!(told(0, "calculateBalance"), "4100");
    assert_eq!(
        (&list.body[0]["cashAdjustment"]["realBalance"], &list.body[0]["cashAdjustment"]["difference"]),
        (&json!("4200"), &json!("100"))
    );
    assert_eq!(
        (told(1, "preparationCash"), told(1, "calculateBalance")),
        ("4200".into(), "6400".into()),
        "what was counted stayed"
    );
    let at = told(1, "adjustmentDateTime").replace('+', "%2B");
    let one = bench.get(&format!("/adjustments?store_id=1&adjustment_date_time={at}"));
    assert_eq!(one.body.as_array().unwrap().len(), 1);
    assert_eq!(bench.get("/adjustments?store_id=1&adjustment_date=2026-11-20").body, json!([]));
    assert_eq!(bench.get("/adjustments?store_id=1").status, 400, "no time was given");
    assert_eq!(
        bench.get(&format!("/adjustments?store_id=1&adjustment_date=2026-11-21&adjustment_date_time={at}")).status,
        400
    );
}

#[tokio::test(start_paused = true)]
async fn adjustments_that_cannot_be_are_refused() {
    let bench = Bench::new(relaxed());
    let refused = |body: Value| bench.post("/adjustments", body);
    assert!(detail(&refused(json!({ "storeId": "9", "terminalId": "1" }))).starts_with("[storeId]"));
    assert!(detail(&refused(json!({ "storeId": "3", "terminalId": "1" }))).starts_with("[storeId] 倉庫"));
    assert!(detail(&refused(json!({ "storeId": "1" }))).starts_with("[terminalId]"));
    assert!(detail(&refused(json!({ "storeId": "1", "terminalId": "7" }))).starts_with("[terminalId]"));
    assert!(detail(&refused(json!({ "storeId": "2", "terminalId": "1" }))).starts_with("[terminalId]"));
    assert!(detail(&refused(json!({ "storeId": "1", "uuid": "nobody" }))).starts_with("[uuid]"));
    let silly = json!({ "storeId": "1", "terminalId": "1", "cashAdjustment": { "oneYen": -1 } });
    assert!(detail(&refused(silly)).starts_with("[oneYen]"));
    bench.patch("/stores/1", json!({ "terminalAdjustmentCashFlag": "1" }));
    assert!(detail(&refused(json!({ "storeId": "1", "terminalId": "1" }))).starts_with("[cashAdjustment]"));
    bench.patch("/terminals/1", json!({ "uuid": "till-1" }));
    assert_eq!(refused(json!({ "storeId": "1", "uuid": "till-1", "cashAdjustment": {} })).status, 200);
}

#[tokio::test(start_paused = true)]
async fn days_that_cannot_be_closed_are_refused() {
    let mut settings = relaxed();
    settings.sales.close_again = false;
    let bench = Bench::new(settings);
    let close = |store: &str, day: &str| bench.post("/daily_summaries", json!({ "storeId": store, "sumDate": day }));
    assert!(detail(&close("9", "2026-11-21")).starts_with("[storeId]"));
    assert!(detail(&close("3", "2026-11-21")).starts_with("[storeId] 倉庫"));
    assert!(detail(&close("1", "2026-11-22")).starts_with("[sumDate] 未来"));
    assert!(detail(&close("1", "2026-11-31")).starts_with("[sumDate]"));
    assert_eq!(close("1", "2026-11-20").status, 200);
    assert!(detail(&close("1", "2026-11-20")).starts_with("[sumDate] 既に"));
    bench.patch("/terminals/1", json!({ "cashDrawerId": "1" }));
    assert!(detail(&close("1", "2026-11-21")).starts_with("[storeId] キャッシュドロア"));
    let auto = json!({ "sumProcDivision": "1", "sumDateChangeTime": "0500", "sumRefColumn": "0" });
    assert_eq!(bench.patch("/stores/2", auto).status, 200);
    assert!(detail(&close("2", "2026-11-21")).starts_with("[storeId] 自動締め"));
}

#[tokio::test(start_paused = true)]
async fn which_sales_a_closing_takes_is_a_setting() {
    let closed = |scope: ClosingScope, day: &str| {
        let mut settings = relaxed();
        settings.sales.closing = scope;
        let bench = Bench::new(settings);
        for sold_at in ["2026-11-20T20:00:00+09:00", "2026-11-21T09:00:00+09:00"] {
            let mut body = paid(1);
            body["terminalTranDateTime"] = json!(sold_at);
            id_of(&bench.post("/transactions", body));
        }
        let till = json!({ "storeId": "1", "terminalId": "1" });
        bench.emulator.adjust(CONTRACT, till.as_object().unwrap()).unwrap();
        let order = json!({ "storeId": "1", "sumDate": day });
        bench.emulator.close_day(CONTRACT, order.as_object().unwrap()).unwrap().transactions
    };
    assert_eq!(closed(ClosingScope::UpToDay, "2026-11-21"), [1, 2]);
    assert_eq!(closed(ClosingScope::UpToDay, "2026-11-20"), [1]);
    assert_eq!(closed(ClosingScope::SameDay, "2026-11-21"), [2]);
    assert_eq!(closed(ClosingScope::AllAdjusted, "2026-11-20"), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_closes_by_itself_closes_each_sale_at_once() {
    let bench = Bench::new(relaxed());
    let auto = json!({ "sumProcDivision": "1", "sumDateChangeTime": "0500", "sumRefColumn": "0" });
    assert_eq!(bench.patch("/stores/1", auto).status, 200);
    let mut late = paid(1);
    late["terminalTranDateTime"] = json!("2026-11-21T04:30:00+09:00");
    let id = id_of(&bench.post("/transactions", late));
    assert_eq!(closing(&bench, &id), ("2".into(), json!("2026-11-20"), Value::Null));
    let with = |division: &str, day: Option<&str>| {
        let mut body = paid(1);
        body["sumDivision"] = json!(division);
        body["sumDate"] = json!(day);
        bench.post("/transactions", body)
    };
    assert!(detail(&with("0", None)).starts_with("[sumDivision]"));
    assert!(detail(&with("2", None)).starts_with("[sumDate]"));
    assert_eq!(with("2", Some("2026-11-19")).body["sumDate"], "2026-11-19");
    bench.patch("/stores/1", json!({ "sumProcDivision": "0" }));
    assert!(detail(&with("0", Some("2026-11-19"))).starts_with("[sumDate]"));
}

#[tokio::test(start_paused = true)]
async fn the_till_closes_over_control() {
    let bench = Bench::new(relaxed());
    bench.post("/transactions", paid(1));
    let done = bench.control("POST", "counter/adjust", json!({ "body": { "storeId": "1", "terminalId": "1" } }));
    assert_eq!(done.body, json!({ "adjusted_at": "2026-11-21T10:00:00+09:00" }));
    let order = json!({ "body": { "storeId": "1", "sumDate": "2026-11-21" } });
    let done = bench.control("POST", "counter/close-day", order);
    assert_eq!(done.body, json!({ "store_id": 1, "sum_date": "2026-11-21", "transactions": [1] }));
}
