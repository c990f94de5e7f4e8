use super::{Error, ErrorKind};
use regihub_ports::Exchange;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// What a call gave.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    pub value: T,
    /// The final attempt, with the raw answer.
    pub exchange: Exchange,
    /// Rows of a list that could not be read and are missing in `value`: one bad record must not hide the others, and must not be forgotten either.
    /// Whoever relies on the list being whole has to look here.
    pub unreadable: Vec<Unreadable>,
    /// Whether the list may have a next page: there were as many rows as asked for (platform-common §11.1). Smaregi gives no total.
    pub more: bool,
}

/// A row that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Position in the page, from 0.
    pub index: usize,
    /// Where in the JSON, for example `[3].details[0].quantity`.
    pub path: String,
    /// What was met there and what was expected.
    pub reason: String,
    /// The row as it came.
    pub raw: String,
}

impl<T> Answer<T> {
    /// For callers who need every row: an error when one could not be read.
    pub fn whole(self) -> Result<Self, Error> {
        match self.unreadable.first() {
            None => Ok(self),
            Some(row) => {
                let place = format!("at {}: {} ({} rows in all)", row.path, row.reason, self.unreadable.len());
                Err(unreadable(&place, self.exchange))
            }
        }
    }

    /// The same answer about something made of its value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        let Self { value, exchange, unreadable, more } = self;
        Answer { value: change(value), exchange, unreadable, more }
    }
}

/// Reads a single object.
pub(crate) fn single<T: DeserializeOwned>(exchange: Exchange) -> Result<Answer<T>, Error> {
    let body = exchange.response_body.clone();
    match serde_json::from_slice(&body) {
        Ok(value) => Ok(Answer { value, exchange, unreadable: Vec::new(), more: false }),
        Err(_) => Err(misfit::<T>(&body, exchange)),
    }
}

/// Reads a page of `limit` rows. Fails only when it is not a list, or when not one of its rows can be read.
pub(crate) fn rows<T: DeserializeOwned>(exchange: Exchange, limit: u32) -> Result<Answer<Vec<T>>, Error> {
    let body = exchange.response_body.clone();
    let (value, unreadable) = match serde_json::from_slice::<Vec<T>>(&body) {
        Ok(value) => (value, Vec::new()),
        Err(_) => match row_by_row(&body) {
            Some((value, unreadable)) if !value.is_empty() => (value, unreadable),
            _ => return Err(misfit::<Vec<T>>(&body, exchange)),
        },
    };
    let more = value.len() + unreadable.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    for row in &unreadable {
        // Neither the value nor the query: both may be about a person.
        tracing::warn!(url = path_of(&exchange), path = row.path, "a row of Smaregi's answer cannot be read");
    }
    Ok(Answer { value, exchange, unreadable, more })
}

/// The slow way, taken when the fast one failed: finds out which rows are to blame.
fn row_by_row<T: DeserializeOwned>(body: &[u8]) -> Option<(Vec<T>, Vec<Unreadable>)> {
    let rows: Vec<&RawValue> = serde_json::from_slice(body).ok()?;
    let (mut value, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for (index, row) in rows.into_iter().enumerate() {
        match with_path(row.get().as_bytes()) {
            Ok(row) => value.push(row),
            Err((path, reason)) => {
                let path = if path.is_empty() { format!("[{index}]") } else { format!("[{index}].{path}") };
                unreadable.push(Unreadable { index, path, reason, raw: row.get().to_owned() });
            }
        }
    }
    Some((value, unreadable))
}

fn misfit<T: DeserializeOwned>(body: &[u8], exchange: Exchange) -> Error {
    let (path, reason) = match with_path::<T>(body) {
        Err(fault) => fault,
        Ok(_) => (String::new(), "reads only at the second try".to_owned()),
    };
    let place = if path.is_empty() { format!("as a whole: {reason}") } else { format!("at {path}: {reason}") };
    unreadable(&place, exchange)
}

fn unreadable(place: &str, exchange: Exchange) -> Error {
    let message = format!("Smaregi's answer cannot be read {place} ({} {})", exchange.method, path_of(&exchange));
    Error::new(ErrorKind::Decode, message).with_exchange(exchange)
}

/// Decodes and, on failure, says where (as `details[0].quantity`, empty at the root) and why.
fn with_path<T: DeserializeOwned>(body: &[u8]) -> Result<T, (String, String)> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        (if path == "." { String::new() } else { path }, error.inner().to_string())
    })?;
    json.end().map_err(|error| (String::new(), error.to_string()))?;
    Ok(value)
}

/// The URL without its query, which may name a member.
fn path_of(exchange: &Exchange) -> &str {
    exchange.url.split('?').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{Customer, StockWritten, Transaction};
    use bytes::Bytes;
    use proptest::prelude::*;

    fn answered(body: impl Into<Bytes>) -> Exchange {
        Exchange {
            at: 0,
            method: "GET".to_owned(),
            url: "https://api.smaregi.dev/sb_demo01/pos/transactions?customer_code=M1".to_owned(),
            request_body: Bytes::new(),
            status: Some(200),
            response_body: body.into(),
            error: None,
            elapsed_us: 0,
        }
    }

    #[test]
    fn a_list_of_nothing_but_rubbish_is_an_error_not_an_empty_list() {
        for body in [r#"[{"transactionHeadId":null}]"#, "{}", "null", "", r#"[{"transactionHeadId":"1"}] x"#] {
            let error = rows::<Transaction>(answered(body), 100).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Decode, "{body}");
            assert!(!error.message.contains("M1"), "the query may name a person: {}", error.message);
        }
        assert!(rows::<Transaction>(answered("[]"), 100).unwrap().value.is_empty());
    }

    proptest! {
        #[test]
        fn no_answer_breaks_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,40}", number: f64) {
            let quoted = serde_json::Value::from(text).to_string();
            let row = format!(r#"{{"transactionHeadId":{number},"customerId":{quoted},"total":{quoted},"details":[{{"transactionDetailId":{number},"quantity":{quoted}}}]}}"#);
            for body in [bytes, row.clone().into_bytes(), format!("[{row},{row}]").into_bytes()] {
                let _ = rows::<Transaction>(answered(body.clone()), 1);
                let _ = rows::<Customer>(answered(body.clone()), 1);
                let _ = single::<StockWritten>(answered(body));
            }
        }
    }
}
