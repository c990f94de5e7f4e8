//! The readers survive anything.

use crate::{StockPush, generic::wire};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// JSON with the contract's own member names, so that the readers get past their first line.
fn any_json() -> impl Strategy<Value = Value> {
    let member = prop::sample::select(vec![
        "orders",
        "last",
        "products",
        "items",
        "results",
        "next",
        "sku",
        "name",
        "price",
        "id",
        "number",
        "sequence",
        "status",
        "placed_at",
        "currency",
        "total",
        "lines",
        "line_id",
        "quantity",
        "unit_price",
        "version",
        "orders_seen",
        "contract",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3i64..5).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec!["A", "JPY", "placed", "applied", "1980", "2026-11-21T10:00:00+09:00"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((member.clone(), inner), 0..8).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>()
            )),
        ]
    })
}

fn read_everything(body: &[u8], after: i64) {
    let items = [StockPush { sku: "A".into(), quantity: 1, version: 1, orders_seen: 0 }];
    let _ = wire::health(body);
    let _ = wire::products(body, Some(&"A".into()));
    let _ = wire::stock(body, None);
    if let Ok(results) = wire::push_results(body, &items) {
        assert_eq!(results.len(), items.len());
    }
    if let Ok(page) = wire::orders(body, after) {
        assert!(page.orders.iter().all(|order| order.sequence > after && order.sequence <= page.last));
        assert!(page.bad.iter().all(|bad| bad.sequence.is_some_and(|sequence| sequence > after)));
        assert!(page.bad.iter().all(|bad| bad.problem.chars().count() <= 400), "complaints stay short");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..300), after in 0..i64::MAX) {
        read_everything(&body, after);
    }

    #[test]
    fn any_json_is_read_without_a_panic(body in any_json(), after in 0..10i64) {
        read_everything(body.to_string().as_bytes(), after);
    }

    #[test]
    fn any_rows_in_a_right_frame_are_read_without_a_panic(rows in prop::collection::vec(any_json(), 0..6), last in 0..20i64) {
        for frame in ["orders", "products", "items", "results"] {
            let body = json!({frame: rows, "last": last, "next": null}).to_string();
            read_everything(body.as_bytes(), 0);
        }
    }
}

#[test]
fn a_body_that_is_nested_for_ever_or_too_long_is_refused() {
    let deep = format!(r#"{{"orders":[{}],"last":1}}"#, "[".repeat(100_000) + &"]".repeat(100_000));
    assert!(wire::orders(deep.as_bytes(), 0).is_ok_and(|page| page.bad.len() == 1 && page.last == 1));
    let long = vec![b' '; 9 * 1024 * 1024];
    assert!(wire::health(&long).unwrap_err().contains("at most"));
}
