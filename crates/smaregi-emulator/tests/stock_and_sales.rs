//! Stock as a ledger, and what sales do to it.

mod bench;

use bench::{BREAD, Bench, Hub, SERVICE, SET, SHIRT, relaxed, sale, settle};
use regihub_ports::Dice;
use serde_json::{Value, json};
use smaregi_emulator::{Basket, EmulatorError, StockDivision};
use std::{sync::Arc, time::Duration};

fn today(name: &str) -> String {
    format!("{name}-from=2026-11-21T00:00:00%2B09:00&{name}-to=2026-11-21T23:59:59%2B09:00")
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|row| row["transactionHeadId"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn absolute_and_relative_changes_leave_their_history() {
    let bench = Bench::new(relaxed());
    let set = bench.patch(
        &format!("/stock/{SHIRT}"),
        json!({ "storeId": "1", "stockAmount": "7", "stockHistory": { "memo": "棚卸" } }),
    );
    assert_eq!(set.status, 200, "{}", set.body);
    assert_eq!(set.body["stockAmount"], "7");
    let added = bench.post(&format!("/stock/{SHIRT}/add"), json!({ "storeId": "1", "stockAmount": -2 }));
    assert_eq!(added.body["stockAmount"], "5");
    let changes = bench.get(&format!("/stock/changes/{SHIRT}/1"));
    let told: Vec<(&str, &str, &str)> = changes
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            (c["amount"].as_str().unwrap(), c["stockAmount"].as_str().unwrap(), c["stockDivision"].as_str().unwrap())
        })
        .collect();
    assert_eq!(told, [("10", "10", "01"), ("-3", "7", "15"), ("-2", "5", "15")]);
    assert_eq!(changes.body[1]["memo"], "棚卸");
    assert_eq!(changes.body[2]["id"], added.body["stockHistory"]["id"]);
    let one = bench.get(&format!("/stock/changes/{SHIRT}/1?id={}", changes.body[1]["id"].as_str().unwrap()));
    assert_eq!(one.body.as_array().unwrap().len(), 1);
    assert_eq!(bench.get(&format!("/stock/changes/{SHIRT}/1?stock_division=15")).body.as_array().unwrap().len(), 2);
    assert_eq!(bench.get(&format!("/stock/changes/{SHIRT}/1?target_date=2026-11-20")).body, json!([]));
}

#[tokio::test(start_paused = true)]
async fn stock_writes_are_refused_in_the_words_of_the_service() {
    let bench = Bench::new(relaxed());
    let path = format!("/stock/{SHIRT}/add");
    let beyond = bench.post(&path, json!({ "storeId": "1", "stockAmount": "999999999" }));
    assert_eq!(
        (beyond.status, beyond.body["detail"].as_str()),
        (400, Some("更新後の在庫数は[999999999]以下である必要があります"))
    );
    let nowhere = bench.post(&path, json!({ "storeId": "9", "stockAmount": "1" }));
    assert_eq!(
        (nowhere.status, nowhere.body["detail"].as_str()),
        (400, Some("指定された店舗IDのリソースが見つかりません"))
    );
    assert_eq!(bench.post("/stock/1/add", json!({ "storeId": "1", "stockAmount": "1" })).status, 404);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("10"));
}

