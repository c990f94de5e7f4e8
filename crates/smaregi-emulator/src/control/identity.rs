//! `/control` for people, apps and their tokens.

use super::{Refusal, read};
use crate::{
    emulator::{Inner, State},
    identity::{AppProfile, Approval, TokenExpiry, UserSpec, hex_key},
    problem::Problem,
    state::{RefreshToken, Token},
    time,
};
use bytes::Bytes;
use http::Request;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Email {
    email: String,
}

pub(super) fn answer(
    inner: &Inner,
    state: &mut State,
    request: &Request<Bytes>,
    rest: &[&str],
) -> Result<Value, Problem> {
    let identities = &state.world.identities;
    match (request.method().as_str(), rest) {
        ("GET", ["users"]) => Ok(json!(identities.users().collect::<Vec<_>>())),
        ("GET", ["app-profiles"]) => Ok(json!(identities.profiles().collect::<Vec<_>>())),
        ("GET", ["subscriptions"]) => Ok(json!(identities.subscriptions().collect::<Vec<_>>())),
        ("GET", ["consents"]) => Ok(json!(identities.consents().collect::<Vec<_>>())),
        ("GET", ["tokens"]) => Ok(tokens(state)),
        ("GET", ["token-key"]) => Ok(json!({ "alg": "HS256", "key_hex": hex_key(inner, state)? })),
        ("POST", ["users"]) => {
            let user: UserSpec = read(request)?;
            inner.add_user(state, user.clone()).refused()?;
            Ok(json!(user))
        }
        ("POST", ["users", "remove"]) => {
            inner.remove_user(state, &read::<Email>(request)?.email).refused()?;
            Ok(json!({}))
        }
        ("POST", ["app-profiles"]) => {
            let profile: AppProfile = read(request)?;
            inner.set_app_profile(state, profile.clone()).refused()?;
            Ok(json!(profile))
        }
        ("POST", ["subscriptions"]) => {
            let order = read(request)?;
            Ok(json!(inner.subscribe(state, &order).refused()?))
        }
        ("POST", ["sign-in"]) => {
            let order: Approval = read(request)?;
            Ok(json!({ "location": inner.decide(state, &order).refused()? }))
        }
        ("POST", ["tokens", "expire"]) => {
            let whose: TokenExpiry = read(request)?;
            Ok(json!({ "expired": inner.expire_tokens(state, &whose).refused()? }))
        }
        _ => Err(Problem::no_such_path()),
    }
}

/// Who holds tokens. The tokens themselves stay out: whoever may see this may get new ones.
fn tokens(state: &State) -> Value {
    let access = |token: &Token| {
        json!({ "kind": "access", "client_id": token.client_id, "contract_id": token.contract_id, "user": token.user,
            "scopes": token.scopes, "expires": time::format(token.expires) })
    };
    let refresh = |token: &RefreshToken| {
        let grant = &token.grant;
        json!({ "kind": "refresh", "client_id": grant.client_id, "contract_id": grant.contract_id, "user": grant.user,
            "scopes": grant.scopes, "expires": time::format(token.expires) })
    };
    let all = state.world.tokens().map(|token| access(token));
    Value::Array(all.chain(state.world.identities.refresh_tokens().map(refresh)).collect())
}
