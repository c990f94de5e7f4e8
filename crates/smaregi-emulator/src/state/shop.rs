//! The data of one contract.

use super::{
    Layouts, SalesBook, StockBook, Table,
    table::{CATEGORIES, Id, PRODUCTS, STORES, TABLES},
};
use crate::spec::ContractSpec;
use std::{collections::BTreeMap, sync::Arc};

#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) id: Arc<str>,
    pub(crate) spec: ContractSpec,
    tables: BTreeMap<&'static str, Table>,
    pub(crate) stock: StockBook,
    pub(crate) sales: SalesBook,
}

impl Shop {
    pub(crate) fn new(spec: ContractSpec, layouts: &Layouts) -> Self {
        let table = |spec| Table::new(spec, layouts.table(spec).columns.clone());
        Self {
            id: spec.contract_id.as_str().into(),
            spec,
            tables: TABLES.iter().map(|spec| (spec.name, table(spec))).collect(),
            stock: StockBook::default(),
            sales: SalesBook::default(),
        }
    }

    /// `name` is one of the constants of the table list.
    pub(crate) fn table(&self, name: &str) -> &Table {
        &self.tables[name]
    }

    pub(crate) fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.get_mut(name)
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
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
