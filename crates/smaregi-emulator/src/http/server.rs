//! The emulator on a socket.

use crate::{Emulator, console};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use std::{future::Future, io};

/// Longest request body; the real service documents none (platform-common.md §12).
const MOST_BODY: usize = 64 * 1024 * 1024;

impl Emulator {
    /// Token host, API host and control interface on one address. The console is there if a `control_key` is set: who may reach this
    /// router is not known here.
    pub fn router(&self) -> Router {
        routed(Served { emulator: self.clone(), on_loopback: false })
    }
}

#[derive(Clone)]
struct Served {
    emulator: Emulator,
    /// Only this machine can reach the socket.
    on_loopback: bool,
}

fn routed(served: Served) -> Router {
    Router::new().fallback(answer).with_state(served)
}

/// Serves until `shutdown` is ready, with the console if the listener is on loopback or a `control_key` is set. Webhooks need [`Emulator::start_delivery`] beside it.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    emulator: Emulator,
    listener: tokio::net::TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let on_loopback = listener.local_addr()?.ip().is_loopback();
    let router = routed(Served { emulator, on_loopback });
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}

async fn answer(State(served): State<Served>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BODY).await else {
        return http::StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let request = http::Request::from_parts(parts, body);
    if console::is_asked(request.uri().path()) {
        return console::answer(&served.emulator, &request, served.on_loopback).map(Body::from);
    }
    match served.emulator.exchange(&request).await {
        Ok(response) => response.map(Body::from),
        Err(_) => broken_connection(),
    }
}

/// An answer whose body fails at once: the server closes the connection in the middle of it.
fn broken_connection() -> Response {
    let failure = || Err::<Bytes, _>(io::Error::new(io::ErrorKind::ConnectionAborted, "cut by a fault"));
    let mut response = Response::new(Body::from_stream(stream::once(async move { failure() })));
    // A promised length, so that no client takes the empty body for a complete one.
    response.headers_mut().insert(http::header::CONTENT_LENGTH, http::HeaderValue::from_static("1"));
    response
}
