//! Names and paths on the wire. Those that were never seen are data (`wire.names`, `wire.paths`), so that whoever knows the real ones can have them
//! (platform-orders.md §3.1, §13). Everything behind this module knows the catalogue's names only.

use super::registers_shipped;
use crate::{
    emulator::Inner,
    http::{
        Answer,
        api::Call,
        lists::{camel, snake},
    },
    problem::Problem,
    settings::{AllocationTrigger, OrderShipmentSettings},
};
use serde_json::{Map, Value};
use smaregi_catalogue::{Catalogue, Endpoint, Found, Product};
use std::{collections::BTreeMap, sync::LazyLock};

/// Stands for the route that allocates; no real operation is known (§7).
pub(crate) const ALLOCATION_PATH: &str = "/orders/{order_head_id}/allocation";

/// An operation on one order without a body worth reading, as the payment is.
static ALLOCATION: LazyLock<Option<Endpoint>> = LazyLock::new(|| {
    let payment = |endpoint: &&Endpoint| {
        endpoint.product == Product::OrderShipment && endpoint.id() == "PATCH /orders/{order_head_id}/payment"
    };
    let endpoint = Catalogue::bundled().endpoints().iter().find(payment)?.clone();
    Some(Endpoint { path: ALLOCATION_PATH.into(), method: "POST".into(), ..endpoint })
});

/// Where a setting leads. `Some(Err)`: the path is no longer that of the operation. `None`: the catalogue decides.
pub(crate) fn route(
    inner: &Inner,
    product: &str,
    method: &str,
    rest: &[&str],
) -> Option<Result<Found<'static>, Problem>> {
    let rules = &inner.settings.order_shipment;
    if Product::from_segment(product) != Some(Product::OrderShipment) {
        return None;
    }
    if let Some(allocation) = ALLOCATION.as_ref().filter(|_| rules.allocation.trigger == AllocationTrigger::Api)
        && let Some(params) = matches(&rules.allocation.route, method, rest, allocation)
    {
        return Some(Ok(Found { endpoint: allocation, params }));
    }
    let paths = &rules.wire.paths;
    if paths.is_empty() {
        return None;
    }
    let moved =
        |endpoint| Some(Found { endpoint, params: matches(paths.get(&endpoint.id())?, method, rest, endpoint)? });
    let endpoints = inner.catalogue.endpoints().iter();
    let mut endpoints = endpoints.filter(|endpoint| endpoint.product == Product::OrderShipment);
    if let Some(found) = endpoints.find_map(moved) {
        return Some(Ok(found));
    }
    let found = inner.catalogue.find(Product::OrderShipment, method, &format!("/{}", rest.join("/")))?;
    paths.contains_key(&found.endpoint.id()).then(|| Err(Problem::no_such_path()))
}

/// The parameters of a call, if it is one of `METHOD /path/{param}`.
fn matches(
    template: &str,
    method: &str,
    rest: &[&str],
    endpoint: &'static Endpoint,
) -> Option<Vec<(&'static str, String)>> {
    let (wanted, path) = template.split_once(' ')?;
    let pattern: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if wanted != method || pattern.len() != rest.len() {
        return None;
    }
    let mut params = Vec::new();
    for (pattern, segment) in pattern.iter().zip(rest) {
        match pattern.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => {
                let known = endpoint.path_params.iter().find(|param| *param == name)?;
                params.push((known.as_str(), (*segment).to_owned()));
            }
            None if pattern == segment => {}
            None => return None,
        }
    }
    Some(params)
}

/// The operation whose rules the body of a call has to follow.
pub(crate) fn body_rules<'c>(call: &Call<'c>) -> &'c Endpoint {
    let endpoint = call.endpoint;
    if endpoint.product != Product::OrderShipment || endpoint.path != "/orders/shipped" {
        return endpoint;
    }
    let registers = registers_shipped(call.inner.settings.order_shipment.orders.shipped_endpoint, &call.body);
    let registration = call.inner.catalogue.find(Product::OrderShipment, "POST", "/orders").filter(|_| registers);
    registration.map_or(endpoint, |found| found.endpoint)
}

/// Whether a call has other names on the wire.
fn renames<'c>(call: &Call<'c>) -> Option<&'c BTreeMap<String, String>> {
    let names = &call.inner.settings.order_shipment.wire.names;
    (call.endpoint.product == Product::OrderShipment && !names.is_empty()).then_some(names)
}

/// Body and query of a call in the catalogue's names.
pub(crate) fn read(call: &mut Call<'_>) -> Result<(), Problem> {
    let Some(names) = renames(call) else { return Ok(()) };
    let wire: BTreeMap<&str, &str> = names.iter().map(|(own, wire)| (wire.as_str(), own.as_str())).collect();
    call.body = read_value(std::mem::take(&mut call.body), names, &wire)?;
    for (name, value) in &mut call.query.0 {
        let (stem, bound) = ["-from", "-to"]
            .into_iter()
            .find_map(|bound| Some((name.strip_suffix(bound)?, bound)))
            .unwrap_or((name.as_str(), ""));
        if let Some(own) = wire.get(camel(stem).as_str()) {
            *name = format!("{}{bound}", snake(own));
        }
        if name == "sort" {
            let key = |part: &str| {
                let (key, order) = part.split_at(part.find(':').unwrap_or(part.len()));
                format!("{}{order}", wire.get(key).unwrap_or(&key))
            };
            *value = value.split(',').map(key).collect::<Vec<_>>().join(",");
        }
    }
    Ok(())
}

fn read_value(value: Value, names: &BTreeMap<String, String>, wire: &BTreeMap<&str, &str>) -> Result<Value, Problem> {
    Ok(match value {
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| read_value(item, names, wire)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => {
            let mut read = Map::new();
            for (name, value) in members {
                let own = wire.get(name.as_str()).map_or(name.as_str(), |own| own);
                if own == name && names.contains_key(&name) {
                    return Err(Problem::field(&name, "存在しない項目です。"));
                }
                read.insert(own.to_owned(), read_value(value, names, wire)?);
            }
            Value::Object(read)
        }
        other => other,
    })
}

/// The outcome of a call in the names of the wire.
pub(crate) fn write(
    product: Product,
    rules: &OrderShipmentSettings,
    outcome: Result<Answer, Problem>,
) -> Result<Answer, Problem> {
    let names = &rules.wire.names;
    if product != Product::OrderShipment || names.is_empty() {
        return outcome;
    }
    match outcome {
        Ok(mut answer) => {
            if let Ok(body) = serde_json::from_str::<Value>(&answer.body) {
                answer.body = write_value(body, names).to_string();
            }
            Ok(answer)
        }
        Err(mut problem) => {
            problem.detail = problem.detail.map(|detail| write_detail(&detail, names));
            Err(problem)
        }
    }
}

fn write_value(value: Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|item| write_value(item, names)).collect(),
        Value::Object(members) => {
            let member = |(name, value)| (names.get(&name).cloned().unwrap_or(name), write_value(value, names));
            Value::Object(members.into_iter().map(member).collect())
        }
        other => other,
    }
}

/// A refusal begins with the member, or the query parameter, in brackets.
fn write_detail(detail: &str, names: &BTreeMap<String, String>) -> String {
    let written = detail.strip_prefix('[').and_then(|rest| rest.split_once(']')).and_then(|(field, rest)| {
        let own = camel(field);
        let wire = names.get(&own)?;
        Some(format!("[{}]{rest}", if own == field { wire.clone() } else { snake(wire) }))
    });
    written.unwrap_or_else(|| detail.into())
}