#[tokio::test(start_paused = true)]
async fn a_pair_that_never_moved_has_no_row() {
    let bench = Bench::new(relaxed());
    assert_eq!(bench.stock(SHIRT, 2), None);
    bench.post(&format!("/stock/{SHIRT}/add"), json!({ "storeId": "2", "stockAmount": "0" }));
    bench.emulator.receive(bench::CONTRACT, SHIRT, 2, 3).unwrap();
    assert_eq!(bench.stock(SHIRT, 2).as_deref(), Some("3"));
    let here = bench.get("/stock?store_id=1&sort=productId:desc");
    assert_eq!(here.body[0]["productId"], BREAD.to_string());
    let changed = bench.get(&format!("/stock?{}&sort=productId", today("upd_date_time")));
    assert_eq!(changed.body.as_array().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_stock_bulk_job_does_the_good_rows_and_tells_of_the_bad_ones() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let row =
        |product: u64, amount: &str| json!({ "productId": product.to_string(), "storeId": "1", "stockAmount": amount });
    let job = json!({ "stock": [row(SHIRT, "4"), row(999, "4")], "callbackUrl": "http://hub.test/done" });
    assert_eq!(bench.patch("/stock/bulk", job).status, 202);
    let job = json!({ "stock": [row(SHIRT, "-1")], "callbackUrl": "http://hub.test/done" });
    assert_eq!(bench.post("/stock/add/bulk", job).status, 202);
    let zero = json!({ "stock": [row(SHIRT, "0")], "callbackUrl": "http://hub.test/done" });
    assert_eq!(bench.post("/stock/add/bulk", zero).status, 400);
    settle().await;
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("3"));
    assert_eq!(hub.events(), ["pos:stock bulk-update", "pos:stock bulk-update"]);
    let callbacks: Vec<Value> = hub.bodies().into_iter().filter(Value::is_array).collect();
    assert_eq!(callbacks[0][1]["status"], "error");
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_sale_takes_managed_goods_and_only_those() {
    let bench = Bench::new(relaxed());
    assert_eq!(bench.post("/transactions", sale(SHIRT, 2200, 3)).status, 200);
    assert_eq!(bench.post("/transactions", sale(SERVICE, 1100, 1)).status, 200);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("7"));
    assert_eq!(bench.stock(SERVICE, 1), None);
    let history = bench.emulator.history(bench::CONTRACT, SHIRT, 1);
    let last = history.last().unwrap();
    assert_eq!((last.amount, last.division), (-3, StockDivision::Sale));
    assert_eq!(last.at - last.effective_at, 60, "it took effect when the till rang it up");
}

#[tokio::test(start_paused = true)]
async fn a_set_consumes_its_components() {
    let bench = Bench::new(relaxed());
    assert_eq!(bench.post("/transactions", sale(SET, 4000, 2)).status, 200);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("6"));
    assert_eq!(bench.emulator.history(bench::CONTRACT, SHIRT, 1)[1].division, StockDivision::SaleReservation);
}

#[tokio::test(start_paused = true)]
async fn the_parent_of_a_bundle_is_not_counted_beside_its_children() {
    let bench = Bench::new(relaxed());
    let mut bundle = sale(SHIRT, 2200, 1);
    let line = bundle["details"][0].clone();
    bundle["details"][0]["productDivision"] = json!("4");
    let mut child = line;
    child["transactionDetailId"] = json!("2");
    child["parentTransactionDetailId"] = json!("1");
    child["productDivision"] = json!("7");
    child["salesPrice"] = json!("0");
    bundle["details"].as_array_mut().unwrap().push(child);
    let answer = bench.post("/transactions", bundle);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("9"));
}

#[tokio::test(start_paused = true)]
async fn amounts_that_do_not_add_up_are_refused_with_the_field() {
    let bench = Bench::new(relaxed());
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut body = sale(SHIRT, 2200, 1);
        change(&mut body);
        let answer = bench.post("/transactions", body);
        assert_eq!(answer.status, 400, "{}", answer.body);
        answer.body["detail"].as_str().unwrap().split(']').next().unwrap().to_owned()
    };
    assert_eq!(refused(&|b| b["subtotal"] = json!("2199")), "[subtotal");
    assert_eq!(refused(&|b| b["total"] = json!("2201")), "[total");
    assert_eq!(refused(&|b| b["storeId"] = json!("9")), "[storeId");
    assert_eq!(refused(&|b| b["sumDivision"] = json!("2")), "[sumDate");
    assert_eq!(refused(&|b| b["customerId"] = json!("77")), "[customerId");
    assert_eq!(refused(&|b| b["details"] = json!([])), "[details");
    assert_eq!(refused(&|b| b["transactionHeadDivision"] = json!("10")), "[transactionHeadDivision");
    assert_eq!(refused(&|b| b["details"][0]["quantity"] = json!("9223372036854775807")), "[quantity");
    assert_eq!(bench.emulator.truth(bench::CONTRACT).unwrap().sales, 0);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("10"));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_product_is_kept_as_null() {
    let bench = Bench::new(relaxed());
    let answer = bench.post("/transactions", sale(123, 500, 1));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["details"][0]["productId"], json!(null));
}

