//! New and changed rows, made from what a caller sent and what the catalogue says about the columns.

use crate::{
    problem::Problem,
    settings::Settings,
    state::{Id, Packed, Reference, Shop, TableLayout, TableSpec, is_nested, spec},
    time::{self, Seconds},
};
use serde_json::{Map, Value, json};
use smaregi_catalogue::{Catalogue, Field, Format, Kind, Members};

pub(crate) const CREATED: &str = "insDateTime";
pub(crate) const UPDATED: &str = "updDateTime";

/// Columns whose values are not the caller's choice: those in the path, and a number the server assigns.
pub(crate) type Forced = Vec<(String, String)>;

/// Makes rows of one table.
pub(crate) struct RowMaker<'a> {
    spec: &'static TableSpec,
    catalogue: &'static Catalogue,
    settings: &'a Settings,
    layout: &'a TableLayout,
}

impl<'a> RowMaker<'a> {
    pub(crate) fn new(
        catalogue: &'static Catalogue,
        settings: &'a Settings,
        spec: &'static TableSpec,
        layout: &'a TableLayout,
    ) -> Self {
        Self { spec, catalogue, settings, layout }
    }

    fn columns(&self) -> impl Iterator<Item = (&'a str, Option<&'static Field>)> {
        let fields = self.layout.fields.iter().copied();
        self.layout.columns.names().iter().map(String::as_str).zip(fields)
    }

    /// The key a new row will have; `None` when the server assigns it.
    pub(crate) fn key(&self, forced: &Forced, body: &Map<String, Value>) -> Option<Vec<String>> {
        let assigned = self.spec.first.is_some();
        let own = |column: &String| body.get(column).filter(|value| !value.is_null() && !self.is_assigned());
        let value = |column: &String| forced_value(forced, column).map(str::to_owned).or(own(column).map(text_of));
        let key: Option<Vec<String>> = self.spec.key.iter().map(value).collect();
        key.filter(|_| !assigned || self.spec.text_key || forced_value(forced, &self.spec.key[0]).is_some())
    }

    /// Whether the row's number is the server's choice.
    fn is_assigned(&self) -> bool {
        self.spec.first.is_some() && !self.spec.text_key
    }

    /// A new row needs every part of its key.
    pub(crate) fn check_key(&self, forced: &Forced, body: &Map<String, Value>) -> Result<(), Problem> {
        let assigned = self.is_assigned();
        let missing = self.spec.key.iter().filter(|_| !assigned).find(|column| {
            forced_value(forced, column).is_none()
                && body.get(*column).is_none_or(|value| text_of(value).is_empty() || value.is_null())
        });
        missing.map_or(Ok(()), |column| Err(Problem::field(column, "必須です。")))
    }

    /// A row with the defaults filled in. What `body` says about times is kept, for data sets.
    pub(crate) fn create(&self, shop: &Shop, forced: &Forced, body: &Map<String, Value>, now: Seconds) -> Packed {
        let key = forced.iter().find(|(column, _)| Some(column) == self.spec.key.first());
        let mut row = Map::new();
        for (name, field) in self.columns() {
            let value = match (forced_value(forced, name), body.get(name)) {
                (Some(value), _) => self.normal(field, &json!(value), key),
                (None, Some(value)) if !value.is_null() => self.normal(field, value, key),
                _ if name == CREATED || name == UPDATED => json!(time::format(now)),
                _ => field.map_or(Value::Null, |field| self.initial(field)),
            };
            row.insert(name.to_owned(), value);
        }
        self.copy(shop, &mut row, |_| true);
        Packed::from_map(&self.layout.columns, &row)
    }

    /// Only the members sent are changed; `null` clears (platform-common.md §12).
    pub(crate) fn change(&self, shop: &Shop, old: &Packed, body: &Map<String, Value>, now: Seconds) -> Packed {
        let columns = &self.layout.columns;
        let key = self.spec.key.first().and_then(|name| Some((name.clone(), old.text(columns, name)?.into_owned())));
        let fixed = |name: &str| self.spec.key.iter().any(|key| key == name) || name == CREATED || name == UPDATED;
        let mut row: Map<String, Value> = Map::new();
        for (name, field) in self.columns().filter(|(name, _)| !fixed(name)) {
            if let Some(value) = body.get(name) {
                row.insert(name.to_owned(), self.normal(field, value, key.as_ref()));
            }
        }
        self.copy(shop, &mut row, |reference| body.contains_key(&reference.column));
        row.insert(UPDATED.into(), json!(time::format(now)));
        let changes: Vec<(&str, Value)> = row.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        old.with(columns, &changes)
    }

    /// A row that is replaced as a whole was still made when it was made.
    pub(crate) fn keep_birth(&self, old: &Packed, new: &Packed) -> Packed {
        let columns = &self.layout.columns;
        let birth = old.text(columns, CREATED).map(|text| json!(text));
        new.with(columns, &birth.map(|birth| (CREATED, birth)).into_iter().collect::<Vec<_>>())
    }

