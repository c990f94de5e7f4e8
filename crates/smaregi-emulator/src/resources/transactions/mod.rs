//! Transactions (取引): list, read, register, correct, cancel, dispose (platform-pos.md §2).

mod closing;
mod defaults;
mod extras;
mod lines;
mod member;
mod named;
mod points;
mod read;
mod register;
mod undo;

pub(crate) use defaults::plain_head;
pub(crate) use lines::Sold;
pub(crate) use member::set_customer;
pub(crate) use named::check_named;
pub(crate) use read::{details, get, list, render, whole};
pub(crate) use register::{Composed, Kind, check_booking, compose, register, register_as, register_booking};
pub(crate) use undo::{Undone, cancel_sale, counter_entry, dispose_sale};

use super::rows::{members, shop};
use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    resources::maker::normal_text,
    resources::{sales::temporaries, stock::event_entry},
    settings::DisposeAction,
    state::{Columns, Entry, Id, Sale, StockChange},
    time,
};
use serde_json::{Value, json};

const EVENT: &str = "pos:transactions";

pub(crate) fn create(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let contract = call.contract.clone();
    let done = register(call.world, &call.inner.settings, &contract, &body, call.now)?;
    emit(call, "created", done.id, &done.changes);
    let parked = done.parked.iter().map(|id| json!(id.to_string())).collect();
    call.emit(temporaries::EVENT, "edited", parked);
    Ok(Answer::json(call.inner.settings.pos.create_status, written(call, done.id)?))
}

/// Head items that a correction may change; the member has an operation of its own.
pub(crate) fn edit(call: &mut Call<'_>) -> Result<Answer, Problem> {
    check_named(shop(call)?, members(&call.body)?)?;
    let sent: Vec<(String, Value)> = {
        let known = |name: &String| call.world.layouts.head.place(name).is_some();
        let sent = members(&call.body)?.iter().filter(|(name, _)| known(name));
        sent.map(|(name, value)| (name.clone(), normal(call, name, value))).collect()
    };
    correct(call, sent)
}

fn normal(call: &Call<'_>, name: &str, value: &Value) -> Value {
    let format = name.ends_with("DateTime").then_some(smaregi_catalogue::Format::DateTime);
    if value.is_null() { Value::Null } else { normal_text(format, value, &call.inner.settings) }
}

fn correct(call: &mut Call<'_>, changes: Vec<(String, Value)>) -> Result<Answer, Problem> {
    let id = call.id("transaction_id");
    let sale = shop(call)?.sales.get(id).ok_or_else(|| Problem::not_found("transaction_id"))?;
    let mut changes: Vec<(&str, Value)> = changes.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    changes.push(("updDateTime", json!(time::format(call.now))));
    let mut sale = sale.clone();
    sale.head = sale.head.with(&call.world.layouts.head, &changes);
    sale.times.updated = call.now;
    let contract = call.contract.clone();
    call.world.record(Entry::Sale { contract, id, sale: Box::new(sale) });
    emit(call, "edited", id, &[]);
    Ok(Answer::json(200, written(call, id)?))
}

pub(crate) fn cancel(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let contract = call.contract.clone();
    let done = cancel_sale(call.world, &contract, call.id("transaction_id"), call.now)?;
    emit(call, "canceled", done.id, &done.changes);
    Ok(Answer::json(200, written(call, done.id)?))
}

pub(crate) fn dispose(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let contract = call.contract.clone();
    let body = members(&call.body)?.clone();
    let done = dispose_sale(call.world, &contract, call.id("transaction_id"), &body, call.now)?;
    for (action, changes) in dispose_events(call.inner.settings.webhook.dispose_action, &done) {
        emit(call, action, done.id, changes);
    }
    Ok(Answer::json(200, written(call, done.id)?))
}

/// Which actions a dispose is told with (§16.2); the stock goes with the first.
pub(crate) fn dispose_events(setting: DisposeAction, done: &Undone) -> Vec<(&'static str, &[StockChange])> {
    match setting {
        DisposeAction::Disposed => vec![("disposed", &done.changes[..])],
        DisposeAction::Created => vec![("created", &done.changes[..])],
        DisposeAction::Both => vec![("disposed", &done.changes[..]), ("created", &[])],
    }
}

fn emit(call: &mut Call<'_>, action: &str, id: Id, changes: &[StockChange]) {
    call.emit(EVENT, action, vec![json!(id.to_string())]);
    if call.inner.settings.webhook.stock_on_sale {
        call.emit("pos:stock", "edited", changes.iter().map(event_entry).collect());
    }
}

/// A transaction as a write answers with it: head, lines and payments.
fn written(call: &Call<'_>, id: Id) -> Result<String, Problem> {
    let sale = shop(call)?.sales.get(id).ok_or_else(|| Problem::not_found("transaction_id"))?;
    Ok(read::whole(&call.world.layouts, sale))
}

/// A flag of a head, `"0"` when missing.
fn flag(columns: &Columns, sale: &Sale, name: &str) -> String {
    sale.head.text(columns, name).map_or_else(|| "0".into(), |text| text.into_owned())
}