#[tokio::test(start_paused = true)]
async fn a_list_of_sales_wants_a_window_of_at_most_31_days() {
    let bench = Bench::new(relaxed());
    bench.post("/transactions", sale(SHIRT, 2200, 1));
    bench.post("/transactions", sale(BREAD, 216, 2));
    assert_eq!(bench.get("/transactions").status, 400);
    let window = |from: &str, to: &str| {
        bench.get(&format!("/transactions?transaction_date_time-from={from}T00:00:00%2B09:00&transaction_date_time-to={to}T23:59:59%2B09:00")).status
    };
    assert_eq!(window("2026-11-01", "2026-12-01"), 200);
    assert_eq!(window("2026-11-01", "2026-12-02"), 400);
    let found =
        bench.get(&format!("/transactions?{}&with_details=all&with_deposit_others=all", today("upd_date_time")));
    assert_eq!(ids(&found.body), ["1", "2"]);
    assert_eq!(found.body[1]["details"][0]["productName"], "食パン");
    assert_eq!(found.body[1]["details"][0]["taxRate"], "8");
    assert!(bench.get(&format!("/transactions?{}", today("upd_date_time"))).body[0].get("details").is_none());
    assert_eq!(bench.get(&format!("/transactions?{}&with_details=all&limit=101", today("upd_date_time"))).status, 400);
    let from = format!("/transactions?{}&transaction_head_id-from=2", today("terminal_tran_date_time"));
    assert_eq!(ids(&bench.get(&from).body), ["2"]);
    let desc = format!("/transactions?{}&sort=transactionHeadId:desc&store_id=1", today("transaction_date_time"));
    assert_eq!(ids(&bench.get(&desc).body), ["2", "1"]);
    assert_eq!(bench.get(&format!("/transactions?{}&store_id=2", today("upd_date_time"))).body, json!([]));
}

#[tokio::test(start_paused = true)]
async fn one_sale_is_read_with_what_was_asked_for() {
    let bench = Bench::new(relaxed());
    let mut body = sale(SHIRT, 2200, 1);
    body["customerId"] = json!("1");
    bench.post("/transactions", body);
    let read = bench.get("/transactions/1?with_details=summary&with_store=all&with_customer=all&with_coupons=all");
    assert_eq!(read.body["store"]["storeName"], "本店");
    assert_eq!(read.body["customer"]["customerCode"], "M1");
    assert_eq!(read.body["coupons"], json!([]));
    assert_eq!(read.body["taxInclude"], "200");
    let lines = bench.get("/transactions/1/details");
    assert_eq!(lines.body[0]["unitDiscountedSum"], "2200");
    assert_eq!(bench.get("/transactions/7").status, 404);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_marks_the_row_and_gives_the_goods_back() {
    let bench = Bench::new(relaxed());
    bench.post("/transactions", sale(SHIRT, 2200, 3));
    tokio::time::advance(Duration::from_secs(10)).await;
    let cancelled = bench.post("/transactions/1/cancel", json!({}));
    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    assert_eq!(cancelled.body["cancelDivision"], "1");
    assert_eq!(cancelled.body["cancelDateTime"], "2026-11-21T10:00:10+09:00");
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("10"));
    let last = bench.emulator.history(bench::CONTRACT, SHIRT, 1).pop().unwrap();
    assert_eq!((last.amount, last.division), (3, StockDivision::Sale));
    assert_eq!(bench.post("/transactions/1/cancel", json!({})).status, 400);
    assert_eq!(bench.emulator.truth(bench::CONTRACT).unwrap().sales, 1);
}

