//! Master data: one table per resource, all alike.

use super::packed::{Columns, Packed};
use crate::time::{self, Seconds};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub(crate) type Id = u64;

/// What distinguishes one resource from another. Paths are those of the catalogue.
#[derive(Debug)]
pub(crate) struct TableSpec {
    /// Member of a dataset, and name in the journal.
    pub(crate) name: &'static str,
    /// Path of the list.
    pub(crate) path: &'static str,
    pub(crate) id: &'static str,
    /// A code that two rows may not share.
    pub(crate) unique: Option<&'static str>,
    /// Number of the very first row (platform-common.md §12: products and categories count from 8000001).
    pub(crate) first_id: Id,
    /// Columns whose values are ids of another table, by that table's name. An unknown one in a body is a 400.
    pub(crate) references: &'static [(&'static str, &'static str)],
}

pub(crate) const STORES: &str = "stores";
pub(crate) const TERMINALS: &str = "terminals";
pub(crate) const CATEGORIES: &str = "categories";
pub(crate) const PRODUCTS: &str = "products";
pub(crate) const CUSTOMERS: &str = "customers";

pub(crate) const CUSTOMER_POINTS: &str = "customerPoints";

pub(crate) const TABLES: [TableSpec; 10] = [
    table(STORES, "/stores", "storeId", Some("storeCode"), 1, &[]),
    table(TERMINALS, "/terminals", "terminalId", Some("uuid"), 1, &[("storeId", STORES)]),
    table("categoryGroups", "/category_groups", "categoryGroupId", None, 1, &[]),
    table(
        CATEGORIES,
        "/categories",
        "categoryId",
        Some("categoryCode"),
        8_000_001,
        &[("parentCategoryId", CATEGORIES), ("categoryGroupId", "categoryGroups")],
    ),
    table(PRODUCTS, "/products", "productId", Some("productCode"), 8_000_001, &[("categoryId", CATEGORIES)]),
    table(CUSTOMERS, "/customers", "customerId", Some("customerCode"), 1, &[("storeId", STORES)]),
    table(CUSTOMER_POINTS, "/customers/point", "customerId", None, 1, &[]),
    table("paymentMethodGroups", "/payment_method_groups", "paymentMethodGroupId", Some("code"), 1, &[]),
    table(
        "paymentMethods",
        "/payment_methods",
        "paymentMethodId",
        Some("paymentMethodCode"),
        1,
        &[("paymentMethodGroupId", "paymentMethodGroups")],
    ),
    table("staffs", "/staffs", "staffId", Some("staffCode"), 1, &[]),
];

const fn table(
    name: &'static str,
    path: &'static str,
    id: &'static str,
    unique: Option<&'static str>,
    first_id: Id,
    references: &'static [(&'static str, &'static str)],
) -> TableSpec {
    TableSpec { name, path, id, unique, first_id, references }
}

/// The rows of one resource of one contract.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) spec: &'static TableSpec,
    pub(crate) columns: Arc<Columns>,
    rows: BTreeMap<Id, Packed>,
    by_code: BTreeMap<Box<str>, Id>,
    by_update: BTreeSet<(Seconds, Id)>,
}

impl Table {
    pub(crate) fn new(spec: &'static TableSpec, columns: Arc<Columns>) -> Self {
        Self { spec, columns, rows: BTreeMap::new(), by_code: BTreeMap::new(), by_update: BTreeSet::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Packed> {
        self.rows.get(&id)
    }

    pub(crate) fn rows(&self) -> &BTreeMap<Id, Packed> {
        &self.rows
    }

    pub(crate) fn by_update(&self) -> &BTreeSet<(Seconds, Id)> {
        &self.by_update
    }

    /// Whose code this is.
    pub(crate) fn owner_of(&self, code: &str) -> Option<Id> {
        self.by_code.get(code).copied()
    }

    /// The largest existing id + 1, as the real service numbers (platform-common.md §12).
    pub(crate) fn next_id(&self) -> Id {
        self.rows.last_key_value().map_or(self.spec.first_id, |(last, _)| last + 1)
    }

    pub(crate) fn put(&mut self, id: Id, row: Packed) {
        self.remove(id);
        if let Some(code) = self.code(&row) {
            self.by_code.insert(code, id);
        }
        self.by_update.insert((self.updated(&row), id));
        self.rows.insert(id, row);
    }

    pub(crate) fn remove(&mut self, id: Id) {
        let Some(row) = self.rows.remove(&id) else { return };
        if let Some(code) = self.code(&row).filter(|code| self.by_code.get(code) == Some(&id)) {
            self.by_code.remove(&code);
        }
        self.by_update.remove(&(self.updated(&row), id));
    }

    fn code(&self, row: &Packed) -> Option<Box<str>> {
        row.text(&self.columns, self.spec.unique?).map(Into::into)
    }

    fn updated(&self, row: &Packed) -> Seconds {
        row.text(&self.columns, "updDateTime").and_then(|text| time::parse(&text)).unwrap_or(0)
    }
}

pub(crate) fn spec(name: &str) -> Option<&'static TableSpec> {
    TABLES.iter().find(|spec| spec.name == name)
}
