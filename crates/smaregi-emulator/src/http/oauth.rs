//! What the token endpoints have in common: forms read leniently, clients recognised, refusals in the words of OAuth2 (platform-common.md §4, §9.2).

use super::{Answer, form};
use crate::{
    problem::Problem,
    settings::{Settings, TokenErrorStyle},
    spec::AppSpec,
    state::World,
};
use base64::{Engine, alphabet, engine::GeneralPurpose, engine::general_purpose};
use http::HeaderMap;
use serde_json::Value;
use subtle::ConstantTimeEq;

/// Real clients send Basic credentials with and without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    general_purpose::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The fields of a token or authorization request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// A form, whatever its content type and charset say; or a JSON object of strings.
    pub(crate) fn read(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
        let json = body.starts_with(b"{").then(|| serde_json::from_slice::<Value>(body).ok()).flatten();
        match json.as_ref().and_then(Value::as_object) {
            Some(members) => Self(members.iter().flat_map(|(name, value)| texts(name, value)).collect()),
            None => Self::of_query(&String::from_utf8_lossy(body)),
        }
    }

    pub(crate) fn of_query(query: &str) -> Self {
        Self(form::pairs(query))
    }

    /// An empty value counts as not given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, Problem> {
        self.get(name).ok_or_else(|| invalid_request(name))
    }

    pub(crate) fn is_repeated(&self, name: &str) -> bool {
        self.0.iter().filter(|(key, _)| key == name).count() > 1
    }

    /// The wanted scopes in the order asked, each once. Joined by one blank, says the reference; leniently also in several
    /// fields and with commas.
    pub(crate) fn scopes(&self, lenient: bool) -> Result<Vec<String>, Problem> {
        let named = |key: &str| key == "scope" || (lenient && key.starts_with("scope["));
        let values = self.0.iter().filter(|(key, _)| named(key)).map(|(_, value)| value.as_str());
        let values = values.take(if lenient { usize::MAX } else { 1 });
        let between = |c: char| c.is_whitespace() || (lenient && c == ',');
        let mut scopes: Vec<String> = Vec::new();
        for scope in values.flat_map(|value| value.split(between)).filter(|scope| !scope.is_empty()) {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.into());
            }
        }
        if scopes.is_empty() { Err(invalid_request("scope")) } else { Ok(scopes) }
    }
}

/// A list in a JSON body counts as a repeated field.
fn texts(name: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::String(text) => vec![(name.to_owned(), text.clone())],
        Value::Number(number) => vec![(name.to_owned(), number.to_string())],
        Value::Array(items) => items.iter().flat_map(|item| texts(name, item)).collect(),
        _ => Vec::new(),
    }
}

/// The app behind Basic credentials or form fields. A native app has no secret, if `native` apps may ask at all.
pub(crate) fn client<'w>(
    world: &'w World,
    headers: &HeaderMap,
    form: &Form,
    native: bool,
) -> Result<&'w AppSpec, Problem> {
    let from_form = || Some((form.get("client_id")?.to_owned(), form.get("client_secret").map(Into::into)));
    let basic = basic_credentials(headers).map(|(id, secret)| (id, Some(secret)));
    let (id, secret) = basic.or_else(from_form).ok_or_else(|| invalid_request("client_id"))?;
    let app = world.app(&id).ok_or_else(invalid_client)?;
    let is_native = native && world.identities.profile(&id).is_some_and(|profile| profile.native);
    let proven = match secret.filter(|secret| !secret.is_empty()) {
        Some(secret) => secret.as_bytes().ct_eq(app.client_secret.as_bytes()).into(),
        None => is_native,
    };
    if proven { Ok(app) } else { Err(invalid_client()) }
}

/// Read as leniently as the real service does: braces and other foreign characters are skipped.
fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.trim_start().split_once(char::is_whitespace)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let code: String = rest.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/')).collect();
    let text = String::from_utf8(LENIENT.decode(code).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.into(), secret.into()))
}

/// A token answer is not to be kept by anybody on its way (RFC 6749 §5.1).
pub(crate) fn answer(outcome: Result<Answer, Problem>, settings: &Settings) -> Answer {
    let mut answer = outcome.unwrap_or_else(|problem| refusal(&problem, settings));
    answer.headers.extend([("cache-control", "no-store".into()), ("pragma", "no-cache".into())]);
    answer
}

pub(crate) fn refusal(problem: &Problem, settings: &Settings) -> Answer {
    let body = match settings.token.error_style {
        TokenErrorStyle::ProblemAndOauth => problem.body(settings),
        TokenErrorStyle::Oauth => problem.oauth_body(),
    };
    Answer { headers: problem.headers.clone(), ..Answer::json(problem.status, body.to_string()) }
}

pub(crate) fn invalid_request(parameter: &str) -> Problem {
    let description = format!(
        "The request is missing a required parameter, includes an invalid parameter value, \
         includes a parameter more than once, or is otherwise malformed. Check the `{parameter}` parameter"
    );
    Problem::oauth(400, "invalid_request", &description)
}

pub(crate) fn unsupported_grant() -> Problem {
    let description = "The authorization grant type is not supported by the authorization server.";
    Problem::oauth(400, "unsupported_grant_type", description)
}

pub(crate) fn invalid_client() -> Problem {
    Problem::oauth(401, "invalid_client", "Client authentication failed")
}

pub(crate) fn invalid_scope() -> Problem {
    Problem::oauth(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scopes_are_found_however_clients_write_them() {
        let scopes = |body: &str, lenient| Form::read(body.as_bytes()).scopes(lenient).unwrap_or_default().join(" ");
        for body in [
            "scope=pos.stock:read pos.stock:write",
            "scope=pos.stock%3Aread%20pos.stock%3Awrite",
            "scope=pos.stock:read+pos.stock:write+pos.stock:read",
        ] {
            assert_eq!(scopes(body, false), "pos.stock:read pos.stock:write");
        }
        for body in [
            "scope=pos.stock:read,pos.stock:write",
            "scope=pos.stock:read&scope=pos.stock:write",
            "scope[]=pos.stock:read&scope%5B%5D=pos.stock:write",
            r#"{"scope":["pos.stock:read","pos.stock:write"]}"#,
            "\u{feff}scope=pos.stock:read, pos.stock:write\r\n",
        ] {
            assert_eq!(scopes(body, true), "pos.stock:read pos.stock:write", "{body}");
        }
        assert_eq!(scopes("scope=a,b&scope=c", false), "a,b");
        assert!(Form::read(b"scope=%20").scopes(true).is_err());
    }

    proptest! {
        #[test]
        fn any_form_is_survived(body in prop::collection::vec(any::<u8>(), 0..80)) {
            drop(Form::read(&body).scopes(true));
        }
    }
}
