//! `POST /app/{contract}/token`: app access tokens (platform-common.md §4, §9.2).

use super::{Answer, form};
use crate::{
    emulator::{Inner, State},
    http::limits::Class,
    problem::Problem,
    settings::TokenErrorStyle,
    state::{Entry, Token},
};
use base64::{Engine, alphabet, engine::GeneralPurpose, engine::general_purpose};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::json;
use smaregi_catalogue::Catalogue;

/// Real clients send Basic credentials with and without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    general_purpose::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(crate) fn issue(inner: &Inner, state: &mut State, contract: &str, headers: &HeaderMap, body: &Bytes) -> Answer {
    grant(inner, state, contract, headers, body).unwrap_or_else(|problem| {
        let body = match inner.settings.token.error_style {
            TokenErrorStyle::ProblemAndOauth => problem.body(&inner.settings),
            TokenErrorStyle::Oauth => problem.oauth_body(),
        };
        Answer { headers: problem.headers.clone(), ..Answer::json(problem.status, body.to_string()) }
    })
}

fn grant(
    inner: &Inner,
    state: &mut State,
    contract: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let now = inner.now();
    let form = form::pairs(&String::from_utf8_lossy(body));
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let (client_id, secret) = credentials(headers)
        .or_else(|| Some((field("client_id")?.into(), field("client_secret")?.into())))
        .ok_or_else(|| missing("client_id"))?;
    match field("grant_type") {
        None | Some("") => return Err(missing("grant_type")),
        Some("client_credentials") => {}
        Some(_) => return Err(unsupported_grant()),
    }
    let app = state.world.app(&client_id).filter(|app| app.client_secret == secret).ok_or_else(invalid_client)?.clone();
    if state.world.shop(contract).is_none() {
        return Err(invalid_client());
    }
    if inner.settings.limits.count_token_requests {
        state.limiter.admit(&inner.settings, &client_id, contract, Class::Write, now)?;
    }
    let scopes = asked_scopes(inner.catalogue, &app.scopes, field("scope"))?;
    let expires = now + inner.settings.token.lifetime_s;
    let token = write_token(inner, &client_id, contract, &scopes, now, expires);
    let answer = json!({
        "scope": scopes.join(" "),
        "token_type": "Bearer",
        "expires_in": inner.settings.token.lifetime_s,
        "access_token": token,
    });
    state.world.forget_expired_tokens(now);
    state.world.record(Entry::Token(Token { token, client_id, contract_id: contract.into(), scopes, expires }));
    state.world.save()?;
    Ok(Answer::json(200, answer.to_string()))
}

/// Nothing is granted partially (§7.7).
fn asked_scopes(catalogue: &Catalogue, allowed: &[String], asked: Option<&str>) -> Result<Vec<String>, Problem> {
    let asked: Vec<String> = asked.unwrap_or_default().split_whitespace().map(Into::into).collect();
    if asked.is_empty() {
        return Err(missing("scope"));
    }
    let fine = |scope: &String| catalogue.is_scope(scope) && allowed.contains(scope);
    if asked.iter().all(fine) {
        return Ok(asked);
    }
    let description = "The requested scope is invalid, unknown, or malformed";
    Err(Problem::oauth(400, "invalid_scope", description))
}

/// Basic credentials, read as leniently as the real service does: braces and other foreign characters are skipped.
fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(char::is_whitespace)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let code: String = rest.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/')).collect();
    let text = String::from_utf8(LENIENT.decode(code).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.into(), secret.into()))
}

/// The claims of real tokens. The signature is noise: no client can verify it, as no key is published.
fn write_token(inner: &Inner, client: &str, contract: &str, scopes: &[String], now: i64, expires: i64) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let claims = json!({
        "aud": client,
        "jti": hex(&inner.dice.bytes::<40>()),
        "iat": now,
        "nbf": now,
        "exp": expires,
        "sub": contract,
        "scopes": scopes,
    });
    let encode = |bytes: &[u8]| general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let header = encode(br#"{"typ":"JWT","alg":"RS256"}"#);
    format!("{header}.{}.{}", encode(claims.to_string().as_bytes()), encode(&inner.dice.bytes::<256>()))
}

fn missing(parameter: &str) -> Problem {
    let description = format!(
        "The request is missing a required parameter, includes an invalid parameter value, \
         includes a parameter more than once, or is otherwise malformed. Check the `{parameter}` parameter"
    );
    Problem::oauth(400, "invalid_request", &description)
}

fn unsupported_grant() -> Problem {
    let description = "The authorization grant type is not supported by the authorization server.";
    Problem::oauth(400, "unsupported_grant_type", description)
}

fn invalid_client() -> Problem {
    Problem::oauth(401, "invalid_client", "Client authentication failed")
}