    /// Fills columns that repeat what the row named says.
    fn copy(&self, shop: &Shop, row: &mut Map<String, Value>, wanted: impl Fn(&Reference) -> bool) {
        for reference in self.spec.references.iter().filter(|r| !r.copies.is_empty() && wanted(r)) {
            let table = shop.table(&reference.table);
            let named = row.get(&reference.column).map(text_of).and_then(|key| table.find(&[key]));
            let Some(named) = named.and_then(|id| table.get(id)) else { continue };
            for (own, theirs) in &reference.copies {
                row.insert(own.clone(), json!(named.text(&table.columns, theirs)));
            }
        }
    }

    /// A code that is taken, or an id that does not exist, is a 400 that names the field.
    pub(crate) fn check(
        &self,
        shop: &Shop,
        own: Option<Id>,
        forced: &Forced,
        body: &Map<String, Value>,
    ) -> Result<(), Problem> {
        let sent = |name: &str| body.get(name).filter(|value| !value.is_null()).map(text_of).filter(|t| !t.is_empty());
        for name in &self.spec.unique {
            let owner = sent(name).and_then(|code| shop.table_of(self.spec).owner_of(name, &code));
            if owner.is_some_and(|owner| Some(owner) != own) {
                return Err(Problem::field(name, "既に使用されています。"));
            }
        }
        let text = |name: &str| forced_value(forced, name).map(str::to_owned).or_else(|| sent(name));
        for reference in self.spec.references.iter().filter(|reference| reference.applies(text)) {
            // What stands in the path was checked before.
            let by_path = forced_value(forced, &reference.column).is_some();
            let Some(wanted) = sent(&reference.column).filter(|_| !by_path) else { continue };
            if !reference.except.contains(&wanted) && !can_be_named(shop, reference, &wanted, text) {
                let unknown = || Problem::unknown_reference(&reference.column);
                return Err(reference
                    .unknown
                    .as_ref()
                    .map_or_else(unknown, |text| Problem::field(&reference.column, text)));
            }
        }
        Ok(())
    }

    /// What a column holds when nothing was sent: the documented default, else the first allowed value of a flag, else nothing.
    fn initial(&self, field: &Field) -> Value {
        let default = self.layout.writable.and_then(|fields| fields.get(&field.name)).and_then(|f| f.default.as_ref());
        match (default.or(field.default.as_ref()), field.choices.first(), &field.kind) {
            (Some(default), _, _) => self.normal(Some(field), default, None),
            (None, Some(first), _) if !field.nullable => self.normal(Some(field), &json!(first), None),
            (None, _, Kind::List(_)) => json!([]),
            _ => Value::Null,
        }
    }

    fn normal(&self, field: Option<&Field>, value: &Value, key: Option<&(String, String)>) -> Value {
        match (field, value) {
            (_, Value::Null) => Value::Null,
            (None, Value::Array(_) | Value::Object(_)) => stringly(value),
            (None, _) => normal_text(None, value, self.settings),
            (Some(field), _) if is_nested(field) => self.nested(&field.kind, value, key),
            (Some(field), _) => match (&field.kind, text_of(value)) {
                // 受注管理 has real JSON numbers (platform-common.md §12).
                (Kind::Integer, text) => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
                (Kind::Boolean, _) => value.clone(),
                _ => normal_text(field.format, value, self.settings),
            },
        }
    }

    /// Rows inside a row: completed to all their columns, with the id of the row they belong to.
    fn nested(&self, kind: &Kind, value: &Value, key: Option<&(String, String)>) -> Value {
        match (kind, value) {
            (Kind::List(inner), Value::Array(items)) => {
                items.iter().map(|item| self.nested(inner, item, key)).collect()
            }
            (Kind::Object(members), Value::Object(sent)) => self.nested_object(members, sent, key),
            (_, Value::Array(items)) => items.iter().map(stringly).collect(),
            (_, value) => stringly(value),
        }
    }

    fn nested_object(&self, members: &Members, sent: &Map<String, Value>, key: Option<&(String, String)>) -> Value {
        let Some(fields) = self.catalogue.fields(members) else { return stringly(&Value::Object(sent.clone())) };
        let complete = |field: &Field| {
            let value = match (key, sent.get(&field.name)) {
                (Some((name, value)), _) if field.name == *name => self.normal(Some(field), &json!(value), None),
                (_, Some(value)) => self.normal(Some(field), value, key),
                (_, None) => Value::Null,
            };
            (field.name.clone(), value)
        };
        Value::Object(fields.iter().map(complete).collect())
    }
}

fn forced_value<'f>(forced: &'f Forced, column: &str) -> Option<&'f str> {
    forced.iter().find(|(name, _)| name == column).map(|(_, value)| value.as_str())
}

/// Whether the row exists and nothing rules it out. `own` gives the values of the row that names it.
fn can_be_named(shop: &Shop, reference: &Reference, key: &str, own: impl Fn(&str) -> Option<String>) -> bool {
    let Some(spec) = spec(&reference.table) else { return true };
    let table = shop.table_of(spec);
    let Some(row) = table.find(&[key]).and_then(|id| table.get(id)) else { return false };
    let theirs = |column: &str| row.text(&table.columns, column);
    let ruled_out = reference.unless.iter().any(|(column, value)| theirs(column).is_some_and(|text| text == *value));
    let differs = reference.same.iter().any(|(mine, column)| own(mine).as_deref() != theirs(column).as_deref());
    !ruled_out && !differs
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
