//! What 受注管理 refuses, lists and plans (platform-orders.md §3, §4, §8, §9).

mod bench;
mod orders_bench;

use bench::{BREAD, CONTRACT, SHIRT, relaxed};
use orders_bench::{Desk, NET, WAREHOUSE, line, order};
use serde_json::{Value, json};
use smaregi_emulator::{LimitSettings, OrderStoreSetup, OrderTaxSettings, Settings};
use std::time::Duration;

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|row| row["orderCode"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_total_has_to_be_the_sum_to_the_yen() {
    let desk = Desk::new(relaxed());
    let mut body = order("EC-1", &[line(SHIRT, 1200, 2), line(BREAD, 500, 1)]);
    let parts = json!({ "carriage": 550, "commission": 330, "totalPointDiscount": 100, "totalPromotionDiscount": 80 });
    body.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    body["total"] = json!(3601);
    let refused = desk.post("/orders", body.clone());
    assert_eq!(refused.status, 400);
    assert_eq!(refused.detail(), "[total] 計算結果と一致しません。送信値:3601 計算値:3600");
    assert_eq!(desk.get("/orders").body, json!([]), "nothing was kept");
    assert_eq!(desk.stock(SHIRT, WAREHOUSE), 8);
    body["total"] = json!(3600);
    let placed = desk.post("/orders", body);
    assert_eq!((placed.status, placed.body["giftWrapPrice"].as_i64()), (200, Some(0)), "{}", placed.body);
}

#[tokio::test(start_paused = true)]
async fn a_sum_beyond_all_numbers_is_a_refusal_and_no_accident() {
    let desk = Desk::new(relaxed());
    let mut body = order("EC-1", &[line(SHIRT, 1, 1)]);
    body["details"] = json!(vec![line(SHIRT, 999_999_999, 999_999_999); 999]);
    let refused = desk.post("/orders", body);
    assert!(refused.detail().starts_with("[total]"), "{}", refused.body);
}

#[tokio::test(start_paused = true)]
async fn what_an_order_names_has_to_exist() {
    let desk = Desk::new(relaxed());
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut body = order("EC-1", &[line(SHIRT, 2200, 1)]);
        change(&mut body);
        let answer = desk.post("/orders", body);
        assert_eq!(answer.status, 400, "{}", answer.body);
        answer.detail().split(']').next().unwrap().to_owned()
    };
    assert_eq!(refused(&|b| b["storeId"] = json!("1")), "[storeId", "an ordinary store takes no orders");
    assert_eq!(refused(&|b| b["storeId"] = json!("x")), "[storeId");
    assert_eq!(refused(&|b| b["details"] = json!([])), "[details");
    assert_eq!(refused(&|b| b["details"][0]["productId"] = json!("7")), "[productId");
    assert_eq!(refused(&|b| b["details"][0]["productId"] = Value::Null), "[productId");
    assert_eq!(refused(&|b| b["details"][0]["productCode"] = json!("BREAD")), "[productCode");
    assert_eq!(refused(&|b| b["paymentMethodId"] = json!("77")), "[paymentMethodId");
    assert_eq!(refused(&|b| b["orderCode"] = json!("注文1")), "[orderCode");
    assert_eq!(refused(&|b| b["carriage"] = json!(-1)), "[carriage");
    assert_eq!(refused(&|b| b["total"] = json!("2200")), "[total", "amounts are real numbers here");
    assert_eq!(refused(&|b| b["details"][0]["quantity"] = json!(0)), "[quantity");
    assert_eq!(refused(&|b| b["details"] = json!(vec![line(SHIRT, 1, 1); 1000])), "[details");
    let twice = json!([{ "orderDetailId": "1", "salesPrice": 1, "quantity": 1 }, { "orderDetailId": "1", "salesPrice": 1, "quantity": 1 }]);
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 1)]));
    assert!(desk.patch("/orders/1", json!({ "details": twice, "total": 2 })).detail().starts_with("[orderDetailId]"));
    assert_eq!(desk.patch("/orders/1", json!({ "storeId": null })).status, 400);
}

#[tokio::test(start_paused = true)]
async fn numbers_stay_numbers_where_strings_are_wanted_of_the_pos() {
    let desk = Desk::new(Settings { strict_numbers: true, ..relaxed() });
    assert_eq!(desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 1)])).status, 200);
}

