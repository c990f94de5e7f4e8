//! What can be wrong with the data although each file can be read.

use std::fmt;

/// The data cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[error("{file}: at `{path}`: {reason}")]
pub struct CatalogueError {
    /// Name of the data file, e.g. `platform-pos.json`.
    pub file: &'static str,
    /// Place inside the file, e.g. `endpoints[3].query[0].typ`.
    pub path: String,
    /// What was found and what is allowed.
    pub reason: String,
}

/// The data contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What sort of contradiction.
    pub kind: FaultKind,
    /// Where: an endpoint (`POST /stock/bulk request`), a schema or an event, with the field.
    pub place: String,
    /// The name or value at fault.
    pub detail: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}: {}", self.kind, self.place, self.detail)
    }
}

/// Sorts of contradictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// `$ref` names a schema that is not there.
    MissingSchema,
    /// `$extends` names a schema that is not there, or itself through others.
    MissingBase,
    /// `enum_ref` names an enum that is not there.
    MissingEnum,
    /// Two endpoints with the same method and path.
    DuplicateEndpoint,
    /// Two schemas, enums, events or scopes with the same name.
    DuplicateName,
    /// A field or parameter is listed twice.
    DuplicateField,
    /// A value is listed twice among the allowed ones.
    DuplicateValue,
    /// An endpoint names an event that is not there.
    MissingWebhook,
    /// An endpoint names an action its event does not have.
    MissingAction,
    /// An endpoint names a scope that is not there.
    UnknownScope,
    /// A name is both offered and refused.
    OfferedAndRefused,
    /// `path_params` and the braces in the path differ.
    PathParams,
    /// A method the service does not have.
    Method,
    /// A `-from` without its `-to`, or the other way round.
    LoneBound,
    /// A rule about parameters names one that is not there.
    MissingParameter,
    /// The type is not one of the notation's.
    UnknownType,
    /// A default that breaks the field's own rules, or bounds that exclude everything.
    Contradiction,
    /// A pattern the matcher does not understand.
    Pattern,
    /// `ids_shape` cannot be read, or comes without `ids_key`.
    IdsShape,
}
