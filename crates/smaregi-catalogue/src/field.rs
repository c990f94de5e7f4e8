//! What the catalogue says about the members of a body. Plain data, no rules.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use crate::model::Confidence;
use crate::pattern::Pattern;

/// The members of an object.
#[derive(Debug, Clone)]
pub enum Members {
    /// Nobody has seen them: anything goes.
    Unseen,
    /// A named schema.
    Schema(String),
    /// Listed on the spot.
    Fields(Fields),
}

/// Fields in the order of the data, found by name.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    list: Vec<Field>,
    index: BTreeMap<String, usize>,
}

impl Fields {
    /// Adds a field; a field of the same name is replaced where it stands. Says whether it was new.
    pub(crate) fn put(&mut self, field: Field) -> bool {
        match self.index.get(&field.name) {
            Some(&at) => {
                self.list[at] = field;
                false
            }
            None => {
                self.index.insert(field.name.clone(), self.list.len());
                self.list.push(field);
                true
            }
        }
    }

    /// The field of this name.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.index.get(name).map(|&at| &self.list[at])
    }

    /// All fields in the order of the data.
    pub fn iter(&self) -> std::slice::Iter<'_, Field> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl<'a> IntoIterator for &'a Fields {
    type Item = &'a Field;
    type IntoIter = std::slice::Iter<'a, Field>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One member of an object.
#[derive(Debug, Clone)]
pub struct Field {
    /// camelCase.
    pub name: String,
    /// JSON type.
    pub kind: Kind,
    /// Whether a request must carry it.
    pub required: Required,
    /// Whether the reference lists `null` as a value.
    pub nullable: bool,
    /// Never missing and never `null` in answers.
    pub always_present: bool,
    /// Form of the text.
    pub format: Option<Format>,
    /// Allowed values; empty: any.
    pub choices: Vec<String>,
    /// Numbers that are refused although they lie between the bounds.
    pub exclude: Vec<String>,
    /// Smallest number.
    pub min: Option<Decimal>,
    /// Largest number.
    pub max: Option<Decimal>,
    /// Most characters.
    pub max_length: Option<usize>,
    /// Most rows of a list.
    pub max_items: Option<usize>,
    /// Pattern of the text.
    pub pattern: Option<Pattern>,
    /// Value the service takes when a create leaves it out.
    pub default: Option<Value>,
    /// Not to be used any more.
    pub deprecated: bool,
    /// Own mark; `None`: as sure as the endpoint or schema.
    pub confidence: Option<Confidence>,
    /// Meaning in words.
    pub note: Option<String>,
}

/// When a request has to carry a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// Optional.
    No,
    /// Always.
    Yes,
    /// Only in a POST; the same schema serves the update, where it is optional.
    OnCreate,
}

/// JSON type of a value.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A string. Requests may give a JSON number as well (platform-common.md §12).
    Text,
    /// A JSON integer.
    Integer,
    /// Either of the two, met both ways.
    TextOrInteger,
    /// A JSON boolean.
    Boolean,
    /// An object.
    Object(Members),
    /// An array.
    List(Box<Kind>),
    /// Not seen.
    Any,
}

/// Form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Whole number, optional minus sign.
    Int,
    /// Decimal number.
    Decimal,
    /// `YYYY-MM-DD`.
    Date,
    /// `YYYY-MM-DDThh:mm:ssTZD`; the offset with or without colon, or `Z`.
    DateTime,
    /// `HH:MM`.
    Time,
}

/// A named list of fields.
#[derive(Debug, Clone)]
pub struct Schema {
    /// E.g. `Product`.
    pub name: String,
    /// The schema whose fields come with it; already part of `fields`.
    pub extends: Option<String>,
    /// All fields, inherited ones included, in the order of the data.
    pub fields: Fields,
    /// Remarks.
    pub note: Option<String>,
}
