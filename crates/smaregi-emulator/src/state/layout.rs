//! Columns of every kind of row, taken from the catalogue.

use super::{
    packed::Columns,
    table::{TABLES, TableSpec},
};
use smaregi_catalogue::{Body, Catalogue, Endpoint, Field, Fields, Kind, Product};
use std::{collections::BTreeMap, sync::Arc};

/// How rows of one table look and which values a new row starts with.
#[derive(Debug)]
pub(crate) struct TableLayout {
    pub(crate) columns: Arc<Columns>,
    /// Columns that are objects or lists; an answer shows them on request only.
    pub(crate) nested: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Layouts {
    tables: BTreeMap<&'static str, TableLayout>,
    /// Transaction head.
    pub(crate) head: Columns,
    /// Transaction line.
    pub(crate) line: Columns,
    /// Line columns that are lists.
    pub(crate) line_nested: Vec<String>,
    /// Other payment method of a transaction.
    pub(crate) deposit: Columns,
    /// Stock level.
    pub(crate) stock: Columns,
    /// Stock movement.
    pub(crate) change: Columns,
}

impl Layouts {
    pub(crate) fn new(catalogue: &Catalogue) -> Self {
        let schema = |name: &str| catalogue.schema(name).map(|schema| &schema.fields);
        let columns = |name: &str| Columns::new(schema(name).into_iter().flatten().map(|f| f.name.clone()));
        let line_nested = schema("TransactionDetail").into_iter().flatten().filter(|f| is_nested(f));
        Self {
            tables: TABLES.iter().map(|spec| (spec.name, TableLayout::of(catalogue, spec))).collect(),
            head: columns("TransactionHead"),
            line: columns("TransactionDetail"),
            line_nested: line_nested.map(|f| f.name.clone()).collect(),
            deposit: columns("DepositOther"),
            stock: columns("Stock"),
            change: columns("StockChange"),
        }
    }

    pub(crate) fn table(&self, spec: &TableSpec) -> &TableLayout {
        &self.tables[spec.name]
    }
}

impl TableLayout {
    /// The single GET shows more than the list (platform-pos.md G8), so its columns are taken where there is one.
    fn of(catalogue: &Catalogue, spec: &TableSpec) -> Self {
        let one = catalogue.find(Product::Pos, "GET", &format!("{}/1", spec.path)).map(|found| found.endpoint);
        let many = catalogue.find(Product::Pos, "GET", spec.path).map(|found| found.endpoint);
        let fields: Vec<&Field> =
            [one, many].into_iter().flatten().find_map(|e| row_fields(catalogue, e)).into_iter().flatten().collect();
        let names = |wanted: fn(&Field) -> bool| {
            fields.iter().filter(|field| wanted(field)).map(|field| field.name.clone()).collect::<Vec<_>>()
        };
        Self { columns: Arc::new(Columns::new(names(|_| true))), nested: names(is_nested) }
    }
}

/// The fields of the rows an endpoint answers with.
pub(crate) fn row_fields<'a>(catalogue: &'a Catalogue, endpoint: &'a Endpoint) -> Option<&'a Fields> {
    match &endpoint.response.as_ref()?.body {
        Body::Object(members) | Body::List(members) => catalogue.fields(members),
        Body::Empty => None,
    }
}

pub(crate) fn is_nested(field: &Field) -> bool {
    matches!(field.kind, Kind::Object(_) | Kind::List(_))
}
