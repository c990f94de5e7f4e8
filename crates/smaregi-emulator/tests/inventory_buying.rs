//! 発注 → 入荷, and 出荷: goods from suppliers and back.

mod bench;

use bench::{BREAD, Bench, CONTRACT, Hub, SERVICE, SHIRT, relaxed, settle};
use serde_json::{Value, json};
use smaregi_emulator::{
    BookedDocuments, InspectedGoods, InventorySettings, OrderDivisionUnit, Settings, StockDivision, StorageQuantity,
};
use std::sync::Arc;

fn with(inventory: InventorySettings) -> Bench {
    bench(Settings { inventory, ..relaxed() })
}

fn bench(settings: Settings) -> Bench {
    let bench = Bench::new(settings);
    let suppliers = json!({ "suppliers": [
        { "supplierId": "1", "supplierCode": "SUP1", "supplierName": "見本商会" },
        { "supplierId": "2", "supplierCode": "SUP2", "supplierName": "見本物産" } ] });
    bench.emulator.load_dataset(CONTRACT, &suppliers).unwrap();
    bench
}

/// Shirts and bread for the first shop, shirts for the second.
fn order(status: &str) -> Value {
    json!({ "recipientOrderId": "1", "status": status, "memo": "冬物",
        "products": [
            { "productId": SHIRT.to_string(), "cost": "480", "deliveryStore": [
                { "storeId": "1", "quantity": "5" }, { "storeId": "2", "quantity": "3" } ] },
            { "productId": BREAD.to_string(), "deliveryStore": [{ "storeId": "1", "quantity": "20" }] } ],
        "stores": [
            { "storageStoreId": "1", "storageExpectedDateFrom": "2026-11-25", "storageExpectedDateTo": "2026-11-26" },
            { "storageStoreId": "2" } ] })
}

fn refused(answer: &bench::Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.body);
    let detail = answer.body["detail"].as_str().unwrap();
    detail.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or("").to_owned()
}

fn moved(bench: &Bench, product: u64, store: u64) -> Vec<(StockDivision, i64)> {
    bench.emulator.history(CONTRACT, product, store).iter().map(|change| (change.division, change.amount)).collect()
}

#[tokio::test(start_paused = true)]
async fn an_order_expects_its_goods_store_by_store() {
    let bench = bench(relaxed());
    let made = bench.post("/purchase_orders", order("2"));
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.body["storageInfoId"], "1");
    assert_eq!((&made.body["roundingDivision"], &made.body["orderedDate"]), (&json!("1"), &json!("2026-11-21")));
    let lines = &made.body["products"];
    assert_eq!(
        (&lines[0]["quantity"], &lines[0]["cost"], &lines[0]["taxRate"]),
        (&json!("8"), &json!("480"), &json!("10"))
    );
    assert_eq!(
        (&lines[1]["quantity"], &lines[1]["cost"], &lines[1]["taxRate"]),
        (&json!("20"), &json!("500"), &json!("8"))
    );
    assert_eq!(made.body["stores"][1]["storageExpectedDateTo"], "2026-11-21", "today unless it is said");

    let expected = bench.get("/storage?storage_info_id=1");
    let stores: Vec<&Value> = expected.body.as_array().unwrap().iter().map(|row| &row["storageStoreId"]).collect();
    assert_eq!(stores, ["1", "2"]);
    let first = bench.get("/storage/1?with_details=all").body;
    assert_eq!(
        (&first["storageDate"], &first["status"], &first["supplierId"]),
        (&json!(null), &json!("0"), &json!("1"))
    );
    assert_eq!((&first["memo"], &first["storageExpectedDateFrom"]), (&json!("冬物"), &json!("2026-11-25")));
    let goods: Vec<(&str, &str)> = first["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["productId"].as_str().unwrap(), row["scheduledQuantity"].as_str().unwrap()))
        .collect();
    assert_eq!(goods, [("8000001", "5"), ("8000002", "20")]);
    assert_eq!(bench.get("/storage/2/details").body.as_array().unwrap().len(), 1);
    assert_eq!(bench.stock(SHIRT, 2), None, "ordered is not received");
}