#[tokio::test(start_paused = true)]
async fn a_dispose_makes_a_counter_entry_of_return_lines() {
    let bench = Bench::new(relaxed());
    bench.post("/transactions", sale(SHIRT, 2200, 3));
    let counter = bench.post("/transactions/1/dispose", json!({}));
    assert_eq!(counter.status, 200, "{}", counter.body);
    assert_eq!(
        (counter.body["transactionHeadId"].as_str(), counter.body["total"].as_str()),
        (Some("2"), Some("-6600"))
    );
    assert_eq!(
        (counter.body["disposeDivision"].as_str(), counter.body["disposeServerTransactionHeadId"].as_str()),
        (Some("2"), Some("1"))
    );
    assert_eq!(counter.body["details"][0]["transactionDetailDivision"], "2");
    assert_eq!(counter.body["details"][0]["quantity"], "3");
    let original = bench.get("/transactions/1");
    assert_eq!(
        (original.body["disposeDivision"].as_str(), original.body["cancelDivision"].as_str()),
        (Some("1"), Some("0"))
    );
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("10"));
    assert_eq!(bench.emulator.history(bench::CONTRACT, SHIRT, 1).pop().unwrap().division, StockDivision::Return);
    for again in ["/transactions/1/cancel", "/transactions/1/dispose", "/transactions/2/dispose"] {
        assert_eq!(bench.post(again, json!({})).status, 400, "{again}");
    }
}

#[tokio::test(start_paused = true)]
async fn corrections_of_a_sale_change_its_head() {
    let bench = Bench::new(relaxed());
    bench.post("/transactions", sale(SHIRT, 2200, 1));
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(bench.patch("/transactions/1", json!({ "memo": "包装済み" })).body["memo"], "包装済み");
    let member = bench.patch("/transactions/1/customer", json!({ "customerId": "1" }));
    assert_eq!(member.body["customerCode"], "M1");
    let since = "upd_date_time-from=2026-11-21T10:00:05%2B09:00&upd_date_time-to=2026-11-21T10:01:00%2B09:00";
    assert_eq!(ids(&bench.get(&format!("/transactions?{since}")).body), ["1"]);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("9"));
}

#[tokio::test(start_paused = true)]
async fn a_till_rings_up_with_both_tax_rates() {
    let bench = Bench::new(relaxed());
    let till = bench.emulator.till(bench::CONTRACT);
    let basket = Basket {
        store_id: 1,
        terminal_id: 1,
        lines: vec![(SHIRT, 2), (BREAD, 1)],
        customer_id: Some(1),
        ..Basket::default()
    };
    let id = till.sell(&basket).unwrap();
    let read = bench.get(&format!("/transactions/{id}?with_details=all"));
    assert_eq!((read.body["total"].as_str(), read.body["taxInclude"].as_str()), (Some("4616"), Some("416")));
    assert_eq!((read.body["cashTotal"].as_str(), read.body["amount"].as_str()), (Some("4616"), Some("3")));
    let back = Basket { lines: vec![(SHIRT, 1)], is_return: true, ..basket };
    let back = till.sell(&back).unwrap();
    assert_eq!(bench.get(&format!("/transactions/{back}")).body["total"], "-2200");
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("9"));
    till.cancel(id).unwrap();
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("11"));
}

#[tokio::test(start_paused = true)]
async fn what_a_till_sends_is_what_the_api_would_take() {
    let bench = Bench::new(relaxed());
    let id = bench
        .emulator
        .till(bench::CONTRACT)
        .sell(&Basket { store_id: 1, lines: vec![(SHIRT, 1), (BREAD, 3)], ..Basket::default() })
        .unwrap();
    let read = bench.get(&format!("/transactions/{id}?with_details=all")).body;
    let mut body = json!({});
    for name in [
        "transactionHeadDivision",
        "subtotal",
        "total",
        "taxInclude",
        "taxExclude",
        "storeId",
        "terminalId",
        "terminalTranId",
        "terminalTranDateTime",
    ] {
        body[name] = read[name].clone();
    }
    let line = |line: &Value| json!({ "transactionDetailId": line["transactionDetailId"], "transactionDetailDivision": "1", "productId": line["productId"], "salesPrice": line["salesPrice"], "quantity": line["quantity"] });
    body["details"] = read["details"].as_array().unwrap().iter().map(line).collect();
    let answer = bench.post("/transactions", body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["taxInclude"], read["taxInclude"]);
}

