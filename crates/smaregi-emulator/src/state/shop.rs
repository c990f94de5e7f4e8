//! The data of one contract.

use super::{
    Layouts, SalesBook, StockBook, Table,
    describe::{OnDelete, TableSpec, spec as spec_named, tables},
    table::{CATEGORIES, Id, PRODUCTS, STORES},
};
use crate::spec::ContractSpec;
use serde_json::Value;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) id: Arc<str>,
    pub(crate) spec: ContractSpec,
    /// In the order of the descriptions.
    tables: Vec<Table>,
    pub(crate) stock: StockBook,
    pub(crate) sales: SalesBook,
}

impl Shop {
    pub(crate) fn new(spec: ContractSpec, layouts: &Layouts) -> Self {
        let table = |spec| Table::new(spec, layouts.table(spec).columns.clone());
        Self {
            id: spec.contract_id.as_str().into(),
            spec,
            tables: tables().iter().map(table).collect(),
            stock: StockBook::default(),
            sales: SalesBook::default(),
        }
    }

    /// `name` is one of `data/tables.json`.
    pub(crate) fn table(&self, name: &str) -> &Table {
        &self.tables[spec_named(name).map_or(usize::MAX, |spec| spec.place)]
    }

    pub(crate) fn table_of(&self, spec: &TableSpec) -> &Table {
        &self.tables[spec.place]
    }

    pub(crate) fn table_mut(&mut self, spec: &TableSpec) -> &mut Table {
        &mut self.tables[spec.place]
    }

    /// The number of the next row.
    pub(crate) fn next_id(&self, spec: &TableSpec) -> Id {
        let shared = spec.numbers_with.as_deref().map_or(0, |other| self.table(other).next_id());
        self.table_of(spec).next_id().max(shared)
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter()
    }

    /// Removes a row and what hangs on it: the next row may get the same number (platform-common.md §12) and must not inherit anything.
    pub(crate) fn remove(&mut self, spec: &'static TableSpec, id: Id) {
        let table = self.table_mut(spec);
        let Some(row) = table.remove(id) else { return };
        let key = table.key_of(&row);
        match spec.name.as_str() {
            PRODUCTS => self.stock.forget_product(id),
            STORES => self.stock.forget_store(id),
            _ => {}
        }
        let [key] = key.as_slice() else { return };
        for child in tables().children(spec) {
            let Some(column) = child.parent_column() else { continue };
            self.remove_all(child, self.ids_with(child, column, key));
        }
        for (other, reference) in tables().naming(spec) {
            let table = self.table_of(other);
            let naming = table.with_value(&reference.column, key);
            let naming = naming.filter(|(_, row)| reference.applies(|column| row.text(&table.columns, column)));
            let ids = || naming.map(|(id, _)| id).collect();
            match reference.on_delete {
                OnDelete::Delete => self.remove_all(other, ids()),
                OnDelete::Clear => self.clear(other, &reference.column, ids()),
                OnDelete::Keep | OnDelete::Refuse => {}
            }
        }
    }

    fn ids_with(&self, spec: &TableSpec, column: &str, value: &str) -> Vec<Id> {
        self.table_of(spec).with_value(column, value).map(|(id, _)| id).collect()
    }

    fn remove_all(&mut self, spec: &'static TableSpec, ids: Vec<Id>) {
        ids.into_iter().for_each(|id| self.remove(spec, id));
    }

    fn clear(&mut self, spec: &'static TableSpec, column: &str, ids: Vec<Id>) {
        let table = self.table_mut(spec);
        for id in ids {
            if let Some(row) = table.get(id).map(|row| row.with(&table.columns, &[(column, Value::Null)])) {
                table.put(id, row);
            }
        }
    }

    pub(crate) fn products(&self) -> &Table {
        self.table(PRODUCTS)
    }

    pub(crate) fn categories(&self) -> &Table {
        self.table(CATEGORIES)
    }

    pub(crate) fn has_store(&self, id: Id) -> bool {
        self.table(STORES).get(id).is_some()
    }
}
