//! The HTTP side of the hub: notification endpoints, pages for people, a small JSON API.
//!
//! Three kinds of doors, kept apart:
//!
//! - [`notifications`] — `POST /hooks/…`, called by Smaregi and by shops. Durable first, then 200; no sessions, no middleware.
//! - [`pages`] — what people see. One file per page with its handler, its context type and its tests. Every page works without script;
//!   live regions are the same handler minus the frame (header `x-fragment`).
//! - [`api`] — `/api/v1` for scripts, answers in JSON, errors as `application/problem+json`.
//!
//! No business rules live here: pages read through `regihub_storage::views`, and whatever must happen is asked of the engine through
//! [`EngineHandle`] or written as a dirty job in the same unit of work.

mod api;
mod app;
mod assets;
mod auth;
mod engine_handle;
mod frame;
mod i18n;
mod notifications;
mod pages;
mod problem;
#[cfg(test)]
mod testing;

pub use app::{App, ServerOptions, router};
pub use auth::hash_password;
pub use engine_handle::{EngineHandle, HookInfo};
