//! The generic channel against a stand-in shop, and against answers no shop should give.

mod answers;
mod contract;
mod fake_shop;
mod hooks;
mod survival;

use crate::{Channel, ChannelConfig, open};
use bytes::Bytes;
use http::{Request, Response};
use regihub_ports::{BoxFuture, Clock, SharedTransport, Transport, TransportError, TransportErrorKind};
use std::sync::{Arc, Mutex};

const KEY: &str = "demo-key";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// 2026-11-21T10:00:00+09:00
const NOW_US: i64 = 1_795_222_800_000_000;

fn config() -> ChannelConfig {
    ChannelConfig {
        channel: "generic".into(),
        base_url: "https://shop.example.jp/".into(),
        api_key: KEY.into(),
        hook_secret: SECRET.into(),
    }
}

fn channel(transport: SharedTransport) -> Arc<dyn Channel> {
    open(&config(), transport, Arc::new(StoppedClock)).unwrap()
}

/// It is always ten o'clock.
struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(NOW_US).unwrap()
    }

    fn sleep(&self, _: std::time::Duration) -> BoxFuture<'static, ()> {
        unreachable!("a channel never waits")
    }
}

/// Gives the same answer to everything and remembers what was asked.
struct Scripted {
    answer: Result<(u16, String), TransportError>,
    asked: Mutex<Vec<Request<Bytes>>>,
}

impl Scripted {
    fn new(status: u16, body: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { answer: Ok((status, body.into())), asked: Mutex::default() })
    }

    fn nobody(kind: TransportErrorKind) -> Arc<Self> {
        let message = "connection refused".to_owned();
        Arc::new(Self { answer: Err(TransportError { kind, message }), asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|r| format!("{} {}", r.method(), r.uri())).collect()
    }
}

impl Transport for Scripted {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.asked.lock().unwrap().push(request);
        let answer = self.answer.clone().map(|(status, body)| {
            Response::builder().status(status).header("content-type", "application/json").body(body.into()).unwrap()
        });
        Box::pin(std::future::ready(answer))
    }
}
