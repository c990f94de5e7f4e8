//! One thing that is wrong with a request, an answer or a webhook.

use std::fmt;

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path of the member (`details[0].salesPrice`) or name of the query parameter; empty for the whole body.
    pub field: String,
    /// Which rule.
    pub rule: Rule,
    /// What was got and what is allowed, for people.
    pub message_en: String,
    /// In Smaregi's style: the member's name in square brackets, then a sentence.
    pub message_ja: String,
}

impl Problem {
    /// `en` and `ja` are sentences without the member's name.
    pub(crate) fn new(field: impl Into<String>, rule: Rule, en: impl fmt::Display, ja: impl fmt::Display) -> Self {
        let field = field.into();
        // Smaregi names the member itself, not its place in the body (platform-common.md §9.1).
        let member = field.rsplit('.').next().unwrap_or(&field).split('[').next().unwrap_or_default();
        let message_ja = if member.is_empty() { ja.to_string() } else { format!("[{member}] {ja}") };
        let message_en = if field.is_empty() { format!("the body {en}") } else { format!("{field} {en}") };
        Self { field, rule, message_en, message_ja }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.message_en)
    }
}

/// The rules a request, an answer or a webhook can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A required member or parameter is missing or null.
    Required,
    /// Null where an answer always has a value.
    Null,
    /// Wrong JSON type.
    Type,
    /// Not one of the allowed values.
    Enum,
    /// Below the smallest or above the largest number.
    MinMax,
    /// A number that is refused although it lies between the bounds (a stock change of 0).
    Excluded,
    /// Too many characters.
    MaxLength,
    /// Too many rows.
    TooManyItems,
    /// Does not fit the pattern.
    Pattern,
    /// Not a number, date or time of the expected form.
    Format,
    /// A member the operation does not have.
    UnknownField,
    /// A query parameter the operation does not have.
    UnknownParameter,
    /// The same query parameter twice.
    DuplicateParameter,
    /// A date window that is missing, has one bound alone, spans more than 31 days or ends before it starts.
    Window,
}
