//! Any bytes on any path of any host: an answer in the documented form, no panic, and nothing half done.

mod bench;

use bench::{
    Bench, CONTRACT,
    people::{hire, sign_in_url},
    relaxed,
};
use bytes::Bytes;
use http::{Request, Response};
use proptest::prelude::*;
use serde_json::Value;
use smaregi_catalogue::{Catalogue, Product};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Every path of the catalogue, with ids that exist and ids that do not.
fn api_path() -> impl Strategy<Value = String> {
    let endpoints = Catalogue::bundled().endpoints();
    let paths: Vec<(&str, &str)> = endpoints
        .iter()
        .map(|endpoint| {
            (if endpoint.product == Product::Pos { "pos" } else { "order-shipment" }, endpoint.path.as_str())
        })
        .collect();
    let id = prop_oneof![4 => Just("1".to_owned()), 4 => Just("8000001".to_owned()), 1 => "[!-~]{1,8}"];
    (prop::sample::select(paths), prop::collection::vec(id, 6)).prop_map(|((product, path), ids)| {
        let mut ids = ids.into_iter();
        let parts = path.split('/').map(|part| match part.starts_with('{') {
            true => ids.next().unwrap_or_default().replace(['/', '?', '#'], ""),
            false => part.to_owned(),
        });
        format!("/{CONTRACT}/{product}{}", parts.collect::<Vec<_>>().join("/"))
    })
}

fn path() -> impl Strategy<Value = String> {
    let id_host = ["/authorize", "/authorize/login", "/authorize/consent", "/authorize/logout", "/authorize/token"];
    let id_host =
        id_host.into_iter().chain(["/authorize/token/refresh", "/userinfo", "/app/sb_test01/token", "/app/sb_x/token"]);
    let control = [
        "state",
        "snapshot",
        "deliveries",
        "deliveries/resend",
        "calls",
        "faults",
        "webhooks",
        "memos",
        "sell",
        "receive",
        "correct",
        "cancel-sale",
        "dispose-sale",
        "users",
        "users/remove",
        "app-profiles",
        "subscriptions",
        "sign-in",
        "consents",
        "tokens",
        "token-key",
        "tokens/expire",
        "events",
        "clock",
        "clock/advance",
        "clock/set",
        "maintenance",
    ];
    let control = control.into_iter().map(|name| format!("/control/{name}"));
    prop_oneof![
        3 => api_path(),
        2 => prop::sample::select(id_host.map(String::from).collect::<Vec<_>>()),
        2 => prop::sample::select(control.collect::<Vec<_>>()),
        1 => "/[!-~]{0,40}",
        1 => "(/[a-z0-9%_.-]{0,12}){0,6}/?",
    ]
}

fn query() -> impl Strategy<Value = String> {
    let authorize = sign_in_url("openid pos.stock:read", "").split_once('?').unwrap().1.to_owned();
    prop_oneof![
        3 => Just(String::new()),
        1 => Just(authorize),
        2 => "[!-~]{0,40}".prop_map(|text| text.replace('#', "")),
        1 => "(limit|page|sort|fields|store_id|with_details|scope|client_id|before)=[0-9a-z:,%-]{0,20}",
    ]
}

fn header() -> impl Strategy<Value = (String, Vec<u8>)> {
    let name =
        prop::sample::select(vec!["accept", "content-type", "cookie", "host", "sec-fetch-site", "accept-language"]);
    let value = prop_oneof![
        Just(b"text/html".to_vec()),
        Just(b"application/json;charset=Shift_JIS".to_vec()),
        Just(b"smaregi_emulator_session=eyJ.00; x=y".to_vec()),
        prop::collection::vec(prop_oneof![32..127_u8, 128..=255_u8], 0..20),
    ];
    (name.prop_map(String::from), value)
}

