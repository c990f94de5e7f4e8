//! Sessions: a random token of 256 bits in a cookie; the database knows only its SHA-256.

use axum::http::{HeaderMap, HeaderValue, header};
use regihub_ports::Dice;
use sha2::{Digest, Sha256};

/// A session ends this long after log-in, used or not.
pub(super) const LASTS_US: i64 = 14 * 24 * 3600 * 1_000_000;
const LASTS_SECONDS: i64 = LASTS_US / 1_000_000;

/// The `__Host-` prefix makes browsers refuse a cookie that another host of the domain tries to plant; it demands https.
const SECURE_NAME: &str = "__Host-regihub";
const PLAIN_NAME: &str = "regihub";

/// A fresh token and what is stored of it.
pub(super) struct NewToken {
    pub(super) token: String,
    pub(super) hash: String,
}

pub(super) fn new_token(dice: &Dice) -> NewToken {
    let token = hex::encode(dice.bytes::<32>());
    NewToken { hash: hash(&token), token }
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// The hash of the session token a request carries, if it carries one that can be ours.
pub(crate) fn token_hash_in(headers: &HeaderMap, secure: bool) -> Option<String> {
    let wanted = if secure { SECURE_NAME } else { PLAIN_NAME };
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, token)| *name == wanted && token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit()))
        .map(|(_, token)| hash(token))
}

pub(super) fn cookie(token: &str, secure: bool) -> HeaderValue {
    set_cookie(token, LASTS_SECONDS, secure)
}

pub(super) fn no_cookie(secure: bool) -> HeaderValue {
    set_cookie("", 0, secure)
}

fn set_cookie(token: &str, max_age: i64, secure: bool) -> HeaderValue {
    let (name, flag) = if secure { (SECURE_NAME, "; Secure") } else { (PLAIN_NAME, "") };
    let text = format!("{name}={token}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{flag}");
    HeaderValue::try_from(text).expect("hex digits and constants")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hash_of_a_token_can_be_found_again() {
        let new = new_token(&Dice::from_seed(1));
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("theme=dark; regihub={}", new.token).parse().unwrap());
        assert_eq!(token_hash_in(&headers, false), Some(new.hash));
        assert_eq!(
            token_hash_in(&headers, true),
            None,
            "a cookie that came over http is not taken where https is demanded"
        );
        headers.insert(header::COOKIE, "regihub=short".parse().unwrap());
        assert_eq!(token_hash_in(&headers, false), None);
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let text = cookie("00", true);
        assert_eq!(text, "__Host-regihub=00; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax; Secure");
    }
}
