//! Looks for contradictions in the data as a whole: everything named exists, nothing exists twice.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::catalogue::Catalogue;
use crate::fault::{Fault, FaultKind};
use crate::field::{Fields, Kind, Members};
use crate::model::*;
use crate::route::{name_of, segments};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

pub(crate) fn audit(catalogue: &Catalogue) -> Vec<Fault> {
    let mut audit = Audit { catalogue, faults: catalogue.reading_faults.clone() };
    audit.names();
    audit.duplicate_endpoints();
    for schema in catalogue.schemas() {
        audit.fields(&schema.name, &schema.fields);
    }
    for webhook in catalogue.webhooks.iter().chain([&catalogue.user_notification]) {
        audit.fields(&webhook.event, &webhook.body);
        audit.unique(FaultKind::DuplicateValue, &webhook.event, webhook.actions.iter().map(String::as_str));
    }
    for endpoint in &catalogue.endpoints {
        audit.endpoint(endpoint);
    }
    audit.faults
}

struct Audit<'a> {
    catalogue: &'a Catalogue,
    faults: Vec<Fault>,
}

impl<'a> Audit<'a> {
    fn fault(&mut self, kind: FaultKind, place: &str, detail: impl Into<String>) {
        self.faults.push(Fault { kind, place: place.to_owned(), detail: detail.into() });
    }

    fn unique<'b>(&mut self, kind: FaultKind, place: &str, names: impl Iterator<Item = &'b str>) {
        let mut seen = BTreeSet::new();
        for name in names.filter(|name| !seen.insert(name.to_owned())) {
            self.fault(kind, place, name);
        }
    }

    fn names(&mut self) {
        let catalogue = self.catalogue;
        let scopes = || catalogue.scopes.iter().map(|scope| scope.name.as_str());
        let events = || catalogue.webhooks.iter().map(|webhook| webhook.event.as_str());
        self.unique(FaultKind::DuplicateName, "scopes", scopes());
        self.unique(FaultKind::DuplicateName, "webhooks", events());
        self.unique(FaultKind::DuplicateName, "headers", catalogue.webhook_headers.iter().map(|h| h.name.as_str()));
        for name in scopes().filter(|name| catalogue.is_refused_scope(name)) {
            self.fault(FaultKind::OfferedAndRefused, "scopes", name);
        }
        for name in events().filter(|name| catalogue.is_refused_webhook(name)) {
            self.fault(FaultKind::OfferedAndRefused, "webhooks", name);
        }
    }

    /// Two paths that differ only in the names of their parameters are the same path.
    fn duplicate_endpoints(&mut self) {
        let mut seen = BTreeSet::new();
        for endpoint in &self.catalogue.endpoints {
            let path: Vec<&str> = segments(&endpoint.path).map(|s| name_of(s).map_or(s, |_| "{}")).collect();
            if !seen.insert((endpoint.product, endpoint.method.as_str(), path)) {
                self.fault(FaultKind::DuplicateEndpoint, endpoint.product.segment(), endpoint.id());
            }
        }
    }

    fn endpoint(&mut self, endpoint: &'a Endpoint) {
        let place = endpoint.id();
        if !METHODS.contains(&endpoint.method.as_str()) {
            self.fault(FaultKind::Method, &place, &endpoint.method);
        }
        let braces: Vec<&str> = segments(&endpoint.path).filter_map(name_of).collect();
        if braces != endpoint.path_params {
            self.fault(FaultKind::PathParams, &place, endpoint.path_params.join(", "));
        }
        if let Some(scope) = endpoint.scope.as_ref().filter(|scope| !self.catalogue.is_scope(scope)) {
            self.fault(FaultKind::UnknownScope, &place, scope);
        }
        if let Some(reference) = &endpoint.webhook {
            self.webhook(&place, reference);
        }
        self.query(&place, endpoint);
        for (name, shape) in [("request", &endpoint.request), ("response", &endpoint.response)] {
            if let Some(Shape { body: Body::Object(members) | Body::List(members), .. }) = shape {
                self.members(&format!("{place} {name}"), members);
            }
        }
    }

    fn webhook(&mut self, place: &str, reference: &WebhookRef) {
        match self.catalogue.webhook(&reference.event) {
            None => self.fault(FaultKind::MissingWebhook, place, &reference.event),
            Some(webhook) if webhook.actions.contains(&reference.action) => {}
            Some(_) => self.fault(FaultKind::MissingAction, place, format!("{}:{}", reference.event, reference.action)),
        }
    }

    fn query(&mut self, place: &str, endpoint: &Endpoint) {
        let names: BTreeSet<&str> = endpoint.query.iter().map(|param| param.name.as_str()).collect();
        self.unique(FaultKind::DuplicateField, place, endpoint.query.iter().map(|param| param.name.as_str()));
        for name in endpoint.at_least_one_of.iter().chain(&endpoint.exactly_one_of) {
            if !names.contains(name.as_str()) {
                self.fault(FaultKind::MissingParameter, place, name);
            }
        }
        for param in &endpoint.query {
            let stem = |suffix: &str| param.name.strip_suffix(suffix);
            let other = stem("-from").map(|s| format!("{s}-to")).or_else(|| stem("-to").map(|s| format!("{s}-from")));
            if other.is_some_and(|other| !names.contains(other.as_str())) {
                self.fault(FaultKind::LoneBound, place, &param.name);
            }
            if param.caps_limit.is_some() && !names.contains("limit") {
                self.fault(FaultKind::MissingParameter, place, "limit");
            }
            let bounds = Bounds { min: param.min, max: param.max, choices: &param.choices };
            self.contradiction(&format!("{place} ?{}", param.name), &bounds, param.default.as_ref());
        }
    }

    fn members(&mut self, place: &str, members: &'a Members) {
        match members {
            Members::Unseen => {}
            Members::Fields(fields) => self.fields(place, fields),
            Members::Schema(name) if self.catalogue.schema(name).is_none() => {
                self.fault(FaultKind::MissingSchema, place, name);
            }
            Members::Schema(_) => {}
        }
    }

    fn fields(&mut self, place: &str, fields: &'a Fields) {
        for field in fields {
            let place = format!("{place}.{}", field.name);
            let bounds = Bounds { min: field.min, max: field.max, choices: &field.choices };
            self.contradiction(&place, &bounds, field.default.as_ref());
            self.kind(&place, &field.kind);
        }
    }

    fn kind(&mut self, place: &str, kind: &'a Kind) {
        match kind {
            Kind::Object(members) => self.members(place, members),
            Kind::List(of) => self.kind(&format!("{place}[]"), of),
            Kind::Text | Kind::Integer | Kind::TextOrInteger | Kind::Boolean | Kind::Any => {}
        }
    }

    fn contradiction(&mut self, place: &str, bounds: &Bounds<'_>, default: Option<&Value>) {
        if bounds.min.zip(bounds.max).is_some_and(|(min, max)| min > max) {
            self.fault(FaultKind::Contradiction, place, "min is above max");
        }
        let text = match default {
            None | Some(Value::Null) => return,
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        let number: Option<Decimal> = text.parse().ok();
        let outside =
            number.is_some_and(|n| bounds.min.is_some_and(|min| n < min) || bounds.max.is_some_and(|max| n > max));
        if outside || !(bounds.choices.is_empty() || bounds.choices.contains(&text)) {
            self.fault(FaultKind::Contradiction, place, format!("default {text} is not allowed"));
        }
    }
}

/// What a default has to respect.
struct Bounds<'a> {
    min: Option<Decimal>,
    max: Option<Decimal>,
    choices: &'a [String],
}
