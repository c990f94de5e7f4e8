//! Holds real requests, answers and webhooks against the catalogue.

mod body;
mod moment;
mod query;
mod text;

use serde_json::Value;

use crate::catalogue::Catalogue;
use crate::field::{Field, Fields, Kind};
use crate::model::{Body, Endpoint, Product};
use crate::problem::{Problem, Rule};
use body::{Side, Walk};

impl Endpoint {
    /// Checks the query parameters of a call, already percent-decoded, against names, values, paging, sort keys,
    /// chosen fields and date windows. Empty: the call may be sent.
    pub fn check_query(&self, catalogue: &Catalogue, query: &[(String, String)]) -> Vec<Problem> {
        query::Query::check(catalogue, self, query)
    }

    /// Checks the body of a call; `Value::Null` stands for no body. Where the reference says string, POS also takes
    /// JSON numbers (platform-common.md §12); 受注管理 wants the very types (platform-orders.md §1).
    ///
    /// An operation without a request body ignores whatever is sent (platform-common.md §2).
    pub fn check_request(&self, catalogue: &Catalogue, body: &Value) -> Vec<Problem> {
        let Some(shape) = &self.request else { return Vec::new() };
        let side = Side::Request { create: self.method == "POST", numbers: self.product == Product::Pos };
        let mut walk = Walk::new(catalogue, side);
        walk.shape(shape, body);
        walk.finish()
    }

    /// Checks the body of a successful answer, every row of it; `Value::Null` stands for an empty body.
    ///
    /// `null` passes for every field but the row's key; missing fields pass, because `fields` and `with_*` decide
    /// which come ([`Endpoint::absent_fields`] lists them); members that are not listed do not pass.
    pub fn check_response(&self, catalogue: &Catalogue, body: &Value) -> Vec<Problem> {
        let Some(shape) = &self.response else { return Vec::new() };
        let mut walk = Walk::new(catalogue, Side::Answer { numbers: &shape.numbers });
        walk.shape(shape, body);
        walk.finish()
    }

    /// The plain fields (no lists, objects or deprecated ones) that an answer, or the first row of a list that lacks
    /// any, leaves out. Without `fields` in the query Smaregi leaves none out (platform-common.md §12).
    pub fn absent_fields(&self, catalogue: &Catalogue, body: &Value) -> Vec<String> {
        let Some(shape) = &self.response else { return Vec::new() };
        let (members, rows) = match (&shape.body, body) {
            (Body::List(members), Value::Array(rows)) => (members, rows.as_slice()),
            (Body::Object(members), Value::Object(_)) => (members, std::slice::from_ref(body)),
            _ => return Vec::new(),
        };
        let Some(fields) = catalogue.fields(members) else { return Vec::new() };
        let absent = |row: &Value| -> Vec<String> {
            let missing = fields.iter().filter(|field| is_plain(field) && row.get(&field.name).is_none());
            missing.map(|field| field.name.clone()).collect()
        };
        rows.iter().map(absent).find(|names| !names.is_empty()).unwrap_or_default()
    }
}

fn is_plain(field: &Field) -> bool {
    !field.deprecated && !matches!(field.kind, Kind::Object(_) | Kind::List(_) | Kind::Any)
}

impl Catalogue {
    /// Checks the body of a webhook, or of the user notification, against the event it names.
    pub fn check_webhook_body(&self, body: &Value) -> Vec<Problem> {
        let Some(object) = body.as_object() else {
            return vec![Problem::new("", Rule::Type, "must be an object", "オブジェクトで指定してください。")];
        };
        let Some(event) = object.get("event").and_then(Value::as_str) else {
            return vec![Problem::new("event", Rule::Required, "is required", "必須項目です。")];
        };
        let Some(webhook) = self.webhook(event) else {
            let en = format_args!("is {}, which is no known event", text::shown(event)).to_string();
            return vec![Problem::new("event", Rule::Enum, en, "存在しないイベントです。")];
        };
        let fields: &Fields = &webhook.body;
        let mut walk = Walk::new(self, Side::Webhook);
        walk.members(fields, object);
        walk.finish()
    }
}
