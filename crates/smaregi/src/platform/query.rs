use super::Error;
use crate::time;
use jiff::Timestamp;
use std::fmt::{Display, Write};

/// A query string in the making. Everything but letters, digits and `-._~` is percent-encoded: a bare `+` of an offset would be read as a blank
/// (platform-common §2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(String);

impl Query {
    pub fn put(&mut self, name: &str, value: impl Display) {
        self.0.push(if self.0.is_empty() { '?' } else { '&' });
        encode(name, &mut self.0);
        self.0.push('=');
        encode(&value.to_string(), &mut self.0);
    }

    pub fn put_some(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// `with_details=all` and its relatives.
    pub(crate) fn with(&mut self, name: &str, wanted: bool) {
        if wanted {
            self.put(name, "all");
        }
    }

    /// `upd_date_time-from` and `-to`. Smaregi refuses one bound alone and more than 31 days (platform-common §11.5), so it is refused here before
    /// anything is sent.
    pub(crate) fn updated(&mut self, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<(), Error> {
        match (from, to) {
            (None, None) => Ok(()),
            (Some(from), Some(to)) => {
                check_window("upd_from..upd_to", from, to)?;
                self.put("upd_date_time-from", time::japan_time(from));
                self.put("upd_date_time-to", time::japan_time(to));
                Ok(())
            }
            (Some(_), None) => Err(Error::refused_unsent("upd_to is missing: upd_from and upd_to go together")),
            (None, Some(_)) => Err(Error::refused_unsent("upd_from is missing: upd_from and upd_to go together")),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

pub(crate) fn check_window(field: &str, from: Timestamp, to: Timestamp) -> Result<(), Error> {
    let days = time::calendar_days(from, to);
    let (from_text, to_text) = (time::japan_time(from), time::japan_time(to));
    if to < from {
        return Err(Error::refused_unsent(format!("{field}: the end {to_text} lies before the start {from_text}")));
    }
    if days > time::MAX_WINDOW_DAYS {
        let most = time::MAX_WINDOW_DAYS;
        return Err(Error::refused_unsent(format!(
            "{field}: {from_text} to {to_text} are {days} days, Smaregi allows at most {most}; split it with `windows`"
        )));
    }
    Ok(())
}

/// One segment of a path; an id can never leave its place.
pub(crate) fn segment(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    encode(id, &mut text);
    text
}

fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            into.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}
