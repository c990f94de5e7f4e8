//! Sign-in with Smaregi: pages, codes, user tokens, and what a user token may not do.

mod bench;

use bench::{
    Bench, CONTRACT, app,
    people::{Browser, CALLBACK, OWNER, STAFF, code, hire, param, sign_in_url, token_call},
    read, relaxed,
};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use smaregi_emulator::{
    AppProfile, AppSpec, Approval, ContractSpec, Settings, SignInSettings, TokenSettings, UserSpec,
};
use std::time::Duration;

const ALL: &str = "openid profile email offline_access pos.stock:read";

fn staffed() -> Bench {
    let bench = Bench::new(relaxed());
    hire(&bench);
    bench
}

/// What the app's callback gets when a request is wrong.
fn error_of(bench: &Bench, url: &str) -> (String, Option<String>) {
    let location = bench.emulator.approve(url, OWNER).unwrap();
    assert!(location.starts_with(CALLBACK), "{location}");
    (param(&location, "error").unwrap_or_default(), param(&location, "state"))
}

fn userinfo(bench: &Bench, method: &str, token: &str) -> bench::Answer {
    let request = Request::builder().method(method).uri("http://id.test/userinfo");
    let request = request.header("authorization", format!("Bearer {token}")).body(Bytes::new()).unwrap();
    read(bench.emulator.handle(&request))
}

