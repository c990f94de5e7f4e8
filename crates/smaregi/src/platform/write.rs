use super::{Answer, Client, Error, answer, call::Call};
use http::Method;
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// One member of an update: left out, cleared with null, or set (platform-common §12: PATCH tells them apart).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// The member is not sent: it stays as it is.
    #[default]
    Keep,
    /// null is sent: the value goes away.
    Clear,
    Set(T),
}

impl<T> Change<T> {
    /// Sets what is known and leaves the rest alone.
    pub fn set_if(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }

    /// Makes the other side equal: what is not there is cleared.
    pub fn mirror(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

impl<T> From<T> for Change<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

/// How a value is written: numbers as strings, times in Japan time (platform-common §20, rule 6).
pub(crate) trait ToText {
    fn to_text(&self) -> String;
}

impl ToText for String {
    fn to_text(&self) -> String {
        self.clone()
    }
}

impl ToText for Decimal {
    fn to_text(&self) -> String {
        self.normalize().to_string()
    }
}

impl ToText for i64 {
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl ToText for Timestamp {
    fn to_text(&self) -> String {
        crate::japan_time(*self)
    }
}

impl ToText for Date {
    fn to_text(&self) -> String {
        self.to_string()
    }
}

pub(crate) fn put<T: ToText>(body: &mut Map<String, Value>, name: &str, change: &Change<T>) {
    match change {
        Change::Keep => {}
        Change::Clear => _ = body.insert(name.to_owned(), Value::Null),
        Change::Set(value) => _ = body.insert(name.to_owned(), Value::String(value.to_text())),
    }
}

/// A body of a create or update: every field is a [`Change`] with Smaregi's name, and `more` takes what has no field here.
macro_rules! write_body {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty = $wire:literal,)* }) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: crate::platform::Change<$type>,)*
            /// Further members in Smaregi's names; numbers in it are sent as strings.
            pub more: serde_json::Map<String, serde_json::Value>,
        }

        impl $name {
            fn to_body(&self) -> serde_json::Value {
                let mut body = self.more.clone();
                $(crate::platform::write::put(&mut body, $wire, &self.$field);)*
                serde_json::Value::Object(body)
            }
        }
    };
}
pub(crate) use write_body;

/// Numbers and booleans become strings, as the reference documents requests (platform-common §12).
fn as_strings(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(yes) => Value::String(if *yes { "1" } else { "0" }.to_owned()),
        Value::Array(items) => Value::Array(items.iter().map(as_strings).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), as_strings(value))).collect())
        }
        Value::String(_) | Value::Null => value.clone(),
    }
}

impl Client {
    pub(crate) async fn write<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        body: &Value,
        scope: &'static str,
    ) -> Result<Answer<T>, Error> {
        let record = self.call(&Call::write(method, path, &as_strings(body), scope)).await?;
        answer::single(record)
    }

    /// For operations that may answer with an empty body (platform-common §20, rule 8).
    pub(crate) async fn write_maybe_silent<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        body: &Value,
        scope: &'static str,
    ) -> Result<Answer<Option<T>>, Error> {
        let record = self.call(&Call::write(method, path, &as_strings(body), scope)).await?;
        if record.response_body.trim_ascii().is_empty() {
            return Ok(Answer { value: None, exchange: record, unreadable: Vec::new(), more: false });
        }
        Ok(answer::single(record)?.map(Some))
    }

    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        path: String,
        query: super::Query,
        scope: &'static str,
    ) -> Result<Answer<T>, Error> {
        answer::single(self.call(&Call::get(path, query, scope)).await?)
    }
}
