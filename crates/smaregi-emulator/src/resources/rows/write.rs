//! Create, change, put and delete.

use super::{emit, members, members as object, shop};
use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    resources::{
        maker::{CREATED, Forced, RowMaker, UPDATED, text_of},
        operations,
    },
    state::{Entry, Id, OnDelete, Packed, TableSpec, tables},
};
use serde_json::{Map, Value, json};

/// What was sent. The two times are the server's, also where a body may carry them.
fn body(call: &Call<'_>) -> Result<Map<String, Value>, Problem> {
    let mut body = object(&call.body)?.clone();
    body.retain(|name, _| name != CREATED && name != UPDATED);
    Ok(body)
}

pub(super) fn create(call: &mut Call<'_>, spec: &'static TableSpec) -> Result<Answer, Problem> {
    let body = body(call)?;
    let forced = operations::path_columns(call, spec);
    let (_, row) = create_row(call, spec, &forced, &body)?;
    emit(call, spec, std::slice::from_ref(&row));
    let status = call.inner.settings.pos.create_status;
    Ok(Answer::json(status, written(call, spec, &row)?))
}

/// Checks and stores a new row. `forced` are columns whose values do not come from the body.
pub(crate) fn create_row(
    call: &mut Call<'_>,
    spec: &'static TableSpec,
    forced: &Forced,
    body: &Map<String, Value>,
) -> Result<(Id, Packed), Problem> {
    let layouts = call.world.layouts.clone();
    let maker = RowMaker::new(call.inner.catalogue, &call.inner.settings, spec, layouts.table(spec));
    maker.check(shop(call)?, None, forced, body)?;
    if spec.first.is_none() {
        maker.check_key(forced, body)?;
    }
    let taken = maker.key(forced, body).filter(|key| shop(call).is_ok_and(|s| s.table_of(spec).find(key).is_some()));
    if let (Some(_), Some(last)) = (taken, spec.key.last()) {
        return Err(Problem::field(last, "既に登録されています。"));
    }
    members::check(call, spec, None, body)?;
    check_most(call, spec, body)?;
    check_mandatory(call, spec, body)?;
    let (id, row) = store_row(call, spec, forced, body)?;
    let key = shop(call)?.table_of(spec).key_of(&row);
    members::store(call, spec, &key[0], body);
    Ok((id, row))
}

/// Stores a row that was checked; one with the same key gives way.
pub(crate) fn store_row(
    call: &mut Call<'_>,
    spec: &'static TableSpec,
    forced: &Forced,
    body: &Map<String, Value>,
) -> Result<(Id, Packed), Problem> {
    let layouts = call.world.layouts.clone();
    let maker = RowMaker::new(call.inner.catalogue, &call.inner.settings, spec, layouts.table(spec));
    let shop = shop(call)?;
    let table = shop.table_of(spec);
    let key = maker.key(forced, body);
    let old = key.as_ref().and_then(|key| table.find(key));
    let named = key.as_ref().filter(|_| spec.is_plain()).and_then(|key| key.first()?.parse().ok());
    let id = old.or(named).unwrap_or_else(|| shop.next_id(spec));
    let mut forced = forced.clone();
    if key.is_none() {
        forced.push((spec.key.last().cloned().unwrap_or_default(), id.to_string()));
    }
    let row = maker.create(shop, &forced, body, call.now);
    let row = old.and_then(|old| table.get(old)).map_or_else(|| row.clone(), |old| maker.keep_birth(old, &row));
    call.world.record(Entry::Row { contract: call.contract.clone(), table: spec, id, row: row.clone() });
    Ok((id, row))
}

fn check_most(call: &Call<'_>, spec: &TableSpec, body: &Map<String, Value>) -> Result<(), Problem> {
    let Some(most) = &spec.most_per else { return Ok(()) };
    let value = body.get(&most.column).map(text_of).unwrap_or_default();
    if shop(call)?.table_of(spec).with_value(&most.column, &value).count() < most.rows {
        return Ok(());
    }
    Err(Problem::field(&most.column, &format!("登録できる件数は{}件までです。", most.rows)))
}

