//! The shop the calls are made in, and the valid call of every endpoint.

use super::sample::{self, Sampler};
use crate::{
    resources::{Deed, operation},
    state::{TableSpec, spec, tables},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use smaregi_catalogue::{Catalogue, Endpoint, Product};
use std::{collections::BTreeMap, sync::LazyLock};

/// A valid call of an endpoint, in the shop of `data/conformance.json`.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub method: String,
    /// Below the product segment, parameters filled in.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
}

/// `data/conformance.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    /// Data set of the shop.
    pub(super) rows: BTreeMap<String, Vec<Map<String, Value>>>,
    /// Values for members of a body by name, beyond the keys of tables.
    values: BTreeMap<String, String>,
    /// What the generated call of an endpoint does not get right by itself.
    examples: BTreeMap<String, Special>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Special {
    /// Path parameters.
    pub(super) params: BTreeMap<String, String>,
    /// Members put into the body.
    pub(super) body: Map<String, Value>,
    /// Query parameters put into the query.
    pub(super) query: BTreeMap<String, String>,
    /// Members that look like the key of a row but may name one that does not exist.
    pub(super) free: Vec<String>,
    /// The refusal of an unknown row is a sentence without the member's name.
    pub(super) nameless: bool,
    /// Calls that have to come first.
    pub(super) before: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) method: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) body: Value,
}

static SEED: LazyLock<Seed> =
    LazyLock::new(|| match serde_json::from_str(include_str!("../../data/conformance.json")) {
        Ok(seed) => seed,
        // The file is part of the program and a test reads it, so this cannot happen in a tested build.
        Err(error) => panic!("the shop of the conformance calls cannot be read: {error}"),
    });

static NOTHING_SPECIAL: LazyLock<Special> = LazyLock::new(Special::default);

pub(super) fn seed() -> &'static Seed {
    &SEED
}

/// The valid call of every endpoint, in the order of the catalogue.
pub fn examples(catalogue: &'static Catalogue) -> Vec<(&'static Endpoint, Example)> {
    catalogue.endpoints().iter().map(|endpoint| (endpoint, example(catalogue, endpoint))).collect()
}

impl Seed {
    pub(super) fn special(&self, endpoint: &Endpoint) -> &Special {
        self.examples.get(&super::name(endpoint)).unwrap_or(&NOTHING_SPECIAL)
    }

    fn row(&self, spec: &TableSpec, last: bool) -> Option<&Map<String, Value>> {
        let rows = self.rows.get(&spec.name)?;
        if last { rows.last() } else { rows.first() }
    }

    /// Keys of rows by the name of their column, for members of bodies.
    pub(super) fn known(&self, product: Product) -> BTreeMap<String, String> {
        let plain = tables().iter().filter(|spec| spec.product == product && spec.is_plain() && spec.parent.is_none());
        let first =
            plain.filter_map(|spec| Some((spec.key[0].clone(), text(self.row(spec, false)?.get(&spec.key[0])?))));
        first.chain(self.values.clone()).collect()
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn example(catalogue: &'static Catalogue, endpoint: &'static Endpoint) -> Example {
    let (seed, special) = (seed(), seed().special(endpoint));
    let mut path = endpoint.path.clone();
    for name in &endpoint.path_params {
        let value = special.params.get(name).cloned().or_else(|| param(endpoint, name)).unwrap_or_else(|| "1".into());
        path = path.replace(&format!("{{{name}}}"), &value);
    }
    let known = seed.known(endpoint.product);
    let sampler = Sampler { catalogue, known: &known, create: endpoint.method == "POST" };
    let mut body = sampler.body(endpoint);
    if let Some(Value::Object(members)) = &mut body {
        refer(seed, endpoint, members);
        members.extend(special.body.clone());
    }
    Example { method: endpoint.method.clone(), path, query: query(endpoint, special), body }
}

/// The value of a path parameter: of the row the operation is about, or of a row of the table the parameter names.
fn param(endpoint: &Endpoint, name: &str) -> Option<String> {
    let operation = operation(endpoint);
    // What is deleted should be what nothing holds.
    let last = matches!(operation.map(|operation| operation.deed), Some(Deed::Delete));
    let own = operation.and_then(|operation| {
        let row = seed().row(operation.spec, last)?;
        row.get(&operation.spec.column(name)).map(text)
    });
    own.or_else(|| {
        let named = tables().of_param(endpoint.product, name)?;
        seed().row(named, false)?.get(&named.key[0]).map(text)
    })
}

/// Members that name rows of another table get the key of one that exists.
fn refer(seed: &Seed, endpoint: &Endpoint, body: &mut Map<String, Value>) {
    let Some(operation) = operation(endpoint) else { return };
    for reference in &operation.spec.references {
        let applies = reference.applies(|column| body.get(column).map(text));
        let key = spec(&reference.table).and_then(|spec| seed.row(spec, false)?.get(&spec.key[0]));
        let named = !seed.values.contains_key(&reference.column);
        if let (true, true, Some(key), Some(slot)) = (applies, named, key, body.get_mut(&reference.column)) {
            *slot = key.clone();
        }
    }
}

fn query(endpoint: &Endpoint, special: &Special) -> Vec<(String, String)> {
    let mut wanted: Vec<&str> = endpoint.query.iter().filter(|p| p.required).map(|p| p.name.as_str()).collect();
    let windows = [&endpoint.at_least_one_of, &endpoint.exactly_one_of].into_iter().filter_map(|names| names.first());
    wanted.extend(windows.map(String::as_str));
    let ends: Vec<String> =
        wanted.iter().filter_map(|name| Some(format!("{}-to", name.strip_suffix("-from")?))).collect();
    let params = endpoint.query.iter().filter(|p| wanted.contains(&p.name.as_str()) || ends.contains(&p.name));
    let known = seed().known(endpoint.product);
    let value = |name: &str| known.get(&crate::http::lists::camel(name)).cloned();
    let given = params.filter(|p| !special.query.contains_key(&p.name));
    let given = given.map(|p| (p.name.clone(), value(&p.name).unwrap_or_else(|| sample::of_param(p))));
    given.chain(special.query.clone()).collect()
}
