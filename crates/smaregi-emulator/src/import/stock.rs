//! Stock levels: product and store by number or code, and the pieces there are.

use super::{Checked, CsvError, CsvProblem, CsvTable, Imported, headings, sheet, told};
use crate::{
    emulator::Inner,
    state::{Entry, Id, MOST, STORES, Shop, StockChange, StockDivision, Table, World},
};
use std::{collections::BTreeMap, sync::Arc};

const FIELDS: [&str; 6] = ["productId", "productCode", "storeId", "storeCode", "stockAmount", "layawayStockAmount"];

pub(super) fn check(inner: &Inner, world: &World, contract: &Arc<str>, bytes: &[u8]) -> Result<Checked, CsvError> {
    let sheet = sheet::read(bytes)?;
    let shop = world.shop(contract).ok_or_else(|| CsvError::whole("the contract does not exist"))?;
    let fields = headings::fields(CsvTable::Stock, &sheet.headings, |field| FIELDS.contains(&field));
    let fields = fields.map_err(CsvError::of)?;
    let (mut changes, mut problems, mut seen) = (Vec::new(), Vec::new(), BTreeMap::new());
    let (mut created, mut changed, mut id) = (0, 0, shop.stock.next_change_id());
    for line in &sheet.lines {
        let cell = |name: &str| {
            let cells = line.cells.iter();
            let named =
                cells.filter(|(place, _)| fields.get(*place).is_some_and(|field| field.as_deref() == Some(name)));
            named.map(|(_, text)| text.trim()).next()
        };
        let outcome =
            level(shop, cell).and_then(|(product, store, amount)| match seen.insert((product, store), line.number) {
                Some(earlier) => {
                    Err(("productId", format!("the same product and store stand in line {earlier} already")))
                }
                None => Ok((product, store, amount)),
            });
        match outcome {
            Ok((product, store, stock_amount)) => {
                let known = shop.stock.level(product, store);
                let before = known.map(|level| level.amount);
                let layaway_stock_amount = known.map_or(0, |level| level.layaway);
                if before.is_none() {
                    created += 1
                } else {
                    changed += 1
                }
                let (amount, now) = (stock_amount - before.unwrap_or(0), inner.now());
                // A level that is as it should be has no history to make.
                if before != Some(stock_amount) {
                    let division = StockDivision::Correction;
                    let (product_id, store_id, memo) = (product, store, None);
                    changes.push(StockChange {
                        id,
                        product_id,
                        store_id,
                        amount,
                        stock_amount,
                        layaway_stock_amount,
                        division,
                        at: now,
                        effective_at: now,
                        memo,
                        slip: None,
                    });
                    id += 1;
                }
            }
            Err((field, reason)) => problems.push(CsvProblem { line: line.number, field: field.to_owned(), reason }),
        }
    }
    if !problems.is_empty() {
        return Err(CsvError::of(problems));
    }
    let ids = changes.iter().map(told).collect();
    let entries = changes.into_iter().map(|change| Entry::Stock { contract: contract.clone(), change }).collect();
    Ok(Checked { entries, ids, imported: Imported { table: CsvTable::Stock, created, changed } })
}

type Wrong = (&'static str, String);

/// Product, store and pieces of a line.
fn level<'l>(shop: &Shop, cell: impl Fn(&str) -> Option<&'l str>) -> Result<(Id, Id, i64), Wrong> {
    let product = named(shop.products(), ("productId", cell("productId")), ("productCode", cell("productCode")))?;
    let store = named(shop.table(STORES), ("storeId", cell("storeId")), ("storeCode", cell("storeCode")))?;
    let text = cell("stockAmount").ok_or(("stockAmount", "is required".to_owned()))?;
    let amount = text.parse::<i64>().ok().filter(|amount| amount.abs() <= MOST);
    let amount = amount.ok_or_else(|| ("stockAmount", format!("got {text}, wanted a whole number within ±{MOST}")))?;
    Ok((product, store, amount))
}

/// The row named by its number, or by its code where there is no number.
fn named(
    table: &Table,
    (id_field, id): (&'static str, Option<&str>),
    (code_field, code): (&'static str, Option<&str>),
) -> Result<Id, Wrong> {
    match (id, code) {
        (Some(text), _) => {
            let found = text.parse::<Id>().ok().filter(|id| table.get(*id).is_some());
            found.ok_or_else(|| (id_field, format!("{text} does not exist")))
        }
        (None, Some(code)) => {
            table.owner_of(code_field, code).ok_or_else(|| (code_field, format!("{code} does not exist")))
        }
        (None, None) => Err((id_field, format!("is required, or {code_field}"))),
    }
}
