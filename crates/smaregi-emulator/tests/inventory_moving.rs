//! 出庫 → 入庫: goods from store to store.

mod bench;

use bench::{BREAD, Bench, CONTRACT, Hub, SHIRT, relaxed, settle};
use serde_json::{Value, json};
use smaregi_emulator::{
    BookedDocuments, InspectedGoods, InventorySettings, ReceivingShortage, Settings, StockDivision,
};
use std::sync::Arc;

fn with(inventory: InventorySettings) -> Bench {
    Bench::new(Settings { inventory, ..relaxed() })
}

/// Four shirts and two loaves from the first shop to the second.
fn transfer(status: &str) -> Value {
    json!({ "shippingStoreId": "1", "receivingStoreId": "2", "shippingDate": "2026-11-21", "status": status, "memo": "応援",
        "staffId": "1", "receivingExpectedDateFrom": "2026-11-22", "receivingExpectedDateTo": "2026-11-23",
        "details": [{ "productId": SHIRT.to_string(), "quantity": "4" }, { "productId": BREAD.to_string(), "quantity": "2" }] })
}

fn inspection(id: &str, found: &str, missing: &str) -> Value {
    json!({ "receivingDetailId": id, "inspectionQuantity": found, "stockoutQuantity": missing, "inspectionDate": "2026-11-22" })
}

fn receive(bench: &Bench, details: Value) -> bench::Answer {
    bench.patch("/receiving/1", json!({ "receivingDate": "2026-11-22", "details": details }))
}

fn refused(answer: &bench::Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.body);
    let detail = answer.body["detail"].as_str().unwrap();
    detail.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or("").to_owned()
}

fn moved(bench: &Bench, product: u64, store: u64) -> Vec<(StockDivision, i64)> {
    bench.emulator.history(CONTRACT, product, store).iter().map(|change| (change.division, change.amount)).collect()
}

fn status(bench: &Bench) -> (String, String) {
    let of = |path: &str| bench.get(path).body["status"].as_str().unwrap().to_owned();
    (of("/shipping/1"), of("/receiving/1"))
}

#[tokio::test(start_paused = true)]
async fn sent_goods_leave_one_store_and_are_expected_by_the_other() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let made = bench.post("/shipping", transfer("1"));
    assert_eq!((made.status, &made.body["approvalStatus"]), (200, &json!("1")), "{}", made.body);
    assert_eq!((bench.stock(SHIRT, 1).as_deref(), bench.stock(SHIRT, 2)), (Some("6"), None));
    let expected = bench.get("/receiving?shipping_id=1&status=0").body;
    assert_eq!((&expected[0]["receivingId"], &expected[0]["memo"]), (&json!("1"), &json!("応援")));
    assert_eq!(
        (&expected[0]["receivingDate"], &expected[0]["receivingExpectedDateTo"]),
        (&json!(null), &json!("2026-11-23"))
    );
    let lines = bench.get("/receiving/1/details?status=0").body;
    assert_eq!((&lines[0]["scheduledQuantity"], &lines[1]["receivingDetailId"]), (&json!("4"), &json!("2")));

    assert_eq!(receive(&bench, json!([inspection("1", "3", "0")])).body["status"], "1");
    assert_eq!(status(&bench), ("2".into(), "1".into()));
    assert_eq!(bench.stock(SHIRT, 2).as_deref(), Some("3"));
    let rest = receive(&bench, json!([inspection("1", "3", "1"), inspection("2", "2", "0")]));
    assert_eq!(rest.body["status"], "2", "{}", rest.body);
    assert_eq!(status(&bench), ("3".into(), "2".into()));
    let shortage =
        [(StockDivision::TransferIn, 3), (StockDivision::TransferIn, 1), (StockDivision::TransferShortage, -1)];
    assert_eq!(moved(&bench, SHIRT, 2), shortage);
    let row = &bench.get(&format!("/stock/changes/{SHIRT}/1?stock_division=04&from_store_id=1&to_store_id=2")).body[0];
    assert_eq!((&row["amount"], &row["staffId"], &row["staffName"]), (&json!("-4"), &json!("1"), &json!("契約者")));
    settle().await;
    assert_eq!(
        hub.events(),
        [
            "pos:shipping created",
            "pos:receiving created",
            "pos:stock edited",
            "pos:receiving edited",
            "pos:shipping edited",
            "pos:stock edited",
            "pos:receiving edited",
            "pos:shipping edited",
            "pos:stock edited"
        ]
    );
    let told = hub.bodies();
    assert_eq!(
        told[1],
        json!({ "contractId": CONTRACT, "event": "pos:receiving", "action": "created", "receivingIds": ["1"] })
    );
    assert_eq!(told[0]["shippingIds"], json!(["1"]));
    assert_eq!(told[2]["ids"].as_array().unwrap().len(), 2, "one entry per movement");
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_transfer_is_checked_before_anything_moves() {
    let bench = Bench::new(relaxed());
    let try_with = |change: &dyn Fn(&mut Value)| {
        let mut body = transfer("1");
        change(&mut body);
        refused(&bench.post("/shipping", body))
    };
    assert_eq!(try_with(&|t| t["status"] = json!("2")), "status");
    assert_eq!(try_with(&|t| t["receivingStoreId"] = json!("1")), "receivingStoreId");
    assert_eq!(try_with(&|t| t["shippingStoreId"] = json!("9")), "shippingStoreId");
    assert_eq!(try_with(&|t| t["receivingExpectedDateTo"] = json!("2026-11-20")), "receivingExpectedDateTo");
    assert_eq!(try_with(&|t| t["details"][1]["productId"] = json!("1")), "productId");
    assert_eq!(try_with(&|t| t["details"][1]["productId"] = json!(SHIRT.to_string())), "productId");
    assert_eq!(try_with(&|t| t["details"][1]["quantity"] = json!("-1")), "quantity");
    assert_eq!(try_with(&|t| t["staffId"] = json!("77")), "staffId");
    bench.emulator.correct(CONTRACT, BREAD, 1, -999_999_998).unwrap();
    assert_eq!(bench.post("/shipping", transfer("1")).status, 400, "stock has a lower bound");
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("10"), "and nothing is done by half");
    assert_eq!((bench.get("/shipping").body, bench.get("/receiving").body), (json!([]), json!([])));
}

