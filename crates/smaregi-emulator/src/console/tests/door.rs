//! Who comes in, and whose forms count.

use super::{CONTRACT, Person, paths};
use crate::{ContractSpec, Settings, console::assets};
use http::Request;

#[tokio::test(start_paused = true)]
async fn a_form_that_is_not_ours_changes_nothing() {
    let person = Person::new();
    let token = person.token();
    let foreign = [
        ("sec-fetch-site", "cross-site", token.as_str()),
        ("origin", "http://evil.example", token.as_str()),
        ("sec-fetch-site", "same-origin", "guessed"),
        ("sec-fetch-site", "same-origin", ""),
    ];
    for (name, value, token) in foreign {
        let request = Request::post("/console/overview/reset").header(name, value);
        let answer = person.send(request, format!("token={token}"));
        assert_eq!(answer.status, 403, "{name}: {value}");
        answer.says("何も変更されていません");
    }
    assert!(person.emulator.truth(CONTRACT).unwrap().rows["products"] > 100);
}

#[tokio::test(start_paused = true)]
async fn strangers_find_the_console_closed() {
    let person = Person { on_loopback: false, ..Person::new() };
    for path in paths() {
        let page = person.get(&path);
        assert_eq!(page.status, 403, "{path}");
        page.says("この画面は閉じています");
        page.lacks("sb_test01");
    }
    assert_eq!(person.send(Request::post("/console/overview/reset"), String::new()).status, 403);
    assert_eq!(person.get(&assets::address("console.css")).status, 200);
}

#[tokio::test(start_paused = true)]
async fn with_a_key_somebody_logs_in_and_out() {
    let settings = Settings { control_key: Some("open sesame".into()), ..Settings::default() };
    let mut person = Person { on_loopback: false, ..Person::with(settings) };
    person.emulator.add_contract(ContractSpec::new(CONTRACT)).unwrap();
    let page = person.get("/console/stock");
    page.says("name=\"key\"");
    page.lacks(CONTRACT);
    assert_eq!(person.send(Request::post("/console/overview/reset"), String::new()).status, 200, "the form again");
    let wrong = person.send(Request::post("/console/login"), "key=open".into());
    assert_eq!(wrong.status, 403);
    wrong.says("鍵が違います");
    let foreign = Request::post("/console/login").header("origin", "http://evil.example");
    assert_eq!(person.send(foreign, "key=open+sesame".into()).status, 403);
    let right = person.send(Request::post("/console/login"), "key=open+sesame".into());
    assert_eq!(right.location(), "/console/");
    person.cookie = right.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    person.get("/console/").says(CONTRACT);
    person.do_it("/console/overview/plan", "contract_id=sb_test01&plan=standard").says("スタンダードにしました");
    person.post("/console/logout", "");
    person.get("/console/").says("name=\"key\"");
}
