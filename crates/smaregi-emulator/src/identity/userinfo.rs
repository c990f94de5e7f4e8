//! `/userinfo`: who signed in (platform-common.md §6).

use crate::{
    emulator::{Inner, State},
    http::{Answer, api::bearer},
    problem::Problem,
    settings::UserinfoMethods,
};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

pub(crate) fn answer(inner: &Inner, state: &State, request: &Request<Bytes>) -> Result<Answer, Problem> {
    match (request.method().as_str(), inner.settings.userinfo.methods) {
        ("POST", _) | ("GET", UserinfoMethods::GetAndPost) => {}
        (_, UserinfoMethods::GetAndPost) => return Err(Problem::method_not_allowed("GET, POST")),
        (_, UserinfoMethods::PostOnly) => return Err(Problem::method_not_allowed("POST")),
    }
    let token = bearer(state, request.headers(), inner.now())?;
    let asked = token.scopes.iter().any(|scope| scope == "openid");
    let user = token.user.as_deref().filter(|_| asked);
    let user = user.ok_or_else(|| Problem::missing_scope("openid", &inner.settings))?;
    let claims = claims(state, user, &token.contract_id, &token.scopes).ok_or_else(Problem::access_denied)?;
    Ok(Answer::json(200, claims.to_string()))
}

/// What the scopes let an app know; `None` when the person does not belong to the contract any more.
pub(super) fn claims(state: &State, user: &str, contract: &str, scopes: &[String]) -> Option<Value> {
    let user = state.world.identities.user(user)?;
    let membership = user.membership(contract)?;
    let mut claims = json!({
        "sub": membership.subject(),
        "contract": { "id": contract, "user_id": membership.user_id, "is_owner": membership.is_owner },
    });
    let granted = |name: &str| scopes.iter().any(|scope| scope == name);
    if granted("profile") {
        claims["name"] = json!(user.name);
    }
    if granted("email") {
        claims["email"] = json!(user.email);
        claims["email_verified"] = json!(user.email_verified);
    }
    Some(claims)
}
