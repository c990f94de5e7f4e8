//! From the notation of the data files to the model. What can be read but makes no sense becomes a [`Fault`].

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::Number;

use crate::fault::{CatalogueError, Fault, FaultKind};
use crate::field::{Field, Fields, Kind, Members, Required, Schema};
use crate::model::*;
use crate::pattern::Pattern;
use crate::raw::*;

/// Reads one file; an error names the file and the JSON path.
pub(crate) fn file<T: DeserializeOwned>(name: &'static str, text: &str) -> Result<T, CatalogueError> {
    let mut from = serde_json::Deserializer::from_str(text);
    let fail = |path: String, reason: String| CatalogueError { file: name, path, reason };
    let read =
        serde_path_to_error::deserialize(&mut from).map_err(|e| fail(e.path().to_string(), e.inner().to_string()))?;
    from.end().map_err(|e| fail(".".to_owned(), e.to_string()))?;
    Ok(read)
}

/// Turns raw data into the model and collects faults on the way.
#[derive(Default)]
pub(crate) struct Reader {
    enums: BTreeMap<String, Vec<String>>,
    pub faults: Vec<Fault>,
}

impl Reader {
    pub(crate) fn fault(&mut self, kind: FaultKind, place: &str, detail: impl Into<String>) {
        self.faults.push(Fault { kind, place: place.to_owned(), detail: detail.into() });
    }

    /// Remembers the enums, for `enum_ref`.
    pub(crate) fn enums(&mut self, enums: Pairs<EnumData>) {
        for (name, data) in enums.0 {
            // "null" stands for the JSON null, which every rule treats apart.
            let values: Vec<String> =
                data.values.0.into_iter().map(|(value, _)| value).filter(|v| v != "null").collect();
            self.unique_values(&name, &values);
            if self.enums.insert(name.clone(), values).is_some() {
                self.fault(FaultKind::DuplicateName, &name, "enum");
            }
        }
    }

    /// Reads all schemas and resolves `$extends`.
    pub(crate) fn schemas(&mut self, files: Vec<Pairs<SchemaData>>) -> BTreeMap<String, Schema> {
        let mut raw = BTreeMap::new();
        for (name, data) in files.into_iter().flat_map(|pairs| pairs.0) {
            if raw.insert(name.clone(), data).is_some() {
                self.fault(FaultKind::DuplicateName, &name, "schema");
            }
        }
        let own: BTreeMap<String, OwnSchema> =
            raw.into_iter().map(|(name, data)| (name.clone(), self.own_schema(&name, data))).collect();
        own.keys().map(|name| (name.clone(), self.flatten(name, &own))).collect()
    }

    fn own_schema(&mut self, name: &str, data: SchemaData) -> OwnSchema {
        let mut seen = BTreeSet::new();
        let mut lines = Vec::new();
        for entry in data.entries {
            lines.push(match entry {
                SchemaEntry::Extends(base) => Line::Base(base),
                SchemaEntry::Field(field, node) => {
                    if !seen.insert(field.clone()) {
                        self.fault(FaultKind::DuplicateField, name, &field);
                    }
                    Line::Own(Box::new(self.field(&format!("{name}.{field}"), field, *node)))
                }
            });
        }
        OwnSchema { lines, note: data.note }
    }

    fn flatten(&mut self, name: &str, all: &BTreeMap<String, OwnSchema>) -> Schema {
        let mut fields = Fields::default();
        self.pour(name, all, &mut vec![name.to_owned()], &mut fields);
        let own = &all[name];
        let extends = own.lines.iter().find_map(|line| match line {
            Line::Base(base) => Some(base.clone()),
            Line::Own(_) => None,
        });
        Schema { name: name.to_owned(), extends, fields, note: own.note.clone() }
    }

    /// Adds the fields of `name`, bases first where they stand. A schema's own field replaces an inherited one.
    fn pour(&mut self, name: &str, all: &BTreeMap<String, OwnSchema>, way: &mut Vec<String>, into: &mut Fields) {
        for line in &all[name].lines {
            match line {
                Line::Own(field) => {
                    into.put((**field).clone());
                }
                Line::Base(base) if all.contains_key(base) && !way.contains(base) => {
                    way.push(base.clone());
                    let mut inherited = Fields::default();
                    self.pour(base, all, way, &mut inherited);
                    way.pop();
                    for field in inherited.iter().filter(|f| into.get(&f.name).is_none()).cloned().collect::<Vec<_>>() {
                        into.put(field);
                    }
                }
                Line::Base(base) => self.fault(FaultKind::MissingBase, name, base),
            }
        }
    }

