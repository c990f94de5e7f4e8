//! `/console/webhooks`: what was sent to apps and what they answered, what still waits; behind it one delivery, to be sent again.

use super::address;
use crate::{
    console::{
        frame::Frame,
        look::ROWS,
        reply::{Done, Refusal, Reply},
        visit::{Choice, Visit},
    },
    http::form,
};
use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

const OUTCOMES: [&str; 5] = ["delivered", "refused", "failed", "timed out", "dropped"];
const MOST_WAITING: usize = 20;

#[derive(Template)]
#[template(path = "console/webhooks.html")]
struct WebhooksPage<'v> {
    f: &'v Frame,
    words: &'v str,
    outcomes: Vec<Choice>,
    totals: Vec<(&'static str, u64)>,
    pending: u64,
    waiting: Vec<Delivery>,
    rows: Vec<Delivery>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "console/webhook.html")]
struct WebhookPage<'v> {
    f: &'v Frame,
    row: Delivery,
}

/// A delivery as the control interface tells of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Delivery {
    number: u64,
    at: i64,
    url: String,
    client_id: String,
    event: String,
    event_id: String,
    headers: Vec<(String, String)>,
    body: String,
    status: Option<u16>,
    answer: Option<String>,
    duration_ms: u64,
    outcome: String,
    error: Option<String>,
    resent_from: Option<u64>,
}

impl Delivery {
    fn tone(&self) -> &'static str {
        match self.outcome.as_str() {
            "delivered" => "good",
            "dropped" => "busy",
            _ => "bad",
        }
    }

    fn pretty_body(&self) -> String {
        pretty(&self.body)
    }

    fn pretty_answer(&self) -> String {
        pretty(self.answer.as_deref().unwrap_or_default())
    }
}

/// JSON on several lines; anything else as it is.
fn pretty(text: &str) -> String {
    let value = serde_json::from_str::<Value>(text).and_then(|value| serde_json::to_string_pretty(&value));
    value.unwrap_or_else(|_| text.to_owned())
}

fn deliveries(told: &Value) -> Vec<Delivery> {
    told.as_array().into_iter().flatten().filter_map(|one| Delivery::deserialize(one).ok()).collect()
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    match visit.rest.as_slice() {
        [] => list(visit),
        [number] => {
            let row = one(visit, number.parse().map_err(|_| Refusal::NotFound)?)?;
            visit.page(&WebhookPage { f: &visit.f, row })
        }
        _ => Err(Refusal::NotFound),
    }
}

fn list(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let (words, outcome, before) = (visit.text("q"), visit.text("outcome"), visit.text("before"));
    let before = if before.parse::<u64>().is_ok() { before } else { "" };
    let limit = ROWS.to_string();
    let asked = [("text", words), ("outcome", outcome), ("before", before), ("limit", limit.as_str())];
    let told = visit.ask(&address("deliveries", &asked))?;
    let mut rows = deliveries(&told["log"]);
    rows.reverse();
    let last = rows.last().map(|row| row.number.to_string()).unwrap_or_default();
    let older = [("q", words), ("outcome", outcome), ("before", last.as_str())];
    let mut waiting = deliveries(&told["waiting"]);
    waiting.truncate(MOST_WAITING);
    visit.page(&WebhooksPage {
        f: &visit.f,
        words,
        outcomes: OUTCOMES.iter().map(|known| Choice::new(known, visit.f.of("outcome-", known), outcome)).collect(),
        totals: OUTCOMES.iter().map(|known| (*known, told["totals"][known].as_u64().unwrap_or(0))).collect(),
        pending: told["pending"].as_u64().unwrap_or(0),
        waiting,
        rows,
        older: (told["more"] == true).then(|| address("/console/webhooks", &older)),
    })
}

fn one(visit: &Visit<'_>, number: u64) -> Result<Delivery, Refusal> {
    let told = visit.ask(&format!("deliveries?before={}&limit=1", number.saturating_add(1)))?;
    deliveries(&told["log"]).pop().filter(|found| found.number == number).ok_or(Refusal::NotFound)
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let [number, "again"] = visit.rest.as_slice() else { return Err(Refusal::NotFound) };
    let number: u64 = form::decode(number, false).parse().map_err(|_| Refusal::NotFound)?;
    let told = visit.order("deliveries/resend", &json!({ "number": number }))?;
    let again = told["number"].as_u64().unwrap_or(0).to_string();
    Ok(Done::new("/console/webhooks", visit.f.b("webhook-sent-again", "number", number.to_string(), "again", again)))
}