#[tokio::test(start_paused = true)]
async fn a_person_signs_in_and_allows_the_app_in_the_browser() {
    let bench = staffed();
    let mut browser = Browser::default();
    browser.open(&bench, &sign_in_url(ALL, "&lang=ja&approval_prompt=auto&nonce=1"));
    assert_eq!(browser.status, 200);
    assert!(
        browser.page.contains("<html lang=\"ja\">") && browser.page.contains("倉庫 &lt;連携&gt;"),
        "{}",
        browser.page
    );
    assert!(!browser.page.contains("<script"));
    browser.submit(&bench, "/authorize/login", &[("email", OWNER), ("password", "wrong")]);
    assert_eq!(browser.status, 403);
    assert!(browser.page.contains("メールアドレスまたはパスワードが違います。"), "{}", browser.page);
    browser.submit(&bench, "/authorize/login", &[("email", "TARO@example.jp"), ("password", "pw-taro")]);
    assert_eq!(browser.status, 303);
    browser.follow(&bench);
    assert!(browser.page.contains("在庫の参照") && browser.page.contains(CONTRACT), "{}", browser.page);
    browser.submit(&bench, "/authorize/consent", &[("contract", CONTRACT), ("decision", "allow")]);
    assert_eq!(browser.status, 302);
    let location = browser.location.clone().unwrap();
    assert!(location.starts_with(&format!("{CALLBACK}&code=def50200")), "{location}");
    assert_eq!(param(&location, "state").as_deref(), Some("s%26t"));
    let code = param(&location, "code").unwrap();
    let answer = token_call(&bench, &format!("grant_type=authorization_code&code={code}"));
    assert_eq!((answer.status, answer.body["scope"].as_str()), (200, Some(ALL)), "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let members: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["scope", "token_type", "expires_in", "access_token", "id_token", "refresh_token"]);
    // The browser stays signed in, and the person may say no.
    browser.open(&bench, &sign_in_url(ALL, "&lang=en"));
    assert!(browser.page.contains("<html lang=\"en\">") && browser.page.contains("Do not allow"), "{}", browser.page);
    assert!(browser.page.contains("POS: read stock") && !browser.page.contains("在庫"), "{}", browser.page);
    browser.submit(&bench, "/authorize/consent", &[("contract", CONTRACT), ("decision", "deny")]);
    assert_eq!(param(&browser.location.clone().unwrap(), "error").as_deref(), Some("access_denied"));
    browser.open(&bench, &sign_in_url(ALL, ""));
    browser.submit(&bench, "/authorize/logout", &[]);
    browser.follow(&bench);
    assert!(browser.page.contains("action=\"/authorize/login\""), "signed out");
}

#[tokio::test(start_paused = true)]
async fn forms_from_elsewhere_are_refused() {
    let bench = staffed();
    let (mut victim, mut attacker) = (Browser::default(), Browser::default());
    victim.open(&bench, &sign_in_url(ALL, ""));
    attacker.open(&bench, &sign_in_url(ALL, ""));
    // The attacker's own page, brought to the victim's browser: its cookie is another one.
    let own = std::mem::replace(&mut victim.page, attacker.page.clone());
    victim.submit(&bench, "/authorize/login", &[("email", STAFF), ("password", "pw-hanako")]);
    assert_eq!((victim.status, victim.location.clone()), (403, None));
    // A form for another request.
    victim.page = own.replace("state=s%26t", "state=other");
    victim.submit(&bench, "/authorize/login", &[("email", OWNER), ("password", "pw-taro")]);
    assert_eq!(victim.status, 403);
    // A form that has waited too long.
    victim.page = own;
    bench.emulator.advance_clock(9 * 3600).unwrap();
    victim.submit(&bench, "/authorize/login", &[("email", OWNER), ("password", "pw-taro")]);
    assert_eq!(victim.status, 403);
    let mut fresh = Browser::default();
    fresh.open(&bench, &sign_in_url(ALL, ""));
    let request = Request::post("http://id.test/authorize/login").header("sec-fetch-site", "cross-site");
    let answer = bench.emulator.handle(&request.body(Bytes::from_static(b"email=x")).unwrap());
    assert_eq!(answer.status(), 403);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_request_is_told_to_the_app_once_its_address_is_known() {
    let bench = staffed();
    let state = Some("s%26t".to_owned());
    for (url, error) in [
        (sign_in_url("pos.stocktaking:write", ""), "invalid_scope"),
        (sign_in_url("", ""), "invalid_request"),
        (sign_in_url(ALL, "").replace("response_type=code", "response_type=token"), "unsupported_response_type"),
        (sign_in_url(ALL, "").replace("response_type=code&", ""), "invalid_request"),
        (sign_in_url(ALL, "&code_challenge=short&code_challenge_method=S256"), "invalid_request"),
        (sign_in_url(ALL, &format!("&code_challenge={}", "x".repeat(43))), "invalid_request"),
    ] {
        assert_eq!(error_of(&bench, &url), (error.to_owned(), state.clone()), "{url}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_address_is_never_used() {
    let bench = staffed();
    let ask = |url: &str, accept: &str| {
        let request = Request::get(url).header("accept", accept).body(Bytes::new()).unwrap();
        bench.emulator.handle(&request)
    };
    let unknown = "&redirect_uri=https%3A%2F%2Fevil.example%2F";
    for (url, status, error) in [
        (sign_in_url(ALL, unknown), 401, "invalid_client"),
        (sign_in_url(ALL, "&redirect_uri=https%3A%2F%2Fshop.example%2Fcallback"), 401, "invalid_client"),
        (sign_in_url(ALL, "").replace("client_id=app", "client_id=other"), 401, "invalid_client"),
        (sign_in_url(ALL, "").replace("client_id=app&", ""), 400, "invalid_request"),
        (sign_in_url(ALL, "&client_id=app"), 400, "invalid_request"),
    ] {
        let answer = read(ask(&url, "*/*"));
        assert_eq!((answer.status, answer.body["error"].as_str()), (status, Some(error)), "{url}");
        assert!(!answer.headers.contains_key("location"));
        let page = ask(&url, "text/html");
        assert_eq!(
            (page.status().as_u16(), page.headers()["content-type"].to_str().unwrap()),
            (status, "text/html; charset=utf-8")
        );
        assert!(bench.emulator.approve(&url, OWNER).is_err());
    }
    let mut profile = AppProfile { client_id: "app".into(), ..AppProfile::default() };
    bench.emulator.set_app_profile(profile.clone()).unwrap();
    assert_eq!(read(ask(&sign_in_url(ALL, ""), "*/*")).status, 401, "no address at all");
    profile.redirect_uris = vec!["https://a.example/".into(), "https://b.example/".into()];
    bench.emulator.set_app_profile(profile).unwrap();
    assert_eq!(read(ask(&sign_in_url(ALL, ""), "*/*")).status, 400, "which of the two?");
    let second = sign_in_url(ALL, "&redirect_uri=https%3A%2F%2Fb.example%2F");
    assert!(bench.emulator.approve(&second, OWNER).unwrap().starts_with("https://b.example/?code="));
}

#[tokio::test(start_paused = true)]
async fn a_code_works_once_for_its_app_and_not_for_long() {
    let bench = staffed();
    bench.emulator.add_app(AppSpec { client_id: "other".into(), ..app() }).unwrap();
    let refused = |form: &str| {
        let answer = token_call(&bench, form);
        assert_eq!((answer.status, answer.body["error"].as_str()), (400, Some("invalid_grant")), "{form}");
        assert_eq!(answer.body["status"], 400);
    };
    let used = code(&bench, OWNER, "openid", "");
    let form = format!("grant_type=authorization_code&code={used}");
    let stolen = format!("{form}&client_id=other&client_secret=secret");
    let request = Request::post("http://id.test/authorize/token").body(Bytes::from(stolen)).unwrap();
    assert_eq!(read(bench.emulator.handle(&request)).status, 400, "somebody else's code");
    assert_eq!(token_call(&bench, &form).status, 200);
    refused(&form);
    refused("grant_type=authorization_code&code=def50200");
    let encoded = "https%3A%2F%2Fshop.example%2Fcallback%3Ffrom%3Dsmaregi";
    let named = code(&bench, OWNER, "openid", &format!("&redirect_uri={encoded}"));
    refused(&format!("grant_type=authorization_code&code={named}"));
    refused(&format!("grant_type=authorization_code&code={named}&redirect_uri=https%3A%2F%2Fshop.example%2F"));
    assert_eq!(
        token_call(&bench, &format!("grant_type=authorization_code&code={named}&redirect_uri={encoded}")).status,
        200
    );
    let late = code(&bench, OWNER, "openid", "");
    tokio::time::advance(Duration::from_secs(601)).await;
    refused(&format!("grant_type=authorization_code&code={late}"));
    for (form, error) in [
        ("grant_type=authorization_code", "invalid_request"),
        ("grant_type=password", "unsupported_grant_type"),
        ("code=1", "invalid_request"),
    ] {
        assert_eq!(token_call(&bench, form).body["error"], error, "{form}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_challenge_wants_its_verifier() {
    let bench = staffed();
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let s256 = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let code_s256 = code(&bench, OWNER, "openid", s256);
    let exchange = |more: &str| token_call(&bench, &format!("grant_type=authorization_code&code={code_s256}{more}"));
    assert_eq!(exchange("").body["error"], "invalid_request");
    assert_eq!(exchange(&format!("&code_verifier={}", "y".repeat(43))).body["error"], "invalid_grant");
    assert_eq!(exchange(&format!("&code_verifier={verifier}")).status, 200);
    let plain = format!("&code_challenge={verifier}&code_challenge_method=plain");
    assert_eq!(error_of(&bench, &sign_in_url("openid", &plain)).0, "invalid_request", "the reference names only S256");

    let token = TokenSettings { pkce_plain: true, ..TokenSettings::default() };
    let bench = Bench::new(Settings { token, ..relaxed() });
    hire(&bench);
    let code_plain = code(&bench, OWNER, "openid", &plain);
    let form = format!("grant_type=authorization_code&code={code_plain}&code_verifier={verifier}");
    assert_eq!(token_call(&bench, &form).status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_native_app_has_no_secret_and_needs_a_challenge() {
    let bench = staffed();
    let profile = AppProfile {
        client_id: "app".into(),
        redirect_uris: vec![CALLBACK.into()],
        native: true,
        ..AppProfile::default()
    };
    bench.emulator.set_app_profile(profile).unwrap();
    assert_eq!(error_of(&bench, &sign_in_url("openid", "")).0, "invalid_request");
    let s256 = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let code = code(&bench, OWNER, "openid", s256);
    let send = |path: &str, form: &str| {
        read(
            bench
                .emulator
                .handle(&Request::post(format!("http://id.test{path}")).body(Bytes::from(form.to_owned())).unwrap()),
        )
    };
    let form = format!(
        "grant_type=authorization_code&client_id=app&code={code}&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    assert_eq!(send("/authorize/token/", &form).status, 200);
    let app_token = "grant_type=client_credentials&client_id=app&scope=pos.stock:read";
    let refused = send(&format!("/app/{CONTRACT}/token"), app_token);
    assert_eq!((refused.status, refused.body["error"].as_str()), (401, Some("invalid_client")));
    assert_eq!(refused.headers["www-authenticate"], "Basic realm=\"OAuth\"");
}

#[tokio::test(start_paused = true)]
async fn a_person_with_two_contracts_chooses_one() {
    let bench = staffed();
    bench.emulator.add_contract(ContractSpec::new("sb_second")).unwrap();
    let mut person = UserSpec::owner(OWNER, "pw-taro", CONTRACT);
    person.memberships.extend(UserSpec::staff(OWNER, "", "sb_second", "u7").memberships);
    bench.emulator.add_user(person).unwrap();
    let order = |contract: &str| Approval {
        url: sign_in_url("openid", ""),
        email: OWNER.into(),
        contract_id: Some(contract.into()),
        refuse: false,
    };
    let code = param(&bench.emulator.decide(&order("sb_second")).unwrap(), "code").unwrap();
    let token = token_call(&bench, &format!("grant_type=authorization_code&code={code}")).body;
    let about = userinfo(&bench, "POST", token["access_token"].as_str().unwrap()).body;
    assert_eq!(about["sub"], "sb_second:u7");
    assert!(bench.emulator.decide(&order("sb_third")).is_err());
    let mut browser = Browser::default();
    browser.open(&bench, &sign_in_url("openid", ""));
    browser.submit(&bench, "/authorize/login", &[("email", OWNER), ("password", "pw-taro")]);
    browser.follow(&bench);
    assert!(browser.page.contains("value=\"sb_second\""), "{}", browser.page);
    browser.submit(&bench, "/authorize/consent", &[("contract", "sb_third"), ("decision", "allow")]);
    assert_eq!(browser.status, 403, "not one of the person's own");
}

#[tokio::test(start_paused = true)]
async fn a_consent_can_be_remembered() {
    let sign_in_settings = SignInSettings { remember_consent: true, ..SignInSettings::default() };
    let bench = Bench::new(Settings { sign_in: sign_in_settings, ..relaxed() });
    hire(&bench);
    let mut browser = Browser::default();
    browser.open(&bench, &sign_in_url(ALL, ""));
    browser.submit(&bench, "/authorize/login", &[("email", OWNER), ("password", "pw-taro")]);
    browser.follow(&bench);
    browser.submit(&bench, "/authorize/consent", &[("contract", CONTRACT), ("decision", "allow")]);
    browser.open(&bench, &sign_in_url("openid", ""));
    assert!(browser.location.as_ref().is_some_and(|to| param(to, "code").is_some()), "less than before: no question");
    browser.open(&bench, &sign_in_url("openid pos.products:read", ""));
    assert_eq!((browser.status, browser.location.clone()), (200, None), "more than before: asked again");
}

#[tokio::test(start_paused = true)]
async fn sign_in_works_through_the_control_interface() {
    let bench = Bench::new(relaxed());
    let user =
        json!({ "email": OWNER, "password": "pw", "memberships": [{ "contract_id": CONTRACT, "user_id": "u1" }] });
    assert_eq!(bench.control("POST", "users", user).status, 200);
    let profile = json!({ "client_id": "app", "redirect_uris": [CALLBACK] });
    assert_eq!(bench.control("POST", "app-profiles", profile).status, 200);
    let order = json!({ "url": sign_in_url("openid", ""), "email": OWNER });
    let location = bench.control("POST", "sign-in", order).body["location"].as_str().unwrap().to_owned();
    let code = param(&location, "code").unwrap();
    assert_eq!(token_call(&bench, &format!("grant_type=authorization_code&code={code}")).status, 200);
    let held = bench.control("GET", "tokens", json!({})).body;
    assert_eq!(held.as_array().unwrap().len(), 2);
    assert!(!held.to_string().contains("eyJ"), "no token is shown");
    let expired = bench.control("POST", "tokens/expire", json!({ "user": OWNER })).body;
    assert_eq!(expired["expired"], 1);
    assert_eq!(bench.get("/stores").status, 200, "the app's own token still works");
    assert_eq!(bench.control("POST", "tokens/expire", json!({})).body["expired"], 1);
    assert_eq!(bench.get("/stores").status, 401);
    let wrong = bench.control(
        "POST",
        "users",
        json!({ "email": OWNER, "password": "pw", "memberships": [{ "contract_id": "sb_x", "user_id": "u" }] }),
    );
    assert!(wrong.status == 400 && wrong.body["detail"].as_str().unwrap().contains("sb_x"), "{}", wrong.body);
    assert_eq!(bench.control("GET", "consents", json!({})).body[0]["scopes"], json!(["openid"]));
    assert_eq!(bench.control("POST", "users/remove", json!({ "email": OWNER })).status, 200);
    assert_eq!(bench.control("GET", "users", json!({})).body, Value::Array(vec![]));
}
