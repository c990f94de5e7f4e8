//! `/console/requests`: what apps called, newest first; behind it one call.

use super::address;
use crate::{
    console::{
        frame::Frame,
        look::{self, ROWS},
        reply::{Done, Refusal, Reply},
        visit::{Choice, Visit},
    },
    requests::RequestRecord,
};
use askama::Template;
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "console/requests.html")]
struct RequestsPage<'v> {
    f: &'v Frame,
    rows: Vec<RequestRecord>,
    older: Option<String>,
    words: &'v str,
    apps: Vec<Choice>,
    only_failed: bool,
}

#[derive(Template)]
#[template(path = "console/request.html")]
struct RequestPage<'v> {
    f: &'v Frame,
    record: RequestRecord,
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    match visit.rest.as_slice() {
        [] => list(visit),
        [number] => {
            let number = number.parse().map_err(|_| Refusal::NotFound)?;
            let record = visit.state().requests.get(number).cloned().ok_or(Refusal::NotFound)?;
            visit.page(&RequestPage { f: &visit.f, record })
        }
        _ => Err(Refusal::NotFound),
    }
}

fn list(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let (words, app, only_failed) = (visit.text("q"), visit.text("app"), visit.has("failed"));
    let before: u64 = visit.text("before").parse().unwrap_or(u64::MAX);
    let state = visit.state();
    let all = state.requests.records();
    let clients: BTreeSet<&str> = all.iter().filter_map(|record| record.client_id.as_deref()).collect();
    let apps = clients.into_iter().map(|client| Choice::new(client, client, app)).collect();
    let fits = |record: &&RequestRecord| {
        record.number < before
            && (app.is_empty() || record.client_id.as_deref() == Some(app))
            && (!only_failed || has_failed(record))
            && (record.target.contains(words) || record.method.eq_ignore_ascii_case(words))
    };
    let (rows, more) = look::cut(all.iter().rev().filter(fits).cloned(), ROWS);
    drop(state);
    let last = rows.last().map(|row| row.number.to_string()).unwrap_or_default();
    let failed = if only_failed { "1" } else { "" };
    let kept = [("q", words), ("app", app), ("failed", failed), ("before", last.as_str())];
    let older = more.then(|| address("/console/requests", &kept));
    visit.page(&RequestsPage { f: &visit.f, rows, older, words, apps, only_failed })
}

fn has_failed(record: &RequestRecord) -> bool {
    record.fault.is_some() || record.status.is_none_or(|status| status >= 400)
}

/// The colour of a status.
fn tone(record: &RequestRecord) -> &'static str {
    match record.status {
        _ if record.fault.is_some() => "busy",
        Some(200..=399) => "good",
        _ => "bad",
    }
}

impl RequestsPage<'_> {
    fn tone(&self, record: &RequestRecord) -> &'static str {
        tone(record)
    }
}

impl RequestPage<'_> {
    fn tone(&self) -> &'static str {
        tone(&self.record)
    }
}

/// Calls are only looked at.
pub(crate) fn act(_: &Visit<'_>) -> Result<Done, Refusal> {
    Err(Refusal::NotFound)
}
