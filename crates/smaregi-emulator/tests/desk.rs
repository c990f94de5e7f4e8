//! What a person at the test bench can do over `/control`, without code.

mod bench;

use bench::{Bench, CONTRACT, SHIRT, relaxed, sale};
use serde_json::{Value, json};
use smaregi_emulator::{Basket, FaultAction, FaultRule};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_contract_and_an_app_are_made_without_a_restart() {
    let bench = Bench::new(relaxed());
    let made =
        bench.control("POST", "contracts", json!({ "contract_id": "sb_new", "plan": "premium", "sample": true }));
    assert_eq!(made.status, 200, "{}", made.body);
    let contracts = bench.control("GET", "contracts", Value::Null).body;
    assert_eq!((&contracts[0]["contract_id"], &contracts[0]["plan"]), (&json!("sb_new"), &json!("premium")));
    assert!(contracts[0]["products"].as_u64() > Some(100), "the sample is there");

    let app = bench.control("POST", "apps", json!({ "scopes": ["pos.stock:read"] })).body;
    let (id, secret) = (app["client_id"].as_str().unwrap(), app["client_secret"].as_str().unwrap());
    assert_eq!((id.len(), secret.len()), (32, 64));
    assert!(bench.control("GET", "apps", Value::Null).body.as_array().unwrap().contains(&app));

    for (path, order) in [
        ("contracts", json!({ "contract_id": "../x", "plan": "premium" })),
        ("contracts", json!({ "contract_id": "sb_x", "plan": "gold" })),
        ("apps", json!({ "scopes": ["pos.everything"] })),
        ("apps", json!({ "webhook_url": "javascript:alert(1)" })),
        ("apps", json!({ "webhook_headers": [["x y", "z"]] })),
    ] {
        assert_eq!(bench.control("POST", path, order.clone()).status, 400, "{order}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_offline_till_reports_its_sales_with_the_time_at_which_they_were_made() {
    let bench = Bench::new(relaxed());
    let order = json!({ "basket": { "store_id": 1, "terminal_id": 1, "lines": [[SHIRT, 2]] } });
    assert_eq!(bench.control("POST", "offline/sell", order).body["waiting"], 1);
    let unknown = json!({ "basket": { "store_id": 1, "lines": [[99, 1]] } });
    assert_eq!(bench.control("POST", "offline/sell", unknown).status, 400);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("10"), "the server knows nothing yet");
    tokio::time::advance(Duration::from_secs(7200)).await;
    assert_eq!(bench.control("POST", "offline/report", json!({})).body["sale_ids"], json!([1]));
    assert_eq!(bench.control("GET", "offline", Value::Null).body, json!([]));
    let sale = bench.emulator.sale(CONTRACT, 1).unwrap();
    assert_eq!(sale["terminalTranDateTime"], "2026-11-21T10:00:00+09:00");
    assert_eq!(sale["transactionDateTime"], "2026-11-21T12:00:00+09:00");
    assert_eq!(bench.emulator.truth(CONTRACT).unwrap().levels[&(SHIRT, 1)], 8);
}

#[tokio::test(start_paused = true)]
async fn a_discount_lowers_the_total_and_its_tax() {
    let bench = Bench::new(relaxed());
    let till = bench.emulator.till(CONTRACT);
    let basket = Basket { store_id: 1, lines: vec![(SHIRT, 1)], discount: 1_100, ..Basket::default() };
    let id = till.sell(&basket).unwrap();
    let read = bench.get(&format!("/transactions/{id}?with_details=all")).body;
    assert_eq!(
        (&read["subtotal"], &read["total"], &read["taxInclude"]),
        (&json!("2200"), &json!("1100"), &json!("100"))
    );
    assert_eq!(read["details"][0]["discountPriceProportional"], "1100");
    let back = till.sell(&Basket { is_return: true, ..basket.clone() }).unwrap();
    assert_eq!(bench.get(&format!("/transactions/{back}")).body["total"], "-1100");
    for discount in [2_201, -1, i64::MIN] {
        assert!(till.sell(&Basket { discount, ..basket.clone() }).is_err(), "{discount}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_of_calls_says_who_called_what_and_why_it_failed() {
    let bench = Bench::new(relaxed());
    bench.get("/stores?limit=1");
    let mut wrong = sale(SHIRT, 2200, 1);
    wrong["total"] = json!("1");
    bench.post("/transactions", wrong);
    bench.emulator.faults().add(FaultRule::next(1, FaultAction::CommitThenDrop));
    let add =
        bench.request("POST", &format!("/stock/{SHIRT}/add"), Some(json!({ "storeId": "1", "stockAmount": "1" })));
    bench.emulator.exchange(&add).await.unwrap_err();
    bench.emulator.faults().add(FaultRule::next(1, FaultAction::DropBefore));
    bench.emulator.exchange(&add).await.unwrap_err();
    let log = bench.emulator.requests();
    let told: Vec<_> = log.iter().map(|r| (r.method.as_str(), r.status, r.fault, r.client_id.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("POST", Some(200), None, None),
            ("GET", Some(200), None, Some("app")),
            ("POST", Some(400), None, Some("app")),
            ("POST", Some(200), Some("commit_then_drop"), Some("app")),
            ("POST", None, Some("drop_before"), Some("app")),
        ]
    );
    assert_eq!(log[0].sent, "", "secrets of the token host stay out");
    assert!(log[2].answer.contains("[total]") && log[2].sent.contains("\"total\":\"1\""), "{:?}", log[2]);
    assert_eq!(log[1].target, format!("/{CONTRACT}/pos/stores?limit=1"));
    assert_eq!(bench.control("GET", "requests", Value::Null).body[4]["number"], 5);
}

#[tokio::test(start_paused = true)]
async fn calm_ends_every_disturbance() {
    let bench = Bench::new(relaxed());
    bench.emulator.faults().add(FaultRule::random(50, FaultAction::DropBefore));
    bench.control("POST", "webhooks", json!({ "drop_percent": 50 }));
    assert_eq!(bench.control("POST", "calm", json!({})).status, 200);
    assert_eq!(bench.control("GET", "faults", Value::Null).body, json!([]));
    assert_eq!(bench.control("GET", "webhooks", Value::Null).body["drop_percent"], 0);
}

#[tokio::test(start_paused = true)]
async fn mails_are_caught_and_bounded() {
    let bench = Bench::new(relaxed());
    for number in 0..501 {
        let mail =
            json!({ "from": "app@example.com", "to": "shop@example.com", "subject": number.to_string(), "body": "x" });
        bench.control("POST", "mails", mail);
    }
    let mails = bench.control("GET", "mails", Value::Null).body;
    assert_eq!((mails.as_array().unwrap().len(), &mails[499]["subject"]), (500, &json!("500")));
    bench.control("POST", "mails/clear", json!({}));
    assert_eq!(bench.control("GET", "mails", Value::Null).body, json!([]));
}
