//! Who looks at the page: the language, and the browser's own token for "my orders". Both are cookies.

use super::texts::{EN, JA, Texts};
use http::{HeaderMap, HeaderValue, header};
use regihub_ports::Dice;

const VISITOR_COOKIE: &str = "demo_shop_visitor";
const LANGUAGE_COOKIE: &str = "demo_shop_language";
/// Of random bytes; written in hex.
const TOKEN_BYTES: usize = 16;
const ONE_YEAR_SECONDS: u32 = 31_536_000;

/// The cookie's language, else the browser's first choice if it is English, else Japanese.
pub(super) fn texts(headers: &HeaderMap) -> &'static Texts {
    if let Some(chosen) = cookie(headers, LANGUAGE_COOKIE).and_then(Texts::of) {
        return chosen;
    }
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if accepted.trim_start().to_ascii_lowercase().starts_with("en") { &EN } else { &JA }
}

/// `None` for a browser that never bought anything.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    let token = cookie(headers, VISITOR_COOKIE)?;
    (token.len() == 2 * TOKEN_BYTES && token.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(token)
}

pub(super) fn new_token(dice: &Dice) -> String {
    hex::encode(dice.bytes::<TOKEN_BYTES>())
}

pub(super) fn token_cookie(token: &str) -> HeaderValue {
    set_cookie(VISITOR_COOKIE, token)
}

pub(super) fn language_cookie(texts: &Texts) -> HeaderValue {
    set_cookie(LANGUAGE_COOKIE, texts.code)
}

/// Lax: another site's form is sent without the cookie, so it cannot cancel a visitor's order.
fn set_cookie(name: &str, value: &str) -> HeaderValue {
    let cookie = format!("{name}={value}; Path=/; Max-Age={ONE_YEAR_SECONDS}; HttpOnly; SameSite=Lax");
    HeaderValue::from_str(&cookie).expect("tokens and language codes are plain ASCII")
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
