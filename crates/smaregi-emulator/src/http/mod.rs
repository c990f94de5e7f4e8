//! From an HTTP request to an answer: the checks of platform-common.md §8 in their order, then the operation.

pub(crate) mod api;
mod files;
pub(crate) mod form;
mod gzip;
pub(crate) mod limits;
pub(crate) mod lists;
pub(crate) mod oauth;
mod person;
pub(crate) mod server;
pub(crate) mod token;

use crate::{
    control,
    emulator::{Inner, State},
    identity::{authorize, exchange, userinfo},
    problem::Problem,
    settings::Settings,
};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};

pub(crate) use api::bearer_text;

/// What the outside gets to see.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: String) -> Self {
        Self { status, content_type: "application/json", body, headers: Vec::new() }
    }

    fn problem(problem: &Problem, settings: &Settings) -> Self {
        let body = problem.body(settings).to_string();
        Self { headers: problem.headers.clone(), content_type: "", ..Self::json(problem.status, body) }
    }

    fn into_response(self, settings: &Settings) -> Response<Bytes> {
        let problem_type = settings.errors.content_type.as_str();
        let content_type = if self.content_type.is_empty() { problem_type } else { self.content_type };
        let mut response = Response::builder().status(self.status).header(header::CONTENT_TYPE, content_type);
        for (name, value) in &self.headers {
            response = response.header(*name, value);
        }
        response.body(Bytes::from(self.body)).unwrap_or_else(|_| {
            let mut broken = Response::new(Bytes::new());
            *broken.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            broken
        })
    }
}

/// Answers one request. Never fails and never waits.
pub(crate) fn handle(inner: &Inner, state: &mut State, request: &Request<Bytes>) -> Response<Bytes> {
    // Doubled and trailing slashes are tolerated, as real clients send them (platform-common.md §2).
    let path = request.uri().path();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if let ["files", rest @ ..] = segments.as_slice() {
        return files::answer(inner, state, request, rest).unwrap_or_else(|problem| refuse(inner, &problem));
    }
    let answer = match segments.as_slice() {
        ["control", rest @ ..] => control::answer(inner, state, request, rest),
        _ => front_door(inner, state, request, &segments),
    };
    let answer = answer.unwrap_or_else(|problem| Answer::problem(&problem, &inner.settings));
    answer.into_response(&inner.settings)
}

/// The two hosts of the service, which may share a name (platform-common.md §1).
fn front_door(
    inner: &Inner,
    state: &mut State,
    request: &Request<Bytes>,
    segments: &[&str],
) -> Result<Answer, Problem> {
    if let Some(problem) = state.maintenance.problem() {
        return Err(problem);
    }
    let hosts = &inner.settings.hosts;
    match segments {
        ["app", _, "token"] | ["authorize", ..] | ["userinfo"] => {
            check_host(request, &hosts.id)?;
            token_host(inner, state, request, segments)
        }
        [contract, product, rest @ ..] => {
            check_host(request, &hosts.api)?;
            api::answer(inner, state, request, contract, product, rest)
        }
        _ => Err(Problem::no_such_path()),
    }
}

fn token_host(
    inner: &Inner,
    state: &mut State,
    request: &Request<Bytes>,
    segments: &[&str],
) -> Result<Answer, Problem> {
    let (method, headers, body) = (request.method(), request.headers(), request.body());
    let counted = if segments[0] == "app" { "app/{contract}/token".into() } else { segments.join("/") };
    if matches!(segments, ["app", ..] | ["authorize", "token"] | ["authorize", "token", "refresh"]) {
        state.count(format!("{method} /{counted}"));
        if method != http::Method::POST {
            return Err(Problem::method_not_allowed("POST"));
        }
    }
    match segments {
        ["app", contract, "token"] => Ok(token::issue(inner, state, contract, headers, body)),
        ["authorize", "token"] => Ok(exchange::answer(inner, state, headers, body, false)),
        ["authorize", "token", "refresh"] => Ok(exchange::answer(inner, state, headers, body, true)),
        ["authorize", rest @ ..] => authorize::answer(inner, state, request, rest),
        _ => userinfo::answer(inner, state, request),
    }
}

/// Without a list of names, every name will do.
fn check_host(request: &Request<Bytes>, names: &[String]) -> Result<(), Problem> {
    if names.is_empty() {
        return Ok(());
    }
    let asked = host(request).unwrap_or_default();
    let known = names.iter().any(|name| name.eq_ignore_ascii_case(asked));
    if known { Ok(()) } else { Err(Problem::no_such_path()) }
}

/// The name a request was sent to, without port.
pub(crate) fn host<B>(request: &Request<B>) -> Option<&str> {
    let header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = header.or_else(|| request.uri().authority().map(|authority| authority.as_str()))?;
    Some(
        host.rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
            .map_or(host, |(host, _)| host),
    )
}

/// A refusal that no operation gave.
pub(crate) fn refuse(inner: &Inner, problem: &Problem) -> Response<Bytes> {
    Answer::problem(problem, &inner.settings).into_response(&inner.settings)
}
