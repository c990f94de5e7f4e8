//! What must hold whatever comes in.

mod bench;

use bench::{BREAD, Bench, CONTRACT, SERVICE, SET, SHIRT, check, read, relaxed, sale};
use bytes::Bytes;
use http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};
use smaregi_catalogue::{Body, Catalogue, Endpoint, Product};
use smaregi_emulator::{
    Basket,
    conformance::{self, Example},
};
use std::collections::BTreeSet;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Paths that exist, paths that almost exist, and rubbish.
fn path() -> impl Strategy<Value = String> {
    let pos = |(endpoint, _): &(&Endpoint, Example)| endpoint.product == Product::Pos;
    let known = conformance::examples(Catalogue::bundled()).into_iter().filter(pos).map(|(_, example)| example.path);
    let known = prop::sample::select(known.collect::<BTreeSet<String>>().into_iter().collect::<Vec<_>>());
    prop_oneof![4 => known, 1 => "(/[a-z0-9%_.-]{0,12}){1,5}"]
}

fn query() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "limit",
        "page",
        "sort",
        "fields",
        "product_id",
        "store_id",
        "with_details",
        "with_prices",
        "upd_date_time-from",
        "upd_date_time-to",
        "sum_date",
        "transaction_head_id-from",
        "target_date",
        "product_code",
        "what",
    ]);
    let value = prop_oneof![
        Just("1".to_owned()),
        Just("all".to_owned()),
        Just("2026-11-21T00:00:00%2B09:00".to_owned()),
        Just("productId:desc,storeId".to_owned()),
        Just("18446744073709551616".to_owned()),
        "[ -~]{0,12}".prop_map(|t| t.replace(['#', '"', '<', '>', '`', '{', '}', ' ', '\\', '^', '|'], "")),
    ];
    prop::collection::vec((name, value).prop_map(|(name, value)| format!("{name}={value}")), 0..4)
        .prop_map(|all| all.join("&"))
}

fn json_value() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "storeId",
        "stockAmount",
        "stockHistory",
        "memo",
        "products",
        "stock",
        "callbackUrl",
        "productId",
        "details",
        "subtotal",
        "total",
        "quantity",
        "salesPrice",
        "transactionHeadDivision",
        "terminalTranDateTime",
        "customerId",
        "price",
        "prices",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("1")),
        Just(json!("8000001")),
        Just(json!("http://hub.test/x")),
        any::<i64>().prop_map(|n| Value::from(n.to_string())),
        Just(json!("2026-11-21T10:00:00+09:00")),
    ];
    leaf.prop_recursive(3, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..8)
                .prop_map(|all| Value::Object(all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())),
        ]
    })
}

/// A valid call of which one member is replaced by anything.
fn almost_right() -> impl Strategy<Value = (String, String, Value)> {
    let catalogue = Catalogue::bundled();
    let names = |endpoint: &Endpoint| match endpoint.request.as_ref().map(|shape| &shape.body) {
        Some(Body::Object(members)) => {
            catalogue.fields(members).into_iter().flatten().map(|f| f.name.clone()).collect()
        }
        _ => Vec::new(),
    };
    let calls = conformance::examples(catalogue).into_iter().filter(|(endpoint, _)| endpoint.product == Product::Pos);
    let calls = calls.filter_map(|(endpoint, example)| Some((endpoint, example.body.clone()?, example)));
    let calls: Vec<(String, String, Value, String)> = calls
        .flat_map(|(endpoint, body, example)| {
            let of = move |name: String| (example.method.clone(), example.path.clone(), body.clone(), name);
            names(endpoint).into_iter().map(of)
        })
        .collect();
    (prop::sample::select(calls), json_value()).prop_map(|((method, path, mut body, name), value)| {
        body[name] = value;
        (method, path, body)
    })
}