/// Columns that the contract has made mandatory.
fn check_mandatory(call: &Call<'_>, spec: &TableSpec, body: &Map<String, Value>) -> Result<(), Problem> {
    let Some(rule) = &spec.required_by else { return Ok(()) };
    let settings = shop(call)?.table(&rule.table);
    let text = |row: &Packed, column: &str| row.text(&settings.columns, column).map(|text| text.into_owned());
    let on = |row: &&Packed| rule.values.iter().all(|(column, wanted)| text(row, column).as_ref() == Some(wanted));
    let names = settings.rows().values().filter(on).filter_map(|row| text(row, &rule.names));
    let is_empty = |value: Option<&Value>| value.is_none_or(|value| value.is_null() || text_of(value).is_empty());
    match names.into_iter().find(|name| is_empty(body.get(name))) {
        Some(name) => Err(Problem::field(&name, "必須項目です。")),
        None => Ok(()),
    }
}

pub(super) fn change(call: &mut Call<'_>, spec: &'static TableSpec) -> Result<Answer, Problem> {
    let body = body(call)?;
    let id = operations::row(call, spec)?;
    let row = change_row(call, spec, id, &body)?;
    emit(call, spec, std::slice::from_ref(&row));
    Ok(Answer::json(200, written(call, spec, &row)?))
}

/// Checks and stores new values of a row.
pub(crate) fn change_row(
    call: &mut Call<'_>,
    spec: &'static TableSpec,
    id: Id,
    body: &Map<String, Value>,
) -> Result<Packed, Problem> {
    let layouts = call.world.layouts.clone();
    let maker = RowMaker::new(call.inner.catalogue, &call.inner.settings, spec, layouts.table(spec));
    let shop = shop(call)?;
    let table = shop.table_of(spec);
    let old = table.get(id).ok_or_else(|| Problem::unknown_reference(&spec.key[0]))?;
    for (column, wanted) in &spec.change_when {
        if old.text(&table.columns, column).is_some_and(|value| value != *wanted) {
            return Err(Problem::field(column, &format!("{wanted}の場合のみ更新できます。")));
        }
    }
    // What the row says already decides which references apply.
    let key: Forced = spec.key.iter().cloned().zip(table.key_of(old)).collect();
    maker.check(shop, Some(id), &key, body)?;
    members::check(call, spec, Some(id), body)?;
    let row = maker.change(shop, old, body, call.now);
    call.world.record(Entry::Row { contract: call.contract.clone(), table: spec, id, row: row.clone() });
    members::store(call, spec, &key[0].1, body);
    Ok(row)
}

/// Creates or replaces the row the path names (platform-common.md §12).
pub(super) fn put(call: &mut Call<'_>, spec: &'static TableSpec) -> Result<Answer, Problem> {
    let body = body(call)?;
    let forced = operations::path_columns(call, spec);
    let maker = RowMaker::new(call.inner.catalogue, &call.inner.settings, spec, call.world.layouts.table(spec));
    let shop = shop(call)?;
    let own = maker.key(&forced, &body).and_then(|key| shop.table_of(spec).find(&key));
    maker.check(shop, own, &forced, &body)?;
    let (_, row) = store_row(call, spec, &forced, &body)?;
    emit(call, spec, std::slice::from_ref(&row));
    Ok(Answer::json(200, written(call, spec, &row)?))
}

