//! The generic channel: contract `regihub-generic/1`, described in `docs/channels/generic.md`.

mod config;
mod hook;
mod requests;
mod service;
#[cfg(test)]
mod tests;
mod wire;

pub use service::open;

/// The name of this connector in a shop's settings.
pub const KIND: &str = "generic";
/// What the shop must answer to the connection test.
pub const CONTRACT: &str = "regihub-generic/1";