#[tokio::test(start_paused = true)]
async fn orders_are_found_by_code_store_status_and_time() {
    let desk = Desk::new(relaxed());
    desk.post("/orders", order("A 1", &[line(SHIRT, 2200, 1)]));
    tokio::time::advance(Duration::from_secs(600)).await;
    let mut far = order("007", &[line(SHIRT, 2200, 1)]);
    far["desiredDeliveryDate"] = json!("2026-12-20");
    assert_eq!(desk.post("/orders", far).body["status"], "open");
    desk.post("/orders", order("7", &[line(SHIRT, 2200, 1)]));
    desk.patch("/orders/1", json!({ "shippedDate": "2026-11-21" }));
    let found = |query: &str| {
        let answer = desk.get(&format!("/orders?{query}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        codes(&answer.body).join(",")
    };
    assert_eq!(found(""), "A 1,007,7");
    assert_eq!(found("order_code=7"), "7");
    assert_eq!(found("order_code=007"), "007");
    assert_eq!(found("status=shipped"), "A 1");
    assert_eq!(found("status=open"), "007");
    assert_eq!(found("store_id=4&sort=orderHeadId:desc"), "7,007,A 1");
    assert_eq!(found("store_id=1"), "");
    assert_eq!(found("sort=updDateTime,orderHeadId:desc"), "7,007,A 1");
    let window = "-from=2026-11-21T10:05:00%2B09:00";
    let to = "-to=2026-11-21T23:00:00%2B09:00";
    assert_eq!(found(&format!("upd_date_time{window}&upd_date_time{to}&sort=orderHeadId")), "A 1,007,7");
    assert_eq!(found(&format!("order_date_time{window}&order_date_time{to}")), "");
    let page = desk.get("/orders?limit=2&page=1");
    assert!(page.headers["link"].to_str().unwrap().ends_with("page=2>; rel=\"next\""));
    assert_eq!(page.body[0]["details"][0]["allocatedQuantity"], 1, "a list shows the lines");
    assert_eq!(page.body[0].get("allocations"), None);
    for refused in ["status=lost", "limit=1001", "upd_date_time-from=2026-11-21T10:05:00%2B09:00", "sort=no", "x=1"] {
        assert_eq!(desk.get(&format!("/orders?{refused}")).status, 400, "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_far_delivery_is_planned_and_prepared_when_its_day_comes() {
    let mut desk = Desk::new(relaxed());
    let mut body = order("EC-1", &[line(SHIRT, 2200, 1)]);
    body["desiredDeliveryDate"] = json!("2026-11-30");
    let placed = desk.post("/orders", body).body;
    assert_eq!(
        (&placed["scheduledShippingDate"], &placed["scheduledPreparationDate"]),
        (&json!("2026-11-28"), &json!("2026-11-27"))
    );
    assert_eq!(placed["status"], "open");
    let moved = desk.patch("/orders/1", json!({ "desiredDeliveryDate": "2026-12-01" })).body;
    assert_eq!((&moved["scheduledShippingDate"], &moved["status"]), (&json!("2026-11-29"), &json!("open")));
    tokio::time::advance(Duration::from_secs(7 * 86_400)).await;
    desk.bench.sign_in();
    assert_eq!(desk.get("/orders/1").body["status"], "preparing");
    assert_eq!(codes(&desk.get("/orders?status=preparing").body), ["EC-1"]);
    let setup =
        OrderStoreSetup { cutoff: Some("09:30".into()), linked_stores: vec![WAREHOUSE], ..OrderStoreSetup::default() };
    desk.bench.emulator.set_up_order_store(CONTRACT, NET, &setup).unwrap();
    let late = desk.post("/orders", order("EC-2", &[line(SHIRT, 2200, 1)])).body;
    assert_eq!(late["scheduledShippingDate"], "2026-11-29", "too late for the store's own cut-off");
    assert_eq!(late["status"], "open");
    let prepared = desk.control("prepare", json!({ "order_id": 2 }));
    assert_eq!(prepared.body["status"], "preparing");
    assert_eq!(desk.control("prepare", json!({ "order_id": 2 })).status, 400);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_needs_a_look_waits_for_it() {
    let desk = Desk::new(relaxed());
    let setup = json!({ "linked_stores": [3], "review_memo": true, "review_total_from": 10_000 });
    let set = desk.control("stores/set-up", json!({ "order_store_id": NET, "setup": setup }));
    assert_eq!(set.body["setup"]["review_total_from"], 10_000, "{}", set.body);
    assert_eq!(desk.post("/orders", order("A", &[line(SHIRT, 2200, 1)])).body["status"], "preparing");
    let mut noted = order("B", &[line(SHIRT, 2200, 1)]);
    noted["memo"] = json!("宛名を変えてください");
    assert_eq!(desk.post("/orders", noted).body["status"], "review");
    let large = desk.post("/orders", order("C", &[line(SHIRT, 2200, 5)]));
    assert_eq!((&large.body["status"], &large.body["allocationStatus"]), (&json!("review"), &json!("unallocated")));
    assert_eq!(desk.patch("/orders/3", json!({ "shippedDate": "2026-11-21" })).status, 400);
    assert_eq!(desk.control("allocate", json!({ "order_id": 3 })).status, 400);
    let confirmed = desk.control("confirm", json!({ "order_id": 3 }));
    assert_eq!(
        (&confirmed.body["status"], &confirmed.body["allocationStatus"]),
        (&json!("preparing"), &json!("allocated"))
    );
    assert_eq!(desk.control("confirm", json!({ "order_id": 3 })).status, 400);
    assert_eq!(desk.patch("/orders/2/cancel", json!({})).body["status"], "canceled", "also unseen");
}

#[tokio::test(start_paused = true)]
async fn an_order_is_split_with_its_pieces_and_its_tax() {
    let desk = Desk::new(relaxed());
    let store = json!({ "store": { "storeCode": "EX", "storeName": "外税店", "sellDivision": "excluded" } });
    let store = desk.control("stores/add", store).body["storeId"].as_str().unwrap().to_owned();
    desk.link(store.parse().unwrap(), &[WAREHOUSE]);
    let mut body = order("EC-1", &[line(SHIRT, 1000, 10), line(SHIRT, 500, 2)]);
    let amounts = json!({ "storeId": store, "carriage": 500, "taxExclude": 1100, "total": 12_600 });
    body.as_object_mut().unwrap().extend(amounts.as_object().unwrap().clone());
    let placed = desk.post("/orders", body);
    assert_eq!(placed.body["details"][0]["allocatedQuantity"], 8, "{}", placed.body);
    let lines = json!([{ "order_detail_id": 1, "quantity": 4 }, { "order_detail_id": 2, "quantity": 2 }]);
    let part = desk.control("split", json!({ "order_id": 1, "lines": lines })).body;
    assert_eq!((&part["orderHeadId"], &part["orderCode"]), (&json!("2"), &json!("EC-1-2")));
    assert_eq!((&part["total"], &part["taxExclude"], &part["carriage"]), (&json!(5500), &json!(500), &json!(0)));
    let rest = desk.get("/orders/1").body;
    assert_eq!((&rest["total"], &rest["allocationStatus"]), (&json!(7100), &json!("allocated")));
    assert_eq!(desk.get("/orders/2").body["details"][0]["allocatedQuantity"], 2);
    assert_eq!(desk.stock(SHIRT, WAREHOUSE), 0, "nothing moved");
    assert_eq!(desk.patch("/orders/2", json!({ "memo": "後送り" })).status, 200, "both add up");
    let all = json!([{ "order_detail_id": 1, "quantity": 6 }]);
    assert_eq!(desk.control("split", json!({ "order_id": 1, "lines": all })).status, 400, "nothing would stay");
    assert_eq!(desk.control("split", json!({ "order_id": 1, "lines": [] })).status, 400);
}

#[tokio::test(start_paused = true)]
async fn an_order_store_shares_its_numbers_with_the_shops() {
    let desk = Desk::new(relaxed());
    let shop = desk.bench.post("/stores", json!({ "storeName": "新店", "storeCode": "S9", "division": "1" }));
    assert_eq!(shop.body["storeId"], "5", "{}", shop.body);
    let second = desk.post("/stores", json!({ "storeCode": "EC2", "storeName": "二号店", "sellDivision": "excluded" }));
    assert_eq!(second.body["storeId"], "6", "{}", second.body);
    assert_eq!((&second.body["pauseFlag"], &second.body["displaySequence"]), (&json!(false), &json!(0)));
    assert_eq!(desk.get("/stores/5").status, 404, "an ordinary store is not asked for here");
    assert_eq!(desk.bench.get("/stores/6").status, 404);
    assert_eq!(desk.get("/stores").body.as_array().unwrap().len(), 2);
    assert_eq!(desk.get("/stores/6").body, second.body);
    for taken in ["EC2", "S1"] {
        let refused = desk.post("/stores", json!({ "storeCode": taken, "storeName": "三号店" }));
        assert!(refused.detail().starts_with("[storeCode]"), "{}", refused.body);
    }
    let method = desk.post("/stores", json!({ "storeCode": "N", "storeName": "N", "pointPaymentMethodId": "9" }));
    assert!(method.detail().starts_with("[pointPaymentMethodId]"));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 1)]));
    assert_eq!(desk.call("DELETE", "/stores/4", None).status, 400, "its order is under way");
    desk.patch("/orders/1/cancel", json!({}));
    assert_eq!(desk.call("DELETE", "/stores/4", None).status, 200);
    assert_eq!(desk.get("/stores/4").status, 404);
    let paused = json!({ "storeCode": "P", "storeName": "休止店", "pauseFlag": true });
    let paused = desk.post("/stores", paused).body["storeId"].clone();
    let mut body = order("EC-2", &[line(SHIRT, 2200, 1)]);
    body["storeId"] = paused;
    assert!(desk.post("/orders", body).detail().starts_with("[storeId]"));
}

#[tokio::test(start_paused = true)]
async fn the_stock_of_an_order_store_is_that_of_its_linked_stores() {
    let desk = Desk::new(relaxed());
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 3)]));
    let list = desk.get("/stores/4/stock_list").body;
    let row = |row: &Value| {
        let number = |name: &str| row[name].as_i64().unwrap();
        (
            row["productId"].as_str().unwrap().to_owned(),
            number("stockAmount"),
            number("reserveAmount"),
            number("availableAmount"),
        )
    };
    let rows: Vec<_> = list.as_array().unwrap().iter().map(row).collect();
    assert_eq!(rows, [(SHIRT.to_string(), 15, 3, 15), (BREAD.to_string(), 5, 0, 5)]);
    desk.link(NET, &[WAREHOUSE]);
    assert_eq!(desk.get("/stores/4/stock_list").body.as_array().unwrap().len(), 1);
    assert_eq!(desk.get("/stores/4/stock_list?limit=501").status, 400);
    assert_eq!(desk.get("/stores/1/stock_list").status, 404);
    assert_eq!(desk.get("/stores/4/stock_list?sort=stockAmount:desc").status, 200);
}

