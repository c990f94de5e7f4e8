//! The emulator's console, as a developer uses it who has no shop at hand.

use crate::{
    Stories,
    chrome::{Browser, Driver},
    programs::{Emulator, TempFolder},
    stories::sound,
};

#[tokio::test]
async fn a_developer_plays_the_whole_shop() {
    let folder = TempFolder::new("browser-emulator");
    let driver = Driver::start().await;
    let emulator = Emulator::start(folder.path());
    let person = driver.open(folder.path(), "developer", "ja").await;
    let mut stories = Stories::default();
    stories.tell("a customer buys, and it is taken back", &person, sell_and_cancel(&emulator, &person)).await;
    stories.tell("no script is needed at the till", &person, without_script(&emulator, &person)).await;
    stories.tell("an app gets its keys", &person, add_an_app(&emulator, &person)).await;
    stories.tell("a webhook that nobody took is sent again", &person, send_again(&emulator, &person)).await;
    stories.tell("a fault hits the next call and is seen", &person, one_fault(&emulator, &person)).await;
    stories.tell("time runs forward", &person, run_the_clock(&emulator, &person)).await;
    stories.tell("every page of the console is sound", &person, tour(&emulator, &person)).await;
    person.quit().await;
    stories.end();
}

async fn open(emulator: &Emulator, browser: &Browser, path: &str) {
    browser.open(&format!("{}/console/{path}", emulator.url)).await;
}

async fn sell_and_cancel(emulator: &Emulator, browser: &Browser) {
    open(emulator, browser, "tills?lang=ja&store=1").await;
    browser.fill("input[name=q]", "TS-100-WH").await;
    browser.click(".filters button").await;
    browser.click("button[name=add]").await;
    browser.find(".basket input[name^=pieces-]").await;
    browser.fill(".basket input[name^=pieces-]", "2").await;
    browser.fill("input[name=discount]", "60").await;
    browser.fill("input[name=m]", "2900000001").await;
    browser.click(".basket .inline button:not(.quiet)").await;
    browser.click(".found button").await;
    browser.sees_in(".basket .member", "2900000001").await;
    browser.sees_in(".basket .sum", "5,900円").await;
    sound::keep_both_widths(browser, "console-till-full-ja").await;
    browser.click(".basket button.primary").await;
    browser.sees_in("[role=status]", "登録しました").await;
    browser.click("[role=status] a").await;
    browser.sees_in("h1", "取引").await;
    browser.click(".pair .confirm:first-child summary").await;
    browser.sees_in(".pair", "打ち間違いをなかったことにします").await;
    browser.keep("console-sale-confirm-ja").await;
    browser.click(".pair .confirm:first-child button.danger").await;
    browser.sees_in("[role=status]", "取り消しました").await;
    browser.sees_in("h1", "取消").await;
}

async fn without_script(emulator: &Emulator, browser: &Browser) {
    browser.without_script(true).await;
    open(emulator, browser, "tills?store=2").await;
    browser.click(".basket button.primary").await;
    browser.sees_in("[role=alert]", "かごが空です").await;
    browser.click("button[name=add]").await;
    browser.find(".basket input[name^=pieces-]").await;
    browser.click(".basket .actions button:nth-child(2)").await;
    browser.sees_in("[role=status]", "オフラインで会計しました").await;
    browser.keep("console-till-offline-ja").await;
    browser.click("form[action$='/report'] button").await;
    browser.sees_in("[role=status]", "1件の取引をサーバーに送りました").await;
    browser.without_script(false).await;
}

async fn add_an_app(emulator: &Emulator, browser: &Browser) {
    open(emulator, browser, "apps/new").await;
    browser.fill("input[name=client_id]", "second-app").await;
    browser.fill("input[name=webhook_url]", "nowhere").await;
    browser.script("document.querySelector('form.sheet').noValidate = true").await;
    browser.click("form.sheet button.primary").await;
    browser.sees_in("[role=alert]", "http:// か https:// で始まるアドレス").await;
    assert_eq!(browser.attribute("input[name=client_id]", "value").await, "second-app", "nothing is typed twice");
    browser.fill("input[name=webhook_url]", "").await;
    browser.click("form.sheet button.primary").await;
    browser.sees_in("[role=status]", "アプリを保存しました").await;
    assert_eq!(browser.words_in("#client-secret").await.len(), 64, "a secret was made up");
}

