//! Every reading of what is not known about 受注管理 (platform-orders.md §13).

mod bench;
mod orders_bench;

use bench::{BREAD, CONTRACT, Hub, SHIRT, relaxed, settle};
use orders_bench::{Desk, NET, WAREHOUSE, line, order};
use serde_json::{Value, json};
use smaregi_emulator::{OrderPick, OrderShipmentSettings, Settings};
use std::sync::Arc;

/// Settings as a file has them, below `order_shipment`.
fn with(text: Value) -> Settings {
    let order_shipment: OrderShipmentSettings = serde_json::from_value(text).unwrap();
    Settings { order_shipment, ..relaxed() }
}

/// (amount, division) of everything that moved in the warehouse after the first stock.
fn moves(desk: &Desk) -> Vec<(i64, &'static str)> {
    let history = desk.bench.emulator.history(CONTRACT, SHIRT, WAREHOUSE);
    history.iter().skip(1).map(|change| (change.amount, change.division.code())).collect()
}

fn ship(desk: &Desk, id: u64) {
    let answer = desk.patch(&format!("/orders/{id}"), json!({ "shippedDate": "2026-11-21" }));
    assert_eq!(answer.body["status"], "shipped", "{}", answer.body);
}

#[tokio::test(start_paused = true)]
async fn stock_moves_at_allocation_at_shipment_or_at_both() {
    for (moves_at, allocated, shipped) in [
        ("allocation", vec![(-3, "18")], vec![(-3, "18")]),
        ("shipment", vec![], vec![(-3, "02")]),
        ("allocation_then_reversed", vec![(-3, "18")], vec![(-3, "18"), (3, "18"), (-3, "02")]),
    ] {
        let desk = Desk::new(with(json!({ "stock": { "moves_at": moves_at } })));
        desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 3)]));
        assert_eq!(moves(&desk), allocated, "{moves_at}");
        ship(&desk, 1);
        assert_eq!(moves(&desk), shipped, "{moves_at}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_promised_and_still_on_the_shelf_is_not_promised_twice() {
    let desk = Desk::new(with(json!({ "stock": { "moves_at": "shipment" } })));
    desk.link(NET, &[WAREHOUSE]);
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 6)]));
    let second = desk.post("/orders", order("EC-2", &[line(SHIRT, 2200, 6)]));
    assert_eq!(second.body["details"][0]["allocatedQuantity"], 2);
    assert_eq!(desk.stock(SHIRT, WAREHOUSE), 8);
    let row = &desk.get("/stores/4/stock_list").body[0];
    assert_eq!(
        (&row["stockAmount"], &row["reserveAmount"], &row["availableAmount"]),
        (&json!(8), &json!(8), &json!(0))
    );
    desk.patch("/orders/1/cancel", json!({}));
    assert_eq!(moves(&desk), []);
    assert_eq!(desk.get("/stores/4/stock_list").body[0]["availableAmount"], 6);
}

#[tokio::test(start_paused = true)]
async fn short_stock_goes_in_part_by_line_or_by_order() {
    for (partial, taken) in
        [("per_line_partial", [18, 2]), ("all_or_nothing_line", [0, 2]), ("all_or_nothing_order", [0, 0])]
    {
        let desk = Desk::new(with(json!({ "allocation": { "partial": partial } })));
        let placed = desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 20), line(BREAD, 216, 2)]));
        let allocated = [0, 1].map(|at| placed.body["details"][at]["allocatedQuantity"].as_i64().unwrap());
        assert_eq!(allocated, taken, "{partial}");
        assert_eq!(placed.body["allocationStatus"], if taken == [0, 0] { "unallocated" } else { "partial" });
    }
    let desk = Desk::new(with(json!({ "allocation": { "split": false } })));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 9)]));
    assert_eq!((desk.stock(SHIRT, WAREHOUSE), desk.stock(SHIRT, 1)), (8, 1), "from the one that has all");
}

