//! Goods put aside, and sales that are parked.

mod bench;

use bench::{Bench, CONTRACT, Hub, SET, SHIRT, relaxed, sale, settle};
use serde_json::{Value, json};
use smaregi_emulator::{LayawaySettings, SalesSettings, Settings, StockDivision};
use std::sync::Arc;

fn today(name: &str) -> String {
    format!("{name}-from=2026-11-21T00:00:00%2B09:00&{name}-to=2026-11-21T23:59:59%2B09:00")
}

fn layaway(pieces: i64) -> Value {
    let mut body = sale(SHIRT, 2200, pieces);
    body["transactionHeadDivision"] = json!("10");
    body["deposit"] = json!("1000");
    body["depositCash"] = json!("1000");
    body["layaway"] = json!({ "pickUpDate": "2026-11-28", "partPayment": "1000" });
    body
}

fn pick_up(layaway: &str, pieces: i64) -> Value {
    let mut body = sale(SHIRT, 2200, pieces);
    body["layawayServerTransactionHeadId"] = json!(layaway);
    body
}

/// `stockAmount` and `layawayStockAmount` of the shirt in the main shop.
fn shelf(bench: &Bench) -> (String, String) {
    let row = &bench.get(&format!("/stock?product_id={SHIRT}&store_id=1")).body[0];
    (row["stockAmount"].as_str().unwrap().into(), row["layawayStockAmount"].as_str().unwrap().into())
}

fn pair(stock: &str, aside: &str) -> (String, String) {
    (stock.into(), aside.into())
}

fn id_of(answer: &bench::Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["transactionHeadId"].as_str().unwrap().into()
}

fn detail(answer: &bench::Answer) -> (u16, &str) {
    (answer.status, answer.body["detail"].as_str().unwrap_or_default())
}

fn with(layaways: LayawaySettings) -> Settings {
    Settings { sales: SalesSettings { layaways, ..SalesSettings::default() }, ..relaxed() }
}

