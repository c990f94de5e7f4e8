//! Every page, in both languages, wide and narrow.

use super::{log_in, sound, speak};
use crate::{chrome::Browser, programs::Demo};
use serde_json::json;

/// The entries of the menu, and one page behind each list.
const LISTS: [(&str, Option<&str>); 8] = [
    ("", None),
    ("stock", Some("why")),
    ("sales", Some("sale")),
    ("orders", Some("order")),
    ("parked", None),
    ("events", Some("event")),
    ("exchanges", Some("exchange")),
    ("settings", None),
];

pub async fn hub(demo: &Demo, browser: &Browser) {
    browser.complaints().await;
    log_in(&demo.hub, browser).await;
    let menu = browser.script("return [...document.querySelectorAll('nav a')].map((a) => a.href)").await;
    let expected: Vec<String> = LISTS.iter().map(|(path, _)| format!("{}/{path}", demo.hub)).collect();
    assert_eq!(menu, json!(expected), "the tour visits every entry of the menu");
    for language in ["ja", "en"] {
        speak(browser, language).await;
        for (path, behind) in LISTS {
            browser.open(&format!("{}/{path}", demo.hub)).await;
            let name = if path.is_empty() { "dashboard" } else { path };
            sound::in_both_widths(browser, name, language, 200).await;
            if let Some(name) = behind {
                browser.click("tbody tr a").await;
                browser.find(".crumbs").await;
                sound::in_both_widths(browser, name, language, 200).await;
            }
        }
        browser.open(&format!("{}/nowhere", demo.hub)).await;
        sound::in_both_widths(browser, "not-found-signed-in", language, 404).await;
        browser.open(&demo.hub).await;
    }
    in_the_dark(demo, browser).await;
}

async fn in_the_dark(demo: &Demo, browser: &Browser) {
    speak(browser, "ja").await;
    browser.dark(true).await;
    for (path, name) in [("/", "dashboard"), ("/stock", "stock"), ("/settings", "settings")] {
        browser.open(&format!("{}{path}", demo.hub)).await;
        sound::is_readable(browser, &format!("{name} in the dark")).await;
        browser.keep(&format!("{name}-ja-dark")).await;
    }
    browser.open(&format!("{}/stock", demo.hub)).await;
    browser.click("tbody tr a").await;
    browser.find(".sum-table").await;
    sound::is_readable(browser, "why in the dark").await;
    browser.keep("why-ja-dark").await;
    browser.dark(false).await;
}

/// The demo shop, as a customer who has bought something.
pub async fn shop(demo: &Demo, browser: &Browser) {
    browser.complaints().await;
    for language in ["ja", "en"] {
        browser.open(&demo.shop).await;
        if browser.script("return document.documentElement.lang").await != language {
            browser.click("a.switch").await;
            browser.find(&format!("html[lang={language}]")).await;
        }
        sound::in_both_widths(browser, "shop-catalogue", language, 200).await;
        browser.click(".card:has(.plenty) a").await;
        browser.find("form.buy").await;
        sound::in_both_widths(browser, "shop-item", language, 200).await;
        browser.click("nav a[href='/orders']").await;
        browser.find(".orders li").await;
        sound::in_both_widths(browser, "shop-orders", language, 200).await;
        browser.click(".orders h2 a").await;
        browser.find("table").await;
        sound::in_both_widths(browser, "shop-order", language, 200).await;
        browser.open(&format!("{}/nowhere", demo.shop)).await;
        sound::in_both_widths(browser, "shop-not-found", language, 404).await;
    }
}