#[tokio::test(start_paused = true)]
async fn waiting_orders_are_tried_again_when_goods_come_in_by_any_door() {
    let desk = Desk::new(with(json!({ "allocation": { "retry_on_stock_in": true } })));
    desk.link(NET, &[WAREHOUSE]);
    let hub = Hub::default();
    desk.post("/orders", order("A", &[line(SHIRT, 2200, 10)]));
    desk.post("/orders", order("B", &[line(SHIRT, 2200, 3)]));
    let delivery = desk.bench.emulator.start_delivery(Arc::new(hub.clone()));
    settle().await;
    hub.0.lock().unwrap().clear();
    desk.bench.emulator.receive(CONTRACT, SHIRT, WAREHOUSE, 3).unwrap();
    assert_eq!(desk.get("/orders/1").body["allocationStatus"], "allocated", "the older one first");
    assert_eq!(desk.get("/orders/2").body["details"][0]["allocatedQuantity"], 1);
    settle().await;
    assert_eq!(hub.events(), ["pos:stock edited", "pos:stock edited"], "goods in, then allocation");
    desk.bench.post(&format!("/stock/{SHIRT}/add"), json!({ "storeId": "3", "stockAmount": "1" }));
    assert_eq!(desk.get("/orders/2").body["details"][0]["allocatedQuantity"], 2);
    desk.patch("/orders/1/cancel", json!({}));
    assert_eq!(desk.get("/orders/2").body["allocationStatus"], "allocated");
    assert_eq!(desk.stock(SHIRT, WAREHOUSE), 9);
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn with_the_switch_off_a_person_allocates_and_releases_line_by_line() {
    let desk = Desk::new(with(json!({ "allocation": { "trigger": "inquire" } })));
    let placed = desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 4), line(BREAD, 216, 1)]));
    assert_eq!((&placed.body["allocationStatus"], moves(&desk)), (&json!("unallocated"), vec![]));
    let emulator = &desk.bench.emulator;
    let pick = |quantity, store_id| OrderPick { order_detail_id: 1, quantity, store_id };
    let order = emulator.allocate_order(CONTRACT, 1, &[pick(Some(1), Some(1)), pick(Some(2), None)]).unwrap();
    assert_eq!(order["details"][0]["allocatedQuantity"], 3);
    assert_eq!((desk.stock(SHIRT, WAREHOUSE), desk.stock(SHIRT, 1)), (6, 9));
    for refused in [
        pick(Some(2), None),
        pick(Some(1), Some(2)),
        pick(Some(0), None),
        OrderPick { order_detail_id: 7, ..pick(None, None) },
    ] {
        assert!(emulator.allocate_order(CONTRACT, 1, &[refused]).is_err(), "{refused:?}");
    }
    let order = emulator.release_order(CONTRACT, 1, &[pick(Some(2), Some(3))]).unwrap();
    assert_eq!(order["details"][0]["allocatedQuantity"], 1);
    assert_eq!((desk.stock(SHIRT, WAREHOUSE), desk.stock(SHIRT, 1)), (8, 9));
    assert_eq!(desk.control("allocate", json!({ "order_id": 1 })).body["allocationStatus"], "allocated");
    assert_eq!(desk.control("release", json!({ "order_id": 1 })).body["allocationStatus"], "unallocated");
    assert_eq!((desk.stock(SHIRT, WAREHOUSE), desk.stock(SHIRT, 1), desk.stock(BREAD, 1)), (8, 10, 5));
    assert_eq!(desk.raw("POST", "/orders/1/allocation", Some(json!({}))).status, 404, "no such operation");
}

#[tokio::test(start_paused = true)]
async fn a_route_that_allocates_can_be_opened() {
    let desk = Desk::new(with(
        json!({ "allocation": { "trigger": "api", "route": "PATCH /orders/{order_head_id}/reserve" } }),
    ));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 4)]));
    assert_eq!(desk.raw("PATCH", "/orders/9/reserve", Some(json!({}))).status, 404);
    let reserved = desk.raw("PATCH", "/orders/1/reserve", Some(json!({})));
    assert_eq!((reserved.status, &reserved.body["allocationStatus"]), (200, &json!("allocated")), "{}", reserved.body);
}

