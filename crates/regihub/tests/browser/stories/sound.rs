//! What holds for every page: it came well, nothing complains, every word is translated and readable, nothing runs out of the window.

use crate::chrome::Browser;
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path, sync::LazyLock};

pub const WIDE: u32 = 1280;
pub const NARROW: u32 = 390;

/// Checks the page that is open in a wide and in a narrow window, and keeps both as screenshots.
pub async fn in_both_widths(browser: &Browser, name: &str, language: &str, status: u64) {
    assert_eq!(browser.status().await, status, "{name}");
    browser.width(WIDE).await;
    words_are_translated(browser, name, language).await;
    for (width, size) in [(WIDE, "wide"), (NARROW, "narrow")] {
        browser.width(width).await;
        fits(browser, name, width).await;
        is_readable(browser, name).await;
        browser.keep(&format!("{name}-{language}-{size}")).await;
    }
    browser.width(WIDE).await;
    let mut complaints = browser.complaints().await;
    // The browser notes a page that is not there by itself.
    complaints.retain(|text| status == 200 || !text.contains(&format!("status of {status}")));
    assert!(complaints.is_empty(), "the browser complains about {name}: {complaints:?}");
}

pub async fn keep_both_widths(browser: &Browser, name: &str) {
    for (width, size) in [(NARROW, "narrow"), (WIDE, "wide")] {
        browser.width(width).await;
        fits(browser, name, width).await;
        browser.keep(&format!("{name}-{size}")).await;
    }
}

async fn fits(browser: &Browser, name: &str, width: u32) {
    let needed = browser.script("return document.documentElement.scrollWidth").await;
    let needed = needed.as_u64().expect("a width");
    assert!(needed <= u64::from(width), "{name} needs {needed} px of {width}");
}

/// The keys of all texts that could not be mistaken for a word of a page.
static KEYS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let folders = ["../regihub-server/locales/ja", "../smaregi-emulator/texts/ja"];
    let folders = folders.iter().map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).expect("the translations"));
    let texts = files.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("a translation"));
    let keys = texts.flat_map(|text| text.lines().filter_map(key_of).map(str::to_owned).collect::<Vec<_>>());
    keys.filter(|key| key.contains('-')).collect()
});

fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(" =")?;
    key.starts_with(|sign: char| sign.is_ascii_lowercase()).then_some(key)
}

/// Texts outside of code, one per line.
const PROSE: &str = "const out = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const text = walk.currentNode.textContent.trim();
  if (text && !walk.currentNode.parentElement.closest('code, pre, .url, [lang=en]:not(html), .brand')) out.push(text);
}
return out;";

async fn words_are_translated(browser: &Browser, name: &str, language: &str) {
    assert!(KEYS.len() > 100, "the keys were read");
    let prose = browser.script(PROSE).await;
    for text in prose.as_array().expect("texts").iter().filter_map(Value::as_str) {
        for word in text.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '-')) {
            assert!(!KEYS.contains(word), "{name} shows the key {word} in place of its text: {text}");
        }
        let foreign = if language == "ja" { is_english(text) } else { is_japanese_prose(text) };
        assert!(!foreign, "{name} is in {language} but says: {text}");
    }
}

/// Four words in a row; fewer may be what an outside program said, such as the title of an HTTP status.
fn is_english(text: &str) -> bool {
    let is_word = |word: &&str| word.len() > 1 && word.bytes().all(|sign| sign.is_ascii_alphabetic());
    let words: Vec<bool> = text.split(' ').map(|word| is_word(&word.trim_matches([',', '.', ':', '(', ')']))).collect();
    words.windows(4).any(|four| four.iter().all(|word| *word))
}

/// Names of products and stores are Japanese in both languages; a sentence ends with 。
fn is_japanese_prose(text: &str) -> bool {
    text.contains('。')
}

/// Texts whose contrast with what is behind them is less than WCAG 2.2 AA asks for (1.4.3).
const FAINT: &str =
    "const channel = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
const parts = (css) => (css.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const behind = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const colour = parts(getComputedStyle(e).backgroundColor);
    if ((colour[3] ?? 1) === 1) return colour;
  }
  return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
};
const faint = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const element = walk.currentNode.parentElement;
  if (!walk.currentNode.textContent.trim() || !element.checkVisibility() || element.closest('script')) continue;
  const style = getComputedStyle(element);
  const [one, other] = [light(parts(style.color)), light(behind(element))].sort((a, b) => b - a);
  const ratio = (one + 0.05) / (other + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (ratio < (large ? 3 : 4.5)) faint.push(`${walk.currentNode.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
}
return faint;";

pub async fn is_readable(browser: &Browser, name: &str) {
    let faint = browser.script(FAINT).await;
    assert_eq!(faint, json!([]), "too faint on {name}");
}
