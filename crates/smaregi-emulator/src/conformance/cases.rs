//! The calls of one endpoint.

use super::{
    Check, Report,
    drive::{Answer, Bench},
    lists,
    sample::{self, Sampler, Way},
    shop::{self, Example, seed},
};
use crate::{
    resources::{Deed, Operation, operation},
    state::tables,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use smaregi_catalogue::{Catalogue, Endpoint, Field, Format, Kind, Plan};
use std::collections::BTreeMap;

/// A key that no row has.
const NOBODY: &str = "987654321";
/// Path parameters that name no row.
const NOT_A_ROW: [&str; 3] = ["year", "month", "base_date"];

struct Subject<'r> {
    catalogue: &'static Catalogue,
    endpoint: &'static Endpoint,
    bench: Bench,
    example: Example,
    report: &'r mut Report,
}

/// Makes all calls of an endpoint.
pub(super) fn check(catalogue: &'static Catalogue, endpoint: &'static Endpoint, report: &mut Report) {
    let name = super::name(endpoint);
    let bench = match Bench::new(catalogue) {
        Ok(bench) => bench,
        Err(problem) => {
            return report.checks.push(Check { endpoint: name, what: "a shop".into(), problem: Some(problem) });
        }
    };
    let example = shop::example(catalogue, endpoint);
    let mut subject = Subject { catalogue, endpoint, bench, example, report };
    subject.prepare();
    subject.gates();
    if subject.probe() {
        subject.paths();
        subject.bodies();
        subject.references();
        subject.queries();
        subject.valid();
    } else {
        report.missing.push(name);
    }
}

