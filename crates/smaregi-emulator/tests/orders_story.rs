//! 受注管理: a web shop's orders from registration to shipment (platform-orders.md).

mod bench;
mod orders_bench;

use bench::{BREAD, Hub, SERVICE, SET, SHIRT, relaxed, settle};
use orders_bench::{Desk, NET, WAREHOUSE, line, order};
use serde_json::json;
use smaregi_emulator::StockDivision;
use std::{sync::Arc, time::Duration};

#[tokio::test(start_paused = true)]
async fn an_order_takes_its_pieces_from_the_linked_warehouse_at_once() {
    let desk = Desk::new(relaxed());
    let placed = desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 3)]));
    assert_eq!(placed.status, 200, "{}", placed.body);
    assert_eq!(placed.body["orderHeadId"], "1");
    assert_eq!(placed.body["allocationStatus"], "allocated");
    assert_eq!(placed.body["paymentStatus"], "unpaid");
    assert_eq!(placed.body["details"][0]["allocatedQuantity"], 3);
    assert_eq!(placed.body["details"][0]["productName"], "シャツ");
    assert_eq!(placed.body["details"][0]["taxRate"], "10");
    assert_eq!(placed.body["scheduledShippingDate"], "2026-11-21");
    assert_eq!(placed.body["status"], "preparing", "its day has come");
    assert_eq!(desk.stock(SHIRT, WAREHOUSE), 5);
    let last = desk.bench.emulator.history(bench::CONTRACT, SHIRT, WAREHOUSE).pop().unwrap();
    assert_eq!((last.amount, last.division), (-3, StockDivision::OrderAllocation));
    let changes = desk.bench.get(&format!("/stock/changes/{SHIRT}/{WAREHOUSE}?stock_division=18"));
    assert_eq!(changes.body[0]["amount"], "-3");
    assert_eq!(desk.get("/orders/1").body, placed.body);
}

