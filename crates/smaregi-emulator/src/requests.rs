//! What apps called, and what became of it: the newest calls, for the person in front of it.

use crate::{emulator::State, http::bearer_text, time::Seconds};
use bytes::Bytes;
use http::{Method, Request, Response};
use serde::Serialize;
use smaregi_catalogue::Product;
use std::collections::VecDeque;

/// How many calls are remembered.
const MOST: usize = 1000;
/// How much of a body is remembered. Bytes.
const MOST_BODY: usize = 4096;

/// One call of the API or token host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestRecord {
    /// Counts from 1 since the start.
    pub number: u64,
    /// Seconds since 1970, UTC.
    pub at: i64,
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The app behind the token; `None` without a token that is known.
    pub client_id: Option<String>,
    /// Status of the answer, also of one that was kept back; `None` when nothing was done.
    pub status: Option<u16>,
    /// `drop_before`, `commit_then_drop`, `status`: the fault that hit it.
    pub fault: Option<&'static str>,
    /// How late the answer was made. Milliseconds.
    pub slow_ms: u64,
    /// The beginning of the body of a write.
    pub sent: String,
    /// The beginning of an answer that is no success.
    pub answer: String,
}

/// The newest calls, oldest first.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct RequestLog {
    records: VecDeque<RequestRecord>,
    #[serde(skip)]
    last: u64,
}

/// What disturbed a call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Disturbed {
    pub(crate) fault: Option<&'static str>,
    pub(crate) slow_ms: u64,
}

impl RequestLog {
    pub(crate) fn records(&self) -> &VecDeque<RequestRecord> {
        &self.records
    }

    pub(crate) fn get(&self, number: u64) -> Option<&RequestRecord> {
        self.records.iter().rev().find(|record| record.number == number)
    }
}

/// Writes a call down. The control interface is no part of what is emulated and is left out.
pub(crate) fn note(
    state: &mut State,
    now: Seconds,
    request: &Request<Bytes>,
    response: Option<&Response<Bytes>>,
    disturbed: Disturbed,
) {
    let path = request.uri().path();
    if path.starts_with("/control") {
        return;
    }
    let token = bearer_text(request.headers()).and_then(|token| state.world.token(token));
    let client_id = token.map(|token| token.client_id.clone());
    // Forms of the token host carry secrets and passwords: only what is sent to the API is kept.
    let is_api = path.split('/').filter(|part| !part.is_empty()).nth(1).and_then(Product::from_segment).is_some();
    let sent = if request.method() == Method::GET || !is_api { String::new() } else { beginning(request.body()) };
    let failed = response.filter(|response| !response.status().is_success());
    let log = &mut state.requests;
    log.last += 1;
    log.records.push_back(RequestRecord {
        number: log.last,
        at: now,
        method: request.method().to_string(),
        target: request.uri().path_and_query().map_or(path, |target| target.as_str()).chars().take(2000).collect(),
        client_id,
        status: response.map(|response| response.status().as_u16()),
        fault: disturbed.fault,
        slow_ms: disturbed.slow_ms,
        sent,
        answer: failed.map(|response| beginning(response.body())).unwrap_or_default(),
    });
    if log.records.len() > MOST {
        log.records.pop_front();
    }
}

fn beginning(body: &Bytes) -> String {
    let text = String::from_utf8_lossy(body.get(..MOST_BODY).unwrap_or(body));
    if body.len() > MOST_BODY { format!("{text}…") } else { text.into_owned() }
}
