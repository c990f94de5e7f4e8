//! Who may call what, and how often.

mod bench;

use bench::{Bench, CONTRACT, app, build, read, relaxed};
use bytes::Bytes;
use http::Request;
use smaregi_emulator::{AppSpec, ContractSpec, Plan, Settings};
use std::time::Duration;

fn token_request(body: &str, authorization: Option<&str>) -> Request<Bytes> {
    let request = Request::post(format!("http://id.test/app/{CONTRACT}/token"));
    let request = authorization.into_iter().fold(request, |request, value| request.header("authorization", value));
    request.body(Bytes::from(body.to_owned())).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_token_is_granted_as_real_clients_ask_for_it() {
    let bench = Bench::new(relaxed());
    let body = "grant_type=client_credentials&scope=pos.stock:read pos.stock:write&redirect_uri=x";
    for (body, authorization) in [
        (body.to_owned(), Some("Basic YXBwOnNlY3JldA==")),
        (body.to_owned(), Some("Basic {YXBwOnNlY3JldA}")),
        (format!("{body}&client_id=app&client_secret=secret"), None),
    ] {
        let answer = read(bench.emulator.handle(&token_request(&body, authorization)));
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.body["scope"], "pos.stock:read pos.stock:write");
        assert_eq!(answer.body["expires_in"], 3600);
        assert_eq!(answer.body["access_token"].as_str().unwrap().split('.').count(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_refused_with_the_words_of_oauth() {
    let bench = Bench::new(relaxed());
    let good = Some("Basic YXBwOnNlY3JldA==");
    let cases = [
        ("grant_type=client_credentials&scope=pos.stock:read", Some("Basic YXBwOndyb25n"), 401, "invalid_client"),
        ("grant_type=client_credentials", good, 400, "invalid_request"),
        ("scope=pos.stock:read", good, 400, "invalid_request"),
        ("grant_type=password&scope=pos.stock:read", good, 400, "unsupported_grant_type"),
        ("grant_type=client_credentials&scope=pos.stocktaking:write", good, 400, "invalid_scope"),
        ("grant_type=client_credentials&scope=pos.stock:read", None, 400, "invalid_request"),
    ];
    for (body, authorization, status, error) in cases {
        let answer = read(bench.emulator.handle(&token_request(body, authorization)));
        assert_eq!((answer.status, answer.body["error"].as_str()), (status, Some(error)), "{body}");
        assert_eq!(answer.body["status"], status);
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_refused_with_the_captured_body() {
    let bench = Bench::new(relaxed());
    assert_eq!(bench.get("/stores").status, 200);
    tokio::time::advance(Duration::from_secs(3601)).await;
    let answer = bench.get("/stores");
    assert_eq!(answer.status, 401);
    assert_eq!(answer.body["title"], "Access Denied");
    assert_eq!(answer.body["error"], "access_denied");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
}

#[tokio::test(start_paused = true)]
async fn a_token_opens_only_its_own_contract() {
    let bench = Bench::new(relaxed());
    bench.emulator.add_contract(ContractSpec::new("sb_other")).unwrap();
    let request = Request::get("http://api.test/sb_other/pos/stores");
    let request = request.header("authorization", format!("Bearer {}", bench.token)).body(Bytes::new()).unwrap();
    assert_eq!(read(bench.emulator.handle(&request)).status, 403);
}

#[tokio::test(start_paused = true)]
async fn a_missing_scope_names_itself_and_does_not_follow_from_another() {
    let mut bench = Bench::new(relaxed());
    bench.token = bench.ask_token("pos.stock:write").body["access_token"].as_str().unwrap().into();
    let answer = bench.get("/stock");
    assert_eq!(answer.status, 403);
    assert_eq!(answer.body["scope"], "pos.stock:read");
    assert_eq!(bench.post("/stock/8000001/add", serde_json::json!({"storeId": "1", "stockAmount": "1"})).status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_plan_shuts_out_what_it_does_not_include() {
    let bench = Bench::new(relaxed());
    bench.emulator.add_contract(ContractSpec { contract_id: CONTRACT.into(), plan: Plan::Standard }).unwrap();
    let body = serde_json::json!({"customers": [], "callbackUrl": "https://hub.test/x"});
    assert_eq!(bench.post("/customers/bulk", body).status, 403);
    assert_eq!(bench.get("/products").status, 200);
}

#[tokio::test(start_paused = true)]
async fn reads_and_writes_have_budgets_that_return_every_second() {
    let bench = Bench::new(Settings::default());
    let answers: Vec<_> = (0..11).map(|_| bench.get("/stores")).collect();
    assert!(answers[..10].iter().all(|answer| answer.status == 200));
    assert_eq!(answers[10].status, 429);
    assert_eq!(answers[10].headers["retry-after"], "1");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(bench.get("/stores").status, 200);
}

#[tokio::test(start_paused = true)]
async fn unknown_paths_and_methods_are_told_apart() {
    let bench = Bench::new(relaxed());
    let unknown = bench.get("/no-such-thing");
    assert_eq!((unknown.status, unknown.body["detail"].as_str()), (404, Some("存在しないURIです。")));
    assert_eq!(bench.call("PUT", "/stock", None).status, 405);
    assert_eq!(bench.get("/coupons").body, serde_json::json!([]));
}

#[tokio::test(start_paused = true)]
async fn odd_but_real_requests_are_understood() {
    let bench = Bench::new(relaxed());
    let request = Request::get(format!("http://api.test//{CONTRACT}//pos/stores/?"));
    let request = request.header("authorization", format!("Bearer   {}", bench.token));
    let answer = read(bench.emulator.handle(&request.body(Bytes::from_static(b"null")).unwrap()));
    assert_eq!(answer.status, 200);
}

#[tokio::test(start_paused = true)]
async fn an_app_gets_only_the_scopes_it_was_given() {
    let emulator = build(relaxed(), None);
    emulator.add_contract(ContractSpec::new(CONTRACT)).unwrap();
    emulator.add_app(AppSpec { scopes: vec!["pos.stock:read".into()], ..app() }).unwrap();
    let ask = |scope: &str| {
        let body = format!("grant_type=client_credentials&scope={scope}");
        read(emulator.handle(&token_request(&body, Some("Basic YXBwOnNlY3JldA=="))))
    };
    assert_eq!(ask("pos.stock:read").status, 200);
    let refused = ask("pos.stock:read pos.products:read");
    assert_eq!((refused.status, refused.body["error"].as_str()), (400, Some("invalid_scope")));
}
