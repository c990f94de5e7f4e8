use crate::Clock;
use bytes::Bytes;
use http::{Request, Response};
use std::sync::Arc;

pub use futures_util::future::BoxFuture;

pub type SharedTransport = Arc<dyn Transport>;

/// Request in, response out. Behind it: the network, an in-process server, or a recorder.
pub trait Transport: Send + Sync {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>>;
}

/// No answer came. What matters for a write is whether it may have been done.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    pub kind: TransportErrorKind,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportErrorKind {
    /// The request never left (name not found, connection refused, address not allowed): certainly not done.
    NotSent,
    /// Time-out or a broken connection after the request left: it may have been done.
    Unclear,
}

/// One request with its response, for the exchange log. Holds bodies as sent; whoever stores it masks and cuts.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// When the request was sent, microseconds since 1970, UTC.
    pub at: i64,
    pub method: String,
    pub url: String,
    pub request_body: Bytes,
    /// `None` when no answer came.
    pub status: Option<u16>,
    pub response_body: Bytes,
    pub error: Option<String>,
    pub elapsed_us: i64,
}

/// Sends a request and keeps the record of it.
pub async fn exchange(
    transport: &dyn Transport,
    clock: &dyn Clock,
    request: Request<Bytes>,
) -> (Result<Response<Bytes>, TransportError>, Exchange) {
    let at = clock.now_us();
    let mut record = Exchange {
        at,
        method: request.method().to_string(),
        url: request.uri().to_string(),
        request_body: request.body().clone(),
        status: None,
        response_body: Bytes::new(),
        error: None,
        elapsed_us: 0,
    };
    let outcome = transport.send(request).await;
    record.elapsed_us = clock.now_us() - at;
    match &outcome {
        Ok(response) => {
            record.status = Some(response.status().as_u16());
            record.response_body = response.body().clone();
        }
        Err(error) => record.error = Some(error.to_string()),
    }
    (outcome, record)
}
