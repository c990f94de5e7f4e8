//! The life of a row: made, found in its list, read, deleted, and then gone.

use super::{
    Check, Report,
    drive::Bench,
    shop::{self, Example},
};
use crate::{
    resources::{Deed, operation},
    state::TableSpec,
};
use serde_json::Value;
use smaregi_catalogue::{Catalogue, Endpoint};

/// Follows a row that the operation makes. Only for operations that are described by a table.
pub(super) fn check(catalogue: &'static Catalogue, endpoint: &'static Endpoint, report: &mut Report) {
    let Some(made_by) = operation(endpoint).filter(|operation| matches!(operation.deed, Deed::Create)) else { return };
    let spec = made_by.spec;
    let Ok(bench) = Bench::new(catalogue) else { return };
    let mut note = |what: &str, problem: Option<String>| {
        report.checks.push(Check { endpoint: super::name(endpoint), what: what.into(), problem });
    };
    let example = shop::example(catalogue, endpoint);
    let made = bench.call(endpoint.product, &example).body;
    let of = |wanted: fn(&Deed) -> bool| {
        let all = catalogue.endpoints().iter();
        all.into_iter().find(|e| operation(e).is_some_and(|o| o.spec.place == spec.place && wanted(&o.deed)))
    };
    let list = of(|deed| matches!(deed, Deed::List));
    let listed = |path: &str| {
        let example = Example {
            method: "GET".into(),
            path: path.into(),
            query: vec![("limit".into(), "1000".into())],
            body: None,
        };
        let example = Example {
            query: list.filter(|e| e.query.is_empty()).map_or(example.query.clone(), |_| Vec::new()),
            ..example
        };
        let rows = bench.call(endpoint.product, &example).body;
        rows.as_array().is_some_and(|rows| rows.iter().any(|row| same_key(spec, row, &made)))
    };
    if list.is_some() {
        note("what was made is in the list", (!listed(&example.path)).then(|| made.to_string()));
    }
    let call = |endpoint: &Endpoint| {
        let path = path_of(endpoint, spec, &made, &example);
        bench.call(endpoint.product, &Example { method: endpoint.method.clone(), path, query: Vec::new(), body: None })
    };
    let get = of(|deed| matches!(deed, Deed::Get));
    if let Some(get) = get {
        let read = call(get).body;
        note("what was made can be read", (!same_key(spec, &read, &made)).then(|| read.to_string()));
    }
    if let Some(delete) = of(|deed| matches!(deed, Deed::Delete)) {
        let answer = call(delete);
        note("what was made can be deleted", (answer.status != 200).then(|| answer.body.to_string()));
        if list.is_some() {
            note("what was deleted is not in the list", listed(&example.path).then(|| "it is".into()));
        }
        let again = call(delete);
        note("what was deleted is not there", (again.status != 404).then(|| again.body.to_string()));
    }
}

fn same_key(spec: &TableSpec, a: &Value, b: &Value) -> bool {
    spec.key.iter().filter(|column| a.get(column.as_str()).is_some()).all(|column| {
        let text = |value: &Value| value.get(column).map(shop::text);
        text(a) == text(b)
    }) && a.is_object()
}

/// The path of the row that was made; what the row does not say stands in the path it was made under.
fn path_of(endpoint: &Endpoint, spec: &TableSpec, made: &Value, example: &Example) -> String {
    let parent = example.path.split('/').nth(2).unwrap_or_default();
    let segment = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => made.get(spec.column(name)).map_or_else(|| parent.to_owned(), shop::text),
        None => segment.to_owned(),
    };
    endpoint.path.split('/').map(segment).collect::<Vec<_>>().join("/")
}
