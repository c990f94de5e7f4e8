//! The pages: one module each.

pub(super) mod apps;
pub(super) mod aside;
pub(super) mod clock;
pub(super) mod closing;
pub(super) mod documents;
pub(super) mod faults;
pub(super) mod goods;
pub(super) mod mails;
mod order;
mod order_entry;
pub(super) mod order_stores;
pub(super) mod orders;
pub(super) mod overview;
pub(super) mod people;
pub(super) mod requests;
pub(super) mod sales;
pub(super) mod stock;
pub(super) mod stocktaking;
pub(super) mod tills;
pub(super) mod webhooks;

/// `/console/stock?q=…&after=…` of the members that are not empty.
fn address(path: &str, members: &[(&str, &str)]) -> String {
    let full = members.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> = full.map(|(name, value)| format!("{name}={}", crate::http::form::encode(value))).collect();
    if query.is_empty() { path.into() } else { format!("{path}?{}", query.join("&")) }
}