impl Subject<'_> {
    fn note(&mut self, what: impl Into<String>, problem: Option<String>) {
        self.report.checks.push(Check { endpoint: super::name(self.endpoint), what: what.into(), problem });
    }

    /// Calls that have to come first.
    fn prepare(&mut self) {
        for step in &seed().special(self.endpoint).before {
            let example = Example {
                method: step.method.clone(),
                path: step.path.clone(),
                query: Vec::new(),
                body: Some(step.body.clone()).filter(|body| !body.is_null()),
            };
            let answer = self.bench.call(self.endpoint.product, &example);
            if answer.status >= 300 {
                self.note(format!("before it: {} {}", step.method, step.path), Some(shown(&answer)));
            }
        }
    }

    fn gates(&mut self) {
        let (product, example) = (self.endpoint.product, self.example.clone());
        if let Some(scope) = &self.endpoint.scope {
            let answer = self.bench.call_without_scope(self.catalogue, scope, product, &example);
            self.note("without the scope", refused(&answer, 403, ""));
        }
        if !self.endpoint.allowed_on(Plan::Standard) {
            let answer = self.bench.call_on_cheap_plan(self.catalogue, product, &example);
            self.note("on a plan that excludes it", refused(&answer, 403, ""));
        }
    }

    /// Whether the endpoint is there at all. Asked with an unknown parameter or id where that is possible, so that nothing is changed yet.
    fn probe(&mut self) -> bool {
        let probe = match Bench::new(self.catalogue) {
            Ok(bench) => std::mem::replace(&mut self.bench, bench),
            Err(_) => return false,
        };
        let answer = probe.call(self.endpoint.product, &self.example);
        self.prepare();
        answer.status != 501
    }

    fn try_call(&mut self, what: String, example: &Example, status: u16, names: &str) {
        let answer = self.bench.call(self.endpoint.product, example);
        self.note(what, refused(&answer, status, names));
    }

    /// An unknown id in the path is a 404.
    fn paths(&mut self) {
        let operation = operation(self.endpoint);
        let free = operation.filter(|o| matches!(o.deed, Deed::Put) && o.spec.range.is_none());
        let own: Vec<String> = free.map(|o| o.spec.key.clone()).unwrap_or_default();
        let segments: Vec<&str> = self.endpoint.path.split('/').collect();
        for name in self.endpoint.path_params.iter().filter(|name| !NOT_A_ROW.contains(&name.as_str())) {
            let names_parent = tables()
                .of_param(self.endpoint.product, name)
                .is_some_and(|table| operation.is_none_or(|operation| operation.spec.place != table.place));
            if free.is_some_and(|o| own.contains(&o.spec.column(name))) && !names_parent {
                continue;
            }
            let unknown = if name.ends_with("_date") { "2031-01-01" } else { NOBODY };
            let place = segments.iter().position(|segment| *segment == format!("{{{name}}}"));
            let mut path: Vec<&str> = self.example.path.split('/').collect();
            if let Some(slot) = place.and_then(|place| path.get_mut(place)) {
                *slot = unknown;
            }
            let example = Example { path: path.join("/"), ..self.example.clone() };
            self.try_call(format!("unknown {{{name}}}"), &example, 404, "");
        }
    }

    /// Missing, too long, too large and unknown values are a 400 that names the field.
    fn bodies(&mut self) {
        let Some(body) = self.example.body.clone() else { return };
        let known = seed().known(self.endpoint.product);
        let sampler = Sampler { catalogue: self.catalogue, known: &known, create: self.endpoint.method == "POST" };
        for way in sample::ways(self.catalogue, self.endpoint) {
            let Some(field) = way.last().copied() else { continue };
            let mut wrong: Vec<(&str, Option<Value>)> = Vec::new();
            if sampler.is_required(field) {
                wrong.push(("without", None));
            }
            wrong.extend(too_long(field).map(|value| ("too long", Some(value))));
            wrong.extend(not_a_choice(field).map(|value| ("not a choice", Some(value))));
            wrong.extend(too_large(field).map(|value| ("too large", Some(value))));
            for (what, value) in wrong {
                let example =
                    Example { body: Some(sample::with(&sampler, &body, &way, value)), ..self.example.clone() };
                self.try_call(format!("{what} [{}]", dotted(&way)), &example, 400, &field.name);
            }
        }
    }

    /// An unknown id in the body is a 400 that names the field.
    fn references(&mut self) {
        let Some(body) = self.example.body.clone() else { return };
        let known = seed().known(self.endpoint.product);
        let sampler = Sampler { catalogue: self.catalogue, known: &known, create: self.endpoint.method == "POST" };
        for (way, when) in self.named_rows() {
            let Some(field) = way.last().copied() else { continue };
            let mut body = sample::with(&sampler, &body, &way, Some(json!(NOBODY)));
            if let Some(members) = body.as_object_mut() {
                members.extend(when.iter().map(|(column, value)| (column.clone(), json!(value))));
            }
            let example = Example { body: Some(body), ..self.example.clone() };
            let names = if seed().special(self.endpoint).nameless { "" } else { field.name.as_str() };
            self.try_call(format!("unknown [{}] in the body", dotted(&way)), &example, 400, names);
        }
    }

    /// Members of the body that name rows, and the values of other members for which they do.
    fn named_rows(&self) -> Vec<(Way<'static>, BTreeMap<String, String>)> {
        let ways = sample::ways(self.catalogue, self.endpoint);
        // What is wrong with a row of a job is told later, to its callback address.
        if self.endpoint.is_async {
            return Vec::new();
        }
        let Some(Operation { spec, .. }) = operation(self.endpoint) else { return self.named_by_habit(ways) };
        let in_path = |column: &str| self.endpoint.path_params.iter().any(|name| spec.column(name) == column);
        let naming = |way: &Way<'static>| {
            let (last, above) = way.split_last()?;
            let table = match above {
                [] => spec,
                [member] => tables().get(&spec.member(&member.name)?.table)?,
                _ => return None,
            };
            let reference = table.references.iter().find(|reference| reference.column == last.name)?;
            (!above.is_empty() || !in_path(&last.name)).then(|| reference.when.clone())
        };
        ways.into_iter().filter_map(|way| naming(&way).map(|when| (way, when))).collect()
    }

    /// Operations in code: a member called like the key of a table names a row of it, if nothing else is said of it.
    fn named_by_habit(&self, ways: Vec<Way<'static>>) -> Vec<(Way<'static>, BTreeMap<String, String>)> {
        let product = self.endpoint.product;
        let is_key = |name: &str| {
            tables()
                .iter()
                .any(|spec| spec.product == product && spec.is_plain() && spec.parent.is_none() && spec.key[0] == name)
        };
        let free = &seed().special(self.endpoint).free;
        let naming = ways.into_iter().filter(|way| {
            way.last().is_some_and(|field| is_key(&field.name)) && !free.iter().any(|name| *name == dotted(way))
        });
        naming.map(|way| (way, BTreeMap::new())).collect()
    }

    /// Parameters the operation does not have, or values it does not allow, are a 400 that names them.
    fn queries(&mut self) {
        if self.endpoint.method != "GET" {
            return;
        }
        let mut wrong = vec![("no_such_parameter".to_owned(), "1".to_owned())];
        for param in &self.endpoint.query {
            let not = (!param.choices.is_empty()).then(|| "~".to_owned());
            let above = param.max.map(|max| (max + Decimal::ONE).normalize().to_string());
            let below = param.min.map(|min| (min - Decimal::ONE).normalize().to_string());
            wrong.extend([not, above, below].into_iter().flatten().map(|value| (param.name.clone(), value)));
        }
        for (name, value) in wrong {
            let mut example = self.example.clone();
            example.query.retain(|(other, _)| *other != name);
            example.query.push((name.clone(), value.clone()));
            self.try_call(format!("?{name}={value}"), &example, 400, &name);
        }
        for name in self.endpoint.query.iter().filter(|param| param.required).map(|param| param.name.clone()) {
            let mut example = self.example.clone();
            example.query.retain(|(other, _)| *other != name);
            self.try_call(format!("without ?{name}"), &example, 400, &name);
        }
    }

    /// The valid call, at the end: it may change the shop.
    fn valid(&mut self) {
        let answer = self.bench.call(self.endpoint.product, &self.example);
        if answer.status != self.endpoint.success_status {
            return self.note("a valid call", Some(shown(&answer)));
        }
        let problems = self.endpoint.check_response(self.catalogue, &answer.body);
        let first = problems.first().map(ToString::to_string);
        let absent = self.endpoint.absent_fields(self.catalogue, &answer.body);
        let absent = (!absent.is_empty()).then(|| format!("missing in the answer: {}", absent.join(", ")));
        self.note("a valid call", first.or(absent));
        let lists = matches!(operation(self.endpoint).map(|o| o.deed), Some(Deed::List | Deed::View(_)));
        if lists {
            let empty = answer.body == json!([]);
            self.note("the list shows the shop's rows", empty.then(|| "the list is empty".into()));
            lists::check(&self.bench, self.endpoint, &self.example, self.report);
        }
    }
}

