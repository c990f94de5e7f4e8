//! The emulator behind a [`Transport`]: calls without sockets, for simulations and tests.

use crate::{Cut, Emulator};
use bytes::Bytes;
use http::{Request, Response};
use regihub_ports::{BoxFuture, Transport, TransportError, TransportErrorKind};

/// Sends every request to the emulator, whatever its host.
#[derive(Clone)]
pub struct EmulatorTransport(pub Emulator);

impl Transport for EmulatorTransport {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move { self.0.exchange(&request).await.map_err(broken) })
    }
}

/// A client cannot tell the two cuts apart.
fn broken(_: Cut) -> TransportError {
    TransportError { kind: TransportErrorKind::Unclear, message: "the connection broke before the answer".into() }
}
