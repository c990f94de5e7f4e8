//! Why a call to a shop failed, in the terms by which the caller decides what to do next.

use regihub_ports::Exchange;
use std::time::Duration;

#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ChannelError {
    pub kind: ChannelErrorKind,
    pub message: String,
    /// The record of the request; `None` when there was none to make.
    pub exchange: Option<Box<Exchange>>,
    /// How long the shop asks to be left alone.
    pub retry_after: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelErrorKind {
    /// The request never left: certainly not done.
    NotSent,
    /// No answer came: it may have been done.
    Unclear,
    /// The key is wrong or may not do this (401, 403).
    Unauthorised,
    /// Nothing at this address (404, 410).
    NotFound,
    /// The shop understood and said no (other 3xx and 4xx); the same request will be refused again.
    Refused,
    /// Too many requests (429).
    RateLimited,
    /// The shop failed (5xx, 408).
    Server,
    /// The answer is not what the contract says.
    Decode,
}

impl ChannelErrorKind {
    /// Whether the same request may succeed later without anybody changing something.
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::NotSent | Self::Unclear | Self::RateLimited | Self::Server)
    }
}

impl ChannelError {
    /// An error without a request.
    pub(crate) fn not_sent(message: impl Into<String>) -> Self {
        Self { kind: ChannelErrorKind::NotSent, message: message.into(), exchange: None, retry_after: None }
    }

    /// An answer that breaks the contract.
    pub(crate) fn decode(message: impl Into<String>, exchange: Exchange) -> Self {
        Self {
            kind: ChannelErrorKind::Decode,
            message: message.into(),
            exchange: Some(Box::new(exchange)),
            retry_after: None,
        }
    }
}
