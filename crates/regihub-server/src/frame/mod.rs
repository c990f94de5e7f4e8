//! What every page shares: the running server, who looks at it, in which language, and what wraps the answer.

mod around;
mod page;
mod reason;
mod server;
mod visitor;
mod words;

pub(crate) use around::{around_pages, csrf_layer};
pub(crate) use page::{Page, PageError, live_page, still_page};
pub(crate) use server::{Hub, Server};
pub(crate) use visitor::{Member, Visitor};
pub(crate) use words::{Frame, Section, midnight};