fn body() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        2 => json_value().prop_map(|value| Bytes::from(value.to_string())),
        1 => prop::collection::vec(any::<u8>(), 0..64).prop_map(Bytes::from),
        // A sale that is almost right.
        2 => (json_value(), prop::sample::select(vec!["quantity", "salesPrice", "productId", "unitDiscountPrice", "taxDivision"])).prop_map(
            |(value, name)| {
                let mut body = sale(SHIRT, 100, 1);
                body["details"][0][name] = value;
                Bytes::from(body.to_string())
            }),
        1 => (json_value(), prop::sample::select(vec!["subtotal", "sumDate", "sumDivision", "taxInclude", "pointDiscount", "memo"])).prop_map(
            |(value, name)| {
                let mut body = sale(SHIRT, 100, 1);
                body[name] = value;
                Bytes::from(body.to_string())
            }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_request_gets_a_valid_answer_or_a_problem(
        calls in prop::collection::vec((prop::sample::select(vec!["GET", "POST", "PATCH", "DELETE", "PUT"]), path(), query(), body()), 1..6)
    ) {
        runtime().block_on(async {
            let bench = Bench::new(relaxed());
            for (method, path, query, body) in calls {
                let uri = format!("http://api.test/{CONTRACT}/pos{path}?{query}");
                let request = Request::builder().method(method).uri(&uri).header("authorization", format!("Bearer {}", bench.token));
                // What is no URI cannot be sent either.
                let Ok(request) = request.body(body.clone()) else { continue };
                let answer = read(bench.emulator.handle(&request));
                prop_assert_ne!(answer.status, 500);
                check(method, &path, &answer);
                let control = Request::builder().method(method).uri(format!("/control{path}")).body(body).unwrap();
                read(bench.emulator.handle(&control));
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_call_that_is_almost_right_is_done_or_refused(calls in prop::collection::vec(almost_right(), 1..6)) {
        runtime().block_on(async {
            let bench = Bench::new(relaxed());
            for (method, path, body) in calls {
                let answer = bench.call(&method, &path, Some(body));
                prop_assert!(answer.status == 501 || answer.status < 500, "{method} {path}: {}", answer.body);
            }
            let again = bench::build(relaxed(), None);
            again.restore(&bench.emulator.snapshot()).unwrap();
            prop_assert_eq!(again.snapshot(), bench.emulator.snapshot());
            Ok(())
        })?;
    }

    #[test]
    fn any_head_and_path_is_survived(path in "/[!-~]{0,40}", token in "[ -~]{0,30}", body in prop::collection::vec(any::<u8>(), 0..40)) {
        runtime().block_on(async {
            let bench = Bench::new(relaxed());
            for method in ["GET", "POST"] {
                let request = Request::builder().method(method).uri(&path).header("authorization", &token);
                let Ok(request) = request.body(Bytes::from(body.clone())) else { continue };
                let answer = read(bench.emulator.handle(&request));
                prop_assert!(answer.status >= 400, "{path}");
            }
            Ok(())
        })?;
    }

    #[test]
    fn every_level_is_the_sum_of_its_history(
        deeds in prop::collection::vec((0..8_u8, prop::sample::select(vec![SHIRT, BREAD, SERVICE, SET]), 1..3_u64, -5..20_i64), 1..40)
    ) {
        runtime().block_on(async {
            let bench = Bench::new(relaxed());
            let till = bench.emulator.till(CONTRACT);
            for (deed, product, store, number) in deeds {
                let basket = |is_return| Basket { store_id: store, lines: vec![(product, number.max(1))], is_return, ..Basket::default() };
                let sale = number.unsigned_abs();
                let amount = json!({ "storeId": store.to_string(), "stockAmount": number.to_string() });
                match deed {
                    0 => drop(till.sell(&basket(false))),
                    1 => drop(till.sell(&basket(true))),
                    2 => drop(till.cancel(sale)),
                    3 => drop(till.dispose(sale)),
                    4 => drop(bench.emulator.receive(CONTRACT, product, store, number)),
                    5 => drop(bench.emulator.correct(CONTRACT, product, store, number)),
                    6 => drop(bench.post(&format!("/stock/{product}/add"), amount)),
                    _ => drop(bench.patch(&format!("/stock/{product}"), amount)),
                }
            }
            let truth = bench.emulator.truth(CONTRACT).unwrap();
            for ((product, store), level) in &truth.levels {
                let history = bench.emulator.history(CONTRACT, *product, *store);
                prop_assert_eq!(history.iter().map(|change| change.amount).sum::<i64>(), *level);
                prop_assert_eq!(history.last().map(|change| change.stock_amount), Some(*level));
            }
            let again = bench::build(relaxed(), None);
            again.restore(&bench.emulator.snapshot()).unwrap();
            prop_assert_eq!(again.truth(CONTRACT).unwrap(), truth);
            Ok(())
        })?;
    }
}
