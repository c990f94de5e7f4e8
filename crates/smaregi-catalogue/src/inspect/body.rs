//! Walks through a JSON body beside the fields the catalogue lists.

use serde_json::{Map, Value};

use super::text::{Broken, Rules, shown};
use crate::catalogue::Catalogue;
use crate::field::{Field, Fields, Kind, Members, Required};
use crate::model::{Body, Shape};
use crate::problem::{Problem, Rule};

/// More problems than this say nothing new; the bound keeps the memory small whatever the body is.
const MOST_PROBLEMS: usize = 100;

/// Who wrote the body: each side may do other things.
#[derive(Clone, Copy)]
pub(crate) enum Side<'a> {
    /// A caller. `numbers`: JSON numbers pass where the reference says string.
    Request { create: bool, numbers: bool },
    /// Smaregi. `numbers`: the text fields it may give as JSON numbers.
    Answer { numbers: &'a [String] },
    /// Smaregi's webhook.
    Webhook,
}

/// One walk through one body.
pub(crate) struct Walk<'a> {
    catalogue: &'a Catalogue,
    side: Side<'a>,
    way: Vec<Step<'a>>,
    problems: Vec<Problem>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    Row(usize),
}

impl<'a> Walk<'a> {
    pub(crate) fn new(catalogue: &'a Catalogue, side: Side<'a>) -> Self {
        Self { catalogue, side, way: Vec::new(), problems: Vec::new() }
    }

    pub(crate) fn finish(self) -> Vec<Problem> {
        self.problems
    }

    /// A whole body. An absent body is `Value::Null`.
    pub(crate) fn shape(&mut self, shape: &'a Shape, body: &'a Value) {
        match &shape.body {
            Body::Empty => self.empty(body),
            // A call whose body nobody has seen may well have none (POST /transactions/{id}/cancel).
            Body::Object(Members::Unseen) if body.is_null() => {}
            Body::Object(members) => self.object(members, body),
            Body::List(members) => self.rows(body, |walk, row| walk.object(members, row)),
        }
    }

    /// platform-common.md §9.1: a DELETE answers with an empty body; `{}` is the emulator's other setting.
    fn empty(&mut self, body: &Value) {
        let empty = body.is_null() || body.as_object().is_some_and(Map::is_empty);
        if !empty {
            self.report(Broken::new(Rule::Type, "must be empty", "本文は空でなければなりません。"));
        }
    }