#[tokio::test(start_paused = true)]
async fn a_code_stands_once_per_store_per_contract_or_as_often_as_wanted() {
    for (unique, same, other) in [("per_store", 400, 200), ("per_contract", 400, 400), ("none", 200, 200)] {
        let desk = Desk::new(with(json!({ "orders": { "unique": unique } })));
        let second = desk.post("/stores", json!({ "storeCode": "EC2", "storeName": "二号店" })).body["storeId"].clone();
        let body = order("EC-1", &[line(SHIRT, 2200, 1)]);
        assert_eq!(desk.post("/orders", body.clone()).status, 200);
        let again = desk.post("/orders", body.clone());
        assert_eq!(again.status, same, "{unique}");
        assert!(same == 200 || again.detail().starts_with("[orderCode]"));
        let mut elsewhere = body;
        elsewhere["storeId"] = second;
        assert_eq!(desk.post("/orders", elsewhere).status, other, "{unique}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_endpoint_for_shipped_orders_can_be_read_both_ways() {
    let desk = Desk::new(with(json!({ "orders": { "shipped_endpoint": "create" } })));
    let list = json!({ "orders": [{ "orderHeadId": "1" }] });
    assert_eq!(desk.raw("POST", "/orders/shipped", Some(list.clone())).status, 400);
    let mut wrong = order("EC-0", &[line(SHIRT, 2200, 1)]);
    wrong["total"] = json!(1);
    assert!(desk.raw("POST", "/orders/shipped", Some(wrong)).detail().starts_with("[total]"));
    let sent = desk.raw("POST", "/orders/shipped", Some(order("EC-1", &[line(SHIRT, 2200, 20)])));
    assert_eq!(
        (&sent.body["status"], &sent.body["shippedDate"]),
        (&json!("shipped"), &json!("2026-11-21")),
        "{}",
        sent.body
    );
    assert_eq!((desk.stock(SHIRT, WAREHOUSE), desk.stock(SHIRT, 1)), (-2, 0), "what left is missing, allocated or not");
    let desk = Desk::new(with(json!({ "orders": { "shipped_endpoint": "both" } })));
    assert_eq!(
        desk.raw("POST", "/orders/shipped", Some(order("EC-1", &[line(SHIRT, 2200, 1)]))).body["status"],
        "shipped"
    );
    assert_eq!(desk.raw("POST", "/orders/shipped", Some(list)).body["orders"][0]["result"], "failed");
}

#[tokio::test(start_paused = true)]
async fn a_registered_day_ships_at_once_or_with_the_bulk_call() {
    let desk = Desk::new(with(json!({ "ship": { "mode": "bulk_endpoint" } })));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 1)]));
    let bulk = json!({ "orders": [{ "orderHeadId": "1" }] });
    let undated = desk.post("/orders/shipped", bulk.clone());
    assert_eq!(undated.body["orders"][0]["detail"], "[shippedDate] 出荷日が登録されていません。");
    let dated = desk.patch("/orders/1", json!({ "shippedDate": "2026-11-23" }));
    assert_eq!((&dated.body["status"], &dated.body["shippedDate"]), (&json!("preparing"), &json!("2026-11-23")));
    assert_eq!(desk.post("/orders/shipped", bulk.clone()).body["orders"][0]["result"], "shipped");
    assert_eq!(desk.get("/orders/1").body["shippedDate"], "2026-11-23");
    let desk = Desk::new(with(
        json!({ "ship": { "require_date": false, "require_allocation": false, "all_or_nothing": true } }),
    ));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 20)]));
    let two = json!({ "orders": [{ "orderHeadId": "1" }, { "orderHeadId": "2" }] });
    assert!(desk.post("/orders/shipped", two).detail().starts_with("[orders] orderHeadId 2:"));
    let twice = json!({ "orders": [{ "orderHeadId": "1" }, { "orderHeadId": "1" }] });
    assert_eq!(desk.post("/orders/shipped", twice).status, 400);
    assert_eq!(desk.get("/orders/1").body["status"], "preparing", "all or none");
    assert_eq!(desk.post("/orders/shipped", bulk).body["orders"][0]["result"], "shipped");
    assert_eq!(desk.stock(SHIRT, WAREHOUSE), -2);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_may_keep_the_goods_or_come_after_shipment() {
    let desk = Desk::new(with(json!({ "stock": { "return_on_cancel": false } })));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 3)]));
    desk.patch("/orders/1/cancel", json!({}));
    assert_eq!(moves(&desk), [(-3, "18")]);
    let desk = Desk::new(relaxed());
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 3)]));
    ship(&desk, 1);
    assert_eq!(desk.patch("/orders/1/cancel", json!({})).detail(), "出荷済みの受注はキャンセルできません。");
    let desk = Desk::new(with(json!({ "cancel": { "after_ship": true } })));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 3)]));
    ship(&desk, 1);
    assert_eq!(desk.patch("/orders/1/cancel", json!({})).body["status"], "canceled");
    assert_eq!(moves(&desk), [(-3, "18"), (3, "02")]);
    assert_eq!(desk.bench.get("/transactions/1").body["cancelDivision"], "1");
}