/// The app's address refuses connections.
async fn send_again(emulator: &Emulator, browser: &Browser) {
    open(emulator, browser, "stock").await;
    browser.click("tbody a").await;
    browser.fill("form[action$='/receive'] input[name=amount]", "5").await;
    browser.click("form[action$='/receive'] button").await;
    browser.sees_in("[role=status]", "在庫は").await;
    open(emulator, browser, "webhooks?outcome=failed").await;
    browser.click("tbody a").await;
    browser.sees_in("main", "smaregi-contract-id: sb_demo01").await;
    browser.click("form[action$='/again'] button").await;
    browser.sees_in("[role=status]", "もう一度送ります").await;
}

async fn one_fault(emulator: &Emulator, browser: &Browser) {
    open(emulator, browser, "faults").await;
    browser.click("form[action$='/add'] option[value='503']").await;
    browser.click("form[action$='/add'] button").await;
    browser.sees_in(".verdict", "障害を起こしています").await;
    browser.sees_in(".menu .badge", "1").await;
    assert_eq!(emulator.call("/sb_demo01/pos/stores").await, 503);
    assert_eq!(emulator.call("/sb_demo01/pos/stores").await, 401);
    open(emulator, browser, "requests").await;
    browser.sees_in("tbody tr:nth-child(2)", "503").await;
    open(emulator, browser, "faults").await;
    browser.sees_in(".verdict", "平穏").await;
    browser.click("form[action$='/add'] option[value='slow']").await;
    browser.fill("form[action$='/add'] input[name=times]", "").await;
    browser.click("form[action$='/add'] button").await;
    browser.sees_in("[role=status]", "加えました").await;
    sound::keep_both_widths(browser, "console-faults-stormy-ja").await;
    browser.click("form[action$='/calm'] button").await;
    browser.sees_in(".verdict", "平穏").await;
    browser.click("form[action$='/maintenance'] button").await;
    browser.sees_in(".alert.busy", "メンテナンス中です").await;
    assert_eq!(emulator.call("/sb_demo01/pos/stores").await, 503);
    browser.click("form[action$='/calm'] button").await;
    browser.sees_in(".verdict", "平穏").await;
    assert_eq!(emulator.call("/sb_demo01/pos/stores").await, 401);
}

async fn run_the_clock(emulator: &Emulator, browser: &Browser) {
    open(emulator, browser, "clock").await;
    browser.click("form[action$='/advance'] button[value='31']").await;
    browser.sees_in(".facts .busy", "+31日").await;
    browser.keep("console-clock-ahead-ja").await;
    browser.click("form[action$='/real'] button").await;
    browser.sees_in(".facts", "差はありません").await;
}

/// The entries of the menu, and one page behind each list.
const PAGES: [(&str, Option<&str>); 18] = [
    ("", None),
    ("apps", Some("app")),
    ("people", None),
    ("tills", None),
    ("sales", Some("sale")),
    ("aside", None),
    ("closing", None),
    ("goods", None),
    ("stock", Some("stock-item")),
    ("stocktaking", None),
    ("documents", None),
    ("orders", None),
    ("order-stores", None),
    ("requests", Some("request")),
    ("webhooks", Some("webhook")),
    ("faults", None),
    ("clock", None),
    ("mails", Some("mail")),
];

async fn tour(emulator: &Emulator, browser: &Browser) {
    emulator.mail().await;
    browser.complaints().await;
    open(emulator, browser, "").await;
    let menu = browser.script("return [...document.querySelectorAll('nav a')].map((a) => a.href)").await;
    let expected: Vec<String> = PAGES.iter().map(|(path, _)| format!("{}/console/{path}", emulator.url)).collect();
    assert_eq!(menu, serde_json::json!(expected), "the tour visits every entry of the menu");
    for language in ["ja", "en"] {
        browser.click(&format!("footer a[lang={language}]")).await;
        for (path, behind) in PAGES {
            open(emulator, browser, path).await;
            let name = if path.is_empty() { "overview" } else { path };
            sound::in_both_widths(browser, &format!("console-{name}"), language, 200).await;
            if let Some(name) = behind {
                browser.click("tbody tr a").await;
                browser.find(".crumbs").await;
                sound::in_both_widths(browser, &format!("console-{name}"), language, 200).await;
            }
        }
        open(emulator, browser, "nowhere").await;
        sound::in_both_widths(browser, "console-not-found", language, 404).await;
        open(emulator, browser, "").await;
    }
    browser.dark(true).await;
    for path in ["tills?store=1", "faults"] {
        open(emulator, browser, path).await;
        sound::is_readable(browser, &format!("{path} in the dark")).await;
        browser.keep(&format!("console-{}-dark", path.split('?').next().unwrap_or_default())).await;
    }
    browser.dark(false).await;
}
