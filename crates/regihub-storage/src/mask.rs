//! Takes known secrets out of what goes into the exchange log (I10).
//!
//! Works on the bytes in one pass instead of parsing: bodies are logged as they were sent, also when they are not JSON at all.

use std::borrow::Cow;

/// Members whose value is nobody's business. JSON (any depth), form bodies and URL queries.
const SECRET_NAMES: &[&str] = &["access_token", "refresh_token", "client_secret", "id_token", "api_key", "pinCode"];

const MASK: &str = "•••";

/// Masks a JSON or form body.
pub(crate) fn body(body: &[u8]) -> Cow<'_, [u8]> {
    match body.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'{' | b'[') => replace(body, json_values(body), format!("\"{MASK}\"").as_bytes()),
        Some(_) => replace(body, form_values(body), MASK.as_bytes()),
        None => Cow::Borrowed(body),
    }
}

/// Masks the query of a URL.
pub(crate) fn url(url: &str) -> Cow<'_, str> {
    let Some(query) = url.find('?') else { return Cow::Borrowed(url) };
    let (head, query) = url.split_at(query + 1);
    match replace(query.as_bytes(), form_values(query.as_bytes()), MASK.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(url),
        Cow::Owned(masked) => Cow::Owned(format!("{head}{}", String::from_utf8_lossy(&masked))),
    }
}

type Span = std::ops::Range<usize>;

fn replace<'a>(text: &'a [u8], spans: Vec<Span>, mask: &[u8]) -> Cow<'a, [u8]> {
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut copied = 0;
    for span in spans {
        out.extend_from_slice(&text[copied..span.start]);
        out.extend_from_slice(mask);
        copied = span.end;
    }
    out.extend_from_slice(&text[copied..]);
    Cow::Owned(out)
}

fn is_secret(name: &[u8]) -> bool {
    SECRET_NAMES.iter().any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()))
}

/// Where the values of secret members stand: walks from string to string, so that a name inside a text is not taken for a member.
fn json_values(text: &[u8]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(open) = find(text, at, |b| b == b'"') {
        let close = string_end(text, open);
        at = close + 1;
        if !is_secret(text.get(open + 1..close).unwrap_or_default()) {
            continue;
        }
        let Some(colon) = find(text, at, |b| !b.is_ascii_whitespace()).filter(|&i| text[i] == b':') else { continue };
        let Some(start) = find(text, colon + 1, |b| !b.is_ascii_whitespace()) else { break };
        let end = match text[start] {
            b'"' => (string_end(text, start) + 1).min(text.len()),
            // Lists and objects are walked into; the rest are numbers, true, false and null.
            b'[' | b'{' => continue,
            _ => {
                find(text, start, |b| matches!(b, b',' | b'}' | b']') || b.is_ascii_whitespace()).unwrap_or(text.len())
            }
        };
        if &text[start..end] != b"null" && end > start {
            spans.push(start..end);
        }
        at = end;
    }
    spans
}

fn find(text: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    text.get(from..)?.iter().position(|b| wanted(*b)).map(|found| from + found)
}

/// The index of the quote that ends the string opened at `open`, or the end of a text that breaks off.
fn string_end(text: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < text.len() {
        match text[at] {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

fn form_values(text: &[u8]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    for pair in text.split(|b| *b == b'&') {
        if let Some(equals) = pair.iter().position(|b| *b == b'=')
            && is_secret(&pair[..equals])
            && equals + 1 < pair.len()
        {
            spans.push(start + equals + 1..start + pair.len());
        }
        start += pair.len() + 1;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masked(text: &str) -> String {
        String::from_utf8(body(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn secrets_disappear_from_json_and_the_rest_stays_as_it_was() {
        assert_eq!(
            masked(r#"{"access_token" : "a\"b", "list":[{"pinCode":1234},{"api_key":null}], "note":"access_token"}"#),
            r#"{"access_token" : "•••", "list":[{"pinCode":"•••"},{"api_key":null}], "note":"access_token"}"#
        );
        let plain = br#"{"productCode":"A-1"}"#;
        assert!(matches!(body(plain), Cow::Borrowed(_)), "nothing to mask, nothing copied");
    }

    #[test]
    fn secrets_disappear_from_forms_and_addresses() {
        assert_eq!(masked("grant_type=x&client_secret=hush&scope=a"), "grant_type=x&client_secret=•••&scope=a");
        assert_eq!(
            url("https://shop.example/orders?api_key=hush&page=2"),
            "https://shop.example/orders?api_key=•••&page=2"
        );
    }

    #[test]
    fn a_body_that_breaks_off_inside_a_secret_is_masked_to_its_end() {
        assert_eq!(masked(r#"{"access_token":"hus"#), r#"{"access_token":"•••""#);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            body(&bytes);
        }

        #[test]
        fn no_secret_survives_in_json(secret in "[a-z\"\\\\ ]{8,30}", name in prop::sample::select(SECRET_NAMES), pretty: bool) {
            let value = serde_json::json!({"a": [1, {name: secret}], "b": name});
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let masked: serde_json::Value = serde_json::from_slice(&body(text.as_bytes())).unwrap();
            prop_assert_eq!(masked, serde_json::json!({"a": [1, {name: MASK}], "b": name}));
        }
    }
}
