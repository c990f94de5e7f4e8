//! A hub on its first day.

use super::{sound, speak};
use crate::{chrome::Browser, programs::FreshHub};

pub async fn set_up(hub: &FreshHub, browser: &Browser) {
    browser.open(&hub.url).await;
    browser.sees_in("h1", "はじめての設定").await;
    sound::keep_both_widths(browser, "setup-ja").await;
    fill(browser, "0000-0000-000x").await;
    browser.sees_in("[role=alert]", "セットアップコードが違います").await;
    assert_eq!(browser.attribute("input[name=workspace]", "value").await, "みほん雑貨店", "what was typed stays");
    browser.keep("setup-wrong-code-ja").await;
    browser.open(&format!("{}/setup?lang=en", hub.url)).await;
    sound::keep_both_widths(browser, "setup-en").await;
    fill(browser, "0000-0000-000x").await;
    browser.sees_in("[role=alert]", "The set-up code is wrong").await;
    browser.open(&format!("{}/setup", hub.url)).await;
    fill(browser, &hub.code).await;
    browser.sees_in(".verdict", "まだ連携がありません").await;
    browser.open(&format!("{}/setup", hub.url)).await;
    assert!(!browser.has("input[name=code]").await, "nobody sets it up a second time");
}

async fn fill(browser: &Browser, code: &str) {
    browser.fill("input[name=code]", code).await;
    browser.fill("input[name=workspace]", "みほん雑貨店").await;
    browser.fill("input[name=login]", "keeper").await;
    browser.fill("input[name=password]", "a long enough secret").await;
    browser.click("main button").await;
}

/// Page, the sentence in Japanese, the sentence in English.
const EMPTY: [(&str, &str, &str); 8] = [
    ("/", "まだ連携がありません", "no link yet"),
    ("/stock", "まだ連携がありません", "no link yet"),
    ("/sales", "まだ取引はありません", "no sales yet"),
    ("/orders", "まだ受注はありません", "no orders yet"),
    ("/parked", "保留はありません", "Nothing is parked"),
    ("/events", "まだ通知はありません", "no events yet"),
    ("/exchanges", "まだ通信はありません", "no exchanges yet"),
    ("/settings", "regihub connection add", "no Smaregi connection yet"),
];

pub async fn empty_pages(hub: &FreshHub, browser: &Browser) {
    browser.complaints().await;
    for language in ["ja", "en"] {
        speak(browser, language).await;
        for (path, japanese, english) in EMPTY {
            browser.open(&format!("{}{path}", hub.url)).await;
            browser.sees_in("main", if language == "ja" { japanese } else { english }).await;
            let name = format!("empty{}", path.replace('/', "-").trim_end_matches('-'));
            sound::in_both_widths(browser, &name, language, 200).await;
        }
        browser.open(&format!("{}/nowhere", hub.url)).await;
        browser.sees_in("h1", if language == "ja" { "ページが見つかりません" } else { "Page not found" }).await;
        sound::in_both_widths(browser, "not-found", language, 404).await;
        // Back from the missing page; changing the language would come back to it.
        browser.open(&hub.url).await;
    }
}
