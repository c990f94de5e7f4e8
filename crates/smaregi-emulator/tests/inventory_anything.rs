//! Whatever documents are written, changed and deleted in whatever order: stock is what the documents say.

mod bench;

use bench::{Bench, SHIRT, relaxed};
use proptest::prelude::*;
use serde_json::{Value, json};

/// One write of somebody; refusals are part of it.
#[derive(Clone, Debug)]
enum Deed {
    Order { pieces: i64 },
    Inspect { receipt: u64, found: i64, forced: bool },
    Lose { pieces: i64 },
    ChangeLoss { loss: u64, pieces: i64 },
    Ship { status: &'static str, division: &'static str, pieces: i64 },
    Send { status: &'static str, pieces: i64 },
    ChangeTransfer { transfer: u64, pieces: i64 },
    Approve { transfer: u64, status: &'static str },
    Receive { receipt: u64, found: i64, missing: i64 },
    Delete { path: &'static str, id: u64 },
}

fn deed() -> impl Strategy<Value = Deed> {
    let (id, pieces) = (1_u64..4, -1_i64..8);
    let status = |of: &[&'static str]| prop::sample::select(of.to_vec());
    let deletable = status(&["purchase_orders", "losses", "shipments", "shipping"]);
    prop_oneof![
        pieces.clone().prop_map(|pieces| Deed::Order { pieces }),
        (id.clone(), pieces.clone(), any::<bool>()).prop_map(|(receipt, found, forced)| Deed::Inspect {
            receipt,
            found,
            forced
        }),
        pieces.clone().prop_map(|pieces| Deed::Lose { pieces }),
        (id.clone(), pieces.clone()).prop_map(|(loss, pieces)| Deed::ChangeLoss { loss, pieces }),
        (status(&["0", "2", "3"]), status(&["0", "1", "2"]), pieces.clone())
            .prop_map(|(status, division, pieces)| Deed::Ship { status, division, pieces }),
        (status(&["0", "1"]), pieces.clone()).prop_map(|(status, pieces)| Deed::Send { status, pieces }),
        (id.clone(), pieces.clone()).prop_map(|(transfer, pieces)| Deed::ChangeTransfer { transfer, pieces }),
        (id.clone(), status(&["0", "1", "2"])).prop_map(|(transfer, status)| Deed::Approve { transfer, status }),
        (id.clone(), pieces.clone(), pieces).prop_map(|(receipt, found, missing)| Deed::Receive {
            receipt,
            found,
            missing
        }),
        (deletable, id).prop_map(|(path, id)| Deed::Delete { path, id }),
    ]
}

/// Line number of the only row of a document.
fn line(document: u64) -> String {
    ((document - 1) * 1000 + 1).to_string()
}

fn call(deed: &Deed) -> (&'static str, String, Value) {
    let (shirt, day) = (SHIRT.to_string(), "2026-11-21");
    let text = |pieces: &i64| pieces.to_string();
    let details = |row: Value| json!({ "details": [row] });
    match deed {
        Deed::Order { pieces } => {
            let deliveries = json!([{ "storeId": "2", "quantity": text(pieces) }]);
            let body = json!({ "status": "2", "stores": [{ "storageStoreId": "2" }],
                "products": [{ "productId": shirt, "deliveryStore": deliveries }] });
            ("POST", "/purchase_orders".into(), body)
        }
        Deed::Inspect { receipt, found, forced } => {
            let row = json!({ "storageDetailId": line(*receipt), "inspectionQuantity": text(found), "inspectionDate": day,
                "compulsoryCompleteFlag": if *forced { "1" } else { "0" } });
            ("PATCH", format!("/storage/{receipt}"), json!({ "storageDate": day, "details": [row] }))
        }
        Deed::Lose { pieces } => {
            let body = json!({ "storeId": "1", "division": "01", "lossDateTime": "2026-11-21T09:00:00+09:00",
                "details": [{ "productId": shirt, "quantity": text(pieces) }] });
            ("POST", "/losses".into(), body)
        }
        Deed::ChangeLoss { loss, pieces } => {
            let row = json!({ "lossDetailId": line(*loss), "quantity": text(pieces) });
            ("PATCH", format!("/losses/{loss}"), details(row))
        }
        Deed::Ship { status, division, pieces } => {
            let body = json!({ "shipmentStoreId": "1", "recipientType": "3", "recipientName": "見本", "status": status,
                "shipmentDivision": division, "details": [{ "productId": shirt, "quantity": text(pieces) }] });
            ("POST", "/shipments".into(), body)
        }
        Deed::Send { status, pieces } => {
            let body = json!({ "shippingStoreId": "1", "receivingStoreId": "2", "shippingDate": day, "status": status,
                "receivingExpectedDateFrom": day, "receivingExpectedDateTo": day,
                "details": [{ "productId": shirt, "quantity": text(pieces) }] });
            ("POST", "/shipping".into(), body)
        }
        Deed::ChangeTransfer { transfer, pieces } => {
            let row = json!({ "shippingDetailId": line(*transfer), "quantity": text(pieces) });
            let body = json!({ "shippingDate": day, "receivingExpectedDateFrom": day, "receivingExpectedDateTo": day,
                "details": [row] });
            ("PATCH", format!("/shipping/{transfer}"), body)
        }
        Deed::Approve { transfer, status } => {
            ("PATCH", format!("/shipping/{transfer}/approval"), json!({ "approvalStatus": status }))
        }
        Deed::Receive { receipt, found, missing } => {
            let row = json!({ "receivingDetailId": line(*receipt), "inspectionQuantity": text(found),
                "stockoutQuantity": text(missing), "inspectionDate": day });
            ("PATCH", format!("/receiving/{receipt}"), json!({ "receivingDate": day, "details": [row] }))
        }
        Deed::Delete { path, id } => ("DELETE", format!("/{path}/{id}"), Value::Null),
    }
}

/// Sum of a quantity over the rows of the documents of a list that pass.
fn sum(bench: &Bench, list: &str, key: &str, quantity: &str, wanted: impl Fn(&Value) -> bool) -> i64 {
    let documents = bench.get(list).body;
    let of = |document: &Value| {
        let rows = bench.get(&format!("{list}/{}/details", document[key].as_str().unwrap())).body;
        let number = |row: &Value| row[quantity].as_str().map_or(0, |text| text.parse::<i64>().unwrap());
        rows.as_array().unwrap().iter().map(number).sum::<i64>()
    };
    documents.as_array().unwrap().iter().filter(|document| wanted(document)).map(of).sum()
}

fn stock(bench: &Bench, store: u64) -> i64 {
    bench.stock(SHIRT, store).map_or(0, |text| text.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn stock_is_what_the_documents_say(deeds in prop::collection::vec(deed(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let _inside = runtime.enter();
        let bench = Bench::new(relaxed());
        for deed in &deeds {
            let (method, path, body) = call(deed);
            let before = (stock(&bench, 1), stock(&bench, 2));
            let answer = bench.call(method, &path, (!body.is_null()).then_some(body));
            prop_assert!([200, 400, 404].contains(&answer.status), "{:?}: {}", deed, answer.body);
            if answer.status != 200 {
                prop_assert_eq!(before, (stock(&bench, 1), stock(&bench, 2)), "a refusal moves nothing");
            }
        }
        let any = |_: &Value| true;
        let lost = sum(&bench, "/losses", "lossId", "quantity", any);
        let shipped = sum(&bench, "/shipments", "shipmentId", "quantity", |document| document["status"] == "2");
        let is_sent = |document: &Value| document["status"] != "0" && document["approvalStatus"] == "1";
        let sent = sum(&bench, "/shipping", "shippingId", "quantity", is_sent);
        prop_assert_eq!(stock(&bench, 1), 10 - lost - shipped - sent);
        let bought = sum(&bench, "/storage", "storageId", "inspectionQuantity", any);
        let received = sum(&bench, "/receiving", "receivingId", "inspectionQuantity", any);
        prop_assert_eq!(stock(&bench, 2), bought + received);
        let (transfers, receipts) = (bench.get("/shipping").body, bench.get("/receiving").body);
        let under_way = transfers.as_array().unwrap().iter().filter(|document| is_sent(document)).count();
        prop_assert_eq!(under_way, receipts.as_array().unwrap().len(), "what is sent is expected, nothing else");
    }
}