/// Replaces all rows under the parent in the path by the rows of the body.
pub(super) fn put_all(call: &mut Call<'_>, spec: &'static TableSpec) -> Result<Answer, Problem> {
    let rows = call.body.as_array().cloned();
    let rows = rows.ok_or_else(|| Problem::bad_request("リクエストボディはJSON配列で指定してください。"))?;
    let forced = operations::path_columns(call, spec);
    let maker = RowMaker::new(call.inner.catalogue, &call.inner.settings, spec, call.world.layouts.table(spec));
    for row in &rows {
        maker.check(shop(call)?, None, &forced, object(row)?)?;
        maker.check_key(&forced, object(row)?)?;
    }
    let stored = members::replace(call, spec, &forced, &rows);
    emit(call, spec, &stored);
    let columns = call.world.layouts.table(spec).columns.clone();
    let stored: Vec<Value> = stored.iter().map(|row| Value::Object(row.to_map(&columns))).collect();
    Ok(Answer::json(200, Value::Array(stored).to_string()))
}

pub(super) fn delete(call: &mut Call<'_>, spec: &'static TableSpec) -> Result<Answer, Problem> {
    let id = operations::row(call, spec)?;
    let row = delete_row(call, spec, id)?;
    emit(call, spec, std::slice::from_ref(&row));
    let settings = &call.inner.settings.pos;
    Ok(Answer::json(settings.delete_status, settings.delete_body.clone()))
}

/// Deletes a row that nothing holds.
pub(crate) fn delete_row(call: &mut Call<'_>, spec: &'static TableSpec, id: Id) -> Result<Packed, Problem> {
    let shop = shop(call)?;
    let table = shop.table_of(spec);
    let row = table.get(id).cloned().ok_or_else(|| Problem::not_found(&spec.name))?;
    let key = table.key_of(&row);
    if let [key] = key.as_slice() {
        check_unused(call, spec, key)?;
    }
    if let (Some(sentence), Some(column)) = (&spec.last_stays, spec.parent_column()) {
        let parent = row.text(&table.columns, column).unwrap_or_default();
        if table.with_value(column, &parent).nth(1).is_none() {
            return Err(Problem::bad_request(sentence));
        }
    }
    remove(call, spec, id);
    Ok(row)
}

pub(crate) fn remove(call: &mut Call<'_>, spec: &'static TableSpec, id: Id) {
    call.world.record(Entry::Gone { contract: call.contract.clone(), table: spec, id });
}

/// A row that others name stays where the reference says so.
fn check_unused(call: &Call<'_>, spec: &'static TableSpec, key: &str) -> Result<(), Problem> {
    let shop = shop(call)?;
    let holding = tables().naming(spec).filter(|(_, reference)| {
        reference.on_delete == OnDelete::Refuse && (!reference.doubtful || call.inner.settings.pos.doubtful_refusals)
    });
    for (other, reference) in holding {
        let table = shop.table_of(other);
        let mut rows = table.with_value(&reference.column, key);
        if rows.any(|(_, row)| reference.applies(|column| row.text(&table.columns, column))) {
            return Err(Problem::bad_request(reference.refusal.as_deref().unwrap_or("使用中のため、削除できません。")));
        }
    }
    Ok(())
}

/// A row as a write answers with it: everything, and some members as JSON numbers (platform-pos.md G1).
pub(crate) fn written(call: &Call<'_>, spec: &'static TableSpec, row: &Packed) -> Result<String, Problem> {
    let shop = shop(call)?;
    let table = shop.table_of(spec);
    let mut map = row.to_map(&table.columns);
    spec.hidden.iter().for_each(|name| drop(map.shift_remove(name)));
    for name in call.endpoint.response.iter().flat_map(|shape| &shape.numbers) {
        let number = map.get(name).and_then(Value::as_str).and_then(|text| text.parse::<i64>().ok());
        if let (Some(number), Some(slot)) = (number, map.get_mut(name)) {
            *slot = json!(number);
        }
    }
    let key = table.key_of(row);
    let known = crate::state::row_fields(call.inner.catalogue, call.endpoint);
    for member in spec.members.iter().filter(|member| known.is_some_and(|known| known.get(&member.name).is_some())) {
        map.insert(member.name.clone(), members::rows_of(call, shop, member, &key));
    }
    Ok(Value::Object(map).to_string())
}
