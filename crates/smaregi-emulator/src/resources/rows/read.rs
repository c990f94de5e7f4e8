//! Lists and single rows.

use super::{array, list_answer, members, shop};
use crate::{
    http::{
        Answer,
        api::Call,
        lists::{self, ListQuery, SortKey, snake},
    },
    problem::Problem,
    resources::operations,
    state::{Columns, Details, Filter, Found, Id, Join, Packed, Shop, Shown, Table, TableSpec, View, row_fields},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The list of a table, or another list of the same rows.
pub(crate) fn list(call: &Call<'_>, spec: &'static TableSpec, view: Option<&View>) -> Result<Answer, Problem> {
    let shop = shop(call)?;
    let table = shop.table_of(spec);
    let columns = &*table.columns;
    let foreign = view.and_then(|_| foreign_columns(call, columns));
    if foreign.is_none() {
        lists::check_names(columns, &call.query)?;
    }
    let special: Vec<&str> = spec.filters.keys().map(String::as_str).collect();
    let list = ListQuery::read(call.endpoint, &call.query).without_parameters(&special);
    let fixed = fixed(call, spec);
    let (rows, natural) = candidates(table, call, &fixed);
    let left_out = view.and_then(|view| view.without.as_ref()).map(|join| joined(shop, call, join));
    let rows = rows.filter(|(_, row)| {
        fixed.iter().all(|(column, value)| row.text(columns, column).is_some_and(|text| same(&text, value)))
            && list.accepts(|column| row.text(columns, column))
            && spec.filters.iter().all(|(name, filter)| passes(shop, call, table, row, name, filter))
            && left_out.as_ref().is_none_or(|out| !out.contains(&table.key_of(row).join("/")))
    });
    let rows = list.arrange_by(rows, &natural, &spec.key, |(_, row), column| SortKey::of(row.text(columns, column)));
    let (page, more) = list.cut(rows);
    let body = match foreign {
        Some(names) => shaped(call, &names, columns, &page),
        None => {
            let shown = lists::shown(columns, &call.world.layouts.table(spec).nested, &call.query);
            array(page.iter().map(|(_, row)| *row), columns, &shown)
        }
    };
    Ok(list_answer(call, &list, body, more))
}

/// `01` in a path means the month 1.
fn same(kept: &str, wanted: &str) -> bool {
    kept == wanted || kept.parse::<i64>().is_ok_and(|number| wanted.parse() == Ok(number))
}

/// Columns of the table whose values stand in the path.
fn fixed(call: &Call<'_>, spec: &TableSpec) -> Vec<(String, String)> {
    let layout = call.world.layouts.table(spec);
    let columns = operations::path_columns(call, spec).into_iter();
    columns.filter(|(column, _)| layout.columns.place(column).is_some()).collect()
}

/// Rows that can match, by the best index, and the columns by which they come in order.
fn candidates<'t>(table: &'t Table, call: &Call<'_>, fixed: &'t [(String, String)]) -> (Found<'t>, Vec<&'static str>) {
    let spec = table.spec;
    let key = || spec.key.iter().map(String::as_str).collect();
    if let Some((column, value)) = fixed.first() {
        let in_order = spec.key.first() == Some(column);
        return (table.with_value(column, value), if in_order { key() } else { Vec::new() });
    }
    let code = spec.unique.iter().find_map(|code| Some((code, call.query.get(&snake(code))?)));
    let row = |id: Id| table.get(id).map(|row| (id, row));
    if let Some((name, code)) = code {
        return (Box::new(table.owner_of(name, code).and_then(row).into_iter()), Vec::new());
    }
    if let Some((from, to)) = call.query.window("upd_date_time") {
        let ids = table.by_update().range((from, 0)..).take_while(move |(at, _)| *at <= to).map(|(_, id)| *id);
        if spec.is_plain() && call.query.get("sort").is_none() {
            // Wanted by their numbers: these are put in order without a look at the rows.
            let mut ids: Vec<Id> = ids.collect();
            ids.sort_unstable();
            return (Box::new(ids.into_iter().filter_map(row)), key());
        }
        return (Box::new(ids.filter_map(row)), vec!["updDateTime"]);
    }
    (table.in_order(), key())
}

/// Keys of this table that rows of another one name.
fn joined(shop: &Shop, call: &Call<'_>, join: &Join) -> BTreeSet<String> {
    let table = shop.table(&join.table);
    let param = |name: &str| call.params.iter().find(|(param, _)| *param == name).map(|(_, value)| value.clone());
    let value = |text: &String| match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => param(name).unwrap_or_default(),
        None => text.clone(),
    };
    let wanted: Vec<(&String, String)> = join.values.iter().map(|(column, text)| (column, value(text))).collect();
    let Some((column, first)) = wanted.iter().find(|(column, _)| table.spec.index.contains(column)).or(wanted.first())
    else {
        return BTreeSet::new();
    };
    let has = |row: &Packed| wanted.iter().all(|(c, v)| row.text(&table.columns, c).is_some_and(|text| text == **v));
    let rows = table.with_value(column, first).filter(|(_, row)| has(row));
    rows.filter_map(|(_, row)| row.text(&table.columns, &join.column).map(|text| text.into_owned())).collect()
}