#[tokio::test(start_paused = true)]
async fn inspected_goods_become_stock_and_the_order_follows() {
    let bench = bench(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    bench.post("/purchase_orders", order("2"));
    let line = |id: &str, pieces: &str| json!({ "storageDetailId": id, "inspectionQuantity": pieces, "inspectionDate": "2026-11-25" });
    assert_eq!(refused(&bench.patch("/storage/1", json!({ "details": [line("1", "5")] }))), "storageDate");
    let undated =
        json!({ "storageDate": "2026-11-25", "details": [{ "storageDetailId": "1", "inspectionQuantity": "5" }] });
    assert_eq!(refused(&bench.patch("/storage/1", undated)), "inspectionDate");
    let foreign = json!({ "storageDate": "2026-11-25", "details": [line("1001", "5")] });
    assert_eq!(refused(&bench.patch("/storage/1", foreign)), "storageDetailId");
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("10"));

    let some = bench.patch("/storage/1", json!({ "storageDate": "2026-11-25", "details": [line("1", "5")] }));
    assert_eq!((some.status, &some.body["status"]), (200, &json!("1")), "{}", some.body);
    assert_eq!(bench.get("/purchase_orders/1").body["status"], "3");
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("15"));
    let short = json!({ "details": [{ "storageDetailId": "2", "inspectionQuantity": "18", "stockoutQuantity": "2",
        "stockoutReason": "欠品", "inspectionDate": "2026-11-25" }] });
    assert_eq!(bench.patch("/storage/1", short).body["status"], "2");
    assert_eq!(bench.stock(BREAD, 1).as_deref(), Some("23"));
    assert_eq!(bench.get("/purchase_orders/1").body["status"], "3", "the second shop still waits");
    let forced = json!({ "storageDate": "2026-11-26", "details": [{ "storageDetailId": "1001", "inspectionQuantity": "2",
        "inspectionDate": "2026-11-26", "compulsoryCompleteFlag": "1" }] });
    assert_eq!(bench.patch("/storage/2", forced).body["status"], "2");
    assert_eq!(bench.get("/purchase_orders?status=4").body[0]["storageInfoId"], "1");
    assert_eq!(moved(&bench, SHIRT, 2), [(StockDivision::GoodsIn, 2)]);
    settle().await;
    let told = hub.bodies();
    assert_eq!(
        told[0],
        json!({ "contractId": CONTRACT, "event": "pos:purchase-orders", "action": "created", "storageInfoIds": ["1"] })
    );
    let events: Vec<String> = hub.events();
    let expected = [
        "pos:purchase-orders created",
        "pos:purchase-orders edited",
        "pos:stock edited",
        "pos:stock edited",
        "pos:purchase-orders edited",
        "pos:stock edited",
    ];
    assert_eq!(events, expected);
    let last = &bench.emulator.history(CONTRACT, SHIRT, 2)[0];
    assert_eq!(told[5]["ids"], json!([{ "id": last.id.to_string(), "productId": SHIRT.to_string(), "storeId": "2" }]));
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_wrong_inspection_is_corrected_by_the_difference() {
    let bench = bench(relaxed());
    let receipt = json!({ "supplierId": "1", "storageStoreId": "1", "storageDate": "2026-11-21", "details": [
        { "productId": SHIRT.to_string(), "scheduledQuantity": "5", "inspectionQuantity": "5", "inspectionDate": "2026-11-21" },
        { "productId": SERVICE.to_string(), "scheduledQuantity": "1", "inspectionQuantity": "1", "inspectionDate": "2026-11-21" }] });
    let made = bench.post("/storage", receipt);
    assert_eq!((made.status, &made.body["status"], &made.body["storageInfoId"]), (200, &json!("2"), &json!(null)));
    assert_eq!(bench.stock(SERVICE, 1), None, "its stock is not managed");
    let correct =
        json!({ "details": [{ "storageDetailId": "1", "inspectionQuantity": "4", "compulsoryCompleteFlag": "1" }] });
    assert_eq!(bench.patch("/storage/1", correct).body["status"], "2");
    assert_eq!(moved(&bench, SHIRT, 1)[1..], [(StockDivision::GoodsIn, 5), (StockDivision::GoodsIn, -1)]);
}

#[tokio::test(start_paused = true)]
async fn how_an_inspection_counts_is_a_setting() {
    let added = with(InventorySettings {
        storage_quantity: StorageQuantity::Added,
        inspected_goods: InspectedGoods::WhenComplete,
        edit_completed_storage: false,
        ..InventorySettings::default()
    });
    added.post("/purchase_orders", order("2"));
    let more = |pieces: &str| {
        let line = json!({ "storageDetailId": "1001", "inspectionQuantity": pieces, "inspectionDate": "2026-11-25" });
        added.patch("/storage/2", json!({ "storageDate": "2026-11-25", "details": [line] }))
    };
    assert_eq!(more("2").body["details"][0]["inspectionQuantity"], "2");
    assert_eq!(added.stock(SHIRT, 2), None, "not before all is there");
    assert_eq!(more("-1").body["details"][0]["inspectionQuantity"], "1");
    assert_eq!(more("2").body["status"], "2");
    assert_eq!(added.stock(SHIRT, 2).as_deref(), Some("3"));
    assert_eq!(refused(&more("1")), "", "入荷完了後の編集不可");
}

