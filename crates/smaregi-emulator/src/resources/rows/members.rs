//! Lists inside a row that are rows of another table: `prices` of a product, `stores` of a staff member.

use super::{shop, write};
use crate::{
    http::api::Call,
    problem::Problem,
    resources::maker::{Forced, RowMaker},
    state::{Id, Member, Packed, Shop, TableSpec, spec},
};
use serde_json::{Map, Value};
use smaregi_catalogue::{Fields, Kind};

/// Appends members to a row that has been written out.
pub(super) fn append<'m>(
    call: &Call<'_>,
    shop: &Shop,
    members: impl Iterator<Item = &'m Member>,
    key: &[String],
    out: &mut String,
) {
    for member in members {
        out.pop();
        if !out.ends_with('{') {
            out.push(',');
        }
        out.push_str(&Value::from(member.name.as_str()).to_string());
        out.push(':');
        out.push_str(&rows_of(call, shop, member, key).to_string());
        out.push('}');
    }
}

/// The rows of a member in the columns its answer has.
pub(super) fn rows_of(call: &Call<'_>, shop: &Shop, member: &Member, key: &[String]) -> Value {
    let table = shop.table(&member.table);
    let (Some(column), Some(key)) = (table.spec.parent_column(), key.first()) else { return Value::Array(Vec::new()) };
    let fields = shape(call, member);
    let value = |row: &Packed, name: &str| {
        row.raw(&table.columns, name).and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or(Value::Null)
    };
    let object = |row: &Packed| match fields {
        Some(fields) => fields.iter().map(|field| (field.name.clone(), value(row, &field.name))).collect(),
        None => row.to_map(&table.columns),
    };
    table.with_value(column, key).map(|(_, row)| Value::Object(object(row))).collect()
}

/// The fields an entry of the member has in this operation's answer.
fn shape<'c>(call: &Call<'c>, member: &Member) -> Option<&'c Fields> {
    let field = crate::state::row_fields(call.inner.catalogue, call.endpoint)?.get(&member.name)?;
    let Kind::List(of) = &field.kind else { return None };
    match &**of {
        Kind::Object(members) => call.inner.catalogue.fields(members),
        _ => None,
    }
}

/// The members a body sends, with their tables. `null` clears a list (platform-common.md §12).
fn sent<'b>(parent: &'static TableSpec, body: &'b Map<String, Value>) -> Vec<(&'static TableSpec, &'b [Value])> {
    let of = |member: &'static Member| match body.get(&member.name)? {
        Value::Array(rows) => Some((spec(&member.table)?, rows.as_slice())),
        Value::Null => Some((spec(&member.table)?, &[][..])),
        _ => None,
    };
    parent.members.iter().filter_map(of).collect()
}

/// Everything a body's members can do wrong, before anything is stored.
pub(super) fn check(
    call: &Call<'_>,
    parent: &'static TableSpec,
    id: Option<Id>,
    body: &Map<String, Value>,
) -> Result<(), Problem> {
    for (child, rows) in sent(parent, body) {
        let maker = RowMaker::new(call.inner.catalogue, &call.inner.settings, child, call.world.layouts.table(child));
        // A row that does not exist yet has no number; nothing is checked against the parent itself.
        let forced = forced(parent, &id.unwrap_or(0).to_string());
        for row in rows {
            let row = super::members(row)?;
            maker.check(shop(call)?, None, &forced, row)?;
            maker.check_key(&forced, row)?;
        }
    }
    Ok(())
}

/// Replaces the rows under a parent by those the body's members list.
pub(super) fn store(call: &mut Call<'_>, parent: &'static TableSpec, key: &str, body: &Map<String, Value>) {
    for (child, rows) in sent(parent, body) {
        replace(call, child, &forced(parent, key), rows);
    }
}

pub(super) fn replace(call: &mut Call<'_>, child: &'static TableSpec, forced: &Forced, rows: &[Value]) -> Vec<Packed> {
    let Ok(shop) = shop(call) else { return Vec::new() };
    let (Some(column), Some((_, key))) = (child.parent_column(), forced.first()) else { return Vec::new() };
    let old: Vec<Id> = shop.table_of(child).with_value(column, key).map(|(id, _)| id).collect();
    old.into_iter().for_each(|id| write::remove(call, child, id));
    let rows = rows.iter().filter_map(Value::as_object);
    rows.filter_map(|row| write::store_row(call, child, forced, row).ok()).map(|(_, row)| row).collect()
}

fn forced(parent: &TableSpec, key: &str) -> Forced {
    parent.key.iter().take(1).map(|column| (column.clone(), key.to_owned())).collect()
}
