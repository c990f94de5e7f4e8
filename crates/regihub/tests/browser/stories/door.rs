//! Coming in and going out.

use super::{log_in, speak};
use crate::{
    chrome::{Browser, until},
    programs::{Demo, LOGIN, PASSWORD},
};
use serde_json::Value;
use thirtyfour::Key;

pub async fn log_in_and_out(demo: &Demo, browser: &Browser) {
    browser.open(&format!("{}/stock", demo.hub)).await;
    browser.sees_in("h1", "ログイン").await;
    browser.keep("login-ja").await;
    browser.fill("input[name=login]", LOGIN).await;
    browser.fill("input[name=password]", "not-the-password").await;
    browser.click("main button").await;
    browser.sees_in("[role=alert]", "ログイン名かパスワードが違います").await;
    assert_eq!(browser.attribute("input[name=login]", "value").await, LOGIN, "the name need not be typed again");
    browser.keep("login-wrong-ja").await;
    browser.click("footer a[lang=en]").await;
    browser.sees_in("h1", "Log in").await;
    browser.fill("input[name=login]", LOGIN).await;
    browser.fill("input[name=password]", "not-the-password").await;
    browser.click("main button").await;
    browser.sees_in("[role=alert]", "The login name or the password is wrong").await;
    browser.keep("login-wrong-en").await;
    log_in(&demo.hub, browser).await;
    all_is_well(browser, "すべて順調です").await;
    speak(browser, "en").await;
    all_is_well(browser, "All is well").await;
    browser.open(&format!("{}/stock", demo.hub)).await;
    browser.sees_in("h1", "Stock").await;
    speak(browser, "ja").await;
    browser.sees_in("h1", "在庫").await;
    assert!(browser.url().await.ends_with("/stock"), "changing the language stays on the page");
    browser.click("header form button").await;
    browser.sees_in("h1", "ログイン").await;
    browser.open(&format!("{}/sales", demo.hub)).await;
    browser.sees_in("h1", "ログイン").await;
}

/// The sentence may say “working” for a moment, whenever something has just been sold.
async fn all_is_well(browser: &Browser, sentence: &str) {
    browser.sees_in(".verdict.good", sentence).await;
}

pub async fn by_keyboard(demo: &Demo, browser: &Browser) {
    browser.cookies_gone().await;
    browser.open(&format!("{}/login", demo.hub)).await;
    focus_reaches(browser, "login").await;
    assert_focus_is_visible(browser).await;
    browser.press(LOGIN).await;
    browser.press(Key::Tab).await;
    focus_reaches(browser, "password").await;
    assert_focus_is_visible(browser).await;
    browser.press(PASSWORD).await;
    browser.press(Key::Enter).await;
    browser.find(".verdict").await;
    browser.press(Key::Tab).await;
    browser.sees_in(":focus", "本文へ移動").await;
    assert_focus_is_visible(browser).await;
    browser.keep("keyboard-skip-link").await;
    browser.press(Key::Enter).await;
    until("the content has the focus", async || {
        (browser.script("return document.activeElement.id").await == "main").then_some(())
    })
    .await;
}

async fn focus_reaches(browser: &Browser, field: &str) {
    until(&format!("the focus is in the field {field}"), async || {
        (browser.script("return document.activeElement.name ?? null").await == field).then_some(())
    })
    .await;
}

async fn assert_focus_is_visible(browser: &Browser) {
    let outline = browser
        .script("const s = getComputedStyle(document.activeElement); return s.outlineStyle === 'none' ? 0 : parseFloat(s.outlineWidth)")
        .await;
    assert!(outline.as_f64().is_some_and(|width| width >= 2.0), "the focus is marked by a line of {outline} px");
}

/// Log-in and the main setting by plain forms.
pub async fn without_script(demo: &Demo, browser: &Browser) {
    browser.without_script(true).await;
    log_in(&demo.hub, browser).await;
    browser.open(&format!("{}/stock", demo.hub)).await;
    assert!(!browser.has("[data-line]:not([hidden])").await, "nothing says “live” where nothing is");
    browser.click("tbody a").await;
    browser.fill("input[name=margin]", "many").await;
    browser.click("form[action$='/margin'] button").await;
    browser.sees_in("#margin-error", "余裕数「many」は使えません").await;
    browser.keep("margin-refused-ja").await;
    browser.fill("input[name=margin]", "2").await;
    browser.click("form[action$='/margin'] button").await;
    let margin = until("the margin stands in the sum", async || {
        browser.open(&browser.url().await).await;
        let words = browser.words_in(".sum-table").await;
        words.lines().find(|line| line.contains("余裕数") && line.contains("−2")).map(str::to_owned)
    })
    .await;
    assert!(margin.contains("ショップで売らずに残しておく数"), "{margin}");
    browser.fill("input[name=margin]", "").await;
    browser.click("form[action$='/margin'] button").await;
    browser.without_script(false).await;
    browser.open(&demo.hub).await;
    assert_ne!(browser.script("return 1").await, Value::Null);
}