#[tokio::test(start_paused = true)]
async fn tax_is_taken_once_where_prices_are_without_it() {
    let mut settings = relaxed();
    settings.order_shipment.tax = OrderTaxSettings { checked: true, fees_inclusive: false };
    let desk = Desk::new(settings);
    let store = desk.post("/stores", json!({ "storeCode": "EX", "storeName": "外税店", "sellDivision": "excluded" }));
    let place = |store: &str, tax: i64, lines: &[Value], carriage: i64| {
        let mut body = order(&format!("{store}-{tax}-{carriage}"), lines);
        let total = body["total"].as_i64().unwrap() + tax + carriage;
        let amounts = json!({ "storeId": store, "taxExclude": tax, "carriage": carriage, "total": total });
        body.as_object_mut().unwrap().extend(amounts.as_object().unwrap().clone());
        desk.post("/orders", body).detail().to_owned()
    };
    let excluded = store.body["storeId"].as_str().unwrap();
    let two = [line(SHIRT, 99, 1), line(SHIRT, 99, 1)];
    assert_eq!(place(excluded, 19, &two, 0), "");
    assert_eq!(
        place(excluded, 20, &two, 0),
        "[taxExclude] 店舗の販売区分による計算結果と一致しません。送信値:20 計算値:19"
    );
    assert_eq!(place(excluded, 69, &two, 500), "", "the fees are without tax, too");
    assert_eq!(place(excluded, 18, &[line(SHIRT, 100, 1), line(BREAD, 100, 1)], 0), "", "8 % and 10 %");
    assert_eq!(place("4", 0, &two, 500), "");
    assert!(place("4", 19, &two, 0).starts_with("[taxExclude]"));
}