#[tokio::test(start_paused = true)]
async fn a_layaway_waits_beside_the_shelf_until_a_sale_picks_it_up() {
    let bench = Bench::new(relaxed());
    let made = bench.post("/transactions/layaways", layaway(3));
    let id = id_of(&made);
    assert_eq!(made.body["layaways"][0]["status"], "0");
    assert_eq!(made.body["layaways"][0]["pickUpDate"], "2026-11-28");
    assert_eq!(shelf(&bench), pair("7", "3"));
    let history = bench.emulator.history(CONTRACT, SHIRT, 1);
    let last = history.last().unwrap();
    assert_eq!((last.division, last.amount, last.layaway_stock_amount), (StockDivision::Layaway, -3, 3));

    let sold = id_of(&bench.post("/transactions", pick_up(&id, 3)));
    assert_eq!(shelf(&bench), pair("7", "0"), "the sale took what lay aside");
    let one = bench.get(&format!("/transactions/layaways/{id}?with_details=all"));
    assert_eq!(one.body["layaways"][0]["status"], "1");
    assert_eq!(one.body["layaways"][0]["pickUpTransactionHeadId"], sold.as_str());
    assert_eq!(one.body["details"][0]["quantity"], "3");
    let picked = bench.get(&format!("/transactions/{sold}?with_layaway_pick_ups=all&with_layaways=all"));
    assert_eq!(
        picked.body["layawayPickUps"],
        json!([{
            "transactionHeadId": sold, "layawayServerTransactionHeadId": id, "receivedDepositCash": "1000",
            "receivedDepositCredit": "0",
        }])
    );
    assert_eq!(picked.body["layaways"], json!([]));
    let again = bench.post("/transactions", pick_up(&id, 3));
    assert_eq!(detail(&again), (400, "[layawayServerTransactionHeadId] 既に引取済みの取置きです。"));
    assert_eq!(bench.post("/transactions", pick_up("99", 3)).status, 400);
    assert_eq!(bench.post(&format!("/transactions/layaways/{id}/dispose"), json!({})).status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_pick_up_that_was_a_mistake_puts_the_goods_aside_again() {
    let bench = Bench::new(relaxed());
    let id = id_of(&bench.post("/transactions/layaways", layaway(2)));
    let sold = id_of(&bench.post("/transactions", pick_up(&id, 2)));
    assert_eq!(bench.post(&format!("/transactions/{sold}/cancel"), json!({})).status, 200);
    assert_eq!(shelf(&bench), pair("8", "2"));
    assert_eq!(bench.get(&format!("/transactions/layaways/{id}")).body["layaways"][0]["status"], "0");
    let sold = id_of(&bench.post("/transactions", pick_up(&id, 2)));
    bench.emulator.dispose_sale(CONTRACT, sold.parse().unwrap()).unwrap();
    assert_eq!(shelf(&bench), pair("8", "2"));
}

#[tokio::test(start_paused = true)]
async fn a_layaway_nobody_wants_goes_back_to_the_shelf() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let id = id_of(&bench.post("/transactions/layaways", layaway(2)));
    let counter = id_of(&bench.post(&format!("/transactions/layaways/{id}/dispose"), json!({ "memo": "不要" })));
    assert_ne!(counter, id);
    assert_eq!(shelf(&bench), pair("10", "0"));
    let original = bench.get(&format!("/transactions/layaways/{id}"));
    assert_eq!(
        (&original.body["disposeDivision"], &original.body["layaways"][0]["status"]),
        (&json!("1"), &json!("2"))
    );
    let counter = bench.get(&format!("/transactions/layaways/{counter}"));
    assert_eq!(counter.body["disposeServerTransactionHeadId"], id.as_str());
    assert_eq!(counter.body["subtotal"], "-4400");
    let again = bench.post(&format!("/transactions/layaways/{id}/dispose"), json!({}));
    assert_eq!(detail(&again), (400, "打消済み、または打消の取置きです。"));
    assert_eq!(bench.post("/transactions/layaways/99/dispose", json!({})).status, 404);
    settle().await;
    // Only unreliable sources know an event of layaways; the stock is told.
    assert_eq!(hub.events(), ["pos:stock edited", "pos:stock edited"]);
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn settings_decide_how_layaways_are_told_counted_and_listed() {
    let layaways = LayawaySettings {
        open_status: "open".into(),
        lowers_stock: false,
        among_transactions: false,
        transaction_events: true,
        ..LayawaySettings::default()
    };
    let mut settings = with(layaways);
    settings.webhook.extra_events = vec!["pos:layaways".into()];
    settings.webhook.stock_on_sale = false;
    let bench = Bench::new(settings);
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let id = id_of(&bench.post("/transactions/layaways", layaway(2)));
    assert_eq!(shelf(&bench), pair("10", "2"), "the shelf still counts what lies aside");
    let sold = id_of(&bench.post("/transactions", pick_up(&id, 2)));
    assert_eq!(shelf(&bench), pair("8", "0"));
    let listed = bench.get(&format!("/transactions?{}", today("upd_date_time")));
    assert_eq!(listed.body.as_array().unwrap().len(), 1);
    assert_eq!(listed.body[0]["transactionHeadId"], sold.as_str());
    settle().await;
    assert_eq!(hub.events(), ["pos:layaways created", "pos:transactions created", "pos:transactions created"]);
    assert_eq!(
        hub.bodies()[0],
        json!({ "contractId": CONTRACT, "event": "pos:layaways", "action": "created", "layawayIds": [id] })
    );
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn layaways_have_a_list_of_their_own_with_a_window() {
    let bench = Bench::new(relaxed());
    let sold = id_of(&bench.post("/transactions", sale(SHIRT, 2200, 1)));
    let id = id_of(&bench.post("/transactions/layaways", layaway(1)));
    assert_eq!(bench.get("/transactions/layaways").status, 400, "without a window");
    let list = bench.get(&format!("/transactions/layaways?{}&with_layaways=all", today("transaction_date_time")));
    assert_eq!(list.body.as_array().unwrap().len(), 1);
    assert_eq!(list.body[0]["layaways"][0]["transactionHeadId"], id.as_str());
    let old = bench.get(&format!("/transactions/layaways?{}&with_layaway=all", today("transaction_date_time")));
    assert_eq!(old.body[0]["layaway"]["status"], "0");
    assert_eq!(bench.get(&format!("/transactions/layaways/{sold}")).status, 404, "a sale is no layaway");
    let all = bench.get(&format!("/transactions?{}&with_layaways=all", today("transaction_date_time")));
    assert_eq!(all.body.as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_a_layaway_cannot_be_is_refused() {
    let bench = Bench::new(relaxed());
    let changed = |name: &str, value: Value| {
        let mut body = layaway(1);
        body[name] = value;
        bench.post("/transactions/layaways", body)
    };
    assert_eq!(detail(&changed("newPoint", json!("5"))), (400, "[newPoint] 取置きではポイントを付与できません。"));
    assert!(detail(&changed("couponDiscount", json!("5"))).1.starts_with("[couponDiscount]"));
    assert!(detail(&changed("layaway", json!({ "pickUpDate": "28日" }))).1.starts_with("[pickUpDate]"));
    assert!(detail(&changed("subtotal", json!("1"))).1.starts_with("[subtotal]"));
    assert!(detail(&changed("transactionHeadDivision", json!("1"))).1.starts_with("[transactionHeadDivision]"));
    let as_sale = bench.emulator.sell(CONTRACT, layaway(1).as_object().unwrap());
    assert!(as_sale.unwrap_err().to_string().contains("[transactionHeadDivision]"));
    assert_eq!(shelf(&bench), pair("10", "0"));
    let id = id_of(&bench.post("/transactions/layaways", layaway(1)));
    assert_eq!(bench.post(&format!("/transactions/{id}/cancel"), json!({})).status, 400);
    assert_eq!(bench.post(&format!("/transactions/{id}/dispose"), json!({})).status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_set_put_aside_holds_its_components_and_a_restart_forgets_nothing() {
    let dir = bench::folder("layaway");
    let mut body = sale(SET, 4000, 2);
    body["transactionHeadDivision"] = json!("10");
    {
        let bench = Bench::on(relaxed(), Some(&dir));
        bench.emulator.lay_away(CONTRACT, body.as_object().unwrap()).unwrap();
        assert_eq!(shelf(&bench), pair("6", "4"));
    }
    let emulator = bench::build(relaxed(), Some(&dir));
    let mut bench = Bench { emulator, token: String::new() };
    bench.sign_in();
    assert_eq!(shelf(&bench), pair("6", "4"));
    bench.emulator.dispose_layaway(CONTRACT, 1).unwrap();
    assert_eq!(shelf(&bench), pair("10", "0"));
    drop(bench);
    std::fs::remove_dir_all(dir).unwrap();
}

fn parked() -> Value {
    let mut body = sale(SHIRT, 2200, 2);
    body["status"] = json!("0");
    body["preRegistrationName"] = json!("見本様");
    body
}

#[tokio::test(start_paused = true)]
async fn a_parked_sale_is_settled_by_a_sale_with_its_barcode() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let made = bench.post("/transactions/temporaries", parked());
    assert_eq!((made.status, made.body["status"].as_str()), (200, Some("0")), "{}", made.body);
    let (id, barcode) = (made.body["tempTransactionHeadId"].as_str().unwrap(), made.body["barcode"].as_str().unwrap());
    assert_eq!(shelf(&bench), pair("10", "0"), "nothing is sold yet");
    let mut body = sale(SHIRT, 2200, 2);
    body["barcode"] = json!(format!("{barcode}, 4900000000000"));
    let sold = id_of(&bench.post("/transactions", body.clone()));
    let settled = bench.get(&format!("/transactions/temporaries/{id}"));
    assert_eq!(settled.body["status"], "1");
    let list = bench.get(&format!("/transactions/temporaries?{}&status=1", today("transaction_date_time")));
    assert_eq!(list.body[0]["preRegistrationName"], "見本様");
    let by_barcode = bench.get(&format!("/transactions?{}&barcode={barcode}", today("upd_date_time")));
    assert_eq!(by_barcode.body[0]["transactionHeadId"], sold.as_str());
    let gone = bench.call("DELETE", &format!("/transactions/temporaries/{id}"), None);
    assert_eq!(detail(&gone), (400, "既に完了済みの為、削除できません。"));
    // Settled once, the barcode is only a text.
    assert_eq!(bench.post("/transactions", body).status, 200);
    settle().await;
    let told: Vec<String> = hub.events().into_iter().filter(|event| !event.starts_with("pos:stock")).collect();
    assert_eq!(
        told,
        [
            "pos:temporary-transactions created",
            "pos:transactions created",
            "pos:temporary-transactions edited",
            "pos:transactions created",
        ]
    );
    assert_eq!(
        hub.bodies()[0],
        json!({ "contractId": CONTRACT, "event": "pos:temporary-transactions", "action": "created", "temporaryTransactionIds": [id] })
    );
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_terminal_settles_a_parked_sale_too() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let id = bench.emulator.park(CONTRACT, parked().as_object().unwrap()).unwrap();
    let barcode = bench.get(&format!("/transactions/temporaries/{id}")).body["barcode"].clone();
    let mut body = sale(SHIRT, 2200, 2);
    body["barcode"] = barcode;
    bench.emulator.sell(CONTRACT, body.as_object().unwrap()).unwrap();
    settle().await;
    assert!(hub.events().contains(&"pos:temporary-transactions edited".to_owned()));
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn the_status_of_a_parked_sale_is_changed_once() {
    let bench = Bench::new(relaxed());
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let ids: Vec<String> = (0..3)
        .map(|_| {
            let made = bench.post("/transactions/temporaries", parked());
            made.body["tempTransactionHeadId"].as_str().unwrap().to_owned()
        })
        .collect();
    let set = |id: &str, status: &str| {
        bench.patch(&format!("/transactions/temporaries/{id}/status"), json!({ "status": status }))
    };
    assert_eq!(set(&ids[0], "1").body["status"], "1");
    assert_eq!(set(&ids[1], "2").body["status"], "2");
    assert_eq!(set(&ids[0], "1").status, 200, "the same again is no change");
    assert_eq!(detail(&set(&ids[0], "0")).0, 400);
    assert_eq!(detail(&set(&ids[1], "1")).0, 400);
    assert_eq!(bench.call("DELETE", &format!("/transactions/temporaries/{}", ids[1]), None).status, 200);
    assert_eq!(bench.get(&format!("/transactions/temporaries/{}", ids[1])).status, 404);
    assert_eq!(bench.call("DELETE", &format!("/transactions/temporaries/{}", ids[2]), None).status, 200);
    settle().await;
    let told = &hub.events()[3..];
    let expected = ["edited", "deleted", "deleted", "deleted"].map(|a| format!("pos:temporary-transactions {a}"));
    assert_eq!(told, expected);
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_parked_sale_is_checked_like_a_sale_and_a_settled_barcode_can_be_refused() {
    let mut settings = relaxed();
    settings.sales.refuse_settled_barcode = true;
    let bench = Bench::new(settings);
    let changed = |name: &str, value: Value| {
        let mut body = parked();
        body[name] = value;
        bench.post("/transactions/temporaries", body)
    };
    assert!(detail(&changed("total", json!("1"))).1.starts_with("[total]"));
    assert!(detail(&changed("storeId", json!("9"))).1.starts_with("[storeId]"));
    assert!(detail(&changed("couponDiscount", json!("9"))).1.starts_with("[couponDiscount]"));
    assert_eq!(changed("barcode", json!("2900")).status, 200);
    assert!(detail(&changed("barcode", json!("2900"))).1.starts_with("[barcode]"));
    let mut body = sale(SHIRT, 2200, 1);
    body["barcode"] = json!("2900");
    assert_eq!(bench.post("/transactions", body.clone()).status, 200);
    assert!(detail(&bench.post("/transactions", body)).1.starts_with("[barcode]"));
    assert_eq!(shelf(&bench), pair("9", "0"), "the refused sale took nothing");
}

#[tokio::test(start_paused = true)]
async fn people_do_the_same_at_the_counter_over_control() {
    let bench = Bench::new(relaxed());
    let made = bench.control("POST", "counter/lay-away", json!({ "body": layaway(2) }));
    assert_eq!((made.status, &made.body["layaway_id"]), (200, &json!(1)), "{}", made.body);
    let undone = bench.control("POST", "counter/dispose-layaway", json!({ "layaway_id": 1 }));
    assert_eq!(undone.body["layaway_id"], 2);
    assert_eq!(bench.control("POST", "counter/park", json!({ "body": parked() })).body["temporary_id"], 1);
    assert_eq!(bench.control("POST", "counter/dispose-layaway", json!({})).status, 400);
    let unknown = bench.control("POST", "counter/dance", json!({}));
    assert!(unknown.body["detail"].as_str().unwrap().contains("lay-away"));
}
