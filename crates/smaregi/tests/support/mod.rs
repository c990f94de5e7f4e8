//! A Smaregi that says what the test tells it to, one line after the other, and remembers what it was asked. Time is virtual.
#![allow(dead_code, reason = "each test file uses its own part")]

use bytes::Bytes;
use http::{Request, Response, header};
use jiff::Timestamp;
use regihub_ports::{
    BoxFuture, Dice, Exchange, SharedClock, Transport, TransportError, TransportErrorKind, VirtualClock,
};
use smaregi::platform::{Client, ClientOptions, Environment, Observer};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

pub const SECRET: &str = "the-shops-secret";

/// What Smaregi does with one request.
#[derive(Clone)]
pub struct Line {
    after: Duration,
    outcome: Result<(u16, Option<&'static str>, String), TransportErrorKind>,
}

pub fn says(status: u16, body: impl ToString) -> Line {
    Line { after: Duration::ZERO, outcome: Ok((status, None, body.to_string())) }
}

pub fn says_wait(status: u16, retry_after: &'static str) -> Line {
    Line { after: Duration::ZERO, outcome: Ok((status, Some(retry_after), String::new())) }
}

/// The request left, no answer came.
pub fn falls_silent() -> Line {
    Line { after: Duration::ZERO, outcome: Err(TransportErrorKind::Unclear) }
}

pub fn cannot_be_reached() -> Line {
    Line { after: Duration::ZERO, outcome: Err(TransportErrorKind::NotSent) }
}

impl Line {
    pub fn after_ms(mut self, ms: u64) -> Self {
        self.after = Duration::from_millis(ms);
        self
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Since the world began.
    pub at_ms: i64,
    pub method: String,
    pub host: String,
    pub path: String,
    /// Still encoded.
    pub query: String,
    pub body: String,
    pub authorization: String,
    pub content_type: Option<String>,
}

/// Smaregi behind the wire.
pub struct World {
    began: i64,
    clock: SharedClock,
    api: Mutex<VecDeque<Line>>,
    tokens: Mutex<VecDeque<Line>>,
    seen: Mutex<Vec<Seen>>,
    recorded: Mutex<Vec<Exchange>>,
}

impl World {
    /// A client whose calls get these lines; token calls are granted for an hour.
    pub fn answering(lines: impl IntoIterator<Item = Line>) -> (Client, Arc<World>) {
        Self::with_options(options(), lines, [])
    }

    /// Token calls get `tokens` first.
    pub fn with_options(
        options: ClientOptions,
        lines: impl IntoIterator<Item = Line>,
        tokens: impl IntoIterator<Item = Line>,
    ) -> (Client, Arc<World>) {
        let clock: SharedClock = Arc::new(VirtualClock::starting_at("2026-11-21T00:00:00Z".parse().unwrap()));
        let world = Arc::new(World {
            began: clock.now_us(),
            clock: clock.clone(),
            api: Mutex::new(lines.into_iter().collect()),
            tokens: Mutex::new(tokens.into_iter().collect()),
            seen: Mutex::default(),
            recorded: Mutex::default(),
        });
        let client = Client::new(options, world.clone(), clock, Dice::from_seed(7)).with_observer(world.clone());
        (client, world)
    }

    /// Requests to the API host.
    pub fn calls(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| !seen.path.ends_with("/token")).cloned().collect()
    }

    pub fn token_calls(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.path.ends_with("/token")).cloned().collect()
    }

    pub fn only_call(&self) -> Seen {
        let calls = self.calls();
        assert_eq!(calls.len(), 1, "{calls:#?}");
        calls[0].clone()
    }

    /// What the observer was shown.
    pub fn recorded(&self) -> Vec<Exchange> {
        self.recorded.lock().unwrap().clone()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub async fn wait(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    fn note(&self, request: &Request<Bytes>) -> bool {
        let text = |name| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let seen = Seen {
            at_ms: (self.clock.now_us() - self.began) / 1000,
            method: request.method().to_string(),
            host: request.uri().host().unwrap().to_owned(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            body: String::from_utf8(request.body().to_vec()).unwrap(),
            authorization: text(header::AUTHORIZATION).unwrap(),
            content_type: text(header::CONTENT_TYPE),
        };
        let is_token = seen.path.ends_with("/token");
        self.seen.lock().unwrap().push(seen);
        is_token
    }

    fn next_line(&self, is_token: bool) -> Line {
        if !is_token {
            return self.api.lock().unwrap().pop_front().expect("a request nobody expected");
        }
        let number = self.token_calls().len();
        self.tokens.lock().unwrap().pop_front().unwrap_or_else(|| says(200, token(&format!("token-{number}"), 3600)))
    }
}

pub fn token(access_token: &str, expires_in: u32) -> String {
    format!(
        r#"{{"scope":"pos.stores:read","token_type":"Bearer","expires_in":{expires_in},"access_token":"{access_token}"}}"#
    )
}

pub fn options() -> ClientOptions {
    ClientOptions::new(Environment::Sandbox, "sb_demo01", "the-app", SECRET, ["pos.stores:read", "pos.stock:write"])
}

impl Transport for World {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let is_token = self.note(&request);
        let line = self.next_line(is_token);
        Box::pin(async move {
            self.clock.sleep(line.after).await;
            let (status, retry_after, body) = line.outcome.map_err(|kind| {
                let message = if kind == TransportErrorKind::NotSent { "connection refused" } else { "time-out" };
                TransportError { kind, message: message.to_owned() }
            })?;
            let mut response = Response::builder().status(status);
            if let Some(text) = retry_after {
                response = response.header(header::RETRY_AFTER, text);
            }
            Ok(response.body(Bytes::from(body)).unwrap())
        })
    }
}

impl Observer for World {
    fn exchanged(&self, exchange: &Exchange) {
        self.recorded.lock().unwrap().push(exchange.clone());
    }
}