    fn rows(&mut self, value: &'a Value, mut each: impl FnMut(&mut Self, &'a Value)) {
        let Some(rows) = value.as_array() else { return self.wrong_type(value, "an array", "配列") };
        for (at, row) in rows.iter().enumerate() {
            if self.is_full() {
                return;
            }
            self.way.push(Step::Row(at));
            each(self, row);
            self.way.pop();
        }
    }

    fn object(&mut self, members: &'a Members, value: &'a Value) {
        let Some(object) = value.as_object() else { return self.wrong_type(value, "an object", "オブジェクト") };
        let catalogue = self.catalogue;
        if let Some(fields) = catalogue.fields(members) {
            self.members(fields, object);
        }
    }

    /// Listed fields first, in the order of the reference; then members nobody has listed.
    pub(crate) fn members(&mut self, fields: &'a Fields, object: &'a Map<String, Value>) {
        for (at, field) in fields.iter().enumerate() {
            if self.is_full() {
                return;
            }
            self.way.push(Step::Member(&field.name));
            match object.get(&field.name) {
                None => self.absent(field),
                Some(Value::Null) => self.null(field, at == 0),
                Some(value) => self.field(field, value),
            }
            self.way.pop();
        }
        for name in object.keys().filter(|name| fields.get(name).is_none()) {
            self.way.push(Step::Member(name));
            self.report(Broken::new(Rule::UnknownField, "is not a member of this object", "存在しない項目です。"));
            self.way.pop();
        }
    }

    /// Answers may leave fields out: `fields=` chooses, `with_*` adds (platform-common.md §11.3).
    fn absent(&mut self, field: &Field) {
        let required = match (self.side, field.required) {
            (Side::Answer { .. }, _) | (_, Required::No) => false,
            (Side::Webhook, _) | (_, Required::Yes) => true,
            (Side::Request { create, .. }, Required::OnCreate) => create,
        };
        if required {
            self.report(Broken::new(Rule::Required, "is required", "必須項目です。"));
        }
    }

    /// In a request null means "no value" and in a PATCH clears the field, so it only breaks required fields. In an
    /// answer null means "no value" for every field (platform-common.md §12) except the row's own key: the first
    /// field, if it is an id.
    fn null(&mut self, field: &Field, first: bool) {
        let key = field.always_present || (first && field.name.ends_with("Id"));
        match self.side {
            Side::Answer { .. } if key && !field.nullable => {
                self.report(Broken::new(Rule::Null, "is null, but is always given", "nullにはなりません。"));
            }
            Side::Answer { .. } => {}
            Side::Request { .. } if field.nullable => {}
            Side::Request { .. } | Side::Webhook => self.absent(field),
        }
    }

    fn field(&mut self, field: &'a Field, value: &'a Value) {
        if let (Some(most), Some(rows)) = (field.max_items, value.as_array())
            && rows.len() > most
        {
            let en = format_args!("has {} rows; at most {most} are allowed", rows.len()).to_string();
            return self.report(Broken::new(Rule::TooManyItems, en, format_args!("{most}件以内で指定してください。")));
        }
        self.value(&field.kind, Rules::from(field), value);
    }

    fn value(&mut self, kind: &'a Kind, rules: Rules<'_>, value: &'a Value) {
        match (kind, value) {
            (Kind::Any, _) | (Kind::Boolean, Value::Bool(_)) => {}
            (Kind::Object(members), _) => self.object(members, value),
            (Kind::List(of), _) => self.rows(value, |walk, row| walk.value(of, Rules::default(), row)),
            (Kind::Text | Kind::TextOrInteger, Value::String(text)) => self.text(rules, text),
            (Kind::Integer | Kind::TextOrInteger, Value::Number(n)) if !n.is_f64() => self.text(rules, &n.to_string()),
            (Kind::Text, Value::Number(n)) if self.number_passes() => self.text(rules, &n.to_string()),
            (Kind::Text, _) => self.wrong_type(value, "a string", "文字列"),
            (Kind::Integer, _) => self.wrong_type(value, "an integer", "整数"),
            (Kind::TextOrInteger, _) => self.wrong_type(value, "a string or an integer", "文字列または整数"),
            (Kind::Boolean, _) => self.wrong_type(value, "a boolean", "真偽値"),
        }
    }

    /// Whether the member being looked at may be a JSON number although it is a text.
    fn number_passes(&self) -> bool {
        match (self.side, self.way.as_slice()) {
            (Side::Request { numbers, .. }, _) => numbers,
            (Side::Answer { numbers }, [Step::Member(name)]) => numbers.iter().any(|n| n == name),
            (Side::Answer { .. } | Side::Webhook, _) => false,
        }
    }

    fn text(&mut self, rules: Rules<'_>, text: &str) {
        if let Some(broken) = rules.broken_by(text) {
            self.report(broken);
        }
    }

    fn wrong_type(&mut self, value: &Value, en: &str, ja: &str) {
        let got = match value {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => "a boolean".to_owned(),
            Value::Number(n) => format!("the number {n}"),
            Value::String(text) => format!("the string {}", shown(text)),
            Value::Array(_) => "an array".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        };
        let en = format_args!("is {got}; it must be {en}").to_string();
        self.report(Broken::new(Rule::Type, en, format_args!("{ja}で指定してください。")));
    }

    fn report(&mut self, broken: Broken) {
        if self.is_full() {
            return;
        }
        let mut field = String::new();
        for step in &self.way {
            match step {
                Step::Row(at) => field.push_str(&format!("[{at}]")),
                Step::Member(name) if field.is_empty() => field.push_str(name),
                Step::Member(name) => {
                    field.push('.');
                    field.push_str(name);
                }
            }
        }
        self.problems.push(Problem::new(field, broken.rule, broken.en, broken.ja));
    }

    fn is_full(&self) -> bool {
        self.problems.len() >= MOST_PROBLEMS
    }
}
