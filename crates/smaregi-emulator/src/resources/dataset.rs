//! Loading a data set: rows with ids given, in the catalogue's field names, and the first stock.

use super::{
    maker::{Forced, RowMaker, text_of},
    stock::{Movement, move_stock},
};
use crate::{
    settings::Settings,
    spec::EmulatorError,
    state::{Entry, Id, StockDivision, TableSpec, World, tables},
    time::Seconds,
};
use serde_json::{Map, Value};
use smaregi_catalogue::Catalogue;
use std::collections::BTreeSet;

/// As large as a number that JSON readers everywhere keep exactly.
const LARGEST_ID: Id = 1_000_000_000_000_000;

/// How many rows wait in memory before they are written to the journal.
const ROWS_PER_LINE: usize = 500;

/// Adds the rows of `{"stores":[…],"products":[…],…,"stock":[{productId, storeId, stockAmount}]}` to a contract.
pub(crate) fn load(
    world: &mut World,
    catalogue: &'static Catalogue,
    settings: &Settings,
    contract: &str,
    dataset: &Value,
    now: Seconds,
) -> Result<(), EmulatorError> {
    let members = dataset.as_object().ok_or_else(|| EmulatorError::data("data set", "must be a JSON object"))?;
    if world.shop(contract).is_none() {
        return Err(EmulatorError::UnknownContract(contract.into()));
    }
    let known = |name: &str| name == "stock" || tables().get(name).is_some();
    if let Some(name) = members.keys().find(|name| !known(name)) {
        return Err(EmulatorError::data(name.as_str(), "unknown; allowed are the tables of the emulator and stock"));
    }
    // All of it is checked first: a data set is taken as a whole or not at all.
    check(world, contract, members)?;
    for spec in tables().iter() {
        let rows = list(members, &spec.name)?;
        load_rows(world, catalogue, settings, contract, spec, rows, now)?;
    }
    for (place, row) in list(members, "stock")?.iter().enumerate() {
        load_stock(world, contract, row, now)
            .map_err(|reason| EmulatorError::data(format!("stock[{place}]"), reason))?;
    }
    Ok(())
}

fn list<'d>(members: &'d Map<String, Value>, name: &str) -> Result<&'d [Value], EmulatorError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(rows)) => Ok(rows),
        Some(_) => Err(EmulatorError::data(name, "must be a list")),
    }
}

/// Everything that loading could refuse.
fn check(world: &World, contract: &str, members: &Map<String, Value>) -> Result<(), EmulatorError> {
    for spec in tables().iter() {
        for (place, row) in list(members, &spec.name)?.iter().enumerate() {
            check_row(world, spec, None, row)
                .map_err(|reason| EmulatorError::data(format!("{}[{place}]", spec.name), reason))?;
        }
    }
    let ids = |table: &str, key: &str| -> Result<BTreeSet<String>, EmulatorError> {
        Ok(list(members, table)?.iter().filter_map(|row| row.get(key).map(text_of)).collect())
    };
    let (products, stores) = (ids("products", "productId")?, ids("stores", "storeId")?);
    for (place, row) in list(members, "stock")?.iter().enumerate() {
        let known = |product: Id, store: Id| {
            let shop = world.shop(contract);
            let product_known = products.contains(&product.to_string())
                || shop.is_some_and(|shop| shop.products().get(product).is_some());
            product_known && (stores.contains(&store.to_string()) || shop.is_some_and(|shop| shop.has_store(store)))
        };
        stock_row(row)
            .and_then(|(product, store, _)| {
                known(product, store).then_some(()).ok_or(format!("product {product} or store {store} does not exist"))
            })
            .map_err(|reason| EmulatorError::data(format!("stock[{place}]"), reason))?;
    }
    Ok(())
}

/// `parent`: the key column that the row above gives.
fn check_row(world: &World, spec: &'static TableSpec, parent: Option<&str>, row: &Value) -> Result<(), String> {
    let row = row.as_object().ok_or("must be an object")?;
    let columns = &world.layouts.table(spec).columns;
    let known = |name: &str| columns.place(name).is_some() || spec.member(name).is_some();
    if let Some(name) = row.keys().find(|name| parent.is_none() && !known(name)) {
        return Err(format!("{name} is no field of this resource"));
    }
    let text = |column: &String| row.get(column).filter(|value| !value.is_null()).map(text_of);
    let assigned = spec.first.is_some() && parent.is_some();
    for column in spec.key.iter().filter(|column| parent != Some(column.as_str())) {
        let text = text(column);
        if text.is_none() && !assigned {
            return Err(format!("{column} is missing"));
        }
        let is_number = |text: String| text.parse::<Id>().is_ok_and(|id| id <= LARGEST_ID);
        if spec.is_plain() && !text.is_none_or(is_number) {
            return Err(format!("{column} must be a whole number"));
        }
    }
    for member in &spec.members {
        let (Some(child), Some(Value::Array(rows))) = (tables().get(&member.table), row.get(&member.name)) else {
            continue;
        };
        for row in rows {
            check_row(world, child, Some(&spec.key[0]), row).map_err(|reason| format!("{}: {reason}", member.name))?;
        }
    }
    Ok(())
}