#[tokio::test(start_paused = true)]
async fn the_status_of_a_transfer_does_not_change_by_an_update() {
    let bench = Bench::new(relaxed());
    bench.post("/shipping", transfer("1"));
    let dates = json!({ "shippingDate": "2026-11-21", "receivingExpectedDateFrom": "2026-11-24", "receivingExpectedDateTo": "2026-11-25" });
    let with = |more: Value| {
        let mut body = dates.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        bench.patch("/shipping/1", body)
    };
    assert_eq!(refused(&bench.patch("/shipping/1", json!({ "memo": "急ぎ" }))), "receivingExpectedDateFrom");
    for status in ["0", "2"] {
        assert_eq!(refused(&with(json!({ "status": status }))), "status");
    }
    assert_eq!(with(json!({ "status": "1", "memo": "急ぎ" })).status, 200);
    let told = bench.get("/receiving/1").body;
    assert_eq!((&told["memo"], &told["receivingExpectedDateFrom"]), (&json!("急ぎ"), &json!("2026-11-24")));
    let more = json!({ "details": [{ "shippingDetailId": "1", "quantity": "5" }, { "productId": bench::SERVICE.to_string(), "quantity": "1" }] });
    assert_eq!(with(more).status, 200);
    assert_eq!(moved(&bench, SHIRT, 1)[1..], [(StockDivision::TransferOut, -4), (StockDivision::TransferOut, -1)]);
    let lines = bench.get("/receiving/1/details").body;
    assert_eq!((&lines[0]["scheduledQuantity"], lines.as_array().unwrap().len()), (&json!("5"), 3));
    assert_eq!(
        refused(&with(json!({ "details": [{ "shippingDetailId": "9", "quantity": "5" }] }))),
        "shippingDetailId"
    );
    assert_eq!(
        refused(&with(json!({ "details": [{ "productId": SHIRT.to_string(), "quantity": "5" }] }))),
        "productId"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_moves_before_approval_where_a_contract_wants_one() {
    let bench = with(InventorySettings { shipping_approval: true, ..InventorySettings::default() });
    let made = bench.post("/shipping", transfer("1"));
    assert_eq!((&made.body["approvalStatus"], &made.body["approvalDateTime"]), (&json!("0"), &json!(null)));
    assert_eq!((bench.stock(SHIRT, 1).as_deref(), bench.get("/receiving").body), (Some("10"), json!([])));
    let approved = bench.patch("/shipping/1/approval", json!({ "approvalStatus": "1" }));
    assert_eq!(
        (&approved.body["status"], &approved.body["approvalDateTime"]),
        (&json!("1"), &json!("2026-11-21T10:00:00+09:00"))
    );
    assert_eq!((bench.stock(SHIRT, 1).as_deref(), bench.get("/receiving/1").status), (Some("6"), 200));
    let withdrawn = bench.patch("/shipping/1/approval", json!({ "approvalStatus": "2" }));
    assert_eq!((&withdrawn.body["status"], &withdrawn.body["approvalStatus"]), (&json!("0"), &json!("2")));
    assert_eq!((bench.stock(SHIRT, 1).as_deref(), bench.get("/receiving/1").status), (Some("10"), 404));
    bench.patch("/shipping/1/approval", json!({ "approvalStatus": "1" }));
    receive(&bench, json!([inspection("1", "4", "0")]));
    assert_eq!(refused(&bench.patch("/shipping/1/approval", json!({ "approvalStatus": "0" }))), "approvalStatus");
}

#[tokio::test(start_paused = true)]
async fn a_store_asks_for_goods_and_gets_what_it_asked_for() {
    let bench = Bench::new(relaxed());
    let wish = json!({ "shippingStoreId": "1", "receivingStoreId": "2", "receivingDesiredDate": "2026-11-30", "requestStaffId": "1",
        "details": [{ "productId": SHIRT.to_string(), "requestQuantity": "3" }, { "productId": BREAD.to_string(), "requestQuantity": "2" }] });
    let made = bench.post("/shipping/request", wish);
    assert_eq!((&made.body["status"], &made.body["approvalStatus"]), (&json!("0"), &json!("3")), "{}", made.body);
    let fewer = json!({ "details": [{ "shippingDetailId": "2", "quantity": "1" }] });
    assert_eq!(bench.patch("/shipping/1", fewer).status, 200);
    let sent = bench.patch("/shipping/1/approval", json!({ "approvalStatus": "1" })).body;
    let quantities: Vec<&Value> = sent["details"].as_array().unwrap().iter().map(|line| &line["quantity"]).collect();
    assert_eq!(quantities, ["3", "1"]);
    assert_eq!((&sent["shippingDate"], &sent["receivingExpectedDateTo"]), (&json!("2026-11-21"), &json!("2026-11-30")));
    assert_eq!((bench.stock(SHIRT, 1).as_deref(), bench.stock(BREAD, 1).as_deref()), (Some("7"), Some("4")));
}

#[tokio::test(start_paused = true)]
async fn a_sender_corrects_an_inspected_transfer_only_at_the_receivers_request() {
    let bench = Bench::new(relaxed());
    bench.post("/shipping", transfer("1"));
    receive(&bench, json!([inspection("1", "4", "0")]));
    let fix = json!({ "details": [{ "shippingDetailId": "2", "quantity": "3" }] });
    assert_eq!(refused(&bench.patch("/shipping/1", fix.clone())), "details");
    assert_eq!(bench.post("/shipping_modification_requests/1/complete", json!({})).status, 409);
    let asked = bench.post("/shipping/1/modification_request", json!({ "memo": "パンが3個あります" }));
    assert_eq!((asked.status, &asked.body["modificationRequestStatus"]), (200, &json!("1")));
    assert_eq!(bench.patch("/shipping/1", fix).status, 200);
    assert_eq!(bench.stock(BREAD, 1).as_deref(), Some("2"));
    assert_eq!(bench.get("/receiving/1/details").body[1]["scheduledQuantity"], "3");
    let done = bench.post("/shipping_modification_requests/1/complete", json!({})).body;
    assert_eq!(
        (&done["modificationRequestStatus"], &done["modificationRequestCheckedDateTime"]),
        (&json!("2"), &json!("2026-11-21T10:00:00+09:00"))
    );
    assert_eq!(bench.post("/shipping_modification_requests/1/complete", json!({})).status, 409);
}

#[tokio::test(start_paused = true)]
async fn a_row_nobody_announced_keeps_the_receipt_open() {
    let bench = Bench::new(relaxed());
    bench.post("/shipping", transfer("1"));
    let extra = json!({ "productId": bench::SET.to_string(), "inspectionQuantity": "1", "stockoutQuantity": "0", "inspectionDate": "2026-11-22" });
    let found = receive(&bench, json!([inspection("1", "4", "0"), inspection("2", "2", "0"), extra.clone()]));
    assert_eq!((&found.body["status"], &found.body["details"][2]["status"]), (&json!("1"), &json!("1")));
    assert_eq!(refused(&receive(&bench, json!([extra]))), "productId");
    assert_eq!(refused(&receive(&bench, json!([inspection("99", "1", "0")]))), "receivingDetailId");
    assert_eq!(receive(&bench, json!([])).body["status"], "2", "the next change completes it");
    let later = bench.patch(
        "/receiving/1",
        json!({ "receivingDate": "2026-11-23", "memo": "済", "details": [inspection("1", "3", "1")] }),
    );
    assert_eq!(later.body["status"], "2");
    assert_eq!((bench.stock(SHIRT, 2).as_deref(), &bench.get("/shipping/1").body["memo"]), (Some("3"), &json!("済")));
}

#[tokio::test(start_paused = true)]
async fn what_a_shortage_does_and_when_goods_arrive_are_settings() {
    let outcome = |receiving_shortage, inspected_goods| {
        let edit_completed_receiving = false;
        let bench = with(InventorySettings {
            receiving_shortage,
            inspected_goods,
            edit_completed_receiving,
            ..InventorySettings::default()
        });
        bench.post("/shipping", transfer("1"));
        receive(&bench, json!([inspection("1", "3", "1")]));
        let between = bench.stock(SHIRT, 2);
        receive(&bench, json!([inspection("2", "2", "0")]));
        assert_eq!(refused(&receive(&bench, json!([]))), "", "入庫完了後の編集不可");
        (between, bench.stock(SHIRT, 1).unwrap(), moved(&bench, SHIRT, 2))
    };
    let (between, sender, receiver) = outcome(ReceivingShortage::Returned, InspectedGoods::AtOnce);
    assert_eq!((between.as_deref(), &*sender, receiver), (Some("3"), "7", vec![(StockDivision::TransferIn, 3)]));
    let (between, sender, receiver) = outcome(ReceivingShortage::Ignored, InspectedGoods::WhenComplete);
    assert_eq!((between, &*sender, receiver), (None, "6", vec![(StockDivision::TransferIn, 3)]));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_transfer_is_taken_back_unless_it_has_arrived() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    bench.post("/shipping", transfer("1"));
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    assert_eq!(bench.call("DELETE", "/shipping/1", None).status, 200);
    assert_eq!((bench.stock(SHIRT, 1).as_deref(), bench.get("/receiving").body), (Some("10"), json!([])));
    settle().await;
    assert_eq!(hub.events()[3..], ["pos:shipping deleted", "pos:receiving deleted", "pos:stock edited"]);
    delivery.abort();
    bench.post("/shipping", transfer("1"));
    receive(&bench, json!([inspection("1", "4", "0")]));
    assert_eq!(bench.call("DELETE", "/shipping/1", None).status, 400);

    let strict = with(InventorySettings { booked_documents: BookedDocuments::Refuse, ..InventorySettings::default() });
    strict.post("/shipping", transfer("0"));
    strict.post("/shipping", transfer("1"));
    assert_eq!(strict.call("DELETE", "/shipping/2", None).status, 400);
    assert_eq!(strict.call("DELETE", "/shipping/1", None).status, 200);
    assert_eq!(strict.get("/shipping?status=1&shipping_date=2026-11-21").body.as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn documents_survive_a_restart() {
    let dir = bench::folder("inventory-restart");
    {
        let bench = Bench::on(relaxed(), Some(&dir));
        bench.post("/shipping", transfer("1"));
    }
    let mut bench = Bench { emulator: bench::build(relaxed(), Some(&dir)), token: String::new() };
    bench.sign_in();
    assert_eq!(bench.get("/receiving/1").body["status"], "0");
    assert_eq!(bench.call("DELETE", "/shipping/1", None).status, 200);
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("10"), "it still knows what it had moved");
    std::fs::remove_dir_all(&dir).unwrap();
}
