//! Loading a data set: rows with ids given, in the catalogue's field names, and the first stock.

use super::{
    maker::{RowMaker, text_of},
    stock::{Movement, move_stock},
};
use crate::{
    settings::Settings,
    spec::EmulatorError,
    state::{Entry, Id, StockDivision, TABLES, TableSpec, World},
    time::Seconds,
};
use serde_json::{Map, Value};
use smaregi_catalogue::Catalogue;

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
    let known = |name: &str| name == "stock" || TABLES.iter().any(|spec| spec.name == name);
    if let Some(name) = members.keys().find(|name| !known(name)) {
        return Err(EmulatorError::data(name.as_str(), "unknown; allowed are the tables of the emulator and stock"));
    }
    for spec in &TABLES {
        let rows = list(members, spec.name)?;
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

fn load_rows(
    world: &mut World,
    catalogue: &'static Catalogue,
    settings: &Settings,
    contract: &str,
    spec: &'static TableSpec,
    rows: &[Value],
    now: Seconds,
) -> Result<(), EmulatorError> {
    let layouts = world.layouts.clone();
    let Some(maker) = RowMaker::new(catalogue, settings, spec, layouts.table(spec)) else { return Ok(()) };
    for (place, row) in rows.iter().enumerate() {
        let bad = |reason: &str| EmulatorError::data(format!("{}[{place}]", spec.name), reason);
        let row = row.as_object().ok_or_else(|| bad("must be an object"))?;
        let id = number(row, spec.id).and_then(|id| Id::try_from(id).ok());
        let id = id.ok_or_else(|| bad(&format!("{} must be a whole number", spec.id)))?;
        if let Some(name) = row.keys().find(|name| layouts.table(spec).columns.place(name).is_none()) {
            return Err(bad(&format!("{name} is no field of this resource")));
        }
        let row = maker.create(id, row, now);
        world.record(Entry::Row { contract: contract.into(), table: spec, id, row });
        if place % ROWS_PER_LINE == 0 {
            world.save()?;
        }
    }
    Ok(())
}

fn load_stock(world: &mut World, contract: &str, row: &Value, now: Seconds) -> Result<(), String> {
    let row = row.as_object().ok_or("must be an object")?;
    let id = |name: &str| number(row, name).and_then(|id| Id::try_from(id).ok()).ok_or(format!("{name} is missing"));
    let (product, store) = (id("productId")?, id("storeId")?);
    let wanted = number(row, "stockAmount").ok_or("stockAmount must be a whole number")?;
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
