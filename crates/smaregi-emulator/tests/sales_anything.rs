//! Whatever is sent to the operations beside the plain sale: an answer of the API, and a refusal leaves everything as it was.

mod bench;

use bench::{Bench, CONTRACT, SHIRT, relaxed, sale};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::cell::RefCell;

thread_local! {
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
}

/// Valid calls, whose members are then put out of order.
fn calls() -> Vec<(&'static str, &'static str, Value)> {
    let with = |mut body: Value, more: Value| {
        let more = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        body
    };
    let layaway =
        json!({ "transactionHeadDivision": "10", "deposit": "500", "layaway": { "pickUpDate": "2026-12-01" } });
    let window = json!({ "transactionDateTimeFrom": "2026-11-21T00:00:00+09:00",
        "transactionDateTimeTo": "2026-11-22T00:00:00+09:00", "callbackUrl": "http://hub.test/done", "state": "x" });
    let visit = json!({ "storeId": "1", "terminalId": "1", "customerId": "1", "terminalTranId": "1",
        "terminalTranDateTime": "2026-11-21T09:59:00+09:00" });
    vec![
        ("POST", "/transactions/layaways", with(sale(SHIRT, 2200, 1), layaway)),
        ("POST", "/transactions/layaways/1/dispose", json!({ "memo": "x", "storeId": "1" })),
        (
            "POST",
            "/transactions",
            with(sale(SHIRT, 2200, 1), json!({ "layawayServerTransactionHeadId": "1", "barcode": "290000000001" })),
        ),
        ("POST", "/transactions/temporaries", with(sale(SHIRT, 2200, 1), json!({ "status": "0" }))),
        ("PATCH", "/transactions/temporaries/1/status", json!({ "status": "1" })),
        ("PATCH", "/transactions/2/customer", json!({ "customerId": "1", "pointUpdateDivision": "2" })),
        ("POST", "/transactions/consume_product_sets", visit),
        ("POST", "/transactions/details/out_file_async", window),
        ("PATCH", "/customers/1/point", json!({ "point": "5", "mile": "5", "pointExpireDate": "2027-01-01" })),
        ("POST", "/customers/1/point/add", json!({ "point": "-5", "mile": "5" })),
        (
            "PATCH",
            "/customers/point/bulk",
            json!({ "customerPoints": [{ "customerId": "1", "point": "5" }], "callbackUrl": "http://hub.test/done" }),
        ),
        ("POST", "/adjustments", json!({ "storeId": "1", "terminalId": "1", "cashAdjustment": { "oneYen": 5 } })),
        ("POST", "/daily_summaries", json!({ "storeId": "1", "sumDate": "2026-11-21" })),
        (
            "PUT",
            "/products/8000001/image",
            json!({ "imageUrl": "http://shop.example/a.png", "callbackUrl": "http://hub.test/done" }),
        ),
    ]
}

fn shop() -> Bench {
    let bench = Bench::new(relaxed());
    let mut layaway = sale(SHIRT, 2200, 1);
    layaway["transactionHeadDivision"] = json!("10");
    assert_eq!(bench.post("/transactions/layaways", layaway).status, 200);
    assert_eq!(bench.post("/transactions", sale(SHIRT, 2200, 1)).status, 200);
    let mut parked = sale(SHIRT, 2200, 1);
    parked["status"] = json!("0");
    assert_eq!(bench.post("/transactions/temporaries", parked).status, 200);
    let tickets = json!({ "productSets": [{ "transactionProductSetId": "1", "customerId": "1", "status": "0", "quantity": "9", "usedQuantity": "0" }] });
    bench.emulator.load_dataset(CONTRACT, &tickets).unwrap();
    bench
}

fn value() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "0",
        "-1",
        "99999999999999999999",
        "1e9",
        "2026-11-21",
        "2026-13-99T99:99:99+09:00",
        "1,2,3",
        "\u{1f}",
        "\"",
        "http://",
    ];
    prop_oneof![
        prop::sample::select(texts.to_vec()).prop_map(|text| json!(text)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,12}".prop_map(|text| json!(text)),
        Just(Value::Null),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{ "productId": "8000001" }, 5])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_member_out_of_order_is_refused_cleanly_or_taken(
        place in 0_usize..14,
        changes in prop::collection::vec((any::<prop::sample::Index>(), value()), 0..3),
    ) {
        let (method, path, mut body) = calls().swap_remove(place);
        let names: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
        for (name, value) in changes {
            body[name.get(&names)] = value;
        }
        BENCH.with_borrow_mut(|bench| {
            let bench = bench.get_or_insert_with(shop);
            let before = bench.emulator.snapshot();
            let answer = bench.call(method, path, Some(body.clone()));
            prop_assert!(answer.status < 500, "{method} {path} {body}: {}", answer.body);
            if answer.status >= 400 {
                prop_assert!(bench.emulator.snapshot() == before, "{method} {path} {body} was refused and left something behind");
            } else {
                // Every case begins with the same shop.
                bench.emulator.restore(&before).unwrap();
            }
            Ok(())
        })?;
    }
}