/// Token (`None`: the valid one) or Basic credentials or anything.
fn authorization() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        5 => Just(None),
        2 => Just(Some(b"Basic YXBwOnNlY3JldA==".to_vec())),
        1 => "(Bearer|Basic|bearer) {0,3}[!-~]{0,30}".prop_map(|text| Some(text.into_bytes())),
        1 => prop::collection::vec(prop_oneof![32..127_u8, 128..=255_u8], 0..20).prop_map(Some),
    ]
}

/// Members of forms and bodies that mean something somewhere.
const MEMBERS: &[&str] = &[
    "grant_type",
    "code",
    "refresh_token",
    "scope",
    "client_id",
    "request",
    "form_key",
    "email",
    "password",
    "url",
    "number",
    "seconds",
    "days",
    "now",
    "on",
    "contract",
    "contract_id",
    "action",
    "event",
    "ids",
    "members",
    "plan",
    "amount",
    "product_id",
    "store_id",
    "sale_id",
    "basket",
    "transaction",
    "memberships",
    "redirect_uris",
    "storeId",
    "stockAmount",
    "details",
    "callbackUrl",
];

fn body() -> impl Strategy<Value = Vec<u8>> {
    let name = prop::sample::select(MEMBERS.to_vec());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "1",
            "8000001",
            CONTRACT,
            "app",
            "start",
            "pos:stock",
            "edited",
            "openid",
            "taro@example.jp"
        ])
        .prop_map(Value::from),
    ];
    let json = leaf.prop_recursive(3, 30, 6, {
        let name = name.clone();
        move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((name.clone(), inner), 0..6).prop_map(|all| Value::Object(
                    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
                )),
            ]
        }
    });
    let word = prop_oneof!["[!-~]{0,20}", Just("authorization_code".to_owned()), Just("client_credentials".to_owned())];
    let form = prop::collection::vec((name, word), 0..6)
        .prop_map(|all| all.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"));
    prop_oneof![
        2 => json.prop_map(|value| value.to_string().into_bytes()),
        2 => form.prop_map(String::into_bytes),
        2 => prop::collection::vec(any::<u8>(), 0..200),
        1 => Just(vec![b'['; 5000]),
    ]
}

/// The documented form: a page, nothing, or JSON; an error has `type`, `title` and its own status.
fn check(response: &Response<Bytes>) -> Result<(), TestCaseError> {
    let status = response.status().as_u16();
    let kind =
        response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    if kind.starts_with("text/html") {
        prop_assert!(status < 500 && !response.body().windows(7).any(|part| part == b"<script"));
        return Ok(());
    }
    let body: Value = match response.body().is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(response.body()).map_err(|error| TestCaseError::fail(error.to_string()))?,
    };
    prop_assert_ne!(status, 500, "{}", body);
    if status >= 400 {
        prop_assert!(body["type"].is_string() && body["title"].is_string(), "{}", body);
        prop_assert_eq!(body["status"].as_u64(), Some(u64::from(status)));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_comes_and_a_refused_call_changes_nothing(
        calls in prop::collection::vec(
            (prop::sample::select(vec!["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "FOO"]), path(), query(),
             prop::collection::vec(header(), 0..3), authorization(), body()),
            1..5,
        )
    ) {
        runtime().block_on(async {
            let bench = Bench::new(relaxed());
            hire(&bench);
            for (method, path, query, headers, authorization, body) in calls {
                let bearer = || format!("Bearer {}", bench.token).into_bytes();
                let request = Request::builder().method(method).uri(format!("{path}?{query}"))
                    .header("authorization", authorization.unwrap_or_else(bearer));
                let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
                // What is no request cannot be sent either.
                let Ok(request) = request.body(Bytes::from(body)) else { continue };
                let before = bench.emulator.snapshot();
                let response = bench.emulator.handle(&request);
                check(&response)?;
                if response.status().as_u16() >= 400 {
                    prop_assert!(bench.emulator.snapshot() == before, "{} {} left traces", method, path);
                }
            }
            Ok(())
        })?;
    }
}