#[tokio::test(start_paused = true)]
async fn an_order_is_checked_before_anything_is_kept() {
    let bench = bench(relaxed());
    let try_with = |change: &dyn Fn(&mut Value)| {
        let mut body = order("2");
        change(&mut body);
        refused(&bench.post("/purchase_orders", body))
    };
    assert_eq!(try_with(&|o| o["status"] = json!("3")), "status");
    assert_eq!(try_with(&|o| o["recipientOrderId"] = json!("9")), "recipientOrderId");
    assert_eq!(try_with(&|o| o["staffId"] = json!("99")), "staffId");
    assert_eq!(try_with(&|o| o["products"][0]["productId"] = json!("1")), "productId");
    assert_eq!(try_with(&|o| o["products"][1]["productId"] = json!(SHIRT.to_string())), "productId");
    assert_eq!(try_with(&|o| o["products"][0]["deliveryStore"][0]["storeId"] = json!("9")), "storeId");
    assert_eq!(try_with(&|o| o["products"][0]["deliveryStore"][0]["quantity"] = json!("100000")), "quantity");
    assert_eq!(try_with(&|o| o["products"][0]["deliveryStore"][0]["quantity"] = json!("-1")), "quantity");
    assert_eq!(try_with(&|o| o["stores"][1]["storageStoreId"] = json!("3")), "deliveryStore");
    assert_eq!(try_with(&|o| o["stores"][1]["storageStoreId"] = json!("1")), "storageStoreId");
    assert_eq!(try_with(&|o| o["stores"][0]["storageExpectedDateTo"] = json!("2026-11-24")), "storageExpectedDateTo");
    assert_eq!(try_with(&|o| o["products"] = json!([])), "products");
    let row = |n: u64| json!({ "productId": (n + 1).to_string(), "deliveryStore": [] });
    assert_eq!(try_with(&|o| o["products"] = (0..1001).map(row).collect()), "products");
    assert_eq!(bench.get("/purchase_orders").body, json!([]));
    assert_eq!(bench.get("/storage").body, json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_contract_that_splits_orders_wants_a_supplier_and_one_may_want_every_store_on_every_line() {
    let split = with(InventorySettings {
        order_division_unit: OrderDivisionUnit::Supplier,
        delivery_stores_per_product: true,
        ..InventorySettings::default()
    });
    assert_eq!(refused(&split.post("/purchase_orders", order("2"))), "deliveryStore");
    let mut full = order("2");
    full["products"][1]["deliveryStore"].as_array_mut().unwrap().push(json!({ "storeId": "2", "quantity": "0" }));
    let mut nobody = full.clone();
    nobody.as_object_mut().unwrap().remove("recipientOrderId");
    assert_eq!(refused(&split.post("/purchase_orders", nobody)), "recipientOrderId");
    let made = split.post("/purchase_orders", full);
    assert_eq!(made.body["divisionUnit"], "2", "{}", made.body);
    assert_eq!(split.get("/storage/2/details").body.as_array().unwrap().len(), 1, "nothing of the bread goes there");
}

#[tokio::test(start_paused = true)]
async fn a_draft_becomes_an_order_and_an_order_goes_only_before_it_arrives() {
    let bench = bench(relaxed());
    bench.post("/purchase_orders", order("5"));
    assert_eq!(bench.get("/storage").body, json!([]), "a draft expects nothing");
    let mut other = order("5");
    other["recipientOrderId"] = json!("2");
    assert_eq!(bench.patch("/purchase_orders/1", other.clone()).body["recipientOrderId"], "2");
    other["status"] = json!("2");
    assert_eq!(bench.patch("/purchase_orders/1", other.clone()).status, 200);
    assert_eq!(bench.get("/storage?supplier_id=2").body.as_array().unwrap().len(), 2);
    assert_eq!(refused(&bench.patch("/purchase_orders/1", order("2"))), "recipientOrderId");
    other["status"] = json!("5");
    assert_eq!(refused(&bench.patch("/purchase_orders/1", other.clone())), "status");

    other["status"] = json!("2");
    other["products"].as_array_mut().unwrap().remove(1);
    other["products"][0]["deliveryStore"] = json!([{ "storeId": "2", "quantity": "7" }]);
    other["stores"] = json!([{ "storageStoreId": "2" }]);
    assert_eq!(bench.patch("/purchase_orders/1", other.clone()).status, 200);
    let left = bench.get("/storage").body;
    assert_eq!((left.as_array().unwrap().len(), &left[0]["storageId"]), (1, &json!("2")));
    assert_eq!(bench.get("/storage/2/details").body[0]["scheduledQuantity"], "7");

    let mut again = order("2");
    again["recipientOrderId"] = json!("2");
    bench.post("/purchase_orders", again);
    assert_eq!(bench.call("DELETE", "/purchase_orders/2", None).status, 200);
    assert_eq!(bench.get("/storage").body.as_array().unwrap().len(), 1);
    assert_eq!(bench.get("/purchase_orders/2").status, 404);
    let arrived = json!({ "storageDate": "2026-11-25", "details": [{ "storageDetailId": "1001", "inspectionQuantity": "1", "inspectionDate": "2026-11-25" }] });
    assert_eq!(bench.patch("/storage/2", arrived).status, 200);
    assert_eq!(bench.call("DELETE", "/purchase_orders/1", None).status, 400);
    assert_eq!(refused(&bench.patch("/purchase_orders/1", other)), "status");
}

fn shipment(division: &str, status: &str) -> Value {
    json!({ "shipmentStoreId": "1", "recipientType": "1", "recipientId": "1", "shipmentDivision": division, "status": status,
        "details": [{ "productId": SHIRT.to_string(), "quantity": "2" }, { "productId": BREAD.to_string(), "quantity": "1" }] })
}

#[tokio::test(start_paused = true)]
async fn a_shipment_lowers_stock_when_it_leaves_under_its_own_reason() {
    let bench = bench(relaxed());
    let made = bench.post("/shipments", shipment("0", "0"));
    assert_eq!(
        (made.status, &made.body["approvalStatus"], &made.body["shipmentDate"]),
        (200, &json!("1"), &json!("2026-11-21"))
    );
    assert_eq!((&made.body["details"][0]["cost"], &made.body["details"][0]["price"]), (&json!("500"), &json!("2200")));
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("10"));
    assert_eq!(bench.patch("/shipments/1", shipment("0", "2")).status, 200);
    bench.post("/shipments", shipment("1", "2"));
    bench.post("/shipments", shipment("2", "2"));
    let reasons = [StockDivision::Shipment, StockDivision::Return, StockDivision::Promotion].map(|reason| (reason, -2));
    assert_eq!(moved(&bench, SHIRT, 1)[1..], reasons);
    let given = bench.get(&format!("/stock/changes/{SHIRT}/1?stock_division=13"));
    assert_eq!(given.body[0]["amount"], "-2");
    assert_eq!(bench.get("/shipments?shipment_division=1").body[0]["shipmentId"], "2");
    assert_eq!(bench.get("/shipments/3/details").body.as_array().unwrap().len(), 2);
    assert_eq!(bench.call("DELETE", "/shipments/3", None).status, 200);
    assert_eq!(moved(&bench, SHIRT, 1).last(), Some(&(StockDivision::Promotion, 2)), "taken back");
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("6"));
}