/// Product, store and amount of a row of `stock`.
fn stock_row(row: &Value) -> Result<(Id, Id, i64), String> {
    let row = row.as_object().ok_or("must be an object")?;
    let id = |name: &str| number(row, name).and_then(|id| Id::try_from(id).ok()).ok_or(format!("{name} is missing"));
    let (product, store) = (id("productId")?, id("storeId")?);
    Ok((product, store, number(row, "stockAmount").ok_or("stockAmount must be a whole number")?))
}

fn load_rows(
    world: &mut World,
    catalogue: &'static Catalogue,
    settings: &Settings,
    contract: &str,
    spec: &'static TableSpec,
    rows: &[Value],
    now: Seconds,
) -> Result<(), EmulatorError> {
    for (place, row) in rows.iter().enumerate() {
        let bad = |reason: &str| EmulatorError::data(format!("{}[{place}]", spec.name), reason);
        let row = row.as_object().ok_or_else(|| bad("must be an object"))?;
        load_row(world, catalogue, settings, contract, (spec, &Vec::new()), row, now).map_err(|reason| bad(&reason))?;
        if place % ROWS_PER_LINE == 0 {
            world.save()?;
        }
    }
    Ok(())
}

/// One row with the rows of its members. `parent` names the row it belongs to.
fn load_row(
    world: &mut World,
    catalogue: &'static Catalogue,
    settings: &Settings,
    contract: &str,
    (spec, parent): (&'static TableSpec, &Forced),
    row: &Map<String, Value>,
    now: Seconds,
) -> Result<(), String> {
    let layouts = world.layouts.clone();
    let shop = world.shop(contract).ok_or("the contract does not exist")?;
    let table = shop.table_of(spec);
    let mut key = parent.clone();
    for column in spec.key.iter().filter(|column| parent.iter().all(|(name, _)| name != *column)) {
        let text = row.get(column).filter(|value| !value.is_null()).map(text_of);
        let assigned = (spec.first.is_some() && !parent.is_empty()).then(|| table.next_id().to_string());
        key.push((column.clone(), text.or(assigned).ok_or(format!("{column} is missing"))?));
    }
    let texts: Vec<&str> =
        spec.key.iter().filter_map(|column| Some(key.iter().find(|(name, _)| name == column)?.1.as_str())).collect();
    let number = texts.first().and_then(|text| text.parse::<Id>().ok()).filter(|id| *id <= LARGEST_ID);
    let id = match number {
        Some(id) if spec.is_plain() => id,
        None if spec.is_plain() => return Err(format!("{} must be a whole number", spec.key[0])),
        _ => table.find(&texts).unwrap_or_else(|| table.next_id()),
    };
    let own = texts.first().map(|text| (*text).to_owned()).unwrap_or_default();
    let made = RowMaker::new(catalogue, settings, spec, layouts.table(spec)).create(shop, &key, row, now);
    world.record(Entry::Row { contract: contract.into(), table: spec, id, row: made });
    load_members(world, catalogue, settings, contract, (spec, own), row, now)
}

/// The lists inside a row that are rows of other tables.
fn load_members(
    world: &mut World,
    catalogue: &'static Catalogue,
    settings: &Settings,
    contract: &str,
    (spec, key): (&'static TableSpec, String),
    row: &Map<String, Value>,
    now: Seconds,
) -> Result<(), String> {
    let parent: Forced = vec![(spec.key[0].clone(), key)];
    for member in &spec.members {
        let (Some(child), Some(Value::Array(rows))) = (tables().get(&member.table), row.get(&member.name)) else {
            continue;
        };
        for row in rows {
            let row = row.as_object().ok_or_else(|| format!("{} must list objects", member.name))?;
            load_row(world, catalogue, settings, contract, (child, &parent), row, now)
                .map_err(|reason| format!("{}: {reason}", member.name))?;
        }
    }
    Ok(())
}

fn load_stock(world: &mut World, contract: &str, row: &Value, now: Seconds) -> Result<(), String> {
    let (product, store, wanted) = stock_row(row)?;
    let shop = world.shop(contract).ok_or("the contract does not exist")?;
    if shop.products().get(product).is_none() || !shop.has_store(store) {
        return Err(format!("product {product} or store {store} does not exist"));
    }
    let amount = wanted - shop.stock.amount(product, store);
    let division = StockDivision::Correction;
    let movement = Movement { product, store, amount, division, effective_at: now, memo: None };
    move_stock(world, contract, movement, now);
    Ok(())
}

fn number(row: &Map<String, Value>, name: &str) -> Option<i64> {
    text_of(row.get(name)?).parse().ok().filter(|number: &i64| number.abs() <= 1_000_000_000_000_000)
}
