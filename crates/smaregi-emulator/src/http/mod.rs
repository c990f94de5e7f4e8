//! From an HTTP request to an answer: the checks of platform-common.md §8 in their order, then the operation.

pub(crate) mod api;
pub(crate) mod form;
pub(crate) mod limits;
pub(crate) mod lists;
pub(crate) mod server;
pub(crate) mod token;

use crate::{
    control,
    emulator::{Inner, State},
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
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let answer = match segments.as_slice() {
        ["control", rest @ ..] => control::answer(inner, state, request, rest),
        ["app", contract, "token"] => {
            state.count(format!("{} /app/{{contract}}/token", request.method()));
            match request.method().as_str() {
                "POST" => Ok(token::issue(inner, state, contract, request.headers(), request.body())),
                _ => Err(Problem::method_not_allowed()),
            }
        }
        ["authorize", ..] | ["userinfo"] => Err(Problem::not_emulated("sign-in with Smaregi")),
        [contract, product, rest @ ..] => api::answer(inner, state, request, contract, product, rest),
        _ => Err(Problem::no_such_path()),
    };
    let answer = answer.unwrap_or_else(|problem| Answer::problem(&problem, &inner.settings));
    answer.into_response(&inner.settings)
}

/// A refusal that no operation gave.
pub(crate) fn refuse(inner: &Inner, problem: &Problem) -> Response<Bytes> {
    Answer::problem(problem, &inner.settings).into_response(&inner.settings)
}