#[tokio::test(start_paused = true)]
async fn a_careful_till_never_sells_below_the_shelf() {
    let bench = Bench::new(relaxed());
    let till = bench.emulator.till(bench::CONTRACT).only_in_stock(true);
    let refused = till.sell(&Basket { store_id: 1, lines: vec![(SHIRT, 6), (SHIRT, 5)], ..Basket::default() });
    assert!(matches!(refused, Err(EmulatorError::Refused(_))));
    let dice = Dice::from_seed(3);
    for _ in 0..200 {
        till.sell_random(&dice).unwrap();
    }
    let truth = bench.emulator.truth(bench::CONTRACT).unwrap();
    assert!(truth.levels.values().all(|level| *level >= 0), "{truth:?}");
    assert_eq!(truth.levels[&(SHIRT, 1)], 0);
}

#[tokio::test(start_paused = true)]
async fn an_offline_till_reports_late_with_the_time_of_the_sale() {
    let bench = Bench::new(relaxed());
    let mut till = bench.emulator.till(bench::CONTRACT).offline();
    till.sell(Basket { store_id: 1, lines: vec![(SHIRT, 1)], ..Basket::default() });
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("10"), "the server does not know yet");
    tokio::time::advance(Duration::from_secs(3600)).await;
    assert_eq!(till.report().unwrap(), [1]);
    let read = bench.get("/transactions/1");
    assert_eq!(read.status, 401, "the token ran out in that hour");
    let read = bench.emulator.sale(bench::CONTRACT, 1).unwrap();
    assert_eq!(read["terminalTranDateTime"], "2026-11-21T10:00:00+09:00");
    assert_eq!(read["transactionDateTime"], "2026-11-21T11:00:00+09:00");
    assert_eq!(till.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn points_follow_the_sale_and_come_back_with_it() {
    let bench = Bench::new(relaxed());
    let balance = || bench.get("/customers/point?customer_id=1").body[0]["point"].as_str().map(String::from);
    let mut body = sale(SHIRT, 2200, 1);
    body["customerId"] = json!("1");
    body["newPoint"] = json!("22");
    assert_eq!(balance().as_deref(), Some("0"));
    bench.post("/transactions", body.clone());
    bench.post("/transactions", body);
    assert_eq!(balance().as_deref(), Some("44"));
    bench.post("/transactions/1/cancel", json!({}));
    bench.post("/transactions/2/dispose", json!({}));
    assert_eq!(balance().as_deref(), Some("0"));
}

#[tokio::test(start_paused = true)]
async fn the_sample_chain_opens_its_shops_and_every_page_of_its_sales_adds_up() {
    let mut bench = Bench::new(relaxed());
    bench.emulator.reset().unwrap();
    bench
        .emulator
        .load_dataset(bench::CONTRACT, &smaregi_emulator::sample::apparel_chain(&Dice::from_seed(5)))
        .unwrap();
    let (till, dice) = (bench.emulator.till(bench::CONTRACT).only_in_stock(true), Dice::from_seed(6));
    for _ in 0..250 {
        till.sell_random(&dice).unwrap().expect("something to sell");
        tokio::time::advance(Duration::from_secs(7)).await;
    }
    let truth = bench.emulator.truth(bench::CONTRACT).unwrap();
    assert!(truth.levels.values().all(|level| *level >= 0));
    bench.sign_in();
    let mut seen = Vec::new();
    for page in 1.. {
        let window = today("upd_date_time");
        let list = bench.get(&format!("/transactions?{window}&sort=updDateTime&with_details=all&page={page}"));
        seen.extend(ids(&list.body).iter().map(|id| id.parse::<u64>().unwrap()));
        if list.headers.get("link").is_none_or(|link| !link.to_str().unwrap().contains("next")) {
            break;
        }
    }
    assert_eq!(seen, (1..=250).collect::<Vec<_>>());
    for list in ["stores", "terminals", "categories", "products", "customers", "stock"] {
        let answer = bench.get(&format!("/{list}?limit=1000"));
        assert!(!answer.body.as_array().unwrap().is_empty(), "{list}");
    }
}
