//! Products, categories, members, stores: list, read, create, change, delete, bulk.

mod bench;

use bench::{Bench, Hub, SHIRT, relaxed, settle};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

fn shirt(code: &str) -> serde_json::Value {
    json!({ "categoryId": "8000001", "productCode": code, "productName": "新しいシャツ", "price": 2500 })
}

#[tokio::test(start_paused = true)]
async fn a_new_product_gets_the_next_number_and_defaults() {
    let bench = Bench::new(relaxed());
    let created = bench.post("/products", shirt("NEW-1"));
    assert_eq!(created.status, 200, "{}", created.body);
    assert_eq!(created.body["productId"], "8000005");
    assert_eq!(created.body["price"], "2500");
    assert_eq!(created.body["displayFlag"], json!(1), "write answers give flags as numbers (G1)");
    let read = bench.get("/products/8000005");
    assert_eq!(read.body["displayFlag"], "1");
    assert_eq!(read.body["groupCode"], json!(null));
    assert_eq!(read.body["insDateTime"], "2026-11-21T10:00:00+09:00");
    assert!(read.body.get("prices").is_none());
    assert_eq!(bench.get("/products/8000005?with_prices=all").body["prices"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_taken_code_and_an_unknown_category_name_the_field() {
    let bench = Bench::new(relaxed());
    let taken = bench.post("/products", shirt("SHIRT"));
    assert_eq!(taken.status, 400);
    assert!(taken.body["detail"].as_str().unwrap().starts_with("[productCode]"));
    let mut lost = shirt("NEW-2");
    lost["categoryId"] = json!("1");
    assert!(bench.post("/products", lost).body["detail"].as_str().unwrap().starts_with("[categoryId]"));
    let nameless = bench.post("/products", json!({ "categoryId": "8000001", "price": "1" }));
    assert!(nameless.body["detail"].as_str().unwrap().starts_with("[productName]"));
    assert_eq!(bench.post("/products", json!([1])).status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_change_touches_only_what_was_sent_and_null_clears() {
    let bench = Bench::new(relaxed());
    let path = format!("/products/{SHIRT}");
    bench.patch(&path, json!({ "color": "青", "price": "2000" }));
    tokio::time::advance(Duration::from_secs(5)).await;
    let changed = bench.patch(&path, json!({ "color": null }));
    assert_eq!(changed.status, 200, "{}", changed.body);
    let read = bench.get(&path);
    assert_eq!((read.body["price"].as_str(), &read.body["color"]), (Some("2000"), &json!(null)));
    assert_eq!(read.body["productName"], "シャツ");
    assert_eq!(read.body["updDateTime"], "2026-11-21T10:00:05+09:00");
    assert_eq!(bench.patch("/products/1", json!({})).status, 404);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_product_is_gone_with_its_stock() {
    let bench = Bench::new(relaxed());
    let deleted = bench.call("DELETE", &format!("/products/{SHIRT}"), Some(json!({})));
    assert_eq!((deleted.status, deleted.body), (200, json!(null)));
    let gone = bench.get(&format!("/products/{SHIRT}"));
    assert_eq!((gone.status, gone.body["title"].as_str()), (404, Some("NotFound")));
    assert_eq!(bench.stock(SHIRT, 1), None);
}

#[tokio::test(start_paused = true)]
async fn lists_are_paged_sorted_filtered_and_cut_to_fields() {
    let bench = Bench::new(relaxed());
    let page = bench.get("/products?limit=3&page=1&sort=productCode:desc&fields=productId,productCode");
    let codes: Vec<&str> = page.body.as_array().unwrap().iter().map(|p| p["productCode"].as_str().unwrap()).collect();
    assert_eq!(codes, ["SHIRT", "SET", "FIX"]);
    assert_eq!(page.body[0].as_object().unwrap().len(), 2);
    let link = page.headers["link"].to_str().unwrap();
    assert!(link.contains("rel=\"next\"") && link.contains("page=2") && link.contains("limit=3"), "{link}");
    let last = bench.get("/products?limit=3&page=2");
    assert_eq!(last.body.as_array().unwrap().len(), 1);
    assert!(!last.headers["link"].to_str().unwrap().contains("next"));
    assert_eq!(bench.get("/products?product_code=BREAD").body[0]["productId"], "8000002");
    assert_eq!(bench.get("/products?stock_control_division=1").body.as_array().unwrap().len(), 2);
    for wrong in ["limit=0", "limit=1001", "page=0", "sort=price2", "fields=nothing", "display_flag=7", "what=1"] {
        assert_eq!(bench.get(&format!("/products?{wrong}")).status, 400, "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn changes_since_a_time_are_found_by_both_bounds_only() {
    let bench = Bench::new(relaxed());
    tokio::time::advance(Duration::from_secs(60)).await;
    bench.patch(&format!("/products/{SHIRT}"), json!({ "price": "1" }));
    let since = "upd_date_time-from=2026-11-21T10:00:30%2B09:00";
    let found = bench.get(&format!("/products?{since}&upd_date_time-to=2026-11-21T10:02:00%2B09:00"));
    assert_eq!(found.body.as_array().unwrap().len(), 1);
    assert_eq!(bench.get(&format!("/products?{since}")).status, 400);
    assert_eq!(
        bench
            .get("/products?upd_date_time-from=2026-11-21T10:00:30+09:00&upd_date_time-to=2026-11-22T10:00:30+09:00")
            .status,
        400
    );
}

#[tokio::test(start_paused = true)]
async fn members_categories_stores_and_terminals_work_alike() {
    let bench = Bench::new(relaxed());
    let member = bench.post("/customers", json!({ "customerCode": "M2", "firstName": "太郎", "lastName": "見本" }));
    assert_eq!(member.status, 200, "{}", member.body);
    assert_eq!(member.body["customerId"].to_string().trim_matches('"'), "2");
    assert_eq!(bench.get("/customers?customer_code=M2").body[0]["firstName"], "太郎");
    assert_eq!(bench.patch("/customers/2", json!({ "mailAddress": "taro@example.jp" })).status, 200);
    assert_eq!(bench.call("DELETE", "/customers/2", None).status, 200);
    assert_eq!(bench.get("/customers/2").status, 404);
    let category = bench.post("/categories", json!({ "categoryName": "小物" }));
    assert_eq!(category.body["categoryId"], "8000002", "{}", category.body);
    let store = bench.post("/stores", json!({ "storeCode": "S9", "storeName": "新店", "division": "1" }));
    assert_eq!(store.status, 200, "{}", store.body);
    assert_eq!(bench.get("/stores").body.as_array().unwrap().len(), 4);
    assert_eq!(bench.get("/terminals").status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_bulk_job_is_accepted_and_its_rows_are_told_later() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let rows = json!([shirt("B-1"), shirt("SHIRT"), shirt("B-2")]);
    let job = bench.post("/products/bulk", json!({ "products": rows, "callbackUrl": "http://hub.test/done" }));
    assert_eq!(job.status, 202, "{}", job.body);
    assert!(job.body["requestId"].is_u64());
    settle().await;
    let bodies = hub.bodies();
    let callback = bodies.iter().find(|body| body.is_array()).expect("a callback");
    let outcomes: Vec<&str> = callback.as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["success", "error", "success"]);
    let event = bodies.iter().find(|body| body.is_object()).expect("an event");
    assert_eq!(event["action"], "bulk-update");
    assert_eq!(event["productIds"], json!(["8000005", "8000006"]));
    let none = bench.post("/products/bulk", json!({ "products": [shirt("B-3")] }));
    assert!(none.body["detail"].as_str().unwrap().starts_with("[callbackUrl]"));
    delivery.abort();
}
