//! `a=b&c=d` in queries and form bodies, read leniently as the real service evidently does (platform-common.md §2, §4).

/// Names and values, decoded, in order. Bytes that are no UTF-8 become replacement characters.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// The query of a call. `fields` may come several times, as lists do in some clients (`fields=a&fields=b`, `fields[]=a&…`): it is read as one
/// list (our choice). The first of other repeated names counts.
pub(crate) fn query(text: &str) -> Vec<(String, String)> {
    let mut all = pairs(text);
    let is_fields = |name: &str| name == "fields" || name.starts_with("fields[");
    if all.iter().filter(|(name, _)| is_fields(name)).count() == 0 {
        return all;
    }
    let fields: Vec<&str> = all.iter().filter(|(name, _)| is_fields(name)).map(|(_, value)| value.as_str()).collect();
    let fields = ("fields".to_owned(), fields.join(","));
    let place = all.iter().position(|(name, _)| is_fields(name)).unwrap_or(0);
    all.insert(place, fields);
    let mut number = 0;
    all.retain(|(name, _)| {
        number += 1;
        number == place + 1 || !is_fields(name)
    });
    all
}

/// The other way: `a=b&c=d`.
pub(crate) fn write(pairs: &[(&str, &str)]) -> String {
    let parts: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    parts.join("&")
}

fn pair(part: &str) -> (String, String) {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    (decode(name, true), decode(value, true))
}

/// Undoes percent encoding; with `plus`, a bare `+` is a blank.
pub(crate) fn decode(text: &str, plus: bool) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let code = (byte == b'%').then(|| Some((ahead.next()?, ahead.next()?))).flatten();
        match code.and_then(|(high, low)| Some(hex(high)? * 16 + hex(low)?)) {
            Some(decoded) => {
                out.push(decoded);
                bytes = ahead;
            }
            None => out.push(if plus && byte == b'+' { b' ' } else { byte }),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Percent encodes everything but the unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bare_plus_is_a_blank_and_an_encoded_one_stays() {
        assert_eq!(
            pairs("a=1+2&b=%2B09%3A00&c&&d=%E5%82%98&e=%zz"),
            [("a", "1 2"), ("b", "+09:00"), ("c", ""), ("d", "傘"), ("e", "%zz")]
                .map(|(n, v)| (n.to_owned(), v.to_owned()))
        );
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_back(text in ".*") {
            prop_assert_eq!(decode(&encode(&text), true), text);
        }

        #[test]
        fn any_query_is_survived(text in ".*") {
            pairs(&text);
        }
    }
}
