//! Reading bodies that somebody else wrote: bounded, and every complaint names the place.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// Numbers travel through JavaScript: 2^53 − 1 is the largest that arrives unchanged.
pub(crate) const MAX_EXACT: i64 = (1 << 53) - 1;
/// More pieces of one thing than any shop has; sums of a page of them stay far inside an `i64`.
pub(crate) const MAX_PIECES: i64 = 1_000_000_000;
/// A complaint may quote what it complains about, so it is cut.
const MAX_PROBLEM: usize = 300;

/// A body as text. `max` in bytes.
pub(crate) fn text(body: &[u8], max: usize) -> Result<&str, String> {
    if body.len() > max {
        return Err(format!("the body has {} bytes; at most {max} are read", body.len()));
    }
    std::str::from_utf8(body).map_err(|e| format!("the body is not UTF-8: {e}"))
}

/// Reads JSON. The error names the path: `lines[0].quantity: invalid type: …`.
pub(crate) fn json<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
        let path = e.path().to_string();
        let reason = e.into_inner().to_string();
        shortened(&if path == "." { reason } else { format!("{path}: {reason}") })
    })?;
    reader.end().map_err(|e| shortened(&e.to_string()))?;
    Ok(value)
}

/// Rows that stay as they came until each is read by itself, so that one bad row never hides the others.
pub(crate) type RawRows<'a> = Vec<&'a RawValue>;

/// One row. The error names the path inside the row.
pub(crate) fn row<'de, T: Deserialize<'de>>(raw: &'de RawValue) -> Result<T, String> {
    json(raw.get())
}

/// What can still be read of a row that cannot be used: a whole number and a name.
pub(crate) fn remains(raw: &RawValue, number: &str, name: &str) -> (Option<i64>, Option<String>) {
    let Ok(Value::Object(row)) = serde_json::from_str::<Value>(raw.get()) else { return (None, None) };
    let name = match row.get(name) {
        Some(Value::String(text)) => Some(shortened(text)),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    (row.get(number).and_then(Value::as_i64), name)
}

/// Checks a whole number against its bounds. `path` as it stands in the body.
pub(crate) fn bounded(path: &str, value: i64, min: i64, max: i64) -> Result<i64, String> {
    if (min..=max).contains(&value) { Ok(value) } else { Err(format!("{path}: {value} is outside {min} to {max}")) }
}

/// Checks a name that must say something. At most 255 bytes, no control characters.
pub(crate) fn name(path: &str, value: String) -> Result<String, String> {
    if value.is_empty() {
        return Err(format!("{path}: is empty"));
    }
    if value.len() > 255 {
        return Err(format!("{path}: has {} bytes; at most 255 are allowed", value.len()));
    }
    if value.chars().any(char::is_control) {
        return Err(format!("{path}: {} holds a control character", shortened(&format!("{value:?}"))));
    }
    Ok(value)
}

/// Checks money: up to 15 digits, with a fraction of up to 6 where the currency has one.
pub(crate) fn money(path: &str, value: String) -> Result<String, String> {
    let (whole, fraction) = value.split_once('.').unwrap_or((&value, "0"));
    let digits = |text: &str, max: usize| (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if digits(whole, 15) && digits(fraction, 6) {
        return Ok(value);
    }
    let got = shortened(&format!("{value:?}"));
    Err(format!("{path}: {got} is not an amount; decimal digits like \"1980\" are allowed"))
}

/// A time with its offset, as microseconds since 1970, UTC.
pub(crate) fn time_us(path: &str, value: &str) -> Result<i64, String> {
    let time: jiff::Timestamp = value.parse().map_err(|_| {
        let got = shortened(&format!("{value:?}"));
        format!("{path}: {got} is not a time with an offset like \"2026-11-21T10:00:00+09:00\"")
    })?;
    Ok(time.as_microsecond())
}

pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_PROBLEM) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