fn refused(answer: &Answer, status: u16, names: &str) -> Option<String> {
    let named = names.is_empty() || answer.detail().starts_with(&format!("[{names}]"));
    let is_problem = answer.body["type"].is_string() && answer.body["status"] == answer.status;
    let fine = answer.status == status && named && is_problem;
    (!fine).then(|| format!("expected {status} [{names}], got {}", shown(answer)))
}

fn shown(answer: &Answer) -> String {
    let body: String = answer.body.to_string().chars().take(300).collect();
    format!("{} {body}", answer.status)
}

fn dotted(way: &Way<'_>) -> String {
    way.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(".")
}

fn too_long(field: &Field) -> Option<Value> {
    let most = field.max_length.filter(|_| matches!(field.kind, Kind::Text))?;
    let digits = matches!(field.format, Some(Format::Int | Format::Decimal));
    Some(json!((if digits { "9" } else { "a" }).repeat(most + 1)))
}

fn not_a_choice(field: &Field) -> Option<Value> {
    match field.kind {
        _ if field.choices.is_empty() => None,
        Kind::Text | Kind::TextOrInteger => Some(json!("~")),
        Kind::Integer => Some(json!(987_654)),
        _ => None,
    }
}

fn too_large(field: &Field) -> Option<Value> {
    let max = field.max? + Decimal::ONE;
    match field.kind {
        Kind::Text | Kind::TextOrInteger => Some(json!(max.normalize().to_string())),
        Kind::Integer => max.to_string().parse::<i64>().ok().map(|number| json!(number)),
        _ => None,
    }
}
