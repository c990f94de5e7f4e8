//! `POST /authorize/token`: codes and refresh tokens against access tokens (platform-common.md §5.2, §5.3).

use super::{
    consent::opaque,
    request::is_pkce_text,
    sign::{AccessToken, Signer, issue_access_token},
};
use crate::{
    emulator::{Inner, State},
    http::{
        Answer,
        limits::Class,
        oauth::{self, Form, invalid_request, invalid_scope, unsupported_grant},
    },
    problem::Problem,
    state::{Code, Entry, Grant, IdentityEntry, RefreshToken},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const DAY: i64 = 86_400;

/// `refresh_path`: the call came to `/authorize/token/refresh`, which one source names; the grant type may be missing there.
pub(crate) fn answer(
    inner: &Inner,
    state: &mut State,
    headers: &HeaderMap,
    body: &Bytes,
    refresh_path: bool,
) -> Answer {
    oauth::answer(grant(inner, state, headers, &Form::read(body), refresh_path), &inner.settings)
}

fn grant(
    inner: &Inner,
    state: &mut State,
    headers: &HeaderMap,
    form: &Form,
    refresh_path: bool,
) -> Result<Answer, Problem> {
    let client_id = oauth::client(&state.world, headers, form, true)?.client_id.clone();
    let kind = match form.get("grant_type") {
        None if refresh_path => "refresh_token",
        _ => form.require("grant_type")?,
    };
    let answer = match kind {
        "authorization_code" => exchange_code(inner, state, &client_id, form),
        "refresh_token" => refresh(inner, state, &client_id, form),
        _ => Err(unsupported_grant()),
    }?;
    state.world.save()?;
    Ok(Answer::json(200, answer.to_string()))
}

/// A code works once, for the app that got it, with the same redirect URI and the verifier of its challenge.
fn exchange_code(inner: &Inner, state: &mut State, client_id: &str, form: &Form) -> Result<Value, Problem> {
    let sent = form.require("code")?;
    let wrong = || refused(inner, 400, "The authorization code is invalid, expired or already used.");
    let known = state.world.identities.code(sent).filter(|code| code.expires > inner.now());
    let code = known.filter(|code| code.grant.client_id == client_id).ok_or_else(wrong)?.clone();
    if code.redirect_uri.is_some() && form.get("redirect_uri") != code.redirect_uri.as_deref() {
        return Err(refused(inner, 400, "The redirect URI is not the one of the authorization request."));
    }
    check_verifier(&code, form.get("code_verifier"))?;
    still_allowed(state, &code.grant).ok_or_else(wrong)?;
    admit(inner, state, &code.grant)?;
    state.world.record(Entry::Identity(IdentityEntry::CodeGone(code.code)));
    let mut answer = access(inner, state, &code.grant, &code.grant.scopes)?;
    if code.grant.scopes.iter().any(|scope| scope == "offline_access") {
        answer["refresh_token"] = json!(new_refresh_token(inner, state, &code.grant));
    }
    Ok(answer)
}

fn refresh(inner: &Inner, state: &mut State, client_id: &str, form: &Form) -> Result<Value, Problem> {
    let sent = form.require("refresh_token")?;
    let status = inner.settings.token.refresh_error_status;
    let wrong = || refused(inner, status, "The refresh token is invalid.");
    let known = state.world.identities.refresh_token(sent).filter(|token| token.expires > inner.now());
    let token = known.filter(|token| token.grant.client_id == client_id).ok_or_else(wrong)?.clone();
    still_allowed(state, &token.grant).ok_or_else(wrong)?;
    // Fewer scopes may be asked for, never more (RFC 6749 §6).
    let scopes = match form.get("scope") {
        Some(_) => form.scopes(inner.settings.token.lenient_scopes)?,
        None => token.grant.scopes.clone(),
    };
    if !scopes.iter().all(|scope| token.grant.scopes.contains(scope)) {
        return Err(invalid_scope());
    }
    admit(inner, state, &token.grant)?;
    let mut answer = access(inner, state, &token.grant, &scopes)?;
    if inner.settings.token.rotate {
        state.world.record(Entry::Identity(IdentityEntry::RefreshGone(token.token)));
        answer["refresh_token"] = json!(new_refresh_token(inner, state, &token.grant));
    }
    Ok(answer)
}

/// Token requests count, on the contract they are for (platform-common.md §10).
fn admit(inner: &Inner, state: &mut State, grant: &Grant) -> Result<(), Problem> {
    if !inner.settings.limits.count_token_requests {
        return Ok(());
    }
    state.limiter.admit(&inner.settings, &grant.client_id, &grant.contract_id, Class::Write, inner.now())
}

/// The person still belongs to the contract, and the contract still uses the app. Gives `{contract}:{user}`.
fn still_allowed(state: &State, grant: &Grant) -> Option<String> {
    let identities = &state.world.identities;
    let membership = identities.user(&grant.user)?.membership(&grant.contract_id)?;
    identities.is_active(&grant.client_id, &grant.contract_id).then(|| membership.subject())
}

fn access(inner: &Inner, state: &mut State, grant: &Grant, scopes: &[String]) -> Result<Value, Problem> {
    let subject = still_allowed(state, grant).unwrap_or_default();
    let wanted = AccessToken {
        client_id: &grant.client_id,
        contract_id: &grant.contract_id,
        user: Some(&grant.user),
        subject: &subject,
        scopes,
    };
    let mut answer = issue_access_token(inner, state, &wanted)?;
    if scopes.iter().any(|scope| scope == "openid") {
        let claims = super::userinfo::claims(state, &grant.user, &grant.contract_id, scopes);
        answer["id_token"] = json!(id_token(inner, state, &grant.client_id, claims)?);
    }
    Ok(answer)
}

/// Its content was never seen; what OpenID Connect asks for, and what the user information says (our choice).
fn id_token(inner: &Inner, state: &mut State, client_id: &str, about: Option<Value>) -> Result<String, Problem> {
    let (now, lifetime) = (inner.now(), inner.settings.token.lifetime_s);
    let issuer = inner.settings.hosts.id.first().map_or("id.smaregi.dev", String::as_str);
    let mut claims = json!({
        "iss": format!("https://{issuer}"),
        "aud": client_id,
        "iat": now,
        "exp": now.saturating_add(lifetime),
    });
    for (name, value) in about.as_ref().and_then(Value::as_object).into_iter().flatten() {
        claims[name] = value.clone();
    }
    Ok(Signer::of(inner, state)?.jwt(&claims))
}

fn new_refresh_token(inner: &Inner, state: &mut State, grant: &Grant) -> String {
    let lifetime = inner.settings.token.refresh_lifetime_days.saturating_mul(DAY);
    let token =
        RefreshToken { token: opaque(inner), grant: grant.clone(), expires: inner.now().saturating_add(lifetime) };
    let text = token.token.clone();
    state.world.record(Entry::Identity(IdentityEntry::Refresh(token)));
    text
}

fn check_verifier(code: &Code, verifier: Option<&str>) -> Result<(), Problem> {
    let Some((challenge, method)) = &code.challenge else { return Ok(()) };
    let verifier = verifier.filter(|text| is_pkce_text(text)).ok_or_else(|| invalid_request("code_verifier"))?;
    let made = match method.as_str() {
        "S256" => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
        _ => verifier.to_owned(),
    };
    if made.as_bytes().ct_eq(challenge.as_bytes()).into() {
        return Ok(());
    }
    Err(Problem::oauth(400, "invalid_grant", "Failed to verify `code_verifier`."))
}

fn refused(inner: &Inner, status: u16, description: &str) -> Problem {
    Problem::oauth(status, inner.settings.token.grant_error.word(), description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_fits_its_challenge() {
        // The example of RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = |text: &str, method: &str| {
            let grant =
                Grant { client_id: String::new(), contract_id: String::new(), user: String::new(), scopes: vec![] };
            let challenge = Some((text.to_owned(), method.to_owned()));
            Code { code: String::new(), grant, redirect_uri: None, challenge, expires: 0 }
        };
        let good = challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "S256");
        check_verifier(&good, Some(verifier)).unwrap();
        check_verifier(&challenge(verifier, "plain"), Some(verifier)).unwrap();
        let error =
            |verifier: Option<&str>| check_verifier(&good, verifier).unwrap_err().extra("error").map(str::to_owned);
        assert_eq!(error(Some(&"x".repeat(43))).as_deref(), Some("invalid_grant"));
        assert_eq!(error(Some("short")).as_deref(), Some("invalid_request"));
        assert_eq!(error(None).as_deref(), Some("invalid_request"));
    }
}
