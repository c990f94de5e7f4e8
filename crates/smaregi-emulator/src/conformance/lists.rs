//! Lists: every filter finds the row it was taken from, every order and choice of fields is kept.

use super::{Check, Report, drive::Bench, shop::Example};
use crate::http::lists::{camel, snake};
use serde_json::Value;
use smaregi_catalogue::Endpoint;

/// Query parameters that do not narrow the list.
const STEERING: [&str; 4] = ["fields", "sort", "limit", "page"];

/// Narrows, sorts and cuts a list that has rows. `plain` is the valid call.
pub(super) fn check(bench: &Bench, endpoint: &Endpoint, plain: &Example, report: &mut Report) {
    let rows = rows(bench, endpoint, plain, &[]).unwrap_or_default();
    let Some(first) = rows.first() else { return };
    let mut note = |what: String, problem: Option<String>| {
        report.checks.push(Check { endpoint: super::name(endpoint), what, problem });
    };
    for param in &endpoint.query {
        let name = param.name.as_str();
        let stem = name.strip_suffix("-from").unwrap_or(name);
        let is_filter = !STEERING.contains(&name) && !name.starts_with("with_") && !name.ends_with("-to");
        let Some(value) = first.get(camel(stem)).and_then(Value::as_str).filter(|_| is_filter) else { continue };
        let to = format!("{stem}-to");
        let query = if stem == name { vec![(name, value)] } else { vec![(name, value), (to.as_str(), value)] };
        let found = rows_with(&rows, &camel(stem), value);
        let got = self::rows(bench, endpoint, plain, &query);
        note(format!("?{name}={value} finds its rows"), differs(got, &found));
    }
    if has(endpoint, "sort") {
        let keys = endpoint.query.iter().find_map(|param| param.sort_keys.clone());
        let scalar =
            |name: &&String| first.get(name.as_str()).is_some_and(|value| !value.is_array() && !value.is_object());
        let keys =
            keys.unwrap_or_else(|| first.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect());
        for key in keys.iter().filter(scalar) {
            let got = self::rows(bench, endpoint, plain, &[("sort", &format!("{key}:desc"))]);
            let problem = got.map_or_else(Some, |got| (got.len() != rows.len()).then(|| "rows are missing".into()));
            note(format!("?sort={key}:desc"), problem);
        }
    }
    if let (true, Some(name)) = (has(endpoint, "fields"), first.as_object().and_then(|row| row.keys().next())) {
        let got = self::rows(bench, endpoint, plain, &[("fields", name)]).unwrap_or_default();
        let only = got.first().and_then(Value::as_object).is_some_and(|row| row.len() == 1 && row.contains_key(name));
        note(format!("?fields={}", snake(name)), (!only).then(|| "other fields are shown".into()));
    }
    if has(endpoint, "page") {
        let second = self::rows(bench, endpoint, plain, &[("limit", "1"), ("page", "2")]);
        let expected: Vec<Value> = rows.get(1).cloned().into_iter().collect();
        note("?limit=1&page=2".into(), differs(second, &expected));
    }
}

fn has(endpoint: &Endpoint, name: &str) -> bool {
    endpoint.query.iter().any(|param| param.name == name)
}

fn rows_with(rows: &[Value], column: &str, value: &str) -> Vec<Value> {
    rows.iter().filter(|row| row[column] == value).cloned().collect()
}

fn differs(got: Result<Vec<Value>, String>, expected: &[Value]) -> Option<String> {
    match got {
        Ok(got) if got == expected => None,
        Ok(got) => Some(format!("expected {} rows, got {}: {}", expected.len(), got.len(), Value::from(got))),
        Err(problem) => Some(problem),
    }
}

/// The rows of the list with further parameters.
fn rows(bench: &Bench, endpoint: &Endpoint, plain: &Example, more: &[(&str, &str)]) -> Result<Vec<Value>, String> {
    let mut example = plain.clone();
    // Of parameters that exclude each other only the wanted one stays.
    let choice = &endpoint.exactly_one_of;
    let start = |name: &str| name.strip_suffix("-to").map_or_else(|| name.to_owned(), |stem| format!("{stem}-from"));
    let chosen = more.iter().any(|(name, _)| choice.contains(&start(name)));
    example.query.retain(|(name, _)| !(chosen && choice.contains(&start(name))));
    example.query.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
    example.query.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let answer = bench.call(endpoint.product, &example);
    let rows = answer.body.as_array().filter(|_| answer.status == 200);
    rows.cloned().ok_or_else(|| format!("{} {}", answer.status, answer.body))
}
