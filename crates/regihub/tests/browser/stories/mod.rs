//! What people do with the pages, and what they see.

pub mod door;
pub mod fresh;
pub mod shopping;
pub mod sound;
pub mod tour;

use crate::{
    chrome::Browser,
    programs::{LOGIN, PASSWORD},
};

/// Through the log-in page to the dashboard.
pub async fn log_in(hub: &str, browser: &Browser) {
    browser.cookies_gone().await;
    browser.open(&format!("{hub}/login")).await;
    browser.fill("input[name=login]", LOGIN).await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.click("main button").await;
    browser.find(".verdict").await;
}

/// The person's own language, by the button at the foot of every page.
pub async fn speak(browser: &Browser, language: &str) {
    browser.click(&format!("button[name=language][value={language}]")).await;
    browser.find(&format!("html[lang={language}]")).await;
}
