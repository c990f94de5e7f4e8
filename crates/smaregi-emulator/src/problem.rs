//! Refusals, in the shape of the real service (platform-common.md §9).

use crate::settings::Settings;
use http::StatusCode;
use serde_json::{Map, Value, json};

/// A refused call. Becomes a problem object.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub status: u16,
    pub title: &'static str,
    pub detail: Option<String>,
    kind: &'static str,
    /// Further members: `error`, `error_description`, `scope`.
    extra: Vec<(&'static str, String)>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Problem {
    fn new(status: u16, title: &'static str, detail: Option<String>) -> Self {
        let (extra, headers) = Default::default();
        Self { status, title, detail, kind: "about:blank", extra, headers }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(400, "Bad Request", Some(detail.into()))
    }

    /// A field problem: the detail begins with the member's name in brackets.
    pub(crate) fn field(field: &str, detail: &str) -> Self {
        Self::bad_request(format!("[{field}] {detail}"))
    }

    /// An id in a body that does not exist.
    pub(crate) fn unknown_reference(field: &str) -> Self {
        Self::field(field, &format!("指定された{field}のリソースが見つかりません。"))
    }

    /// An id in the path that does not exist.
    pub(crate) fn not_found(name: &str) -> Self {
        Self::new(404, "NotFound", Some(format!("指定された{name}のリソースが見つかりません。")))
    }

    /// What the row is like does not allow it.
    pub(crate) fn conflict(detail: &str) -> Self {
        Self::new(409, "Conflict", Some(detail.into()))
    }

    pub(crate) fn no_such_path() -> Self {
        Self::new(404, "NotFound", Some("存在しないURIです。".into()))
    }

    /// `allow` names the methods that are: `GET, POST` (RFC 9110 §15.5.6).
    pub(crate) fn method_not_allowed(allow: &str) -> Self {
        let mut problem = Self::new(405, "Method Not Allowed", Some("許可されていないメソッドです。".into()));
        problem.headers.push(("allow", allow.into()));
        problem
    }

    pub(crate) fn too_many_requests() -> Self {
        let mut problem = Self::new(429, "Too Many Requests", None);
        problem.headers.push(("retry-after", "1".into()));
        problem
    }

    pub(crate) fn plan_excludes() -> Self {
        Self::new(403, "Forbidden", Some("ご契約のプランではご利用いただけません。".into()))
    }

    pub(crate) fn forbidden(detail: &str) -> Self {
        Self::new(403, "Forbidden", Some(detail.into()))
    }

    /// The endpoint is in the catalogue, but this emulator does not play it.
    pub(crate) fn not_emulated(operation: &str) -> Self {
        Self::new(501, "Not Implemented", Some(format!("known endpoint, not emulated yet: {operation}")))
    }

    pub(crate) fn internal(detail: &str) -> Self {
        Self::new(500, "Internal Server Error", Some(detail.into()))
    }

    /// A failure on request (see faults).
    pub(crate) fn status(status: u16) -> Self {
        let title = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Error");
        Self::new(status, title, None)
    }

    pub(crate) fn unavailable(status: u16, retry_after: Option<u64>) -> Self {
        let mut problem = Self::status(status);
        problem.headers.extend(retry_after.map(|seconds| ("retry-after", seconds.to_string())));
        problem
    }

    /// The one body that was captured from the real service (§9.3).
    pub(crate) fn access_denied() -> Self {
        Self {
            kind: "https://api.smaregi.jp/problems/oauth2/access_denied",
            extra: vec![
                ("error", "access_denied".into()),
                ("error_description", "The resource owner or authorization server denied the request.".into()),
            ],
            ..Self::new(401, "Access Denied", None)
        }
    }

    pub(crate) fn missing_scope(scope: &str, settings: &Settings) -> Self {
        if settings.errors.missing_scope_status == 401 {
            return Self::access_denied();
        }
        let description = "The request requires higher privileges than provided by the access token.";
        Self {
            kind: "https://api.smaregi.jp/problems/oauth2/insufficient_scope",
            extra: vec![
                ("error", "insufficient_scope".into()),
                ("error_description", description.into()),
                ("scope", scope.into()),
            ],
            ..Self::new(settings.errors.missing_scope_status, "Insufficient Scope", None)
        }
    }

    /// A refusal of the token host (§9.2).
    pub(crate) fn oauth(status: u16, error: &str, description: &str) -> Self {
        let title = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Error");
        let mut problem = Self::new(status, title, None);
        problem.extra = vec![("error", error.into()), ("error_description", description.into())];
        if error == "invalid_client" {
            problem.headers.push(("www-authenticate", "Basic realm=\"OAuth\"".into()));
        }
        problem
    }

    /// A further member, e.g. `error`.
    pub(crate) fn extra(&self, name: &str) -> Option<&str> {
        self.extra.iter().find(|(member, _)| *member == name).map(|(_, value)| value.as_str())
    }

    /// The problem object.
    pub fn body(&self, settings: &Settings) -> Value {
        let title = if self.status == 404 { settings.errors.not_found_title.as_str() } else { self.title };
        let mut body = Map::new();
        body.insert("type".into(), json!(self.kind));
        body.insert("title".into(), json!(title));
        if let Some(detail) = &self.detail {
            body.insert("detail".into(), json!(detail));
        }
        body.insert("status".into(), json!(self.status));
        self.add_extra(&mut body);
        Value::Object(body)
    }

    /// `error` and `error_description` only, as plain OAuth2 has it.
    pub(crate) fn oauth_body(&self) -> Value {
        let mut body = Map::new();
        self.add_extra(&mut body);
        Value::Object(body)
    }

    fn add_extra(&self, body: &mut Map<String, Value>) {
        body.extend(self.extra.iter().map(|(name, value)| ((*name).into(), json!(value))));
    }
}