    /// Reads one endpoint.
    pub(crate) fn endpoint(&mut self, product: Product, data: EndpointData) -> Endpoint {
        let place = format!("{} {}", data.method, data.path);
        let query = data.query.into_iter().map(|param| self.param(&place, param)).collect();
        let request = data.request.map(|request| self.request(&place, request));
        let response = data.response.map(|response| self.shape(&format!("{place} response"), response));
        Endpoint {
            product,
            resource: data.resource,
            method: data.method,
            path: data.path,
            title_ja: data.title_ja,
            summary: data.summary,
            scope: data.scope,
            path_params: data.path_params,
            query,
            at_least_one_of: data.at_least_one_of,
            exactly_one_of: data.exactly_one_of,
            request,
            response,
            success_status: data.success_status,
            webhook: data.webhook.map(|name| self.webhook_ref(&place, &name)),
            plans: data.plans.unwrap_or_default(),
            confidence: data.confidence,
            scope_confidence: data.scope_confidence,
            webhook_confidence: data.webhook_confidence,
            is_async: data.job.is_some(),
            notes: data.notes,
            sources: data.sources,
        }
    }

    /// `pos:stock:edited` is the event `pos:stock` and the action `edited`.
    fn webhook_ref(&mut self, place: &str, name: &str) -> WebhookRef {
        let (event, action) = name.rsplit_once(':').unwrap_or((name, ""));
        if action.is_empty() {
            self.fault(FaultKind::MissingAction, place, name);
        }
        WebhookRef { event: event.to_owned(), action: action.to_owned() }
    }

    fn param(&mut self, place: &str, data: ParamData) -> Param {
        let place = format!("{place} ?{}", data.name);
        self.unique_values(&place, &data.choices);
        Param {
            kind: self.kind(&place, Some(&data.kind), None),
            min: self.bound(&place, data.min),
            max: self.bound(&place, data.max),
            sort_keys: match data.allowed {
                Some(AllowedData::Keys(keys)) => Some(keys),
                Some(AllowedData::NotSeen(_)) | None => None,
            },
            name: data.name,
            format: data.format,
            choices: data.choices,
            default: data.default,
            required: data.required,
            caps_limit: data.caps_limit,
            confidence: data.confidence,
            note: data.note,
        }
    }

    fn request(&mut self, endpoint: &str, data: RequestData) -> Shape {
        let place = format!("{endpoint} request");
        match data {
            RequestData::Reference(mut node) => {
                node.kind.get_or_insert_with(|| "object".to_owned());
                self.shape(&place, *node)
            }
            RequestData::Fields(pairs) if pairs.0.is_empty() => {
                Shape { body: Body::Object(Members::Unseen), numbers: Vec::new(), note: None }
            }
            RequestData::Fields(pairs) => {
                let fields = self.fields(&place, pairs);
                Shape { body: Body::Object(Members::Fields(fields)), numbers: Vec::new(), note: None }
            }
        }
    }

    fn shape(&mut self, place: &str, data: NodeData) -> Shape {
        let (numbers, note, kind) = (data.numbers.clone(), data.note.clone(), data.kind.clone());
        let members = self.members(place, data);
        let body = match kind.as_deref() {
            Some("empty") => Body::Empty,
            Some("object") => Body::Object(members),
            Some("array") => Body::List(members),
            other => {
                self.fault(FaultKind::UnknownType, place, other.unwrap_or("(none)"));
                Body::Object(members)
            }
        };
        Shape { body, numbers, note }
    }

    fn members(&mut self, place: &str, data: NodeData) -> Members {
        match (data.schema, data.items.or(data.properties)) {
            (Some(schema), _) => Members::Schema(schema),
            (None, Some(pairs)) => Members::Fields(self.fields(place, pairs)),
            (None, None) => Members::Unseen,
        }
    }

    fn fields(&mut self, place: &str, pairs: Pairs<NodeData>) -> Fields {
        let mut fields = Fields::default();
        for (name, node) in pairs.0 {
            let field = self.field(&format!("{place}.{name}"), name.clone(), node);
            if !fields.put(field) {
                self.fault(FaultKind::DuplicateField, place, name);
            }
        }
        fields
    }

