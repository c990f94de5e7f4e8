//! The emulator on a socket.

use crate::Emulator;
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
    /// Token host, API host and control interface on one address.
    pub fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }
}

/// Serves until `shutdown` is ready. Webhooks need [`Emulator::start_delivery`] beside it.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    emulator: Emulator,
    listener: tokio::net::TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, emulator.router()).with_graceful_shutdown(shutdown).await
}

async fn answer(State(emulator): State<Emulator>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BODY).await else {
        return http::StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match emulator.exchange(&http::Request::from_parts(parts, body)).await {
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
