//! Everything a shop keeps besides its goods and members: prices, options, coupons, bundles, suppliers, budgets.

mod bench;

use bench::{BREAD, Bench, CONTRACT, Hub, SET, SHIRT, relaxed, settle};
use serde_json::{Value, json};
use std::sync::Arc;

fn keys(list: &Value, member: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|row| row[member].as_str().unwrap_or("null").to_owned()).collect()
}

/// A refusal that names the field.
fn refuses(answer: &bench::Answer, field: &str) {
    let detail = answer.body["detail"].as_str().unwrap_or_default();
    assert!(answer.status == 400 && detail.starts_with(&format!("[{field}]")), "{} {}", answer.status, answer.body);
}

#[tokio::test(start_paused = true)]
async fn a_price_row_is_seen_from_the_product_and_from_the_store() {
    let bench = Bench::new(relaxed());
    let prices = format!("/products/{SHIRT}/prices");
    let winter = json!({ "storeId": "1", "priceDivision": "1", "startDate": "2026-12-01", "endDate": "2026-12-31", "price": "1800" });
    assert_eq!(bench.post(&prices, winter.clone()).status, 200);
    let everywhere = json!({ "storeId": "-1", "priceDivision": "2", "startDate": "2026-11-01", "price": 1500 });
    assert_eq!(bench.post(&prices, everywhere).status, 200);
    refuses(&bench.post(&prices, winter), "startDate");
    refuses(
        &bench.post(&prices, json!({ "storeId": "99", "priceDivision": "1", "startDate": "2026-12-01", "price": "1" })),
        "storeId",
    );
    assert_eq!(keys(&bench.get(&prices).body, "price"), ["1800", "1500"], "by price division, then store");
    assert_eq!(keys(&bench.get(&format!("{prices}?store_id=1")).body, "price"), ["1800"]);
    assert_eq!(keys(&bench.get("/stores/1/product_prices?price_division=1").body, "price"), ["1800"]);
    assert_eq!(keys(&bench.get("/stores/1/product_prices?target_date=2026-12-24").body, "price"), ["1800"]);
    assert_eq!(bench.get("/stores/1/product_prices?target_date=2027-01-01").body, json!([]));
    assert_eq!(bench.get("/stores/99/product_prices").status, 404);
    let product = bench.get(&format!("/products/{SHIRT}?with_prices=all"));
    assert_eq!(keys(&product.body["prices"], "storeId"), ["1", "-1"]);
    let one = |store: &str, date: &str| bench.call("DELETE", &format!("{prices}/1/{store}/{date}"), None).status;
    assert_eq!((one("1", "soon"), one("1", "2026-12-02"), one("99", "2026-12-01")), (400, 404, 404));
    assert_eq!((one("1", "2026-12-01"), one("1", "2026-12-01")), (200, 404));
    assert_eq!(bench.call("DELETE", &format!("{prices}/2/-1/2026-11-01"), None).status, 200);
    assert_eq!(bench.get(&prices).body, json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_product_brings_its_lists_along_and_takes_them_with_it() {
    let bench = Bench::new(relaxed());
    let product = json!({ "categoryId": "8000001", "productCode": "SET-2", "productName": "2点組", "price": "1",
        "inventoryReservations": [{ "reservationProductId": SHIRT.to_string(), "reservationAmount": "1" },
            { "reservationProductId": BREAD.to_string(), "reservationAmount": "3" }],
        "stores": [{ "storeId": "2", "assignDivision": "1" }],
        "reserveItems": [{ "no": "1", "value": "日本製" }] });
    let made = bench.post("/products", product.clone());
    assert_eq!(made.status, 200, "{}", made.body);
    let id = made.body["productId"].as_str().unwrap().to_owned();
    assert_eq!(made.body["reserveItems"], json!([{ "productId": id, "no": "1", "value": "日本製" }]));
    let parts = format!("/products/{id}/inventory_reservations");
    assert_eq!(keys(&bench.get(&parts).body, "reservationAmount"), ["1", "3"]);
    bench.patch(
        &format!("/products/{id}"),
        json!({ "inventoryReservations": [{ "reservationProductId": BREAD.to_string(), "reservationAmount": "2" }] }),
    );
    assert_eq!(keys(&bench.get(&parts).body, "reservationAmount"), ["2"], "a list that is sent replaces the old one");
    assert_eq!(
        keys(&bench.get(&format!("/products/{id}/stores")).body, "assignDivision"),
        ["1"],
        "what is not sent stays"
    );
    bench.emulator.receive(CONTRACT, BREAD, 1, 10).unwrap();
    let sale = bench.post("/transactions", bench::sale(id.parse().unwrap(), 1, 2));
    assert_eq!(sale.status, 200, "{}", sale.body);
    assert_eq!(bench.stock(BREAD, 1).as_deref(), Some("11"), "5 + 10, less two pieces for each of two sets");
    let mut wrong = product;
    wrong["productCode"] = json!("SET-3");
    wrong["inventoryReservations"][1]["reservationProductId"] = json!("1");
    refuses(&bench.post("/products", wrong), "reservationProductId");
    assert_eq!(bench.get("/products?product_code=SET-3").body, json!([]), "nothing is half made");
    assert_eq!(bench.call("DELETE", &format!("/products/{id}"), None).status, 200);
    assert_eq!(bench.get(&parts).status, 404);
    let again = bench.post(
        "/products",
        json!({ "categoryId": "8000001", "productCode": "SET-4", "productName": "次", "price": "1" }),
    );
    assert_eq!(again.body["productId"].as_str(), Some(id.as_str()), "the number is free again");
    assert_eq!(bench.get(&parts).body, json!([]), "and nothing is inherited");
}

#[tokio::test(start_paused = true)]
async fn a_product_is_sold_in_the_stores_that_were_put() {
    let bench = Bench::new(relaxed());
    let stores = format!("/products/{SHIRT}/stores");
    let all = json!([{ "storeId": "1", "assignDivision": "0" }, { "storeId": "2", "assignDivision": "1" }]);
    let put = bench.call("PUT", &stores, Some(all));
    assert_eq!((put.status, keys(&put.body, "storeId")), (200, vec!["1".into(), "2".into()]), "{}", put.body);
    assert!(!keys(&bench.get("/stores/2/products").body, "productId").contains(&SHIRT.to_string()));
    assert!(keys(&bench.get("/stores/1/products").body, "productId").contains(&SHIRT.to_string()));
    assert_eq!(keys(&bench.get(&format!("{stores}?assign_division=1")).body, "storeId"), ["2"]);
    refuses(&bench.call("PUT", &stores, Some(json!([{ "storeId": "9" }]))), "storeId");
    assert_eq!(bench.call("PUT", &stores, Some(json!({}))).status, 400);
    assert_eq!(bench.get(&stores).body.as_array().unwrap().len(), 2);
    bench.call("DELETE", "/stores/2", None);
    assert_eq!(keys(&bench.get(&stores).body, "storeId"), ["1"], "a store that is gone sells nothing");
}

#[tokio::test(start_paused = true)]
async fn an_option_group_in_use_stays_and_keeps_its_last_product() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let products = json!([{ "productId": BREAD.to_string() }, { "productId": SET.to_string() }]);
    let group = json!({ "productOptionGroupName": "名入れ", "conditionId": "0", "products": products });
    let made = bench.post("/product_option_groups", group);
    assert_eq!((made.status, made.body["productOptionGroupId"].as_str()), (200, Some("1")), "{}", made.body);
    let shown = bench.get("/product_option_groups/1?with_products=all");
    assert_eq!(keys(&shown.body["products"], "productId"), [BREAD.to_string(), SET.to_string()]);
    bench.patch(&format!("/products/{SHIRT}"), json!({ "productOptionGroupId": "1" }));
    let refused = bench.call("DELETE", "/product_option_groups/1", None);
    assert_eq!(refused.body["detail"], "指定されたオプショングループは使用中のため、削除できません。");
    let option = |id: u64| bench.call("DELETE", &format!("/product_option_groups/1/products/{id}"), None);
    assert_eq!(option(BREAD).status, 200);
    assert_eq!(option(SET).body["detail"], "オプション商品が0件になるため削除できません。");
    bench.patch(&format!("/products/{SHIRT}"), json!({ "productOptionGroupId": null }));
    assert_eq!(bench.call("DELETE", "/product_option_groups/1", None).status, 200);
    settle().await;
    let removed = hub.bodies().into_iter().find(|body| body["event"] == "pos:product-options").expect("an event");
    assert_eq!(removed["ids"], json!([{ "productOptionGroupId": "1", "productId": BREAD.to_string() }]));
    assert!(hub.events().contains(&"pos:option-groups deleted".to_owned()));
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_coupon_names_its_goods_by_four_columns() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let coupon = json!({ "couponName": "500円引", "serialNumber": "C1", "awardType": "1", "awardValue": "500", "applyConditionDivision": "0" });
    assert_eq!(bench.post("/coupons", coupon).body["couponId"], "1");
    let item = |division: &str, item: &str, kind: &str| {
        bench.post("/coupons/1/products", json!({ "division": division, "itemId": item, "type": kind }))
    };
    refuses(&item("1", "9999999", "1"), "itemId");
    refuses(&item("2", "9999999", "1"), "itemId");
    assert_eq!(item("3", "GROUP-A", "1").status, 200, "a group code is no row");
    assert_eq!(item("1", "8000001", "1").status, 200);
    assert_eq!(item("2", &SHIRT.to_string(), "2").status, 200);
    refuses(&item("2", &SHIRT.to_string(), "2"), "itemId");
    let path =
        |kind: &str, division: &str, item: &str| format!("/coupons/1/type/{kind}/division/{division}/products/{item}");
    let shirt = SHIRT.to_string();
    assert_eq!(bench.patch(&path("2", "2", &shirt), json!({ "salesPrice": "100" })).body["salesPrice"], "100");
    refuses(&bench.patch(&path("1", "1", "8000001"), json!({ "salesPrice": "100" })), "type");
    assert_eq!(bench.patch(&path("2", "1", "8000001"), json!({ "salesPrice": "100" })).status, 404);
    assert_eq!(keys(&bench.get("/coupons/1/products").body, "itemId"), ["8000001", "GROUP-A", &shirt]);
    assert_eq!(bench.call("DELETE", &path("1", "3", "GROUP-A"), None).status, 200);
    assert_eq!(bench.call("DELETE", "/coupons/1", None).status, 200);
    settle().await;
    let changed =
        hub.bodies().into_iter().find(|body| body["event"] == "pos:coupon-products" && body["action"] == "edited");
    assert_eq!(changed.unwrap()["ids"], json!([{ "couponId": "1", "type": "2", "division": "2", "itemId": shirt }]));
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn suppliers_bundles_and_bargains_keep_what_belongs_to_them() {
    let bench = Bench::new(relaxed());
    assert_eq!(
        bench.post("/suppliers", json!({ "supplierCode": "S", "supplierName": "見本商会" })).body["supplierId"],
        "1"
    );
    refuses(&bench.post("/suppliers", json!({ "supplierCode": "S" })), "supplierCode");
    assert_eq!(
        bench.post("/suppliers/1/products", json!({ "division": "2", "targetId": SHIRT.to_string() })).status,
        200
    );
    assert_eq!(
        bench.post("/suppliers/2/products", json!({ "division": "2", "targetId": SHIRT.to_string() })).status,
        404
    );
    let bundle = json!({ "productBundleGroupName": "2点で", "type": "1", "value": "10", "termFrom": "2026-11-01", "termTo": "2026-12-31",
        "products": [{ "productId": SHIRT.to_string() }, { "categoryId": "8000001" }] });
    let made = bench.post("/bundles", bundle);
    assert_eq!(keys(&made.body["products"], "productBundleId"), ["1", "2"], "{}", made.body);
    assert_eq!(bench.get("/bundles?term_from=2026-11-01").body.as_array().unwrap().len(), 1);
    assert_eq!(bench.call("DELETE", "/bundles/1/products/2", None).status, 200);
    assert_eq!(bench.call("DELETE", "/bundles/2/products/1", None).status, 404, "of another bundle");
    bench.post("/bargains", json!({ "bargainName": "冬" }));
    bench.post("/bargains", json!({ "bargainName": "春" }));
    assert_eq!(bench.post("/bargains/2/stores", json!({ "storeId": "1" })).body["bargainStoreId"], "1");
    assert_eq!(bench.call("DELETE", "/bargains/1/stores/1", None).status, 404, "of the other bargain");
    bench.call("DELETE", &format!("/products/{SHIRT}"), None);
    assert_eq!(bench.get("/suppliers/1/products").body, json!([]), "a product that is gone is nobody's");
    assert_eq!(bench.get("/bundles/1").body["products"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_rank_is_found_by_its_code_and_a_member_cannot_have_an_unknown_one() {
    let bench = Bench::new(relaxed());
    assert_eq!(bench.post("/customer_ranks", json!({ "code": "金", "name": "ゴールド" })).status, 200);
    assert_eq!(bench.post("/customer_ranks", json!({ "code": "01", "name": "一" })).status, 200);
    assert_eq!(bench.post("/customer_ranks", json!({ "code": "1", "name": "壱" })).status, 200, "01 and 1 differ");
    refuses(&bench.post("/customer_ranks", json!({ "code": "01" })), "code");
    assert_eq!(bench.get("/customer_ranks/%E9%87%91").body["name"], "ゴールド");
    assert_eq!(bench.patch("/customer_ranks/01", json!({ "name": "二" })).body["code"], "01");
    assert_eq!(
        (bench.get("/customer_ranks/1").body["name"].as_str(), bench.get("/customer_ranks/2").status),
        (Some("壱"), 404)
    );
    assert_eq!(bench.patch("/customers/1", json!({ "rank": "金" })).status, 200);
    refuses(&bench.patch("/customers/1", json!({ "rank": "銀" })), "rank");
    assert_eq!(bench.call("DELETE", "/customer_ranks/01", None).status, 200);
    assert_eq!(keys(&bench.get("/customer_ranks").body, "code"), ["1", "金"]);
}

#[tokio::test(start_paused = true)]
async fn a_month_has_the_sum_of_its_days_as_its_budget() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let day = |date: &str, target: &str| json!({ "date": date, "salesTargetDaily": target });
    let days = json!({ "budgets": [day("2026-11-01", "1000"), day("2026-11-02", "2000")] });
    let set = bench.patch("/budget/1/2026/11", days);
    assert_eq!(keys(&set.body, "salesTargetDaily"), ["1000", "2000"], "{}", set.body);
    bench.patch("/budget/1/2026/11", json!({ "budgets": [day("2026-11-02", "5000")] }));
    bench.patch("/budget/1/2026/12", json!({ "budgets": [day("2026-12-24", "9000")] }));
    assert_eq!(keys(&bench.get("/budget/1").body, "salesTargetMonthly"), ["6000", "9000"]);
    assert_eq!(keys(&bench.get("/budget/1?ym-from=202612&ym-to=202612").body, "ym"), ["202612"]);
    assert_eq!(keys(&bench.get("/budget/1/2026/11").body, "salesTargetDaily"), ["1000", "5000"]);
    refuses(&bench.patch("/budget/1/2026/11", json!({ "budgets": [day("2026-12-01", "1")] })), "date");
    let staff = bench.patch("/budget/1/2026/11/staffs/1", json!({ "salesTargetMonthly": "700" }));
    assert_eq!(keys(&staff.body, "salesTargetMonthly"), ["700"], "{}", staff.body);
    let old = bench.call("DELETE", "/budget/1/2010/12", None);
    assert_eq!((old.status, old.body["detail"].as_str()), (400, Some("2011年1月より前のデータは登録できません。")));
    assert_eq!(bench.call("DELETE", "/budget/1/2026/11", None).status, 200);
    assert_eq!(
        (bench.get("/budget/1/2026/11").body, keys(&bench.get("/budget/1").body, "ym")),
        (json!([]), vec!["202612".into()])
    );
    settle().await;
    let events: Vec<Value> = hub.bodies().into_iter().filter(|body| body["event"] == "pos:daily-budget").collect();
    assert_eq!(events.last().unwrap()["ids"], json!([{ "storeId": "1", "year": "2026", "month": "11" }]));
    assert_eq!(
        events.iter().map(|e| e["action"].as_str().unwrap()).collect::<Vec<_>>(),
        ["edited", "edited", "edited", "deleted"]
    );
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_job_sets_order_points_and_tells_of_each_row() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let row = |product: u64, point: &str| json!({ "productId": product.to_string(), "orderPoint": point });
    let job = json!({ "productOrderPoints": [row(SHIRT, "5"), row(1, "5")], "callbackUrl": "http://hub.test/done" });
    assert_eq!(bench.patch("/stores/1/product_order_points/bulk", job).status, 202);
    let job = json!({ "productOrderPoints": [row(SHIRT, "8")], "callbackUrl": "http://hub.test/done" });
    assert_eq!(bench.patch("/stores/1/product_order_points/bulk", job).status, 202);
    assert_eq!(
        bench.get("/stores/1/product_order_points").body,
        json!([{ "productId": SHIRT.to_string(), "storeId": "1", "orderPoint": "8" }])
    );
    settle().await;
    let first = hub.bodies().into_iter().next().expect("a callback");
    assert_eq!(first[0]["status"], "success");
    assert_eq!(
        (first[1]["status"].as_str(), first[1]["detail"].as_str().map(|d| d.starts_with("[productId]"))),
        (Some("error"), Some(true))
    );
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_store_has_one_item_of_each_class() {
    let bench = Bench::new(relaxed());
    for name in ["地域", "規模"] {
        let class = bench.post("/store_classes", json!({ "storeClassName": name })).body["storeClassId"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(bench.post(&format!("/store_classes/{class}/items"), json!({ "itemName": name })).status, 200);
    }
    let put = |class: &str, item: &str| {
        bench.call("PUT", &format!("/stores/1/class_item_relations/{class}"), Some(json!({ "itemId": item })))
    };
    assert_eq!(put("1", "1").status, 200);
    refuses(&put("1", "2"), "itemId");
    assert_eq!(
        (put("3", "1").status, bench.get("/store_classes/2/items").body[0]["itemId"].as_str()),
        (404, Some("2"))
    );
    assert_eq!(keys(&bench.get("/stores/1/class_item_relations").body, "itemId"), ["1"]);
    assert_eq!(bench.call("DELETE", "/store_classes/1", None).status, 200);
    assert_eq!(bench.get("/stores/1/class_item_relations").body, json!([]));
}

#[tokio::test(start_paused = true)]
async fn staff_are_found_by_their_stores() {
    let bench = Bench::new(relaxed());
    let staff = |id: &str, store: &str| json!({ "staffId": id, "staffCode": id, "staffName": "見本", "stores": [{ "storeId": store, "controlDivision": "1" }] });
    bench.emulator.load_dataset(CONTRACT, &json!({ "staffs": [staff("2", "1"), staff("3", "2")] })).unwrap();
    assert_eq!(keys(&bench.get("/staffs?store_id=2").body, "staffId"), ["3"]);
    let shown = bench.get("/staffs/2?with_stores=all").body;
    assert_eq!(shown["stores"], json!([{ "staffId": "2", "storeId": "1", "controlDivision": "1" }]));
    assert_eq!(bench.post("/staffs", json!({})).status, 405, "staff are made in the admin screen only");
}