#[tokio::test(start_paused = true)]
async fn shipping_makes_a_sale_in_the_order_store_and_tells_both() {
    let desk = Desk::new(relaxed());
    let hub = Hub::default();
    let delivery = desk.bench.emulator.start_delivery(Arc::new(hub.clone()));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 1)]));
    settle().await;
    assert_eq!(hub.events(), ["pos:stock edited"], "nobody is told of a new order, only of its stock");
    assert_eq!(hub.bodies()[0]["ids"], json!([{ "id": "4", "productId": SHIRT.to_string(), "storeId": "3" }]));
    let shipped = desk.patch("/orders/1", json!({ "shippedDate": "2026-11-21" }));
    assert_eq!((shipped.status, shipped.body["status"].as_str()), (200, Some("shipped")), "{}", shipped.body);
    assert_eq!(shipped.body["shippedDate"], "2026-11-21");
    settle().await;
    assert_eq!(hub.events()[1..], ["pos:transactions created", "order-shipment:orders shipped"]);
    let body = String::from_utf8(hub.0.lock().unwrap().last().unwrap().body().to_vec()).unwrap();
    let expected = r#"{"contractId":"sb_test01","event":"order-shipment:orders","action":"shipped","storeId":"4","orderHeadIds":["1"]}"#;
    assert_eq!(body, expected);
    let headers = hub.0.lock().unwrap().last().unwrap().headers().clone();
    assert_eq!(headers["smaregi-event"], "order-shipment:orders");
    let sale = desk.bench.get("/transactions/1?with_details=all");
    assert_eq!((sale.body["storeId"].as_str(), sale.body["total"].as_str()), (Some("4"), Some("2200")));
    assert_eq!((sale.body["memo"].as_str(), sale.body["storeCode"].as_str()), (Some("EC-1"), Some("EC")));
    assert_eq!((sale.body["taxInclude"].as_str(), sale.body["sumDate"].as_str()), (Some("200"), Some("2026-11-21")));
    assert_eq!(sale.body["details"][0]["productId"], SHIRT.to_string());
    assert_eq!(desk.stock(SHIRT, WAREHOUSE), 7, "the goods were taken once");
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn an_order_beyond_the_stock_waits_with_what_is_there() {
    let desk = Desk::new(relaxed());
    let placed = desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 20), line(BREAD, 216, 1)]));
    assert_eq!(placed.body["allocationStatus"], "partial");
    assert_eq!(placed.body["details"][0]["allocatedQuantity"], 18, "8 in the warehouse, then 10 in the shop");
    assert_eq!((desk.stock(SHIRT, WAREHOUSE), desk.stock(SHIRT, 1)), (0, 0));
    let refused = desk.patch("/orders/1", json!({ "shippedDate": "2026-11-21" }));
    assert_eq!(refused.status, 400, "{}", refused.body);
    desk.bench.emulator.receive(bench::CONTRACT, SHIRT, WAREHOUSE, 5).unwrap();
    assert_eq!(desk.get("/orders/1").body["allocationStatus"], "partial", "it is not tried again by itself");
    let allocated = desk.control("allocate", json!({ "order_id": 1 }));
    assert_eq!(allocated.body["allocationStatus"], "allocated", "{}", allocated.body);
    assert_eq!(desk.stock(SHIRT, WAREHOUSE), 3);
    assert_eq!(desk.patch("/orders/1", json!({ "shippedDate": "2026-11-21" })).status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_order_gives_its_pieces_back_and_says_so() {
    let desk = Desk::new(relaxed());
    let hub = Hub::default();
    let delivery = desk.bench.emulator.start_delivery(Arc::new(hub.clone()));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 9)]));
    assert_eq!((desk.stock(SHIRT, WAREHOUSE), desk.stock(SHIRT, 1)), (0, 9));
    tokio::time::advance(Duration::from_secs(60)).await;
    let canceled = desk.patch("/orders/1/cancel", json!({}));
    assert_eq!((canceled.status, canceled.body["status"].as_str()), (200, Some("canceled")), "{}", canceled.body);
    assert_eq!(canceled.body["canceledDateTime"], "2026-11-21T10:01:00+09:00");
    assert_eq!(canceled.body["details"][0]["allocatedQuantity"], 0);
    assert_eq!((desk.stock(SHIRT, WAREHOUSE), desk.stock(SHIRT, 1)), (8, 10));
    let last = desk.bench.emulator.history(bench::CONTRACT, SHIRT, WAREHOUSE).pop().unwrap();
    assert_eq!((last.amount, last.division), (8, StockDivision::OrderAllocation));
    settle().await;
    assert_eq!(hub.events(), ["pos:stock edited", "pos:stock edited", "order-shipment:orders canceled"]);
    assert_eq!(hub.bodies()[2]["storeId"], "4");
    for again in ["/orders/1/cancel", "/orders/1/payment", "/orders/1"] {
        assert_eq!(desk.patch(again, json!({})).status, 400, "{again}");
    }
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn many_orders_leave_with_one_call_and_one_webhook_per_store() {
    let desk = Desk::new(relaxed());
    let second = desk.post("/stores", json!({ "storeCode": "EC2", "storeName": "二号店" }));
    let second = second.body["storeId"].as_str().unwrap().to_owned();
    desk.link(second.parse().unwrap(), &[1]);
    for (code, store) in [("A", NET.to_string()), ("B", NET.to_string()), ("C", second.clone())] {
        let mut body = order(code, &[line(SHIRT, 2200, 1)]);
        body["storeId"] = json!(store);
        assert_eq!(desk.post("/orders", body).status, 200);
    }
    desk.post("/orders", order("D", &[line(SHIRT, 2200, 50)]));
    let hub = Hub::default();
    settle().await;
    let delivery = desk.bench.emulator.start_delivery(Arc::new(hub.clone()));
    settle().await;
    hub.0.lock().unwrap().clear();
    let day = |id: &str| json!({ "orderHeadId": id, "shippedDate": "2026-11-21" });
    let answer = desk
        .post("/orders/shipped", json!({ "orders": [day("1"), day("2"), day("3"), day("4"), day("99"), day("1")] }));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let results: Vec<&str> =
        answer.body["orders"].as_array().unwrap().iter().map(|row| row["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["shipped", "shipped", "shipped", "failed", "failed", "failed"]);
    assert_eq!(answer.body["orders"][3]["detail"], "在庫引当が完了していない受注は出荷できません。");
    assert!(answer.body["orders"][4]["detail"].as_str().unwrap().starts_with("[orderHeadId]"));
    settle().await;
    let told: Vec<_> = hub.bodies().into_iter().filter(|body| body["event"] == "order-shipment:orders").collect();
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0]["storeId"], &told[0]["orderHeadIds"]), (&json!("4"), &json!(["1", "2"])));
    assert_eq!((&told[1]["storeId"], &told[1]["orderHeadIds"]), (&json!(second), &json!(["3"])));
    let none = desk.post("/orders/shipped", json!({ "orders": [{ "orderHeadId": "4" }] }));
    assert_eq!(none.body["orders"][0]["result"], "failed");
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn payment_runs_beside_the_order() {
    let desk = Desk::new(relaxed());
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 1)]));
    assert_eq!(desk.patch("/orders/1/payment/cancel", json!({})).status, 400);
    assert_eq!(desk.patch("/orders/1/payment", json!({})).body["paymentStatus"], "paid");
    assert_eq!(desk.patch("/orders/1/payment", json!({})).status, 400);
    assert_eq!(desk.patch("/orders/1/payment/cancel", json!({})).body["paymentStatus"], "unpaid");
    desk.control("ship", json!({ "order_id": 1 }));
    assert_eq!(desk.patch("/orders/1/payment", json!({})).status, 400);
}

