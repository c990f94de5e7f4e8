//! A person with a browser, and an app that signs people in.

use super::{Answer, Bench, CONTRACT, read};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use smaregi_emulator::{AppProfile, Membership, UserSpec};

pub const OWNER: &str = "taro@example.jp";
pub const STAFF: &str = "hanako@example.jp";
pub const CALLBACK: &str = "https://shop.example/callback?from=smaregi";

/// An owner and a staff member of store 1 who may only look at sales.
pub fn hire(bench: &Bench) {
    bench.emulator.add_user(UserSpec::owner(OWNER, "pw-taro", CONTRACT).named("見本 太郎")).unwrap();
    let limits = Membership {
        view_only: vec!["pos.transactions".into()],
        stores: vec![1],
        ..Membership::new(CONTRACT, "u0002")
    };
    let staff = UserSpec::staff(STAFF, "pw-hanako", CONTRACT, "u0002");
    bench.emulator.add_user(UserSpec { memberships: vec![limits], ..staff }).unwrap();
    let profile = AppProfile {
        client_id: "app".into(),
        name: "倉庫 <連携>".into(),
        redirect_uris: vec![CALLBACK.into()],
        ..AppProfile::default()
    };
    bench.emulator.set_app_profile(profile).unwrap();
}

/// The address to which an app leads the browser.
pub fn sign_in_url(scope: &str, more: &str) -> String {
    let scope = scope.replace(' ', "%20");
    format!("http://id.test/authorize?response_type=code&client_id=app&scope={scope}&state=s%26t{more}")
}

/// A parameter of an address.
pub fn param(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.rev().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// Signs in without a browser; gives the code.
pub fn code(bench: &Bench, email: &str, scope: &str, more: &str) -> String {
    let location = bench.emulator.approve(&sign_in_url(scope, more), email).unwrap();
    param(&location, "code").unwrap_or_else(|| panic!("no code in {location}"))
}

/// `POST /authorize/token` with Basic credentials.
pub fn token_call(bench: &Bench, form: &str) -> Answer {
    let request = Request::post("http://id.test/authorize/token").header("authorization", "Basic YXBwOnNlY3JldA==");
    read(bench.emulator.handle(&request.body(Bytes::from(form.to_owned())).unwrap()))
}

/// A signed-in person's answer of the token endpoint.
pub fn sign_in(bench: &Bench, email: &str, scope: &str) -> Value {
    let code = code(bench, email, scope, "");
    let answer = token_call(bench, &format!("grant_type=authorization_code&code={code}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// Keeps cookies and reads pages.
#[derive(Default)]
pub struct Browser {
    cookie: Option<String>,
    pub page: String,
    pub location: Option<String>,
    pub status: u16,
}

impl Browser {
    pub fn open(&mut self, bench: &Bench, url: &str) {
        self.send(bench, Request::get(url), String::new());
    }

    /// Fills in the form that goes to `action` and sends it.
    pub fn submit(&mut self, bench: &Bench, action: &str, filled: &[(&str, &str)]) {
        let form = self.page.split("<form ").find(|form| form.contains(&format!("action=\"{action}\"")));
        let form = form.unwrap_or_else(|| panic!("no form for {action} in {}", self.page)).to_owned();
        let hidden = form.split("type=\"hidden\" name=\"").skip(1);
        let hidden = hidden.map(|field| {
            let (name, rest) = field.split_once("\" value=\"").unwrap();
            (name, unescape(rest.split_once('"').unwrap().0))
        });
        let filled = filled.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let body: Vec<String> =
            hidden.chain(filled).map(|(name, value)| format!("{name}={}", encode(&value))).collect();
        let request = Request::post(format!("http://id.test{action}")).header("sec-fetch-site", "same-origin");
        self.send(bench, request, body.join("&"));
    }

    fn send(&mut self, bench: &Bench, request: http::request::Builder, body: String) {
        let request = request.header("accept", "text/html,application/xhtml+xml");
        let request = self.cookie.iter().fold(request, |request, cookie| request.header("cookie", cookie));
        let answer: Response<Bytes> = bench.emulator.handle(&request.body(Bytes::from(body)).unwrap());
        if let Some(set) = answer.headers().get("set-cookie") {
            self.cookie = set.to_str().unwrap().split(';').next().map(Into::into);
        }
        self.status = answer.status().as_u16();
        self.location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        self.page = String::from_utf8(answer.body().to_vec()).unwrap();
    }

    /// Goes where the last answer led.
    pub fn follow(&mut self, bench: &Bench) {
        let to = self.location.clone().expect("a redirect");
        self.open(bench, &format!("http://id.test{to}"));
    }
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&#39;", "'").replace("&amp;", "&")
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
