//! Columns of every kind of row, taken from the catalogue.

use super::{
    describe::{TableSpec, tables},
    packed::Columns,
};
use smaregi_catalogue::{Body, Catalogue, Endpoint, Field, Fields, Kind};
use std::sync::{Arc, LazyLock};

/// How rows of one table look and which values a new row starts with.
#[derive(Debug)]
pub(crate) struct TableLayout {
    pub(crate) columns: Arc<Columns>,
    /// What the catalogue says about each column; nothing about hidden ones.
    pub(crate) fields: Vec<Option<&'static Field>>,
    /// Columns that are objects or lists, which an answer shows on request only, and hidden ones.
    pub(crate) nested: Vec<String>,
    /// What a create may carry, with defaults.
    pub(crate) writable: Option<&'static Fields>,
}

#[derive(Debug)]
pub(crate) struct Layouts {
    tables: Vec<TableLayout>,
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
    /// Those of the built-in catalogue and tables; worked out on first use.
    pub(crate) fn bundled() -> Arc<Self> {
        static BUNDLED: LazyLock<Arc<Layouts>> = LazyLock::new(|| Arc::new(Layouts::new(Catalogue::bundled())));
        BUNDLED.clone()
    }

    fn new(catalogue: &'static Catalogue) -> Self {
        let schema = |name: &str| catalogue.schema(name).map(|schema| &schema.fields);
        let columns = |name: &str| Columns::new(schema(name).into_iter().flatten().map(|f| f.name.clone()));
        let line_nested = schema("TransactionDetail").into_iter().flatten().filter(|f| is_nested(f));
        Self {
            tables: tables().iter().map(|spec| TableLayout::of(catalogue, spec)).collect(),
            head: columns("TransactionHead"),
            line: columns("TransactionDetail"),
            line_nested: line_nested.map(|f| f.name.clone()).collect(),
            deposit: columns("DepositOther"),
            stock: columns("Stock"),
            change: columns("StockChange"),
        }
    }

    pub(crate) fn table(&self, spec: &TableSpec) -> &TableLayout {
        &self.tables[spec.place]
    }
}

impl TableLayout {
    /// The single GET shows more than the list (platform-pos.md G8), so its columns come first.
    fn of(catalogue: &'static Catalogue, spec: &'static TableSpec) -> Self {
        let find = |method: &str, path: &str| {
            let all = catalogue.endpoints().iter().filter(|endpoint| endpoint.product == spec.product);
            all.into_iter().find(|endpoint| endpoint.method == method && endpoint.path == path)
        };
        let shows = [
            ("GET", &spec.item),
            ("GET", &spec.path),
            ("POST", &spec.path),
            ("PUT", &spec.item),
            ("PATCH", &spec.item),
        ];
        let shown = shows.iter().filter_map(|(method, path)| row_fields(catalogue, find(method, path)?));
        let mut fields: Vec<&'static Field> = Vec::new();
        for field in shown.flatten().filter(|field| spec.member(&field.name).is_none()) {
            if fields.iter().all(|known| known.name != field.name) {
                fields.push(field);
            }
        }
        let on_request = |field: &&&'static Field| is_nested(field) && !spec.shown.contains(&field.name);
        let nested = fields.iter().filter(on_request).map(|field| field.name.clone());
        let writable = find("POST", &spec.path).or_else(|| find("PUT", &spec.item));
        Self {
            columns: Arc::new(Columns::new(fields.iter().map(|field| &field.name).chain(&spec.hidden).cloned())),
            nested: nested.chain(spec.hidden.iter().cloned()).collect(),
            fields: fields.iter().copied().map(Some).chain(spec.hidden.iter().map(|_| None)).collect(),
            writable: writable.and_then(|endpoint| match &endpoint.request.as_ref()?.body {
                Body::Object(members) => catalogue.fields(members),
                _ => None,
            }),
        }
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
