//! Step 8 of the checks (platform-common.md §8): what the person behind a user token may not do, before anything is looked at for its own sake.

use super::api::{Call, read_body};
use crate::{
    identity::{Membership, limits},
    problem::Problem,
    resources,
};
use bytes::Bytes;
use http::Request;
use serde_json::Value;

pub(super) fn check(call: &mut Call<'_>, member: &Membership, request: &Request<Bytes>) -> Result<(), Problem> {
    limits::check_role(member, call.endpoint)?;
    if member.stores.is_empty() {
        return Ok(());
    }
    // An unreadable body is refused later, for what it is.
    let is_read = call.endpoint.method == "GET";
    let body = if is_read { Value::Null } else { read_body(request.body()).unwrap_or_default() };
    limits::check_stores(member, &call.params, &call.query, &body)?;
    match row_of(call) {
        Some(row) => limits::check_row(member, &row),
        None => Ok(()),
    }
}

/// The row a call is about: what GET answers on its path, or on the longest part of it that has an answer of its own.
fn row_of(call: &mut Call<'_>) -> Option<Value> {
    let endpoint = call.endpoint;
    let fill = |path: String, (name, value): &(&str, String)| path.replace(&format!("{{{name}}}"), value);
    let path = call.params.iter().fold(endpoint.path.clone(), fill);
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
    let mut parts: Vec<&str> = ends.filter(|end| *end > 0).map(|end| &path[..end]).collect();
    parts.reverse();
    let single = |part: &&str| {
        let found = call.catalogue().find(endpoint.product, "GET", part);
        found.filter(|found| !found.params.is_empty())
    };
    let found = parts.iter().find_map(single)?;
    let (params, query) = (std::mem::take(&mut call.params), std::mem::take(&mut call.query));
    (call.endpoint, call.params) = (found.endpoint, found.params);
    let answer = resources::check_path(call).and_then(|()| resources::run(call));
    (call.endpoint, call.params, call.query) = (endpoint, params, query);
    serde_json::from_str::<Value>(&answer.ok()?.body).ok().filter(Value::is_object)
}
