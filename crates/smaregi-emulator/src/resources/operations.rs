//! Which operation of the catalogue is which deed on which table. Worked out once from paths and methods.

use crate::{
    http::api::Call,
    problem::Problem,
    state::{Details, Id, TableSpec, View, Writes, tables},
    time,
};
use smaregi_catalogue::{Catalogue, Endpoint, Format, Product};
use std::{collections::BTreeMap, sync::LazyLock};

/// What an endpoint does to a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) spec: &'static TableSpec,
    pub(crate) deed: Deed,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    List,
    /// The same rows under another path.
    View(&'static View),
    /// What lies in a column of one row.
    Details(&'static Details),
    Get,
    Create,
    Change,
    /// Creates or replaces the row named in the path.
    Put,
    /// Replaces all rows under the parent in the path.
    PutAll,
    Delete,
    Bulk,
}

type Operations = BTreeMap<(Product, &'static str, &'static str), Operation>;

static OPERATIONS: LazyLock<Operations> = LazyLock::new(|| {
    let endpoints = Catalogue::bundled().endpoints().iter();
    let operation = |endpoint: &'static Endpoint| Some((name(endpoint), describe(endpoint)?));
    endpoints.filter_map(operation).collect()
});

fn name(endpoint: &Endpoint) -> (Product, &str, &str) {
    (endpoint.product, &endpoint.method, &endpoint.path)
}

/// `None`: the endpoint is not described by a table.
pub(crate) fn of(endpoint: &Endpoint) -> Option<Operation> {
    OPERATIONS.get(&name(endpoint)).copied()
}

fn describe(endpoint: &Endpoint) -> Option<Operation> {
    tables().iter().filter(|spec| spec.product == endpoint.product).find_map(|spec| {
        let deed = deed(spec, &endpoint.method, &endpoint.path)?;
        let read = matches!(deed, Deed::List | Deed::View(_) | Deed::Details(_) | Deed::Get);
        (read || spec.writes == Writes::Data).then_some(Operation { spec, deed })
    })
}

fn deed(spec: &'static TableSpec, method: &str, path: &str) -> Option<Deed> {
    if method == "GET" {
        let view = spec.views.iter().find(|view| view.path == path).map(Deed::View);
        let details = spec.details.iter().find(|details| details.path == path).map(Deed::Details);
        if let Some(deed) = view.or(details) {
            return Some(deed);
        }
    }
    if spec.bulk.as_ref().is_some_and(|bulk| bulk.path == path) {
        return Some(Deed::Bulk);
    }
    match method {
        "GET" if path == spec.path => Some(Deed::List),
        "POST" if path == spec.path => Some(Deed::Create),
        "PUT" if path == spec.path => Some(Deed::PutAll),
        "GET" if path == spec.item => Some(Deed::Get),
        "PATCH" if path == spec.item => Some(Deed::Change),
        "PUT" if path == spec.item => Some(Deed::Put),
        "DELETE" if path == spec.item => Some(Deed::Delete),
        _ => None,
    }
}

/// An id in the path that does not exist is a 404 (platform-common.md §9.1).
pub(crate) fn check_path(call: &Call<'_>) -> Result<(), Problem> {
    let Some(shop) = call.world.shop(&call.contract) else { return Err(Problem::access_denied()) };
    let operation = of(call.endpoint);
    let puts = operation.filter(|operation| matches!(operation.deed, Deed::Put)).map(|operation| operation.spec.place);
    for (name, value) in &call.params {
        let exists = match named(call, operation, name) {
            Some(spec) if Some(spec.place) == puts => true,
            Some(_) if operation.is_some_and(|operation| means_something_else(operation.spec, name, value)) => true,
            Some(spec) => shop.table_of(spec).find(&[value]).is_some(),
            None if *name == "transaction_id" => value.parse().is_ok_and(|id| shop.sales.get(id).is_some()),
            None if *name == "layaway_id" => {
                let sale = value.parse().ok().and_then(|id| shop.sales.get(id));
                sale.is_some_and(|sale| super::sales::layaways::is_layaway(&call.world.layouts, sale))
            }
            None => true,
        };
        if !exists {
            return Err(Problem::not_found(name));
        }
    }
    match operation {
        Some(Operation { spec, deed: Deed::Get | Deed::Change | Deed::Delete | Deed::Details(_) }) => {
            check_dates(call, spec)?;
            row(call, spec).map(|_| ())
        }
        Some(Operation { spec, deed: Deed::Put }) => check_range(call, spec),
        _ => Ok(()),
    }
}

/// The table whose row a path parameter names. `{item_id}` of a coupon's item is not the item of a store class.
fn named(call: &Call<'_>, operation: Option<Operation>, param: &str) -> Option<&'static TableSpec> {
    let table = tables().of_param(call.endpoint.product, param)?;
    let Some(spec) = operation.map(|operation| operation.spec).filter(|spec| spec.place != table.place) else {
        return Some(table);
    };
    let column = spec.column(param);
    let is_other = call.world.layouts.table(spec).columns.place(&column).is_some()
        && spec.parent.as_ref() != Some(&table.name)
        && spec.references.iter().all(|reference| reference.column != column || reference.table != table.name);
    (!is_other).then_some(table)
}

/// A value that names no row on purpose, such as `-1` for all stores in the path of a price.
fn means_something_else(spec: &TableSpec, param: &str, value: &str) -> bool {
    let column = spec.column(param);
    let of_column = spec.references.iter().filter(|reference| reference.column == column);
    of_column.into_iter().any(|reference| reference.except.iter().any(|except| except == value))
}

/// The row the path names.
pub(crate) fn row(call: &Call<'_>, spec: &'static TableSpec) -> Result<Id, Problem> {
    let table = call.world.shop(&call.contract).ok_or_else(Problem::access_denied)?.table_of(spec);
    let columns = path_columns(call, spec);
    let value = |column: &String| columns.iter().find(|(name, _)| name == column).map_or("", |(_, value)| value);
    let key: Vec<&str> = spec.key.iter().map(value).collect();
    let found = table.find(&key).filter(|id| {
        let has = |column: &str, value: &str| {
            table.get(*id).and_then(|row| row.text(&table.columns, column)).is_none_or(|text| text == value)
        };
        columns.iter().all(|(column, value)| spec.key.contains(column) || has(column, value))
    });
    let last = call.params.last().map_or(spec.name.as_str(), |(name, _)| name);
    found.ok_or_else(|| Problem::not_found(last))
}

/// Columns whose values stand in the path.
pub(crate) fn path_columns(call: &Call<'_>, spec: &TableSpec) -> Vec<(String, String)> {
    call.params.iter().map(|(name, value)| (spec.column(name), value.clone())).collect()
}

/// A date in the path that is none is a 400 (platform-pos.json, DELETE /products/{product_id}/prices/…).
fn check_dates(call: &Call<'_>, spec: &TableSpec) -> Result<(), Problem> {
    let layout = call.world.layouts.table(spec);
    for (name, value) in &call.params {
        let place = layout.columns.place(&spec.column(name));
        let field = place.and_then(|place| layout.fields.get(place).copied().flatten());
        let is_date = field.is_some_and(|field| field.format == Some(Format::Date));
        if is_date && time::parse_date(value).is_none() {
            return Err(Problem::field(name, "YYYY-MM-DD形式の日付で指定してください。"));
        }
    }
    Ok(())
}

fn check_range(call: &Call<'_>, spec: &TableSpec) -> Result<(), Problem> {
    let Some((name, value)) = call.params.last() else { return Ok(()) };
    let outside = |(first, last): (Id, Id)| !value.parse().is_ok_and(|id: Id| (first..=last).contains(&id));
    match spec.range {
        Some(range) if outside(range) => Err(Problem::not_found(name)),
        _ => Ok(()),
    }
}
