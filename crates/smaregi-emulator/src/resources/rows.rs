//! List, read, create, change and delete of master data, the same for every table.

use super::maker::RowMaker;
use crate::{
    http::{
        Answer,
        api::Call,
        lists::{self, Candidates, ListQuery, SortKey, snake},
    },
    problem::Problem,
    state::{Columns, Entry, Id, Packed, Shop, Shown, Table, TableSpec},
};
use serde_json::{Map, Value, json};

pub(crate) fn list(call: &Call<'_>, spec: &'static TableSpec) -> Result<Answer, Problem> {
    let table = shop(call)?.table(spec.name);
    let columns = &table.columns;
    lists::check_names(columns, &call.query)?;
    let list = ListQuery::read(call.endpoint, &call.query);
    let (rows, natural) = candidates(table, call);
    let rows = rows.filter(|(_, row)| list.accepts(|column| row.text(columns, column)));
    let rows = list.arrange(rows, natural, spec.id, |(_, row), column| SortKey::of(row.text(columns, column)));
    let (page, more) = list.cut(rows);
    let shown = lists::shown(columns, &call.world.layouts.table(spec).nested, &call.query);
    let body = array(page.iter().map(|(_, row)| *row), columns, &shown);
    Ok(list_answer(call, &list, body, more))
}

fn candidates<'t>(table: &'t Table, call: &Call<'_>) -> Candidates<'t, (Id, &'t Packed)> {
    let row = |id: Id| table.get(id).map(|row| (id, row));
    let code = table.spec.unique.and_then(|code| call.query.get(&snake(code)));
    if let Some(code) = code {
        return (Box::new(table.owner_of(code).and_then(row).into_iter()), &[]);
    }
    if let Some((from, to)) = call.query.window("upd_date_time") {
        let ids = table.by_update().range((from, 0)..).take_while(move |(at, _)| *at <= to);
        return (Box::new(ids.filter_map(move |(_, id)| row(*id))), &["updDateTime"]);
    }
    (Box::new(table.rows().iter().map(|(id, row)| (*id, row))), natural_order(table.spec))
}

/// Rows lie by id.
fn natural_order(spec: &'static TableSpec) -> &'static [&'static str] {
    std::slice::from_ref(&spec.id)
}

pub(crate) fn get(call: &Call<'_>, spec: &'static TableSpec) -> Result<Answer, Problem> {
    let table = shop(call)?.table(spec.name);
    let columns = &table.columns;
    lists::check_names(columns, &call.query)?;
    let row = table.get(call.id(&snake(spec.id))).ok_or_else(|| Problem::not_found(spec.id))?;
    let shown = lists::shown(columns, &call.world.layouts.table(spec).nested, &call.query);
    let mut body = String::new();
    row.write(columns, &shown, &mut body);
    Ok(Answer::json(200, body))
}

pub(crate) fn create(call: &mut Call<'_>, spec: &'static TableSpec) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let (id, row) = create_row(call, spec, &body)?;
    emit(call, spec, "created", vec![json!(id.to_string())]);
    let status = call.inner.settings.pos.create_status;
    Ok(Answer::json(status, written(call, spec, &row)))
}

/// Checks and stores a new row.
pub(crate) fn create_row(
    call: &mut Call<'_>,
    spec: &'static TableSpec,
    body: &Map<String, Value>,
) -> Result<(Id, Packed), Problem> {
    let layouts = call.world.layouts.clone();
    let maker = maker(call, spec, &layouts)?;
    let shop = shop(call)?;
    maker.check(shop, None, body)?;
    let id = shop.table(spec.name).next_id();
    let row = maker.create(id, body, call.now);
    call.world.record(Entry::Row { contract: call.contract.clone(), table: spec, id, row: row.clone() });
    Ok((id, row))
}

pub(crate) fn change(call: &mut Call<'_>, spec: &'static TableSpec) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let row = change_row(call, spec, call.id(&snake(spec.id)), &body)?;
    emit(call, spec, "edited", vec![json!(call.id(&snake(spec.id)).to_string())]);
    Ok(Answer::json(200, written(call, spec, &row)))
}

/// Checks and stores new values of a row.
pub(crate) fn change_row(
    call: &mut Call<'_>,
    spec: &'static TableSpec,
    id: Id,
    body: &Map<String, Value>,
) -> Result<Packed, Problem> {
    let layouts = call.world.layouts.clone();
    let maker = maker(call, spec, &layouts)?;
    let shop = shop(call)?;
    let old = shop.table(spec.name).get(id).ok_or_else(|| Problem::unknown_reference(spec.id))?;
    maker.check(shop, Some(id), body)?;
    let row = maker.change(old, id, body, call.now);
    call.world.record(Entry::Row { contract: call.contract.clone(), table: spec, id, row: row.clone() });
    Ok(row)
}

pub(crate) fn delete(call: &mut Call<'_>, spec: &'static TableSpec) -> Result<Answer, Problem> {
    let id = call.id(&snake(spec.id));
    call.world.record(Entry::Gone { contract: call.contract.clone(), table: spec, id });
    emit(call, spec, "deleted", vec![json!(id.to_string())]);
    let settings = &call.inner.settings.pos;
    Ok(Answer::json(settings.delete_status, settings.delete_body.clone()))
}

fn maker<'l>(
    call: &Call<'l>,
    spec: &'static TableSpec,
    layouts: &'l crate::state::Layouts,
) -> Result<RowMaker<'l>, Problem> {
    RowMaker::new(call.inner.catalogue, &call.inner.settings, spec, layouts.table(spec))
        .ok_or_else(|| Problem::not_emulated(&call.endpoint.id()))
}

/// The event the catalogue names for the operation, if any.
fn emit(call: &mut Call<'_>, spec: &'static TableSpec, action: &str, ids: Vec<Value>) {
    let named = call.endpoint.webhook.as_ref().map(|webhook| webhook.event.clone());
    call.emit(&named.unwrap_or_else(|| format!("pos:{}", spec.path.trim_start_matches('/'))), action, ids);
}

/// A row as a write answers with it: everything, and some members as JSON numbers (platform-pos.md G1).
fn written(call: &Call<'_>, spec: &'static TableSpec, row: &Packed) -> String {
    let columns = &call.world.layouts.table(spec).columns;
    let mut map = row.to_map(columns);
    for name in call.endpoint.response.iter().flat_map(|shape| &shape.numbers) {
        let number = map.get(name).and_then(Value::as_str).and_then(|text| text.parse::<i64>().ok());
        if let (Some(number), Some(slot)) = (number, map.get_mut(name)) {
            *slot = json!(number);
        }
    }
    Value::Object(map).to_string()
}

pub(crate) fn shop<'c>(call: &'c Call<'_>) -> Result<&'c Shop, Problem> {
    call.world.shop(&call.contract).ok_or_else(Problem::access_denied)
}

pub(crate) fn members(body: &Value) -> Result<&Map<String, Value>, Problem> {
    body.as_object().ok_or_else(|| Problem::bad_request("リクエストボディはJSONオブジェクトで指定してください。"))
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
