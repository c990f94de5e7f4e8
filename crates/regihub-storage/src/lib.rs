//! Durable storage in the domain's words, on SQLite (default) and PostgreSQL.
//!
//! ```text
//!  append ─┐                     ┌─ savepoint: unit of work ─┐
//!  write ──┼─► queue ─► writer ──┼─ savepoint: unit of work ─┼─► one commit ─► everybody is answered
//!  write ──┘                     └─ insert into inbox ───────┘
//!  read ─────► queue ─► reader ──── one consistent state ────────────────────► answered
//! ```
//!
//! Storage is synchronous inside, on two blocking drivers behind the small trait [`sql::Sql`]. There is no hop between threads per
//! statement, only per unit of work, and a simulation can run everything in place ([`Mode::Inline`]).
//!
//! # Adding a room
//! 1. Write the tables into a new file in `migrations/` (with `{id}`, `{bytes}`, `bigint`, `text`), and add it to the end of
//!    the list in `migrate.rs`. Never change a migration that was released.
//! 2. Write `repo/<room>.rs`: plain row structs, and a struct that borrows `&mut dyn Sql`, one statement per method, no decisions.
//!    One SQL text serves both databases; what differs is a word of `dialect.rs`. Lists of ids go in as one JSON list
//!    (`{any_text $n}`), many rows through `execute_many`.
//! 3. Name it in `repo/mod.rs` and give it a door in `unit.rs`.
//! 4. Tell its story in `tests/behaviour/`: each story runs on SQLite with threads, SQLite inline and PostgreSQL.

mod backend;
pub mod body;
mod dialect;
mod disk;
mod error;
mod folder;
mod inline;
mod maintenance;
mod mask;
mod migrate;
mod owner;
mod postgres;
mod reader;
mod repo;
mod seal;
pub mod sql;
mod sqlite;
mod storage;
mod task;
mod threads;
mod unit;
pub mod views;
mod writer;

pub use error::{Result, StorageError};
pub use owner::Owner;
pub use repo::*;
pub use seal::{MasterKey, Secret};
pub use storage::{Location, Mode, Options, Storage};
pub use unit::Unit;
