//! What can go wrong while storing, sorted by what the caller can do about it.

pub type Result<T> = std::result::Result<T, StorageError>;

/// Cloneable, because everybody whose work was in a failed commit gets the same error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// Somebody else holds what is needed (a lock, a deadlock was broken). The same work may succeed when it is tried again.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// No room left. Nothing is lost; the same work succeeds once there is room.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The file is not a database or is damaged. Only a backup helps.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// Another process works on the same data folder.
    #[error("{0}")]
    InUse(String),
    /// The row that was named does not exist.
    #[error("{what} {id} does not exist")]
    NotFound { what: &'static str, id: String },
    /// The work contradicts what is stored: a name that must be unique is taken, or a row that is referred to is missing.
    #[error("contradicts what is stored: {0}")]
    Conflict(String),
    /// Input or a stored value that must not be used: a wrong key, a changed migration, an unreadable field.
    #[error("{0}")]
    Refused(String),
    /// The storage was closed.
    #[error("the storage is closed")]
    Closed,
    /// Anything else the database said (connection lost, I/O error, a mistake in our SQL).
    #[error("the database failed: {0}")]
    Backend(String),
}

impl StorageError {
    pub(crate) fn not_found(what: &'static str, id: impl std::fmt::Display) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    /// A stored text that does not say what it should: names the place, what was read, what is allowed.
    pub(crate) fn unreadable(place: &str, got: &str, allowed: &str) -> Self {
        Self::Refused(format!("{place}: stored value {got:?} cannot be read; allowed: {allowed}"))
    }
}

/// `text` as JSON in our own form; `place` names the column for the message.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(place: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| StorageError::Refused(format!("{place}: stored JSON cannot be read: {e}")))
}

pub(crate) fn to_json<T: serde::Serialize>(place: &str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| StorageError::Refused(format!("{place}: cannot be written as JSON: {e}")))
}