/// Whether a row passes a parameter that is not simply a column.
fn passes(shop: &Shop, call: &Call<'_>, table: &Table, row: &Packed, name: &str, filter: &Filter) -> bool {
    let Some(wanted) = call.query.get(name) else { return true };
    let text = |column: &str| row.text(&table.columns, column);
    match filter {
        // Dates are kept in one form, so that comparing the texts compares the dates.
        Filter::Within(from, to) => {
            text(from).is_none_or(|from| &*from <= wanted) && text(to).is_none_or(|to| wanted <= &*to)
        }
        Filter::Column(column) => text(column).is_some_and(|text| text == wanted),
        Filter::Has { table: other, column } => {
            let (other, key) = (shop.table(other), table.key_of(row));
            let (Some(own), Some(value)) = (table.spec.key.first(), key.first()) else { return false };
            let mut rows = other.with_value(own, value);
            rows.any(|(_, row)| row.text(&other.columns, column).is_some_and(|text| text == wanted))
        }
    }
}

/// The columns of an answer that has others than the table.
fn foreign_columns(call: &Call<'_>, columns: &Columns) -> Option<Vec<String>> {
    let fields = row_fields(call.inner.catalogue, call.endpoint)?;
    let names: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
    let is_foreign = names.iter().any(|name| columns.place(name).is_none());
    let chosen: Option<Vec<&str>> = call.query.get("fields").map(|list| list.split(',').map(str::trim).collect());
    let wanted = |name: &String| chosen.as_ref().is_none_or(|chosen| chosen.contains(&name.as_str()));
    is_foreign.then(|| names.into_iter().filter(wanted).collect())
}

/// Rows in the columns of the answer; what the rows lack is taken from the path.
fn shaped(call: &Call<'_>, names: &[String], columns: &Columns, rows: &[(Id, &Packed)]) -> String {
    let of_path = |name: &str| {
        let found = call.params.iter().find(|(param, _)| lists::camel(param) == name);
        found.map_or(Value::Null, |(_, value)| json!(value))
    };
    let value = |row: &Packed, name: &str| match row.raw(columns, name) {
        Some(raw) => serde_json::from_str(raw).unwrap_or(Value::Null),
        None => of_path(name),
    };
    let row = |row: &Packed| names.iter().map(|name| (name.clone(), value(row, name))).collect::<Map<_, _>>();
    rows.iter().map(|(_, packed)| Value::Object(row(packed))).collect::<Value>().to_string()
}

pub(super) fn get(call: &Call<'_>, spec: &'static TableSpec) -> Result<Answer, Problem> {
    let shop = shop(call)?;
    let table = shop.table_of(spec);
    let columns = &*table.columns;
    lists::check_names(columns, &call.query)?;
    let id = operations::row(call, spec)?;
    let row = table.get(id).ok_or_else(|| Problem::not_found(&spec.name))?;
    let shown = lists::shown(columns, &call.world.layouts.table(spec).nested, &call.query);
    let mut body = String::new();
    row.write(columns, &shown, &mut body);
    let known = row_fields(call.inner.catalogue, call.endpoint);
    let wanted = spec.members.iter().filter(|member| {
        let with = format!("with_{}", snake(&member.name));
        let on_request = call.endpoint.query.iter().any(|param| param.name == with);
        if on_request { call.query.wants(&with) } else { known.is_some_and(|known| known.get(&member.name).is_some()) }
    });
    members::append(call, shop, wanted, &table.key_of(row), &mut body);
    Ok(Answer::json(200, body))
}

/// What lies in one row's column, as a list.
pub(super) fn details(call: &Call<'_>, spec: &'static TableSpec, details: &Details) -> Result<Answer, Problem> {
    let table = shop(call)?.table_of(spec);
    let id = operations::row(call, spec)?;
    let raw = table.get(id).and_then(|row| row.raw(&table.columns, &details.column)).unwrap_or("[]");
    let rows: Vec<Map<String, Value>> = serde_json::from_str(raw).unwrap_or_default();
    let fields = row_fields(call.inner.catalogue, call.endpoint).into_iter().flatten();
    let columns = Columns::new(fields.map(|field| field.name.clone()));
    lists::check_names(&columns, &call.query)?;
    let list = ListQuery::read(call.endpoint, &call.query);
    let rows: Vec<Packed> = rows.iter().map(|row| Packed::from_map(&columns, row)).collect();
    let rows = rows.iter().filter(|row| list.accepts(|column| row.text(&columns, column)));
    let primary = columns.names().first().map_or("", String::as_str);
    let rows = list.arrange(rows, &[], primary, |row, column| SortKey::of(row.text(&columns, column)));
    let (page, more) = list.cut(rows);
    let shown = lists::shown(&columns, &[], &call.query);
    let shown = if columns.names().is_empty() { Shown::only(&columns, |_| true) } else { shown };
    Ok(list_answer(call, &list, array(page.into_iter(), &columns, &shown), more))
}
