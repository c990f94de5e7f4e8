//! What real clients do, and the real service evidently takes (platform-common.md §2, §4, §9, §11, §12).

mod bench;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bench::{Bench, CONTRACT, SHIRT, build, read, relaxed};
use bytes::Bytes;
use http::Request;
use regihub_ports::Transport;
use serde_json::{Value, json};
use smaregi_emulator::{
    ContractSpec, EmulatorPair, Environment, ErrorSettings, HostSettings, Settings, TokenAlgorithm, TokenErrorStyle,
    TokenSettings,
};

const BASIC: &str = "Basic YXBwOnNlY3JldA==";

fn ask(bench: &Bench, path: &str, headers: &[(&str, &str)], body: &str) -> bench::Answer {
    let request = Request::post(format!("http://id.test{path}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    read(bench.emulator.handle(&request.body(Bytes::from(body.to_owned())).unwrap()))
}

fn send(bench: &Bench, method: &str, uri: &str, authorization: &str, body: &str) -> bench::Answer {
    let request = Request::builder().method(method).uri(uri).header("authorization", authorization);
    read(bench.emulator.handle(&request.body(Bytes::from(body.to_owned())).unwrap()))
}

#[tokio::test(start_paused = true)]
async fn tokens_are_asked_for_in_many_ways() {
    let bench = Bench::new(relaxed());
    let token = &format!("/app/{CONTRACT}/token");
    let slashes = &format!("//app/{CONTRACT}//token/");
    let form = "grant_type=client_credentials&scope=pos.stock%3Aread%20pos.stock%3Awrite";
    let unencoded = "grant_type=client_credentials&scope=pos.stock:read pos.stock:write";
    let in_form = &format!("{form}&client_id=app&client_secret=secret");
    let commas = "grant_type=client_credentials&scope=pos.stock:read,pos.stock:write";
    let repeated = "grant_type=client_credentials&scope=pos.stock:read&scope=pos.stock:write";
    let object = r#"{"grant_type":"client_credentials","scope":"pos.stock:read pos.stock:write"}"#;
    let ours = ("authorization", BASIC);
    let plain = ("content-type", "application/x-www-form-urlencoded");
    let charset = ("content-type", "application/x-www-form-urlencoded;charset=UTF-8");
    for (path, headers, body) in [
        (token, vec![ours, plain], form),
        (token, vec![ours, charset], unencoded),
        (token, vec![("authorization", "Basic {YXBwOnNlY3JldA==}"), plain], form),
        (token, vec![("authorization", "Basic YXBwOnNlY3JldA"), plain], form),
        (token, vec![("authorization", "basic   YXBwOnNlY3JldA=="), plain], form),
        (token, vec![charset], in_form),
        (token, vec![], in_form),
        (slashes, vec![ours, plain], form),
        (token, vec![ours, plain], &format!("{form}&redirect_uri=https%3A%2F%2Fx%2F&foo=bar")),
        (token, vec![ours, plain], commas),
        (token, vec![ours, plain], repeated),
        (token, vec![ours, ("content-type", "application/json; charset=utf-8")], object),
    ] {
        let answer = ask(&bench, path, &headers, body);
        assert_eq!(
            (answer.status, answer.body["scope"].as_str()),
            (200, Some("pos.stock:read pos.stock:write")),
            "{body}"
        );
    }
    let token_settings = TokenSettings { lenient_scopes: false, ..TokenSettings::default() };
    let bench = Bench::new(Settings { token: token_settings, ..relaxed() });
    assert_eq!(ask(&bench, token, &[ours, plain], commas).body["error"], "invalid_scope");
    assert_eq!(ask(&bench, token, &[ours, plain], repeated).body["scope"], "pos.stock:read");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_a_jwt_with_the_claims_of_real_ones() {
    let claims_of = |bench: &Bench| {
        let parts: Vec<Value> = bench
            .token
            .split('.')
            .take(2)
            .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
            .collect();
        parts
    };
    let bench = Bench::new(relaxed());
    let parts = claims_of(&bench);
    assert_eq!(parts[0], json!({ "typ": "JWT", "alg": "RS256" }));
    let members: Vec<&String> = parts[1].as_object().unwrap().keys().collect();
    assert_eq!(members, ["aud", "jti", "iat", "nbf", "exp", "sub", "scopes"]);
    assert_eq!((parts[1]["aud"].as_str(), parts[1]["sub"].as_str()), (Some("app"), Some(CONTRACT)));
    assert_eq!(parts[1]["exp"].as_i64(), parts[1]["iat"].as_i64().map(|at| at + 3600));
    assert!(parts[1]["scopes"].as_array().unwrap().contains(&json!("pos.stock:read")));
    // Whoever changes a claim has no token.
    let forged = bench.token.replacen("eyJ", "eyK", 2);
    assert_eq!(
        send(&bench, "GET", &format!("http://api.test/{CONTRACT}/pos/stores"), &format!("Bearer {forged}"), "").status,
        401
    );

    let token = TokenSettings { algorithm: TokenAlgorithm::HS256, ..TokenSettings::default() };
    let bench = Bench::new(Settings { token, ..relaxed() });
    assert_eq!(claims_of(&bench)[0]["alg"], "HS256");
    let key = bench.control("GET", "token-key", json!({})).body["key_hex"].as_str().unwrap().to_owned();
    assert_eq!(key.len(), 64);
    assert_eq!(bench.emulator.snapshot().to_string().matches(&key).count(), 1, "the key is kept with the state");
}

#[tokio::test(start_paused = true)]
async fn identity_scopes_are_not_for_apps() {
    let bench = Bench::new(relaxed());
    for scope in ["openid", "pos.stock:read offline_access", "pos.stocktaking:write", "waiter.menues:read"] {
        let refused = bench.ask_token(scope);
        assert_eq!((refused.status, refused.body["error"].as_str()), (400, Some("invalid_scope")), "{scope}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_bodies_of_refused_token_requests_follow_their_setting() {
    let style = TokenSettings { error_style: TokenErrorStyle::Oauth, ..TokenSettings::default() };
    let bench = Bench::new(Settings { token: style, ..relaxed() });
    let refused = bench.ask_token("nonsense");
    assert_eq!(refused.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["error", "error_description"]);
    assert_eq!(refused.headers["content-type"], "application/json");
}

#[tokio::test(start_paused = true)]
async fn calls_are_written_in_many_ways() {
    let bench = Bench::new(relaxed());
    let two_blanks = &format!("Bearer  {}", bench.token);
    let lower = &format!("bearer {}", bench.token);
    let add = r#"{"storeId":"1","stockAmount":"1"}"#;
    let with_bom = &format!("\u{feff}{add}");
    for (method, uri, authorization, body, status) in [
        (
            "GET",
            format!("http://api.test/{CONTRACT}/pos/products/?limit=10&page=1&sort=productCode:desc"),
            two_blanks,
            "",
            200,
        ),
        ("GET", format!("http://api.test//{CONTRACT}//pos/products?"), lower, "null", 200),
        ("GET", format!("http://api.test/{CONTRACT}/pos/products"), lower, "limit=5&page=not", 200),
        ("GET", format!("http://api.test/{CONTRACT}/pos/products"), lower, "\u{0}not json", 200),
        ("POST", format!("http://api.test/{CONTRACT}/pos/stock/{SHIRT}/add/"), lower, with_bom, 200),
        (
            "POST",
            format!("http://api.test/{CONTRACT}/pos/stock/{SHIRT}/add"),
            lower,
            r#"{"storeId":1,"stockAmount":-1}"#,
            200,
        ),
        ("POST", format!("http://api.test/{CONTRACT}/pos/stock/{SHIRT}/add"), lower, "null", 400),
        ("DELETE", format!("http://api.test/{CONTRACT}/pos/stores/3/"), two_blanks, "{}", 200),
        ("DELETE", format!("http://api.test/{CONTRACT}/pos/stores/2"), two_blanks, "null", 200),
    ] {
        let answer = send(&bench, method, &uri, authorization, body);
        assert_eq!(answer.status, status, "{method} {uri} {body:?}: {}", answer.body);
    }
    for wrong in ["Bearer", "", "Bearer ", "Token x", "Basic YXBwOnNlY3JldA=="] {
        let answer = send(&bench, "GET", &format!("http://api.test/{CONTRACT}/pos/products"), wrong, "");
        assert_eq!((answer.status, answer.body["error"].as_str()), (401, Some("access_denied")), "{wrong:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn fields_may_come_as_one_list_or_several() {
    let bench = Bench::new(relaxed());
    for query in
        ["fields=productId,price", "fields=productId&fields=price", "fields[]=productId&limit=1&fields%5B%5D=price"]
    {
        let row = bench.get(&format!("/products?{query}")).body[0].clone();
        assert_eq!(row.as_object().unwrap().keys().collect::<Vec<_>>(), ["productId", "price"], "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bare_plus_in_a_query_is_a_blank_and_thus_an_error() {
    let bench = Bench::new(relaxed());
    let window = |plus: &str| {
        format!(
            "/products?upd_date_time-from=2026-11-20T00:00:00{plus}09:00&upd_date_time-to=2026-11-21T23:59:59{plus}09:00"
        )
    };
    assert_eq!(bench.get(&window("%2B")).status, 200);
    assert_eq!(bench.get(&window("+")).status, 400);
}

#[tokio::test(start_paused = true)]
async fn other_methods_are_told_which_ones_there_are() {
    let bench = Bench::new(relaxed());
    for method in ["HEAD", "OPTIONS", "PUT", "TRACE"] {
        let answer = bench.call(method, "/products", None);
        assert_eq!((answer.status, answer.headers["allow"].to_str().unwrap()), (405, "GET, POST"), "{method}");
    }
    let answer = send(&bench, "GET", &format!("http://id.test/app/{CONTRACT}/token"), BASIC, "");
    assert_eq!((answer.status, answer.headers["allow"].to_str().unwrap()), (405, "POST"));
}

#[tokio::test(start_paused = true)]
async fn checks_come_in_the_order_of_the_reference() {
    let mut bench = Bench::new(relaxed());
    bench.emulator.add_contract(ContractSpec::new("sb_other")).unwrap();
    let full = format!("Bearer {}", bench.token);
    bench.token = bench.ask_token("pos.stores:read").body["access_token"].as_str().unwrap().into();
    let narrow = format!("Bearer {}", bench.token);
    for (why, uri, method, authorization, body, status) in [
        ("no token, wrong path", format!("/{CONTRACT}/pos/nothing"), "GET", "Bearer x", "", 401),
        ("wrong contract before the path", "/sb_other/pos/nothing".into(), "GET", full.as_str(), "", 403),
        ("no such contract", "/sb_nowhere/pos/stores".into(), "GET", full.as_str(), "", 403),
        ("path before scope", format!("/{CONTRACT}/pos/nothing"), "GET", narrow.as_str(), "", 404),
        ("no such product", format!("/{CONTRACT}/till/stores"), "GET", narrow.as_str(), "", 404),
        ("method before scope", format!("/{CONTRACT}/pos/products"), "PUT", narrow.as_str(), "", 405),
        ("scope before ids", format!("/{CONTRACT}/pos/products/99"), "GET", narrow.as_str(), "", 403),
        ("ids before the body", format!("/{CONTRACT}/pos/stock/99/add"), "POST", full.as_str(), "not json", 404),
        ("the body last", format!("/{CONTRACT}/pos/stock/{SHIRT}/add"), "POST", full.as_str(), "not json", 400),
    ] {
        let answer = send(&bench, method, &format!("http://api.test{uri}"), authorization, body);
        assert_eq!(answer.status, status, "{why}: {}", answer.body);
    }
    // A call over the limit is not even looked at.
    let bench = Bench::new(Settings::default());
    (0..10).for_each(|_| drop(bench.get("/stores")));
    assert_eq!(bench.get("/nothing").status, 429);
    let errors = ErrorSettings { missing_scope_status: 401, ..ErrorSettings::default() };
    let mut bench = Bench::new(Settings { errors, ..relaxed() });
    bench.token = bench.ask_token("pos.stores:read").body["access_token"].as_str().unwrap().into();
    assert_eq!(bench.get("/products").body["error"], "access_denied");
}

#[tokio::test(start_paused = true)]
async fn each_host_answers_its_own_calls_when_names_are_given() {
    let hosts = HostSettings { id: vec!["id.test".into()], api: vec!["api.test".into()] };
    let bench = Bench::new(Settings { hosts, ..relaxed() });
    let full = format!("Bearer {}", bench.token);
    let stores = |host: &str| send(&bench, "GET", &format!("http://{host}/{CONTRACT}/pos/stores"), &full, "").status;
    assert_eq!(
        (stores("api.test"), stores("API.test:8090"), stores("id.test"), stores("elsewhere")),
        (200, 200, 404, 404)
    );
    let token = send(&bench, "POST", &format!("http://api.test/app/{CONTRACT}/token"), BASIC, "");
    assert_eq!(token.status, 404);
    assert_eq!(bench.control("GET", "clock", json!({})).status, 200, "the workbench has no name");
}

#[tokio::test(start_paused = true)]
async fn sandbox_and_production_live_side_by_side() {
    let world = |environment, contract: &str| {
        let emulator = build(Settings { environment, ..relaxed() }, None);
        emulator.add_contract(ContractSpec::new(contract)).unwrap();
        emulator.add_app(bench::app()).unwrap();
        emulator
    };
    let (sandbox, production) = (world(Environment::Sandbox, CONTRACT), world(Environment::Production, "shop01"));
    let pair = EmulatorPair { sandbox, production };
    let statuses = async |host: &str| {
        let mut statuses = Vec::new();
        for contract in [CONTRACT, "shop01"] {
            let request = Request::post(format!("https://{host}/app/{contract}/token")).header("authorization", BASIC);
            let request =
                request.body(Bytes::from_static(b"grant_type=client_credentials&scope=pos.stock:read")).unwrap();
            statuses.push(pair.send(request).await.unwrap().status().as_u16());
        }
        statuses
    };
    assert_eq!(statuses("id.smaregi.dev").await, [200, 401]);
    assert_eq!(statuses("id.smaregi.jp").await, [401, 200]);
    let listed = HostSettings { id: vec!["live.test".into()], api: vec![] };
    let production = build(Settings { hosts: listed, ..relaxed() }, None);
    let pair = EmulatorPair { production, ..pair };
    assert_eq!(pair.of_host("live.test").settings().hosts.id, ["live.test"]);
    assert!(pair.of_host("other.test").settings().hosts.id.is_empty());
}
