//! For operations written in code: reading, deleting and telling of rows of the tables that data describes, whatever their kind.
//!
//! A document (発注, 取置き, 受注, …) is one row; its lines lie in a nested column of it. Columns are those of the catalogue's answers and
//! the `hidden` ones of `data/tables.json`, which no answer shows.

use super::rows::{self, shop};
use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    state::{Id, TableSpec, spec},
};
use serde_json::{Map, Value, json};

/// The description of a table.
///
/// # Errors
/// 500 when `data/tables.json` has no such table: a mistake in the code that asks.
pub(crate) fn table(name: &str) -> Result<&'static TableSpec, Problem> {
    spec(name).ok_or_else(|| Problem::internal(&format!("no table {name}")))
}

/// A row as a map of all its columns; `None` when it does not exist.
pub(crate) fn read(call: &Call<'_>, name: &str, id: Id) -> Result<Option<Map<String, Value>>, Problem> {
    let table = shop(call)?.table_of(table(name)?);
    Ok(table.get(id).map(|row| row.to_map(&table.columns)))
}

/// The number of the row the path names. Unknown ones were refused with 404 before.
pub(crate) fn named_in_path(call: &Call<'_>, name: &str) -> Result<Id, Problem> {
    super::operations::row(call, table(name)?)
}

/// Deletes a row that nothing holds, with what hangs on it.
pub(crate) fn remove(call: &mut Call<'_>, name: &str, id: Id) -> Result<(), Problem> {
    rows::delete_row(call, table(name)?, id).map(|_| ())
}

/// The row as a write answers with it.
pub(crate) fn answer(call: &Call<'_>, name: &str, id: Id) -> Result<Answer, Problem> {
    let spec = table(name)?;
    let row = shop(call)?.table_of(spec).get(id).ok_or_else(|| Problem::not_found(name))?;
    let status = if call.endpoint.method == "POST" { call.inner.settings.pos.create_status } else { 200 };
    Ok(Answer::json(status, rows::written(call, spec, row)?))
}

/// Tells of a row by the event and action the catalogue names for the operation.
pub(crate) fn emit(call: &mut Call<'_>, name: &str, id: Id) -> Result<(), Problem> {
    let spec = table(name)?;
    let row = shop(call)?.table_of(spec).get(id).cloned();
    rows::emit(call, spec, row.as_slice());
    Ok(())
}

/// Tells of a row by an event the operation does not have in the catalogue, e.g. a 入庫 made by a 出庫.
pub(crate) fn emit_as(call: &mut Call<'_>, event: &str, action: &str, ids: &[Id]) {
    call.emit(event, action, ids.iter().map(|id| json!(id.to_string())).collect());
}
