//! Whatever comes from outside: no panic, and never more than a handful of problems.

use proptest::prelude::*;
use serde_json::{Map, Value};
use smaregi_catalogue::{Catalogue, Product};

/// Arbitrary JSON whose member names are often real ones, so that it gets past the first check.
fn json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        Just("productId"),
        Just("details"),
        Just("storeId"),
        Just("stock"),
        Just("stockAmount"),
        Just("event"),
        Just("ids"),
        Just("memo"),
        Just("stockHistory"),
        Just("updDateTime"),
        Just("total"),
        Just("orderCode"),
    ];
    let name = prop_oneof![name.prop_map(str::to_owned), ".{0,8}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,30}".prop_map(Value::from),
        "-?[0-9]{0,40}\\.?[0-9]{0,40}".prop_map(Value::from),
        Just(Value::from("pos:stock")),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_body_makes_any_check_panic(body in json(), start in 0usize..266) {
        let catalogue = Catalogue::bundled();
        for endpoint in catalogue.endpoints().iter().skip(start).step_by(29) {
            prop_assert!(endpoint.check_request(catalogue, &body).len() <= 100);
            prop_assert!(endpoint.check_response(catalogue, &body).len() <= 100);
            endpoint.absent_fields(catalogue, &body);
        }
        prop_assert!(catalogue.check_webhook_body(&body).len() <= 100);
    }

    #[test]
    fn no_query_makes_the_check_panic(value in ".{0,40}", other in "[0-9TZ:+.-]{0,30}", start in 0usize..266) {
        let catalogue = Catalogue::bundled();
        for endpoint in catalogue.endpoints().iter().skip(start).step_by(29) {
            let names = endpoint.query.iter().map(|param| param.name.clone()).chain([value.clone()]);
            let pairs: Vec<(String, String)> =
                names.enumerate().map(|(at, name)| (name, if at % 2 == 0 { &value } else { &other }.clone())).collect();
            endpoint.check_query(catalogue, &pairs);
        }
    }

    #[test]
    fn no_path_makes_finding_panic(path in ".{0,40}", real in "/(products|stock|transactions)/[^/]{0,20}/?") {
        let catalogue = Catalogue::bundled();
        for path in [path, real] {
            for method in ["GET", "POST", "PATCH", ""] {
                let found = catalogue.find(Product::Pos, method, &path);
                prop_assert!(found.is_none() || catalogue.path_exists(Product::Pos, &path));
            }
        }
    }
}

#[test]
fn a_body_of_nothing_but_mistakes_gives_a_bounded_list() {
    let catalogue = Catalogue::bundled();
    let endpoint = catalogue.find(Product::Pos, "GET", "/products").expect("listed").endpoint;
    let row: Map<String, Value> = (0..1000).map(|n| (format!("x{n}"), Value::Null)).collect();
    let body = Value::Array(vec![Value::Object(row); 50]);
    assert_eq!(endpoint.check_response(catalogue, &body).len(), 100);
}
