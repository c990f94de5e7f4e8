//! List, read, create, change and delete of rows, the same for every table that is described by data.

mod members;
mod read;
mod write;

pub(crate) use read::list;
pub(crate) use write::{change_row, create_row, delete_row, remove, store_row, written};

use super::operations::{Deed, Operation};
use crate::{
    http::{Answer, api::Call, lists::ListQuery},
    problem::Problem,
    state::{Columns, Packed, Shop, Shown, TableSpec},
};
use serde_json::{Map, Value, json};
use smaregi_catalogue::{Kind, Members};

pub(crate) fn run(call: &mut Call<'_>, operation: Operation) -> Result<Answer, Problem> {
    let spec = operation.spec;
    match operation.deed {
        Deed::List => read::list(call, spec, None),
        Deed::View(view) => read::list(call, spec, Some(view)),
        Deed::Details(details) => read::details(call, spec, details),
        Deed::Get => read::get(call, spec),
        Deed::Create => write::create(call, spec),
        Deed::Change => write::change(call, spec),
        Deed::Put => write::put(call, spec),
        Deed::PutAll => write::put_all(call, spec),
        Deed::Delete => write::delete(call, spec),
        Deed::Bulk => super::bulk::rows(call, spec),
    }
}

pub(crate) fn shop<'c>(call: &'c Call<'_>) -> Result<&'c Shop, Problem> {
    call.world.shop(&call.contract).ok_or_else(Problem::access_denied)
}

pub(crate) fn members(body: &Value) -> Result<&Map<String, Value>, Problem> {
    body.as_object().ok_or_else(|| Problem::bad_request("リクエストボディはJSONオブジェクトで指定してください。"))
}

/// The ids of rows as the operation's event lists them: one text each, or the members the event has (platform-common.md §16).
pub(crate) fn event_ids(call: &Call<'_>, spec: &TableSpec, rows: &[Packed]) -> Vec<Value> {
    let columns = &call.world.layouts.table(spec).columns;
    let webhook = call.endpoint.webhook.as_ref().and_then(|named| call.catalogue().webhook(&named.event));
    let key = webhook.and_then(|webhook| webhook.ids_key.as_deref());
    let shape = webhook.and_then(|webhook| webhook.body.get(webhook.ids_key.as_deref()?)).map(|field| &field.kind);
    let text = |row: &Packed, name: &str| json!(row.text(columns, name).unwrap_or_default());
    let named = key.and_then(|key| key.strip_suffix('s')).filter(|name| columns.place(name).is_some());
    let own = named.or(spec.key.last().map(String::as_str)).unwrap_or_default();
    let id = |row: &Packed| match shape {
        Some(Kind::List(of)) => match &**of {
            Kind::Object(Members::Fields(fields)) => {
                Value::Object(fields.iter().map(|field| (field.name.clone(), text(row, &field.name))).collect())
            }
            _ => text(row, own),
        },
        _ => text(row, own),
    };
    rows.iter().map(id).collect()
}

/// Tells of changed rows by the event and action the catalogue names for the operation, if any.
pub(crate) fn emit(call: &mut Call<'_>, spec: &TableSpec, rows: &[Packed]) {
    let Some(webhook) = call.endpoint.webhook.clone() else { return };
    let ids = event_ids(call, spec, rows);
    call.emit(&webhook.event, &webhook.action, ids);
}

/// `[row,row,…]`
pub(crate) fn array<'r>(rows: impl Iterator<Item = &'r Packed>, columns: &Columns, shown: &Shown) -> String {
    let mut body = String::from("[");
    for row in rows {
        if body.len() > 1 {
            body.push(',');
        }
        row.write(columns, shown, &mut body);
    }
    body.push(']');
    body
}

pub(crate) fn list_answer(call: &Call<'_>, list: &ListQuery, body: String, more: bool) -> Answer {
    let mut answer = Answer::json(200, body);
    if call.inner.settings.lists.link_header {
        answer.headers.extend(list.link(&call.address, &call.query, more).map(|link| ("link", link)));
    }
    answer
}
