//! ロス and 棚卸: what is gone, and what is really there.

mod bench;

use bench::{BREAD, Bench, CONTRACT, Hub, SERVICE, SHIRT, relaxed, sale, settle};
use serde_json::{Value, json};
use smaregi_emulator::{
    BookedDocuments, Counted, InventorySettings, Settings, StockDivision, StocktakingPlan, Uncounted,
};
use std::sync::Arc;

fn with(inventory: InventorySettings) -> Bench {
    Bench::new(Settings { inventory, ..relaxed() })
}

fn loss() -> Value {
    json!({ "storeId": "1", "division": "01", "lossDateTime": "2026-11-19T18:00:00+09:00", "memo": "水濡れ", "staffId": "1",
        "details": [{ "productId": SHIRT.to_string(), "quantity": "2" }] })
}

fn refused(answer: &bench::Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.body);
    let detail = answer.body["detail"].as_str().unwrap();
    detail.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or("").to_owned()
}

fn moved(bench: &Bench, product: u64) -> Vec<(StockDivision, i64)> {
    bench.emulator.history(CONTRACT, product, 1).iter().skip(1).map(|change| (change.division, change.amount)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_loss_lowers_stock_on_the_day_it_happened() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let made = bench.post("/losses", loss());
    assert_eq!((made.status, &made.body["lossId"], &made.body["staffName"]), (200, &json!("1"), &json!("契約者")));
    assert_eq!((&made.body["details"][0]["cost"], &made.body["details"][0]["taxRate"]), (&json!("500"), &json!("10")));
    let history = bench.get(&format!("/stock/changes/{SHIRT}/1?target_date=2026-11-19")).body;
    assert_eq!(
        (&history[0]["amount"], &history[0]["stockDivision"], &history[0]["staffId"]),
        (&json!("-2"), &json!("14"), &json!("1"))
    );
    assert_eq!(history[0]["updDateTime"], "2026-11-21T10:00:00+09:00");

    let change = json!({ "division": "2", "details": [
        { "lossDetailId": "1", "quantity": "3" }, { "productId": BREAD.to_string(), "quantity": "1" }] });
    let changed = bench.patch("/losses/1", change);
    assert_eq!((changed.status, &changed.body["division"]), (200, &json!("02")), "{}", changed.body);
    assert_eq!(
        (moved(&bench, SHIRT), moved(&bench, BREAD)),
        (vec![(StockDivision::Loss, -2), (StockDivision::Loss, -1)], vec![(StockDivision::Loss, -1)])
    );
    assert_eq!(bench.get("/losses/1/details").body.as_array().unwrap().len(), 2);
    assert_eq!(bench.get("/losses?store_id=1&division=02").body[0]["memo"], "水濡れ");
    assert!(bench.get("/losses/1").body.get("details").is_none());
    assert_eq!(bench.call("DELETE", "/losses/1", None).status, 200);
    assert_eq!((bench.stock(SHIRT, 1).as_deref(), bench.stock(BREAD, 1).as_deref()), (Some("10"), Some("5")));
    settle().await;
    let told: Vec<Value> = hub.bodies().into_iter().filter(|body| body["event"] == "pos:losses").collect();
    let event =
        |action: &str| json!({ "contractId": CONTRACT, "event": "pos:losses", "action": action, "lossIds": ["1"] });
    assert_eq!(told, [event("created"), event("edited"), event("deleted")]);
    assert_eq!(hub.events().iter().filter(|event| *event == "pos:stock edited").count(), 3);
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_loss_is_checked_before_anything_is_written_off() {
    let bench = Bench::new(relaxed());
    let try_with = |change: &dyn Fn(&mut Value)| {
        let mut body = loss();
        change(&mut body);
        refused(&bench.post("/losses", body))
    };
    assert_eq!(try_with(&|l| l["storeId"] = json!("9")), "storeId");
    assert_eq!(try_with(&|l| l["division"] = json!("77")), "division");
    assert_eq!(try_with(&|l| l["lossDateTime"] = json!("2026-11-19")), "lossDateTime");
    assert_eq!(try_with(&|l| l["details"][0]["productId"] = json!("1")), "productId");
    assert_eq!(try_with(&|l| l["details"][0]["quantity"] = json!("-1")), "quantity");
    assert_eq!(
        try_with(&|l| {
            let row = l["details"][0].clone();
            l["details"].as_array_mut().unwrap().push(row)
        }),
        "productId"
    );
    bench.post("/losses", loss());
    let other = json!({ "details": [{ "lossDetailId": "1", "productId": BREAD.to_string(), "quantity": "1" }] });
    assert_eq!(refused(&bench.patch("/losses/1", other)), "productId");
    assert_eq!(
        refused(&bench.patch("/losses/1", json!({ "details": [{ "lossDetailId": "5", "quantity": "1" }] }))),
        "lossDetailId"
    );
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("8"));
    let strict = with(InventorySettings {
        booked_documents: BookedDocuments::Refuse,
        negative_quantities: true,
        ..InventorySettings::default()
    });
    let mut found = loss();
    found["details"][0]["quantity"] = json!("-1");
    assert_eq!(strict.post("/losses", found).status, 200);
    assert_eq!(strict.stock(SHIRT, 1).as_deref(), Some("11"));
    assert_eq!(strict.call("DELETE", "/losses/1", None).status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_contract_adds_its_own_reasons_for_losses() {
    let bench = Bench::new(relaxed());
    assert_eq!(bench.get("/losses/divisions").body.as_array().unwrap().len(), 3);
    assert_eq!(bench.post("/losses/divisions", json!({ "divisionCode": "10", "divisionName": "試食" })).status, 200);
    let mut tasting = loss();
    tasting["division"] = json!("10");
    assert_eq!(bench.post("/losses", tasting).status, 200);
    assert_eq!(bench.patch("/losses/divisions/10", json!({ "divisionName": "試着" })).body["divisionName"], "試着");
    assert_eq!(bench.call("DELETE", "/losses/divisions/10", None).status, 200);
}

fn counted(product_id: u64, quantity: u32) -> Counted {
    Counted { product_id, quantity: Some(quantity) }
}

#[tokio::test(start_paused = true)]
async fn a_stocktaking_sets_stock_to_what_was_counted() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let plan = StocktakingPlan { store_id: 1, ..StocktakingPlan::default() };
    let id = bench.emulator.begin_stocktaking(CONTRACT, &plan).unwrap();
    assert_eq!(id, 1);
    let begun = &bench.get("/stocktaking?store_id=1&status=0").body[0];
    assert_eq!((&begun["storeName"], &begun["stocktakingDate"]), (&json!("本店"), &json!("2026-11-21")));
    assert_eq!(bench.get("/stocktaking/1/categories").body, json!([{ "stocktakingInfoId": "1", "categoryId": "0" }]));
    let goods = bench.get("/stocktaking/1/products?sort=productId").body;
    let ids: Vec<&Value> = goods.as_array().unwrap().iter().map(|row| &row["productId"]).collect();
    assert_eq!(ids, [&json!(SHIRT.to_string()), &json!(BREAD.to_string())], "only goods whose stock is managed");
    assert_eq!((&goods[0]["inputStocktakingQuantity"], &goods[0]["stocktakingQuantity"]), (&json!(null), &json!(null)));

    assert!(bench.emulator.count_stocktaking(CONTRACT, id, &[counted(SHIRT, 8), counted(SERVICE, 1)]).is_err());
    assert_eq!(
        bench.get("/stocktaking/1/products").body[0]["inputStocktakingQuantity"],
        json!(null),
        "nothing of it was entered"
    );
    bench.emulator.count_stocktaking(CONTRACT, id, &[counted(SHIRT, 8)]).unwrap();
    bench.emulator.complete_stocktaking(CONTRACT, id).unwrap();
    let done = bench.get(&format!("/stocktaking/1/products?product_id={SHIRT}")).body;
    assert_eq!(
        (&done[0]["stocktakingQuantity"], &done[0]["stockQuantityBeforeAdjustment"]),
        (&json!("8"), &json!("10"))
    );
    assert_eq!(bench.get("/stocktaking?status=2").body.as_array().unwrap().len(), 1);
    assert_eq!((moved(&bench, SHIRT), moved(&bench, BREAD)), (vec![(StockDivision::Stocktaking, -2)], vec![]));
    assert!(bench.emulator.complete_stocktaking(CONTRACT, id).is_err());
    assert!(bench.emulator.delete_stocktaking(CONTRACT, id).is_err());
    settle().await;
    let events = ["pos:stocktaking created", "pos:stocktaking edited", "pos:stocktaking edited", "pos:stock edited"];
    assert_eq!(hub.events(), events);
    assert_eq!(
        hub.bodies()[0],
        json!({ "contractId": CONTRACT, "event": "pos:stocktaking", "action": "created", "stocktakingInfoIds": ["1"] })
    );
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn while_counts_are_adjusted_the_shop_goes_on_selling() {
    let bench = Bench::new(relaxed());
    let id = bench.control(
        "POST",
        "stocktaking/begin",
        json!({ "store_id": 1, "category_ids": [8_000_001], "date": "2026-11-20" }),
    );
    assert_eq!((id.status, &id.body["targetDivision"]), (200, &json!("1")), "{}", id.body);
    let count = json!({ "stocktaking_id": 1, "counts": [{ "product_id": SHIRT, "quantity": 9 }] });
    assert_eq!(bench.control("POST", "stocktaking/count", count).status, 200);
    assert_eq!(bench.control("POST", "stocktaking/adjust", json!({ "stocktaking_id": 1 })).body["status"], "1");
    assert_eq!(bench.control("POST", "stocktaking/adjust", json!({ "stocktaking_id": 1 })).status, 400);
    bench.post("/transactions", sale(SHIRT, 2200, 3));
    assert_eq!(bench.control("POST", "stocktaking/complete", json!({ "stocktaking_id": 1 })).body["status"], "2");
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("6"), "nine were there, three were sold since");
    let change = bench.emulator.history(CONTRACT, SHIRT, 1).pop().unwrap();
    assert_eq!(
        (change.amount, change.at - change.effective_at),
        (-1, 10 * 3600 + 1),
        "dated back to the day of the count"
    );
}

#[tokio::test(start_paused = true)]
async fn control_refuses_what_makes_no_sense() {
    let bench = Bench::new(relaxed());
    let refuse = |action: &str, body: Value| {
        let answer = bench.control("POST", &format!("stocktaking/{action}"), body);
        (answer.status, answer.body["detail"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(refuse("begin", json!({})).0, 400);
    assert!(refuse("begin", json!({ "store_id": 9 })).1.contains("[store_id]"));
    assert!(refuse("begin", json!({ "store_id": 1, "category_ids": [7] })).1.contains("[category_ids]"));
    assert!(refuse("begin", json!({ "store_id": 1, "date": "20261121" })).1.contains("[date]"));
    assert!(refuse("begin", json!({ "store_id": 1, "shop": 2 })).1.contains("shop"));
    assert_eq!(refuse("complete", json!({ "stocktaking_id": 5 })).0, 400);
    assert_eq!(refuse("finish", json!({ "stocktaking_id": 5 })).0, 404);
    bench.control("POST", "stocktaking/begin", json!({ "store_id": 1 }));
    assert_eq!(refuse("delete", json!({ "stocktaking_id": 1 })).0, 200);
    assert_eq!((bench.get("/stocktaking").body, bench.get("/stocktaking/1/products").status), (json!([]), 404));
}

#[tokio::test(start_paused = true)]
async fn goods_nobody_counted_may_count_as_gone() {
    let bench = with(InventorySettings { uncounted: Uncounted::Zero, ..InventorySettings::default() });
    let plan = StocktakingPlan { store_id: 1, ..StocktakingPlan::default() };
    let id = bench.emulator.begin_stocktaking(CONTRACT, &plan).unwrap();
    bench.emulator.count_stocktaking(CONTRACT, id, &[counted(SHIRT, 10)]).unwrap();
    bench.emulator.complete_stocktaking(CONTRACT, id).unwrap();
    assert_eq!((bench.stock(SHIRT, 1).as_deref(), bench.stock(BREAD, 1).as_deref()), (Some("10"), Some("0")));
    assert!(moved(&bench, SHIRT).is_empty(), "as many as the book says");
}

#[tokio::test(start_paused = true)]
async fn book_stock_is_told_for_any_day_with_what_is_under_way() {
    let bench = Bench::new(relaxed());
    let mut early = loss();
    early["details"][0]["quantity"] = json!("1");
    bench.post("/losses", early);
    let transfer = json!({ "shippingStoreId": "1", "receivingStoreId": "2", "shippingDate": "2026-11-21", "status": "1",
        "receivingExpectedDateFrom": "2026-11-22", "receivingExpectedDateTo": "2026-11-22",
        "details": [{ "productId": SHIRT.to_string(), "quantity": "4" }] });
    bench.post("/shipping", transfer);
    let begin = |store_id| {
        bench.emulator.begin_stocktaking(CONTRACT, &StocktakingPlan { store_id, ..StocktakingPlan::default() }).unwrap()
    };
    let (first, second) = (begin(1), begin(2));
    assert_eq!(bench.get(&format!("/stocktaking/{second}/products")).body[0]["transportationStockQuantity"], "4");
    let on =
        |id: u64, day: &str| bench.get(&format!("/stocktaking/{id}/details/{day}?product_id={SHIRT}")).body[0].clone();
    assert_eq!(on(first, "2026-11-18")["stockQuantity"], "0", "the emulator knows nothing before its first day");
    assert_eq!(on(first, "2026-11-19")["stockQuantity"], "-1", "the loss is dated back before the first stock");
    let today = on(first, "2026-11-21");
    assert_eq!((&today["stockQuantity"], &today["stockMoney"]), (&json!("5"), &json!("2500")));
    assert_eq!((&today["storeId"], &today["transportationQuantity"]), (&json!("1"), &json!("0")));
    let there = on(second, "2026-11-21");
    assert_eq!((&there["transportationQuantity"], &there["transportationMoney"]), (&json!("4"), &json!("2000")));
    assert_eq!(on(second, "2026-11-20")["transportationQuantity"], "0");
    let received = json!({ "receivingDate": "2026-11-22", "details": [{ "receivingDetailId": "1", "inspectionQuantity": "4", "stockoutQuantity": "0", "inspectionDate": "2026-11-22" }] });
    bench.patch("/receiving/1", received);
    assert_eq!(on(second, "2026-11-21")["transportationQuantity"], "4", "that evening they were still under way");
    assert_eq!(on(second, "2026-11-22")["transportationQuantity"], "0");
    assert_eq!(refused(&bench.get("/stocktaking/1/details/yesterday")), "base_date");
    assert_eq!(bench.get("/stocktaking/9/details/2026-11-21").status, 404);
    let paged = bench
        .get("/stocktaking/1/details/2026-11-21?limit=1&page=2&sort=productId:desc&fields=productId,stockQuantity");
    assert_eq!(paged.body, json!([{ "productId": SHIRT.to_string(), "stockQuantity": "5" }]));
}
