//! New and changed rows, made from what a caller sent and what the catalogue says about the columns.

use crate::{
    problem::Problem,
    settings::Settings,
    state::{Id, Packed, Shop, TableLayout, TableSpec, is_nested, row_fields},
    time::{self, Seconds},
};
use serde_json::{Map, Value, json};
use smaregi_catalogue::{Body, Catalogue, Field, Fields, Format, Kind, Members, Product};

const CREATED: &str = "insDateTime";
const UPDATED: &str = "updDateTime";

/// Makes rows of one table.
pub(crate) struct RowMaker<'a> {
    pub(crate) spec: &'static TableSpec,
    catalogue: &'static Catalogue,
    settings: &'a Settings,
    layout: &'a TableLayout,
    /// What a row shows.
    columns: &'static Fields,
    /// What a create may carry, with defaults.
    writable: Option<&'static Fields>,
}

impl<'a> RowMaker<'a> {
    /// `None` for a table of which the catalogue knows no rows.
    pub(crate) fn new(
        catalogue: &'static Catalogue,
        settings: &'a Settings,
        spec: &'static TableSpec,
        layout: &'a TableLayout,
    ) -> Option<Self> {
        let find = |method: &str, path: &str| catalogue.find(Product::Pos, method, path).map(|found| found.endpoint);
        let one = format!("{}/1", spec.path);
        let readers = [find("GET", &one), find("GET", spec.path)];
        let columns = readers.into_iter().flatten().find_map(|endpoint| row_fields(catalogue, endpoint))?;
        let writable = find("POST", spec.path).and_then(|endpoint| match &endpoint.request.as_ref()?.body {
            Body::Object(members) => catalogue.fields(members),
            _ => None,
        });
        Some(Self { spec, catalogue, settings, layout, columns, writable })
    }

    /// A row with the defaults filled in. What `body` says about times is kept, for data sets.
    pub(crate) fn create(&self, id: Id, body: &Map<String, Value>, now: Seconds) -> Packed {
        let mut row = Map::new();
        for field in self.columns {
            let value = match body.get(&field.name) {
                _ if field.name == self.spec.id => json!(id.to_string()),
                Some(value) if !value.is_null() => self.normal(field, value, id),
                _ if field.name == CREATED || field.name == UPDATED => json!(time::format(now)),
                _ => self.initial(field),
            };
            row.insert(field.name.clone(), value);
        }
        Packed::from_map(&self.layout.columns, &row)
    }

    /// Only the members sent are changed; `null` clears (platform-common.md §12).
    pub(crate) fn change(&self, row: &Packed, id: Id, body: &Map<String, Value>, now: Seconds) -> Packed {
        let fixed = |name: &str| name == self.spec.id || name == CREATED || name == UPDATED;
        let sent = self.columns.iter().filter(|field| !fixed(&field.name));
        let mut changes: Vec<(&str, Value)> = sent
            .filter_map(|field| Some((field.name.as_str(), self.normal(field, body.get(&field.name)?, id))))
            .collect();
        changes.push((UPDATED, json!(time::format(now))));
        row.with(&self.layout.columns, &changes)
    }

    /// A code that is taken, or an id that does not exist, is a 400 that names the field.
    pub(crate) fn check(&self, shop: &Shop, own: Option<Id>, body: &Map<String, Value>) -> Result<(), Problem> {
        let text = |name: &str| body.get(name).filter(|value| !value.is_null()).map(text_of).filter(|t| !t.is_empty());
        if let Some((name, code)) = self.spec.unique.and_then(|name| Some((name, text(name)?)))
            && shop.table(self.spec.name).owner_of(&code).is_some_and(|owner| Some(owner) != own)
        {
            return Err(Problem::field(name, "既に使用されています。"));
        }
        for (name, table) in self.spec.references {
            let Some(wanted) = text(name) else { continue };
            let exists = wanted.parse().is_ok_and(|id| shop.table(table).get(id).is_some());
            if !exists {
                return Err(Problem::unknown_reference(name));
            }
        }
        Ok(())
    }

    /// What a column holds when nothing was sent: the documented default, else the first allowed value of a flag, else nothing.
    fn initial(&self, field: &Field) -> Value {
        let default = self.writable.and_then(|fields| fields.get(&field.name)).and_then(|f| f.default.as_ref());
        match (default.or(field.default.as_ref()), field.choices.first(), &field.kind) {
            (Some(default), _, _) => json!(text_of(default)),
            (None, Some(first), _) if !field.nullable => json!(first),
            (None, _, Kind::List(_)) => json!([]),
            _ => Value::Null,
        }
    }

    fn normal(&self, field: &Field, value: &Value, id: Id) -> Value {
        match value {
            Value::Null => Value::Null,
            _ if is_nested(field) => self.nested(&field.kind, value, id),
            _ => normal_text(field.format, value, self.settings),
        }
    }

    /// Rows inside a row: completed to all their columns, with the id of the row they belong to.
    fn nested(&self, kind: &Kind, value: &Value, id: Id) -> Value {
        match (kind, value) {
            (Kind::List(inner), Value::Array(items)) => items.iter().map(|item| self.nested(inner, item, id)).collect(),
            (Kind::Object(members), Value::Object(sent)) => self.nested_object(members, sent, id),
            (_, Value::Array(items)) => items.iter().map(stringly).collect(),
            (_, value) => stringly(value),
        }
    }

    fn nested_object(&self, members: &Members, sent: &Map<String, Value>, id: Id) -> Value {
        let Some(fields) = self.catalogue.fields(members) else { return stringly(&Value::Object(sent.clone())) };
        let complete = |field: &Field| {
            let value = match sent.get(&field.name) {
                _ if field.name == self.spec.id => json!(id.to_string()),
                Some(value) => self.normal(field, value, id),
                None => Value::Null,
            };
            (field.name.clone(), value)
        };
        Value::Object(fields.iter().map(complete).collect())
    }
}

/// A value as it is kept: always a string, date-times in Japan time.
pub(crate) fn normal_text(format: Option<Format>, value: &Value, settings: &Settings) -> Value {
    let text = text_of(value);
    let moment = match format {
        Some(Format::DateTime) if settings.dates.ignore_offset_in_body => time::parse_clock_reading(&text),
        Some(Format::DateTime) => time::parse(&text),
        _ => None,
    };
    json!(moment.map_or(text, time::format))
}

/// A scalar without quotes.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn stringly(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(stringly).collect(),
        Value::Object(members) => Value::Object(members.iter().map(|(k, v)| (k.clone(), stringly(v))).collect()),
        Value::Number(number) => json!(number.to_string()),
        other => other.clone(),
    }
}
