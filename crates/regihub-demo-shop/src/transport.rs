use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, Response};
use regihub_ports::{BoxFuture, Transport, TransportError, TransportErrorKind};
use tower::ServiceExt;

/// More than any page or answer of the shop needs.
const MOST_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Marks an answer that must not arrive: in the process the caller gets an unclear end, over a socket the connection breaks.
#[derive(Clone)]
pub(crate) struct CutConnection;

/// The shop's handlers as a [`Transport`], without sockets.
#[derive(Clone)]
pub struct ShopTransport(Router);

impl ShopTransport {
    pub(crate) fn new(router: Router) -> Self {
        Self(router)
    }
}

impl Transport for ShopTransport {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let router = self.0.clone();
        Box::pin(async move {
            let answer = match router.oneshot(request.map(Body::from)).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            };
            if answer.extensions().get::<CutConnection>().is_some() {
                return Err(unclear("the connection was cut before the answer"));
            }
            let (parts, body) = answer.into_parts();
            let body =
                axum::body::to_bytes(body, MOST_ANSWER_BYTES).await.map_err(|error| unclear(&error.to_string()))?;
            Ok(Response::from_parts(parts, body))
        })
    }
}

fn unclear(message: &str) -> TransportError {
    TransportError { kind: TransportErrorKind::Unclear, message: message.to_owned() }
}