    fn field(&mut self, place: &str, name: String, mut data: NodeData) -> Field {
        let choices = match data.enum_ref.take() {
            None => std::mem::take(&mut data.choices),
            Some(reference) => self.enums.get(&reference).cloned().unwrap_or_else(|| {
                self.fault(FaultKind::MissingEnum, place, reference);
                Vec::new()
            }),
        };
        self.unique_values(place, &choices);
        let required = match (data.required, data.required_on_create) {
            (true, _) => Required::Yes,
            (false, true) => Required::OnCreate,
            (false, false) => Required::No,
        };
        Field {
            name,
            required,
            nullable: data.nullable,
            always_present: data.always_present,
            format: data.format,
            choices,
            exclude: std::mem::take(&mut data.exclude),
            min: self.bound(place, data.min.take()),
            max: self.bound(place, data.max.take()),
            max_length: data.max_length,
            max_items: data.max_items,
            pattern: data.pattern.take().and_then(|text| self.pattern(place, &text)),
            default: data.default.take(),
            deprecated: data.deprecated,
            confidence: data.confidence,
            note: data.note.take(),
            kind: self.kind(place, data.kind.take().as_deref(), Some(data)),
        }
    }

    fn kind(&mut self, place: &str, kind: Option<&str>, data: Option<NodeData>) -> Kind {
        let data = data.unwrap_or_default();
        match kind {
            Some("string") => Kind::Text,
            Some("integer") => Kind::Integer,
            Some("string|integer") => Kind::TextOrInteger,
            Some("boolean") => Kind::Boolean,
            Some("array<string>") => Kind::List(Box::new(Kind::Text)),
            Some("object") => Kind::Object(self.members(place, data)),
            Some("array") => Kind::List(Box::new(match self.members(place, data) {
                Members::Unseen => Kind::Any,
                members => Kind::Object(members),
            })),
            other => {
                self.fault(FaultKind::UnknownType, place, other.unwrap_or("(none)"));
                Kind::Any
            }
        }
    }

    fn pattern(&mut self, place: &str, text: &str) -> Option<Pattern> {
        Pattern::parse(text).map_err(|reason| self.fault(FaultKind::Pattern, place, reason)).ok()
    }

    fn bound(&mut self, place: &str, number: Option<Number>) -> Option<Decimal> {
        let text = number?.to_string();
        let read = text.parse().ok();
        if read.is_none() {
            self.fault(FaultKind::Contradiction, place, format!("bound {text}"));
        }
        read
    }

    fn unique_values(&mut self, place: &str, values: &[String]) {
        let mut seen = BTreeSet::new();
        for value in values.iter().filter(|value| !seen.insert(value.as_str())) {
            self.fault(FaultKind::DuplicateValue, place, value);
        }
    }

    /// Reads one webhook: the members all have, members before the ids, the ids, members after them.
    pub(crate) fn webhook(&mut self, data: WebhookData) -> Webhook {
        let place = data.event.clone();
        let mut pairs = Pairs(vec![
            ("contractId".to_owned(), required_text(Vec::new())),
            ("event".to_owned(), required_text(vec![data.event.clone()])),
            ("action".to_owned(), required_text(data.actions.clone())),
        ]);
        pairs.0.extend(data.members.0);
        match (&data.ids_key, &data.ids_shape) {
            (Some(key), Some(shape)) => match ids_node(shape) {
                Some(node) => pairs.0.push((key.clone(), node)),
                None => self.fault(FaultKind::IdsShape, &place, shape),
            },
            (None, None) => {}
            _ => self.fault(FaultKind::IdsShape, &place, "ids_key and ids_shape belong together"),
        }
        pairs.0.extend(data.members_after.0);
        Webhook {
            body: self.fields(&place, pairs),
            event: data.event,
            title_ja: data.title_ja,
            actions: data.actions,
            ids_key: data.ids_key,
            confidence: data.confidence,
            note: data.note,
        }
    }
}

/// `array of string`, or `array of {id (stock change id), productId, storeId}`: the words in brackets are remarks.
fn ids_node(shape: &str) -> Option<NodeData> {
    let item = shape.strip_prefix("array of ")?;
    if item == "string" {
        let kind = Some("array<string>".to_owned());
        return Some(NodeData { kind, required: true, ..NodeData::default() });
    }
    let names = item.strip_prefix('{')?.strip_suffix('}')?;
    let names = names.split(',').map(|name| name.split_whitespace().next().map(str::to_owned));
    let items = names.map(|name| Some((name?, required_text(Vec::new())))).collect::<Option<Vec<_>>>()?;
    let kind = Some("array".to_owned());
    Some(NodeData { kind, required: true, items: Some(Pairs(items)), ..NodeData::default() })
}

fn required_text(choices: Vec<String>) -> NodeData {
    NodeData { kind: Some("string".to_owned()), required: true, choices, ..NodeData::default() }
}

struct OwnSchema {
    lines: Vec<Line>,
    note: Option<String>,
}

enum Line {
    Base(String),
    Own(Box<Field>),
}
