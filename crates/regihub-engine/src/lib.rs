//! The work that must not be lost.
//!
//! ```text
//! notification ─► sort ─► inbox + jobs ─► reader lane ─► flows ─► ledgers ─► publications ─► shop lane ─► shop
//!                                                                 └► intents ─► outbox lane ─► Smaregi
//! ```
//!
//! * [`sort`] says which jobs a raw notification asks for: "sale 123 of connection 1 may have changed". Both are stored in one commit. A notification never
//!   carries the truth.
//! * A connection has two **lanes**: the reader (`lanes::reader`) reads the current state and applies it, one call at a time, so that an older
//!   answer can never be applied after a newer one; the outbox (`lanes::outbox`) writes intents to Smaregi.
//! * A shop has one lane (`lanes::shop`): it reads the order feed first and pushes stock after, so a number never ignores an order that could be known.
//! * All lanes of an owner run on the one node that holds its lease (`keeper`); what they write is fenced by it (`desk`).
//! * [`flows`] hold what is done with an answer; each applies it and writes the follow-up work in one unit of work.
//! * One lane of one node tidies away what is too old (`lanes::tidy`, [`Retention`]).
//! * Reconcilers are the same reads without a notification (I2).

mod convert;
mod desk;
mod engine;
pub mod facts;
pub mod flows;
mod hub;
mod keeper;
pub mod kinds;
mod lanes;
mod options;
mod retention;
mod signals;
mod sorting;

pub use engine::{Engine, EngineParts};
pub use hub::{Hub, TAG_PREFIX, Transports};
pub use options::EngineOptions;
pub use retention::Retention;
pub use sorting::sort;
