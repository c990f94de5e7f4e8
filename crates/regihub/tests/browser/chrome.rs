//! A real browser, seen as a person sees it: words on the screen, things to click, keys to press.

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use regihub_ports::{Clock, SystemClock};
use serde_json::{Value, json};
use std::{
    fmt::Debug,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use thirtyfour::{
    By, CapabilitiesHelper, ChromiumCapabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel, TypingData,
    WebDriver, WebElement, common::command::ExtensionCommand,
};

/// Nothing on a page may take longer than this; it is what a test waits before it gives up, not what a page should need.
const DEADLINE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(50);

/// Looks again and again until there is something to see.
///
/// # Panics
/// When there is still nothing after [`DEADLINE`].
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let give_up = SystemClock.now_us() + DEADLINE.as_micros() as i64;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(SystemClock.now_us() < give_up, "waited {} s in vain: {what}", DEADLINE.as_secs());
        SystemClock.sleep(LOOK).await;
    }
}

/// The program between tests and browsers. Ends, with all its browsers, when this value is dropped.
pub struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// # Panics
    /// Without Chromium and its driver.
    pub async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("chromedriver: {error}. These tests need Chromium and its driver; run scripts/test, which installs them.")
            });
        let driver = Self { child, port };
        until("chromedriver listens", async || TcpStream::connect(("127.0.0.1", port)).ok()).await;
        driver
    }

    /// A window of its own, with nothing remembered from another one.
    pub async fn open(&self, folder: &Path, name: &str, language: &str) -> Browser {
        let mut wishes = ChromiumCapabilities::new();
        let profile = folder.join(format!("profile-{name}"));
        for argument in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
            &format!("--lang={language}"),
            &format!("--user-data-dir={}", profile.display()),
        ] {
            wishes.add_arg(argument).expect("an argument for Chromium");
        }
        wishes.add_experimental_option("prefs", json!({ "intl.accept_languages": language })).expect("a preference");
        wishes.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a log level");
        wishes.set("browserName", json!("chrome")).expect("the browser's name");
        let window = WebDriver::new(format!("http://127.0.0.1:{}", self.port), wishes)
            .await
            .unwrap_or_else(|error| panic!("Chromium does not start: {error}. Run scripts/test, which installs it."));
        Browser { window, shots: shots() }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Asked in good order it ends its browsers too.
        if let Ok(mut line) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = line.set_read_timeout(Some(Duration::from_secs(5)));
            let _ = line.write_all(b"GET /shutdown HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
            let _ = line.read_to_end(&mut vec![]);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where people look at the pages afterwards.
fn shots() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder").join("screenshots");
    std::fs::create_dir_all(&folder).expect("a folder for screenshots");
    folder
}

/// One window.
pub struct Browser {
    window: WebDriver,
    shots: PathBuf,
}

impl Browser {
    pub async fn open(&self, url: &str) {
        self.window.goto(url).await.unwrap_or_else(|error| panic!("opening {url}: {error}"));
    }

    pub async fn url(&self) -> String {
        self.window.current_url().await.expect("an address").to_string()
    }

    /// The words of one part; nothing when there is no such part.
    pub async fn words_in(&self, css: &str) -> String {
        // The part may be renewed while it is read; then it is read again.
        for _ in 0..5 {
            let Ok(part) = self.window.find(By::Css(css)).await else { return String::new() };
            if let Ok(words) = part.text().await {
                return words;
            }
        }
        String::new()
    }

    /// Waits for words anywhere on the page, without a reload.
    pub async fn sees(&self, words: &str) {
        self.sees_in("body", words).await;
    }

    pub async fn sees_in(&self, css: &str, words: &str) {
        let mut last = String::new();
        let give_up = SystemClock.now_us() + DEADLINE.as_micros() as i64;
        while SystemClock.now_us() < give_up {
            last = self.words_in(css).await;
            if last.contains(words) {
                return;
            }
            SystemClock.sleep(LOOK).await;
        }
        panic!("“{words}” does not appear on {} in {css}. It says:\n{last}", self.url().await);
    }

