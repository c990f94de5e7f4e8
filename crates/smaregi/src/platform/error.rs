use regihub_ports::Exchange;
use std::{fmt, time::Duration};

/// Why a call failed.
#[derive(Clone, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    pub kind: ErrorKind,
    /// One line for a person, in English; Smaregi's own words in it stay Japanese.
    pub message: String,
    /// The last exchange; `None` when nothing was sent.
    pub exchange: Option<Box<Exchange>>,
    /// How long Smaregi asked us to wait, as it said it.
    pub retry_after: Option<Duration>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl AsRef<str>) -> Self {
        Self { kind, message: one_line(message.as_ref()), exchange: None, retry_after: None }
    }

    /// The caller asked for something Smaregi would refuse; nothing was sent.
    pub(crate) fn refused_unsent(message: impl AsRef<str>) -> Self {
        Self::new(ErrorKind::Refused, message)
    }

    pub(crate) fn with_exchange(mut self, exchange: Exchange) -> Self {
        self.exchange = Some(Box::new(exchange));
        self
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        self.kind.is_transient()
    }
}

/// Errors are logged; the bodies of their exchange, which may name people, are not.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Error")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("status", &self.exchange.as_ref().and_then(|exchange| exchange.status))
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request never left, or the token it needed could not be had: certainly not done.
    NotSent,
    /// No answer came although the request left: a write may have been done. Writes are never repeated here.
    Unclear,
    /// Client id, secret or token not accepted.
    Unauthorised,
    /// A scope, the contract's plan or a role is missing. `scope` is the one the operation needs, where known.
    Forbidden { scope: Option<String> },
    /// The id in the path or the contract does not exist.
    NotFound,
    /// 400 and its relatives: what we asked for is not acceptable, and asking again does not help.
    Refused,
    /// 429, still after all attempts.
    RateLimited,
    /// 5xx: a write may have been done.
    Server,
    /// An answer came that cannot be read; the message names the place in the JSON. A write was probably done.
    Decode,
}

impl ErrorKind {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::NotSent | Self::Unclear | Self::RateLimited | Self::Server)
    }

    /// What is known about a write that ended like this.
    pub fn write_outcome(&self) -> Outcome {
        match self {
            Self::Unclear | Self::Server | Self::Decode => Outcome::Unknown,
            Self::NotSent
            | Self::Unauthorised
            | Self::Forbidden { .. }
            | Self::NotFound
            | Self::Refused
            | Self::RateLimited => Outcome::NotDone,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Certainly not done: it may be sent again as it is.
    NotDone,
    /// Look it up before sending it again: Smaregi has no idempotency keys.
    Unknown,
}

/// Messages end up in tables and logs: one line, at most 400 characters.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.chars().nth(400).is_none() { line } else { line.chars().take(399).chain(['…']).collect() }
}
