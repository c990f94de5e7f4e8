//! `POST /app/{contract}/token`: app access tokens (platform-common.md §4).

use super::{
    Answer,
    oauth::{self, Form, invalid_client, invalid_scope, unsupported_grant},
};
use crate::{
    emulator::{Inner, State},
    http::limits::Class,
    identity::{AccessToken, issue_access_token},
    problem::Problem,
};
use bytes::Bytes;
use http::HeaderMap;

pub(crate) fn issue(inner: &Inner, state: &mut State, contract: &str, headers: &HeaderMap, body: &Bytes) -> Answer {
    oauth::answer(grant(inner, state, contract, headers, body), &inner.settings)
}

fn grant(
    inner: &Inner,
    state: &mut State,
    contract: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let now = inner.now();
    let form = Form::read(body);
    let app = oauth::client(&state.world, headers, &form, false)?.clone();
    if form.require("grant_type")? != "client_credentials" {
        return Err(unsupported_grant());
    }
    // Until a contract uses the app, no token is issued for it (§3).
    let identities = &state.world.identities;
    if state.world.shop(contract).is_none() || !identities.is_active(&app.client_id, contract) {
        return Err(invalid_client());
    }
    let client_id = app.client_id.as_str();
    if inner.settings.limits.count_token_requests {
        state.limiter.admit(&inner.settings, client_id, contract, Class::Write, now)?;
    }
    let scopes = form.scopes(inner.settings.token.lenient_scopes)?;
    let may = |scope: &String| {
        // The identity scopes are for user tokens only (§7.5).
        let known = inner.catalogue.scopes().iter().any(|known| known.name == *scope && !known.user_only);
        known && app.scopes.contains(scope) && state.world.identities.is_approved(client_id, contract, scope)
    };
    // Nothing is granted partially (§7.7).
    if !scopes.iter().all(may) {
        return Err(invalid_scope());
    }
    let wanted = AccessToken { client_id, contract_id: contract, user: None, subject: contract, scopes: &scopes };
    let answer = issue_access_token(inner, state, &wanted)?;
    state.world.save()?;
    Ok(Answer::json(200, answer.to_string()))
}