    pub async fn find(&self, css: &str) -> WebElement {
        until(&format!("{css} on the page"), async || self.window.find(By::Css(css)).await.ok()).await
    }

    pub async fn has(&self, css: &str) -> bool {
        self.window.find(By::Css(css)).await.is_ok()
    }

    pub async fn attribute(&self, css: &str, name: &str) -> String {
        let found = self.find(css).await.attr(name).await.expect("an attribute");
        found.unwrap_or_else(|| panic!("{css} has no {name}"))
    }

    pub async fn click(&self, css: &str) {
        until(&format!("{css} can be clicked"), async || self.window.find(By::Css(css)).await.ok()?.click().await.ok())
            .await;
    }

    /// Puts text into a field in place of what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.expect("a field that can be emptied");
        field.send_keys(text).await.expect("a field that can be filled");
    }

    /// Presses keys wherever the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        self.window.action_chain().send_keys(keys).perform().await.expect("keys");
    }

    pub async fn script(&self, script: &str) -> Value {
        let done = self.window.execute(script, vec![]).await;
        done.unwrap_or_else(|error| panic!("{script}: {error}")).json().clone()
    }

    pub async fn script_with(&self, script: &str, argument: Value) -> Value {
        let done = self.window.execute(script, vec![argument]).await;
        done.unwrap_or_else(|error| panic!("{script}: {error}")).json().clone()
    }

    /// With which status the page came.
    pub async fn status(&self) -> u64 {
        let status = self.script("return performance.getEntriesByType('navigation')[0].responseStatus").await;
        status.as_u64().expect("a status")
    }

    /// What the browser has complained about since it was asked last.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.window.browser_log().await.expect("the browser's log");
        log.into_iter()
            .filter(|entry| matches!(entry.level.as_str(), "SEVERE" | "WARNING"))
            .map(|entry| entry.message)
            .collect()
    }

    pub async fn quit(self) {
        // When it does not go by itself it goes with its driver.
        let _ = self.window.quit().await;
    }

    pub async fn cookies_gone(&self) {
        self.window.delete_all_cookies().await.expect("no cookies");
    }

    /// As wide as a desktop window (1280) or a telephone (390).
    pub async fn width(&self, pixels: u32) {
        let height = if pixels < 600 { 844 } else { 900 };
        let size = json!({ "width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": pixels < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    pub async fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let wish = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", wish).await;
    }

    pub async fn without_script(&self, without: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": without })).await;
    }

    /// From now on addresses of this pattern are out of reach.
    pub async fn out_of_reach(&self, pattern: &[&str]) {
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.setBlockedURLs", json!({ "urls": pattern })).await;
    }

    /// Keeps the whole page as `target/screenshots/<name>.png`.
    pub async fn keep(&self, name: &str) {
        let shot =
            self.devtools("Page.captureScreenshot", json!({ "captureBeyondViewport": true, "format": "png" })).await;
        let png = BASE64.decode(shot["data"].as_str().expect("a picture")).expect("a picture in base64");
        std::fs::write(self.shots.join(format!("{name}.png")), png).expect("a screenshot");
    }

    async fn devtools(&self, method: &str, parameters: Value) -> Value {
        let command = DevTools { method: method.into(), parameters };
        let done = self.window.cmd(thirtyfour::common::command::Command::ExtensionCommand(Box::new(command))).await;
        done.and_then(|answer| answer.value()).unwrap_or_else(|error| panic!("{method}: {error}"))
    }
}

/// A command of Chromium's own protocol, passed through by its driver.
#[derive(Debug)]
struct DevTools {
    method: String,
    parameters: Value,
}

impl ExtensionCommand for DevTools {
    fn parameters_json(&self) -> Option<Value> {
        Some(json!({ "cmd": self.method, "params": self.parameters }))
    }

    fn method(&self) -> http::Method {
        http::Method::POST
    }

    fn endpoint(&self) -> Arc<str> {
        "/goog/cdp/execute".into()
    }
}