#[tokio::test(start_paused = true)]
async fn a_shipment_names_a_supplier_or_anybody_and_may_have_to_be_approved() {
    let bench = with(InventorySettings {
        shipment_approval: true,
        booked_documents: BookedDocuments::Refuse,
        ..InventorySettings::default()
    });
    let mut body = shipment("0", "2");
    body["recipientName"] = json!("見本デパート");
    assert_eq!(refused(&bench.post("/shipments", body.clone())), "recipientName");
    body["recipientType"] = json!("3");
    assert_eq!(refused(&bench.post("/shipments", body.clone())), "recipientId");
    body["recipientId"] = json!(null);
    let made = bench.post("/shipments", body.clone());
    assert_eq!((&made.body["recipientName"], &made.body["approvalStatus"]), (&json!("見本デパート"), &json!("0")));
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("10"), "nobody has approved it");
    body["approvalStatus"] = json!("1");
    assert_eq!(bench.patch("/shipments/1", body.clone()).body["approvalDateTime"], "2026-11-21T10:00:00+09:00");
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("8"));
    assert_eq!(bench.patch("/shipments/1", body).status, 400);
    assert_eq!(bench.call("DELETE", "/shipments/1", None).status, 400);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("8"));
}

#[tokio::test(start_paused = true)]
async fn events_that_nobody_has_seen_are_sent_only_when_asked_for() {
    let mut settings = relaxed();
    settings.webhook.extra_events = vec!["pos:arrivals".into(), "pos:shipments".into()];
    let bench = bench(settings);
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    bench.post("/purchase_orders", order("2"));
    bench.post("/shipments", shipment("0", "0"));
    settle().await;
    let doubtful = hub.bodies();
    let ids: Vec<&Value> =
        doubtful.iter().filter(|body| body["event"] == "pos:arrivals").map(|body| &body["arrivalIds"]).collect();
    assert_eq!(ids, [&json!(["1"]), &json!(["2"])]);
    assert!(doubtful.iter().any(|body| body["event"] == "pos:shipments" && body["shipmentIds"] == json!(["1"])));
    delivery.abort();
}
