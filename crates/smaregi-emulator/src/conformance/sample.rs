//! Values that a caller may send, made from what the catalogue says about a field.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use smaregi_catalogue::{Body, Catalogue, Endpoint, Field, Fields, Format, Kind, Members, Param, Required};
use std::collections::BTreeMap;

/// Texts of which one fits every pattern of the catalogue.
const CANDIDATES: [&str; 4] = ["NEW-1", "1", "ミホン", "https://app.example/done"];
pub(super) const DATE: &str = "2026-11-20";
pub(super) const MOMENT: &str = "2026-11-20T10:00:00+09:00";

/// Makes minimal valid bodies.
pub(super) struct Sampler<'c> {
    pub(super) catalogue: &'c Catalogue,
    /// Values for members of this name, wherever they stand: ids of rows that exist.
    pub(super) known: &'c BTreeMap<String, String>,
    pub(super) create: bool,
}

impl<'c> Sampler<'c> {
    /// The body with what is required, and for an update that requires nothing one member.
    pub(super) fn body(&self, endpoint: &'c Endpoint) -> Option<Value> {
        let shape = endpoint.request.as_ref()?;
        match &shape.body {
            Body::Empty => None,
            Body::Object(members) => {
                let mut object = self.object(members);
                if object.is_empty() {
                    let plain = |field: &&Field| matches!(field.kind, Kind::Text) && !field.name.ends_with("Id");
                    let one = self.catalogue.fields(members).into_iter().flatten().find(plain);
                    object.extend(one.map(|field| (field.name.clone(), self.value(field))));
                }
                Some(Value::Object(object))
            }
            Body::List(members) => Some(json!([self.whole(members)])),
        }
    }

    fn object(&self, members: &'c Members) -> Map<String, Value> {
        let fields = self.catalogue.fields(members).into_iter().flatten();
        let required = fields.filter(|field| self.is_required(field));
        required.map(|field| (field.name.clone(), self.value(field))).collect()
    }

    /// Every plain field: for rows of which nothing says what they need.
    fn whole(&self, members: &'c Members) -> Value {
        let fields = self.catalogue.fields(members).into_iter().flatten();
        let plain = fields.filter(|field| matches!(field.kind, Kind::Text) && !field.nullable);
        Value::Object(plain.map(|field| (field.name.clone(), self.value(field))).collect())
    }

    pub(super) fn is_required(&self, field: &Field) -> bool {
        field.required == Required::Yes || (self.create && field.required == Required::OnCreate)
    }

    pub(super) fn value(&self, field: &'c Field) -> Value {
        self.of_kind(field, &field.kind)
    }

    fn of_kind(&self, field: &'c Field, kind: &'c Kind) -> Value {
        match kind {
            Kind::Text | Kind::TextOrInteger | Kind::Any => json!(self.text(field)),
            Kind::Integer => json!(self.text(field).parse::<i64>().unwrap_or(1)),
            Kind::Boolean => json!(true),
            Kind::Object(members) => Value::Object(self.object(members)),
            Kind::List(of) => {
                let item = self.of_kind(field, of);
                let is_empty = item.as_object().is_some_and(Map::is_empty);
                json!([if is_empty { self.whole_kind(of) } else { item }])
            }
        }
    }

    fn whole_kind(&self, kind: &'c Kind) -> Value {
        match kind {
            Kind::Object(members) => self.whole(members),
            _ => json!({}),
        }
    }

    fn text(&self, field: &Field) -> String {
        let known = self.known.get(&field.name).filter(|_| field.choices.is_empty());
        if let Some(text) = known.or(field.choices.first()) {
            return text.clone();
        }
        if let Some(text) = plain_text(field.format, field.min, field.max) {
            return text;
        }
        let most = field.max_length.unwrap_or(usize::MAX);
        let fits =
            |text: &&&str| text.chars().count() <= most && field.pattern.as_ref().is_some_and(|p| p.matches(text));
        let fitting = CANDIDATES.iter().find(fits).map(|text| (*text).to_owned());
        let word = word(&field.name);
        fitting.unwrap_or_else(|| word.chars().take(most).collect())
    }
}

