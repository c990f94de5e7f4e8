//! `/control` for the test bench: deliveries, events by hand, the clock, maintenance.

use super::{Refusal, contract, identity, read};
use crate::{
    emulator::{Inner, State},
    faults::Maintenance,
    http::form,
    problem::Problem,
    time, time_travel,
    webhooks::{self, DeliveryFilter, Event},
};
use bytes::Bytes;
use http::Request;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::str::FromStr;

/// So much time more; the members add up. Negative numbers go back.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Advance {
    seconds: i64,
    minutes: i64,
    hours: i64,
    days: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    /// `2026-11-21T10:00:00+09:00`; left out: the clock's own time again.
    now: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resend {
    number: u64,
}

/// An event that nothing has set off.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Announce {
    contract: Option<String>,
    event: String,
    action: String,
    ids: Vec<Value>,
    /// What some events carry beside the ids.
    #[serde(default)]
    members: Map<String, Value>,
}

pub(super) fn answer(
    inner: &Inner,
    state: &mut State,
    request: &Request<Bytes>,
    rest: &[&str],
) -> Result<Value, Problem> {
    match (request.method().as_str(), rest) {
        ("GET", ["deliveries"]) => Ok(webhooks::report(&state.outbox, &filter(request)?)),
        ("POST", ["deliveries", "resend"]) => {
            let order: Resend = read(request)?;
            Ok(json!({ "number": inner.resend(state, order.number).refused()? }))
        }
        ("POST", ["events"]) => announce(inner, state, read(request)?),
        ("GET", ["clock"]) => Ok(clock(inner)),
        ("POST", ["clock", "advance"]) => {
            let by: Advance = read(request)?;
            inner.advance_clock(state, by.total()).refused()?;
            Ok(clock(inner))
        }
        ("POST", ["clock", "set"]) => {
            let to = match read::<SetClock>(request)?.now {
                Some(text) => time_travel::read(&text).refused()?,
                None => inner.now() - inner.clock_offset(),
            };
            inner.set_clock(state, to).refused()?;
            Ok(clock(inner))
        }
        ("GET", ["maintenance"]) => Ok(json!(state.maintenance)),
        ("POST", ["maintenance"]) => {
            state.maintenance = read::<Maintenance>(request)?;
            Ok(json!(state.maintenance))
        }
        _ => identity::answer(inner, state, request, rest),
    }
}

impl Advance {
    fn total(&self) -> i64 {
        let parts = [(self.seconds, 1), (self.minutes, 60), (self.hours, 3600), (self.days, 86_400)];
        parts.into_iter().fold(0, |sum: i64, (count, unit)| sum.saturating_add(count.saturating_mul(unit)))
    }
}

fn clock(inner: &Inner) -> Value {
    json!({ "now": time::format(inner.now()), "offset_s": inner.clock_offset() })
}

/// Says how many apps were told.
fn announce(inner: &Inner, state: &mut State, order: Announce) -> Result<Value, Problem> {
    let contract = contract(state, order.contract).refused()?;
    let known = inner.catalogue.webhooks().iter().find(|webhook| webhook.event == order.event);
    let known = known.ok_or_else(|| Problem::field("event", &format!("got {}, which is no event", order.event)))?;
    if !known.actions.contains(&order.action) {
        let allowed = known.actions.join(", ");
        return Err(Problem::field("action", &format!("got {}, allowed is one of {allowed}", order.action)));
    }
    let contract = state.world.shop(&contract).map(|shop| shop.id.clone());
    let contract = contract.ok_or_else(|| Problem::field("contract", "does not exist"))?;
    let members = order.members.into_iter().collect();
    let event = Event { members, ..Event::new(contract, &order.event, &order.action, order.ids) };
    let told = inner.publish_event(state, &event);
    inner.wake.notify_one();
    Ok(json!({ "told": told }))
}

/// `?contract=&client_id=&event=&outcome=&status=&text=&before=&limit=`
fn filter(request: &Request<Bytes>) -> Result<DeliveryFilter, Problem> {
    let mut filter = DeliveryFilter::default();
    for (name, value) in form::pairs(request.uri().query().unwrap_or_default()) {
        if value.is_empty() {
            continue;
        }
        match name.as_str() {
            "contract" => filter.contract = Some(value),
            "client_id" => filter.client_id = Some(value),
            "event" => filter.event = Some(value),
            "outcome" => filter.outcome = Some(value),
            "text" => filter.text = Some(value),
            "status" => filter.status = Some(number(&name, &value)?),
            "before" => filter.before = Some(number(&name, &value)?),
            "limit" => filter.limit = Some(number(&name, &value)?),
            _ => {
                let allowed = "contract, client_id, event, outcome, status, text, before, limit";
                return Err(Problem::field(&name, &format!("is no filter; there are {allowed}")));
            }
        }
    }
    Ok(filter)
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, Problem> {
    value.parse().map_err(|_| Problem::field(name, &format!("got {value:?}, allowed is a whole number from 0")))
}
