//! What apps do with the tokens of people, and what a user token may not do.

mod bench;

use bench::{
    Bench, SHIRT, build, folder,
    people::{OWNER, STAFF, code, hire, sign_in, token_call},
    read, relaxed, sale,
};
use bytes::Bytes;
use http::Request;
use serde_json::json;
use smaregi_emulator::{Settings, TokenExpiry, TokenSettings, UserinfoMethods, UserinfoSettings};

const ALL: &str = "openid profile email offline_access pos.stock:read";

fn staffed() -> Bench {
    let bench = Bench::new(relaxed());
    hire(&bench);
    bench
}

fn userinfo(bench: &Bench, method: &str, token: &str) -> bench::Answer {
    let request = Request::builder().method(method).uri("http://id.test/userinfo");
    let request = request.header("authorization", format!("Bearer {token}")).body(Bytes::new()).unwrap();
    read(bench.emulator.handle(&request))
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_is_exchanged_for_a_new_one() {
    let bench = staffed();
    let first = sign_in(&bench, OWNER, ALL)["refresh_token"].as_str().unwrap().to_owned();
    assert!(first.starts_with("def50200"));
    assert!(sign_in(&bench, OWNER, "openid").get("refresh_token").is_none(), "only with offline_access");
    let refresh =
        |token: &str, more: &str| token_call(&bench, &format!("grant_type=refresh_token&refresh_token={token}{more}"));
    // The PHP library also sends these.
    let answer = refresh(&first, "&redirect_uri=x&code_verifier=y");
    assert_eq!((answer.status, answer.body["scope"].as_str()), (200, Some(ALL)));
    let second = answer.body["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!((refresh(&first, "").status, refresh(&first, "").body["error"].clone()), (400, json!("invalid_grant")));
    assert_eq!(refresh(&second, "&scope=pos.products:read").body["error"], "invalid_scope", "more than was granted");
    let narrow = refresh(&second, "&scope=openid%20offline_access");
    assert_eq!(narrow.body["scope"], "openid offline_access");
    let third = narrow.body["refresh_token"].as_str().unwrap().to_owned();
    let request =
        Request::post("http://id.test/authorize/token/refresh").header("authorization", "Basic YXBwOnNlY3JldA==");
    let answer = read(bench.emulator.handle(&request.body(Bytes::from(format!("refresh_token={third}"))).unwrap()));
    assert_eq!((answer.status, answer.body["scope"].as_str()), (200, Some(ALL)), "the other path too");
    let fourth = answer.body["refresh_token"].as_str().unwrap().to_owned();
    bench.emulator.advance_clock(31 * 86_400).unwrap();
    assert_eq!(refresh(&fourth, "").status, 400, "30 days");

    let token = TokenSettings { rotate: false, refresh_error_status: 401, ..TokenSettings::default() };
    let bench = Bench::new(Settings { token, ..relaxed() });
    hire(&bench);
    let kept = sign_in(&bench, OWNER, ALL)["refresh_token"].as_str().unwrap().to_owned();
    let form = format!("grant_type=refresh_token&refresh_token={kept}");
    assert_eq!(token_call(&bench, &form).body.get("refresh_token"), None);
    assert_eq!(token_call(&bench, &form).status, 200, "it stays");
    assert_eq!(bench.emulator.expire_tokens(&TokenExpiry { refresh: true, ..TokenExpiry::default() }).unwrap(), 5);
    assert_eq!(token_call(&bench, &form).status, 401);
}

#[tokio::test(start_paused = true)]
async fn user_information_shows_what_the_scopes_allow() {
    let bench = staffed();
    let token = |scope: &str| sign_in(&bench, OWNER, scope)["access_token"].as_str().unwrap().to_owned();
    let full = json!({
        "sub": "sb_test01:u0001", "contract": { "id": "sb_test01", "user_id": "u0001", "is_owner": true },
        "name": "見本 太郎", "email": OWNER, "email_verified": true,
    });
    let all = token(ALL);
    for method in ["POST", "GET"] {
        assert_eq!(userinfo(&bench, method, &all).body, full);
    }
    let only = userinfo(&bench, "POST", &token("openid")).body;
    assert_eq!(only.as_object().unwrap().keys().collect::<Vec<_>>(), ["sub", "contract"]);
    let without = userinfo(&bench, "POST", &token("profile"));
    assert_eq!((without.status, without.body["scope"].as_str()), (403, Some("openid")));
    assert_eq!(userinfo(&bench, "POST", &bench.token).status, 403, "an app is nobody");
    assert_eq!(userinfo(&bench, "POST", "nonsense").body["error"], "access_denied");
    assert_eq!(userinfo(&bench, "PUT", &all).status, 405);
    bench.emulator.remove_user(OWNER).unwrap();
    assert_eq!(userinfo(&bench, "POST", &all).status, 401);

    let userinfo_settings = UserinfoSettings { methods: UserinfoMethods::PostOnly };
    let bench = Bench::new(Settings { userinfo: userinfo_settings, ..relaxed() });
    let answer = userinfo(&bench, "GET", "x");
    assert_eq!((answer.status, answer.headers["allow"].to_str().unwrap()), (405, "POST"));
}

#[tokio::test(start_paused = true)]
async fn a_staff_member_looks_at_sales_and_works_in_the_own_store() {
    let mut bench = staffed();
    bench.post("/transactions", sale(SHIRT, 2200, 1));
    let mut elsewhere = sale(SHIRT, 2200, 1);
    elsewhere["storeId"] = json!("2");
    elsewhere["terminalTranId"] = json!("2");
    assert_eq!(bench.post("/transactions", elsewhere).status, 200);
    let scopes = "pos.transactions:read pos.transactions:write pos.stock:read pos.stock:write pos.products:write pos.stores:read";
    let signed = sign_in(&bench, STAFF, scopes);
    bench.token = signed["access_token"].as_str().unwrap().into();
    assert_eq!(bench.get("/transactions/1").status, 200);
    let refused = bench.post("/transactions/1/cancel", json!({}));
    assert_eq!(refused.status, 403, "sales are 閲覧 for this role");
    assert_eq!(bench.get("/transactions/2").status, 403, "a sale of another store");
    assert_eq!(bench.get("/transactions/99").status, 404);
    let add = |store: &str| json!({ "storeId": store, "stockAmount": "1" });
    assert_eq!(bench.post(&format!("/stock/{SHIRT}/add"), add("1")).status, 200);
    assert_eq!(bench.post(&format!("/stock/{SHIRT}/add"), add("2")).status, 403);
    assert_eq!(bench.get("/stock?store_id=2").status, 403);
    assert_eq!(bench.get(&format!("/stock/changes/{SHIRT}/2")).status, 403);
    assert_eq!(bench.get("/stores/2").status, 403);
    let job = |store: &str| json!({ "stock": [{ "productId": SHIRT.to_string(), "storeId": store, "stockAmount": "3" }], "callbackUrl": "http://hub.test/x" });
    assert_eq!(bench.patch("/stock/bulk", job("2")).status, 403);
    assert_eq!(bench.patch("/stock/bulk", job("1")).status, 202);
    assert_eq!(bench.get("/customers").status, 403, "and no scope for members");

    let owner = sign_in(&bench, OWNER, scopes);
    bench.token = owner["access_token"].as_str().unwrap().into();
    assert_eq!(bench.post("/transactions/2/cancel", json!({})).status, 200, "an owner has no limits");
    bench.emulator.remove_user(OWNER).unwrap();
    assert_eq!(bench.get("/transactions").status, 401, "who left has no rights");
}

#[tokio::test(start_paused = true)]
async fn people_codes_and_tokens_survive_a_restart_and_a_snapshot() {
    let dir = folder("people");
    let bench = Bench::on(relaxed(), Some(&dir));
    hire(&bench);
    let refresh = sign_in(&bench, OWNER, ALL)["refresh_token"].as_str().unwrap().to_owned();
    let waiting = code(&bench, STAFF, "openid", "");
    bench.emulator.advance_clock(120).unwrap();
    let (before, now) = (bench.emulator.snapshot(), bench.emulator.now());
    drop(bench);
    let bench = Bench { emulator: build(relaxed(), Some(&dir)), token: String::new() };
    assert_eq!(bench.emulator.snapshot(), before);
    assert_eq!(bench.emulator.now(), now);
    let copy = Bench { emulator: build(relaxed(), None), token: String::new() };
    copy.emulator.restore(&before).unwrap();
    for bench in [&bench, &copy] {
        assert_eq!(token_call(bench, &format!("grant_type=refresh_token&refresh_token={refresh}")).status, 200);
        assert_eq!(token_call(bench, &format!("grant_type=authorization_code&code={waiting}")).status, 200);
        assert_eq!(bench.emulator.now(), now);
    }
    bench.emulator.reset().unwrap();
    assert_eq!(sign_in(&bench, OWNER, "openid")["scope"], "openid", "people outlive a reset of the shops");
    drop(bench);
    std::fs::remove_dir_all(dir).unwrap();
}