#[tokio::test(start_paused = true)]
async fn an_edited_order_gives_back_what_it_no_longer_wants_and_takes_more() {
    let desk = Desk::new(relaxed());
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 3), line(BREAD, 216, 2)]));
    assert_eq!(desk.patch("/orders/1", json!({ "carriage": 500 })).status, 400, "the total has to follow");
    let less = desk.patch(
        "/orders/1",
        json!({ "details": [{ "orderDetailId": "1", "salesPrice": 2200, "quantity": 1 }], "carriage": 500, "total": 2700 }),
    );
    assert_eq!(less.status, 200, "{}", less.body);
    assert_eq!(less.body["details"].as_array().unwrap().len(), 1);
    assert_eq!((less.body["total"].as_i64(), less.body["orderCode"].as_str()), (Some(2700), Some("EC-1")));
    assert_eq!((desk.stock(SHIRT, WAREHOUSE), desk.stock(BREAD, 1)), (7, 5));
    let back: Vec<i64> =
        desk.bench.emulator.history(bench::CONTRACT, SHIRT, WAREHOUSE).iter().map(|change| change.amount).collect();
    assert_eq!(back, [8, -3, 2]);
    let more = json!([{ "orderDetailId": "1", "salesPrice": 2200, "quantity": 4 }, { "productCode": "BREAD", "salesPrice": 216, "quantity": 1 }]);
    let more = desk.patch("/orders/1", json!({ "details": more, "total": 4 * 2200 + 216 + 500 }));
    assert_eq!(more.body["allocationStatus"], "allocated", "{}", more.body);
    assert_eq!(more.body["details"][1]["orderDetailId"], "2");
    assert_eq!((desk.stock(SHIRT, WAREHOUSE), desk.stock(BREAD, 1)), (4, 4));
    let unknown = json!({ "details": [{ "orderDetailId": "9", "salesPrice": 1, "quantity": 1 }] });
    assert!(desk.patch("/orders/1", unknown).detail().starts_with("[orderDetailId]"));
    desk.patch("/orders/1", json!({ "shippedDate": "2026-11-21" }));
    assert_eq!(desk.patch("/orders/1", json!({ "memo": "遅い" })).status, 400, "a shipped order is closed");
}

#[tokio::test(start_paused = true)]
async fn what_has_no_stock_is_allocated_and_a_set_takes_its_components() {
    let desk = Desk::new(relaxed());
    let placed = desk.post("/orders", order("EC-1", &[line(SERVICE, 1100, 2), line(SET, 4000, 2)]));
    assert_eq!(placed.body["allocationStatus"], "allocated", "{}", placed.body);
    assert_eq!(desk.stock(SHIRT, WAREHOUSE), 4, "two sets of two shirts");
    let too_many = desk.post("/orders", order("EC-2", &[line(SET, 4000, 8)]));
    assert_eq!(too_many.body["details"][0]["allocatedQuantity"], 7, "2 from the warehouse, 5 from the shop");
    assert_eq!((desk.stock(SHIRT, WAREHOUSE), desk.stock(SHIRT, 1)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn orders_survive_a_restart() {
    let dir = bench::folder("orders");
    let desk = Desk::on(relaxed(), Some(&dir));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 12)]));
    let before = (desk.get("/orders/1").body, desk.control_get("orders/stores").body);
    drop(desk);
    let mut bench = bench::Bench { emulator: bench::build(relaxed(), Some(&dir)), token: String::new() };
    bench.sign_in();
    let desk = Desk { bench };
    assert_eq!((desk.get("/orders/1").body, desk.control_get("orders/stores").body), before);
    desk.patch("/orders/1/cancel", json!({}));
    assert_eq!(
        (desk.stock(SHIRT, WAREHOUSE), desk.stock(SHIRT, 1)),
        (8, 10),
        "it still knows from where the pieces came"
    );
}