#[tokio::test(start_paused = true)]
async fn the_admin_screen_refuses_in_words() {
    let desk = Desk::new(relaxed());
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 1)]));
    for (deed, body) in [
        ("allocate", json!({ "order_id": 9 })),
        ("allocate", json!({ "order_id": 1, "lines": [{ "order_detail_id": 1 }] })),
        ("release", json!({ "order_id": 1, "lines": [{ "order_detail_id": 1, "quantity": 2 }] })),
        ("ship", json!({ "order_id": 1, "shipped_date": "soon" })),
        ("ship", json!({ "order": 1 })),
        ("stores/link", json!({ "order_store_id": 4, "stores": [9] })),
        ("stores/set-up", json!({ "order_store_id": 4, "setup": { "cutoff": "25:00" } })),
        ("stores/set-up", json!({ "order_store_id": 4, "setup": { "cutoff": "あ:00" } })),
        ("stores/add", json!({ "store": { "storeCode": "EC" } })),
    ] {
        let answer = desk.control(deed, body.clone());
        assert_eq!(answer.status, 400, "{deed} {body}: {}", answer.body);
    }
    assert_eq!(desk.control("lose", json!({ "order_id": 1 })).status, 404);
    assert_eq!(desk.control_get("orders?status=preparing").body[0]["orderCode"], "EC-1");
    assert_eq!(desk.control_get("orders/1").body["orderCode"], "EC-1");
    assert_eq!(desk.control_get("orders/stores").body[0]["setup"]["linked_stores"], json!([3, 1]));
}

#[tokio::test(start_paused = true)]
async fn the_rate_limit_counts_orders_like_everything_else() {
    let limits = LimitSettings { read_per_s: Some(1), ..LimitSettings::default() };
    let desk = Desk::new(Settings { limits, ..Settings::default() });
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(desk.get("/orders").status, 200);
    assert_eq!(desk.get("/stores").status, 429);
}
