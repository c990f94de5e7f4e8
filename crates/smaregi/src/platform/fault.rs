//! From what came back (or did not) to one error with a reason. Pure.

use super::{Error, ErrorKind, call::Call};
use http::{HeaderMap, Response, header};
use jiff::Timestamp;
use regihub_ports::{Exchange, TransportError, TransportErrorKind};
use serde_json::Value;
use std::time::Duration;

/// `None` when the answer is a success: 200, 201, 202 and 204 all are, with or without body (platform-common §20, rule 8).
pub(crate) fn judge(
    call: &Call,
    outcome: &Result<Response<bytes::Bytes>, TransportError>,
    record: &Exchange,
) -> Option<Error> {
    let error = match outcome {
        Ok(response) if response.status().is_success() => return None,
        Ok(response) => {
            let mut error = refusal(call, response.status().as_u16(), response.body());
            error.retry_after = retry_after(response.headers(), record.at);
            error
        }
        Err(error) => no_answer(call, error),
    };
    Some(error.with_exchange(record.clone()))
}

fn no_answer(call: &Call, error: &TransportError) -> Error {
    match error.kind {
        TransportErrorKind::NotSent => {
            Error::new(ErrorKind::NotSent, format!("Smaregi could not be reached: {error} ({call})"))
        }
        TransportErrorKind::Unclear => {
            Error::new(ErrorKind::Unclear, format!("no answer came from Smaregi: {error} ({call})"))
        }
    }
}

fn refusal(call: &Call, status: u16, body: &[u8]) -> Error {
    let problem = Problem::read(body);
    let (kind, what) = match status {
        401 => (ErrorKind::Unauthorised, "Smaregi did not accept the access token".to_owned()),
        403 => {
            let scope = problem.scope.clone().unwrap_or_else(|| call.scope.to_owned());
            let what = format!(
                "the app may not do this; it needs the scope {scope}, a plan that includes it and an active contract"
            );
            (ErrorKind::Forbidden { scope: Some(scope) }, what)
        }
        404 => (ErrorKind::NotFound, "Smaregi does not know this id, path or contract".to_owned()),
        429 => (ErrorKind::RateLimited, "Smaregi says there were too many requests".to_owned()),
        408 | 500.. => (ErrorKind::Server, "Smaregi has a problem".to_owned()),
        _ => (ErrorKind::Refused, "Smaregi refused the request".to_owned()),
    };
    Error::new(kind, format!("{what}: HTTP {status}{} ({call})", problem.tail()))
}

/// The members of an error body that help a person (platform-common §9.1 to §9.4). Whatever the content type says, it may be JSON.
#[derive(Debug, Default)]
pub(crate) struct Problem {
    pub(crate) title: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) scope: Option<String>,
}

impl Problem {
    pub(crate) fn read(body: &[u8]) -> Self {
        let Ok(Value::Object(members)) = serde_json::from_slice(body) else { return Self::default() };
        let text = |name| members.get(name).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
        Self {
            title: text("title"),
            detail: text("detail").or_else(|| text("error_description")),
            error: text("error"),
            scope: text("scope"),
        }
    }

    /// `, Bad Request: [storeId] …` or nothing.
    pub(crate) fn tail(&self) -> String {
        let title = self.title.as_deref().or(self.error.as_deref());
        match (title, self.detail.as_deref()) {
            (Some(title), Some(detail)) => format!(", {title}: {detail}"),
            (Some(only), None) | (None, Some(only)) => format!(", {only}"),
            (None, None) => String::new(),
        }
    }
}

/// `Retry-After` in seconds, or as a date.
pub(crate) fn retry_after(headers: &HeaderMap, now_us: i64) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let at: Timestamp = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let wait_us = at.as_microsecond().saturating_sub(now_us);
    Some(Duration::from_micros(u64::try_from(wait_us).unwrap_or(0)))
}
