//! `/console/clock`: the emulator's time, to be run forward. Tokens age, days change, layaways expire.

use crate::{
    console::{
        frame::Frame,
        reply::{Done, Refusal, Reply},
        visit::Visit,
    },
    time,
};
use askama::Template;
use serde_json::json;

const ADDRESS: &str = "/console/clock";

#[derive(Template)]
#[template(path = "console/clock.html")]
struct ClockPage<'v> {
    f: &'v Frame,
    /// How far the emulator is ahead of the machine, in words; `None`: not at all.
    ahead: Option<String>,
    steps: Vec<Step>,
    amount: &'v str,
    /// For the field of a whole date-time: `2026-11-21T10:00:00`.
    now: String,
}

/// A button that runs the time forward.
struct Step {
    unit: &'static str,
    count: i64,
    text: String,
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    if !visit.rest.is_empty() {
        return Err(Refusal::NotFound);
    }
    let f = &visit.f;
    let told = visit.ask("clock")?;
    let offset = told["offset_s"].as_i64().unwrap_or(0);
    let step = |unit: &'static str, count: i64| Step { unit, count, text: in_words(f, unit, count) };
    let entered = visit.text("to");
    let now = if entered.is_empty() { time::format(f.now).chars().take(19).collect() } else { entered.to_owned() };
    visit.page(&ClockPage {
        f,
        ahead: (offset != 0).then(|| span(f, offset)),
        steps: vec![
            step("minutes", 1),
            step("minutes", 10),
            step("hours", 1),
            step("hours", 12),
            step("days", 1),
            step("days", 7),
            step("days", 31),
        ],
        amount: visit.text("count"),
        now,
    })
}

fn in_words(f: &Frame, unit: &str, count: i64) -> String {
    match unit {
        "minutes" => f.a("clock-minutes", "count", count),
        "hours" => f.a("clock-hours", "count", count),
        _ => f.a("clock-days", "count", count),
    }
}

/// `2日 3:04:05`, with its sign.
fn span(f: &Frame, seconds: i64) -> String {
    let sign = if seconds < 0 { "−" } else { "+" };
    let size = seconds.saturating_abs();
    let (days, rest) = (size / 86_400, size % 86_400);
    let clock = format!("{}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    if days == 0 { format!("{sign}{clock}") } else { format!("{sign}{} {clock}", in_words(f, "days", days)) }
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let f = &visit.f;
    match visit.rest.as_slice() {
        ["advance"] => {
            let unit = visit.text("unit");
            if !["minutes", "hours", "days"].contains(&unit) {
                return Err(visit.refused(f.s("clock-unit-unknown")));
            }
            let count: i64 = visit.number("count", "clock-count")?;
            visit.order("clock/advance", &json!({ unit: count }))?;
            Ok(told(visit))
        }
        ["set"] => {
            let to = visit.text("to");
            // Browsers leave the seconds out when they are zero.
            let seconds = if to.len() == 16 { ":00" } else { "" };
            visit.order("clock/set", &json!({ "now": format!("{to}{seconds}+09:00") }))?;
            Ok(told(visit))
        }
        ["real"] => {
            visit.order("clock/set", &json!({}))?;
            Ok(told(visit))
        }
        _ => Err(Refusal::NotFound),
    }
}

fn told(visit: &Visit<'_>) -> Done {
    let now = visit.f.full(&visit.emulator.inner.now());
    Done::new(ADDRESS, visit.f.a("clock-is-now", "now", now))
}