/// What reads well under a name of which nothing else is known.
fn word(name: &str) -> &'static str {
    let name = name.to_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    match () {
        () if ends(&["code"]) => "NEW-1",
        () if ends(&["url"]) => "https://app.example/image.png",
        () if ends(&[
            "id", "amount", "price", "value", "quantity", "sequence", "rate", "division", "flag", "max", "min",
        ]) =>
        {
            "1"
        }
        () => "見本",
    }
}

/// A value for a query parameter.
pub(super) fn of_param(param: &Param) -> String {
    let whole = matches!(param.kind, Kind::Integer).then_some(Format::Int);
    let plain = || plain_text(param.format.or(whole), param.min, param.max);
    param.choices.first().cloned().or_else(plain).unwrap_or_else(|| "1".into())
}

fn plain_text(format: Option<Format>, min: Option<Decimal>, max: Option<Decimal>) -> Option<String> {
    let bounded = min.is_some() || max.is_some();
    Some(match format {
        Some(Format::Date) => DATE.into(),
        Some(Format::DateTime) => MOMENT.into(),
        Some(Format::Time) => "10:00".into(),
        Some(Format::Int | Format::Decimal) => within(min, max),
        None if bounded => within(min, max),
        None => return None,
    })
}

fn within(min: Option<Decimal>, max: Option<Decimal>) -> String {
    let low = min.map_or(Decimal::ONE, |min| min.max(Decimal::ONE));
    max.map_or(low, |max| low.min(max)).normalize().to_string()
}

/// A field of a body and the way to it: all fields from the top, lists by their first row.
pub(super) type Way<'c> = Vec<&'c Field>;

/// Every field a request may carry, also inside lists and objects.
pub(super) fn ways<'c>(catalogue: &'c Catalogue, endpoint: &'c Endpoint) -> Vec<Way<'c>> {
    let mut found = Vec::new();
    if let Some(Body::Object(members) | Body::List(members)) = endpoint.request.as_ref().map(|shape| &shape.body) {
        collect(catalogue, catalogue.fields(members), &[], &mut found);
    }
    found
}

fn collect<'c>(catalogue: &'c Catalogue, fields: Option<&'c Fields>, above: &[&'c Field], found: &mut Vec<Way<'c>>) {
    for field in fields.into_iter().flatten() {
        let way: Way<'c> = above.iter().copied().chain([field]).collect();
        let inner = match &field.kind {
            Kind::Object(members) => catalogue.fields(members),
            Kind::List(of) => match &**of {
                Kind::Object(members) => catalogue.fields(members),
                _ => None,
            },
            _ => None,
        };
        collect(catalogue, inner, &way, found);
        found.push(way);
    }
}

/// The body with one member set, or taken out.
pub(super) fn with<'c>(sampler: &Sampler<'c>, body: &Value, way: &[&'c Field], value: Option<Value>) -> Value {
    let mut body = body.clone();
    let Some((last, above)) = way.split_last() else { return body };
    let mut here = &mut body;
    for field in above {
        here = first_row(here);
        if !here.is_object() {
            *here = json!({});
        }
        let missing = here.get(&field.name).is_none_or(|value| value.is_null() || *value == json!([]));
        if missing {
            here[&field.name] = sampler.value(field);
        }
        here = &mut here[&field.name];
    }
    if let Some(object) = first_row(here).as_object_mut() {
        match value {
            Some(value) => drop(object.insert(last.name.clone(), value)),
            None => drop(object.remove(&last.name)),
        }
    }
    body
}

fn first_row(value: &mut Value) -> &mut Value {
    if value.is_array() { &mut value[0] } else { value }
}