#[tokio::test(start_paused = true)]
async fn the_sale_is_made_at_registration_at_shipment_or_never() {
    let sales = |desk: &Desk| desk.bench.emulator.truth(CONTRACT).unwrap().sales;
    let desk = Desk::new(with(json!({ "transaction": { "created_at": "never" } })));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 1)]));
    ship(&desk, 1);
    assert_eq!(sales(&desk), 0);
    let desk = Desk::new(with(json!({ "transaction": { "created_at": "registration" } })));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 1)]));
    assert_eq!(sales(&desk), 1);
    let edited = desk.patch("/orders/1", json!({ "carriage": 500, "total": 2700 }));
    assert_eq!(edited.status, 200, "{}", edited.body);
    assert_eq!(desk.bench.get("/transactions/1").body["cancelDivision"], "1");
    assert_eq!(desk.bench.get("/transactions/2").body["total"], "2700");
    ship(&desk, 1);
    assert_eq!(sales(&desk), 2);
    desk.post("/orders", order("EC-2", &[line(SHIRT, 2200, 1)]));
    desk.patch("/orders/2/cancel", json!({}));
    assert_eq!(desk.bench.get("/transactions/3").body["cancelDivision"], "1");
}

#[tokio::test(start_paused = true)]
async fn points_are_paid_with_the_stores_own_method_and_discounts_lie_on_the_subtotal() {
    let desk = Desk::new(relaxed());
    let method = |name: &str| {
        let body = json!({ "paymentMethodName": name, "paymentMethodCode": name });
        desk.bench.post("/payment_methods", body).body["paymentMethodId"].as_str().unwrap().to_owned()
    };
    let (card, points) = (method("CARD"), method("POINT"));
    let store = json!({ "storeCode": "P", "storeName": "ポイント店", "pointPaymentMethodId": points, "sumDateChangeTime": "12:00" });
    let store = desk.post("/stores", store).body["storeId"].as_str().unwrap().to_owned();
    desk.link(store.parse().unwrap(), &[WAREHOUSE]);
    let mut body = order("EC-1", &[line(SHIRT, 2200, 1)]);
    let amounts = json!({ "storeId": store, "paymentMethodId": card, "customerCode": "M1", "carriage": 500, "giftWrapPrice": 100,
        "totalPointDiscount": 300, "totalCouponDiscount": 200, "totalPromotionDiscount": 50, "total": 2250 });
    body.as_object_mut().unwrap().extend(amounts.as_object().unwrap().clone());
    assert_eq!(desk.post("/orders", body).status, 200);
    ship(&desk, 1);
    let sale = desk.bench.get("/transactions/1?with_deposit_others=all").body;
    assert_eq!((&sale["total"], &sale["subtotalDiscountPrice"]), (&json!("2550"), &json!("250")));
    assert_eq!((&sale["commission"], &sale["customerId"]), (&json!("100"), &json!("1")));
    let paid: Vec<_> = sale["depositOthers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["paymentMethodId"], &row["depositOthers"]))
        .collect();
    assert_eq!(paid, [(&json!(points), &json!("300")), (&json!(card), &json!("2250"))]);
}

#[tokio::test(start_paused = true)]
async fn names_and_paths_that_were_guessed_wrong_can_be_put_right() {
    let names =
        json!({ "details": "orderDetails", "salesPrice": "unitPrice", "orderHeadId": "id", "storeId": "orderStoreId" });
    let paths = json!({ "PATCH /orders/{order_head_id}/cancel": "POST /orders/{order_head_id}/cancellation" });
    let desk = Desk::new(with(json!({ "wire": { "names": names, "paths": paths } })));
    let built_in = order("EC-1", &[line(SHIRT, 2200, 1)]);
    assert!(desk.raw("POST", "/orders", Some(built_in.clone())).detail().contains("存在しない項目"));
    let body = json!({ "orderCode": "EC-1", "orderDateTime": "2026-11-21T09:58:00+09:00", "orderStoreId": "4", "total": 2200,
        "orderDetails": [{ "productId": SHIRT.to_string(), "unitPrice": 2200, "quantity": 1 }] });
    let mut wrong = body.clone();
    wrong["orderStoreId"] = json!("9");
    assert!(desk.raw("POST", "/orders", Some(wrong)).detail().starts_with("[orderStoreId]"));
    let placed = desk.raw("POST", "/orders", Some(body));
    assert_eq!((placed.status, &placed.body["id"]), (200, &json!("1")), "{}", placed.body);
    assert_eq!(placed.body["orderDetails"][0]["unitPrice"], 2200);
    let list = desk.raw("GET", "/orders?order_store_id=4&sort=id:desc", None);
    assert_eq!(list.body[0]["orderStoreId"], "4", "{}", list.body);
    assert_eq!(desk.raw("PATCH", "/orders/1/cancel", Some(json!({}))).status, 404);
    assert_eq!(desk.raw("POST", "/orders/1/cancellation", Some(json!({}))).body["status"], "canceled");
    let pos = desk.bench.get("/stores/1");
    assert_eq!(pos.body["storeId"], "1", "the POS keeps its names");
}

#[tokio::test(start_paused = true)]
async fn further_actions_are_told_when_they_are_wanted() {
    let actions = json!(["shipped", "canceled", "created", "allocated", "paid", "edited"]);
    let desk = Desk::new(with(json!({ "webhook": { "orders": { "actions": actions } } })));
    desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 1)]));
    desk.patch("/orders/1/payment", json!({}));
    desk.patch("/orders/1", json!({ "memo": "x" }));
    assert_eq!(desk.bench.emulator.pending_deliveries(), 5, "created, allocated, stock, paid, edited");
    let quiet = Desk::new(with(json!({ "webhook": { "orders": { "actions": [] } }, "list": { "max_limit": 100 } })));
    quiet.post("/orders", order("EC-1", &[line(SHIRT, 2200, 1)]));
    quiet.patch("/orders/1/cancel", json!({}));
    assert_eq!(quiet.bench.emulator.pending_deliveries(), 2, "stock twice");
    assert!(quiet.get("/orders?limit=101").detail().starts_with("[limit]"));
    assert!(quiet.get("/stores?limit=101").detail().starts_with("[limit]"));
}

#[tokio::test(start_paused = true)]
async fn all_stores_can_stand_behind_the_stock_list() {
    let desk = Desk::new(with(json!({ "stock": { "scope": "all_stores" } })));
    desk.link(NET, &[]);
    assert_eq!(desk.get("/stores/4/stock_list").body[0]["stockAmount"], 18);
    assert_eq!(desk.post("/orders", order("EC-1", &[line(SHIRT, 2200, 1)])).body["allocationStatus"], "unallocated");
}
