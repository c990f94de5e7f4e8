//! The emulator on a socket.
//!
//! Connections are served by hyper itself: a router in between has nothing to decide here and costs a quarter of a small answer.

use crate::{Emulator, console};
use axum::{
    Router,
    body::{Body as AxumBody, to_bytes},
    extract::State,
    response::IntoResponse,
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::{
    body::{Body, Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// Longest request body; the real service documents none (platform-common.md §12).
const MOST_BODY: usize = 64 * 1024 * 1024;
/// How long the listener rests when it cannot take a connection, for example when there are too many.
const REST: Duration = Duration::from_millis(100);

impl Emulator {
    /// Token host, API host and control interface as a service for a server of your own. The console is there if a `control_key` is set: who
    /// may reach this router is not known here.
    pub fn router(&self) -> Router {
        Router::new().fallback(routed).with_state(self.clone())
    }
}

/// Serves until `shutdown` is ready, with the console if the listener is on loopback or a `control_key` is set; answers under way are finished
/// then. Webhooks need [`Emulator::start_delivery`] beside it.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    emulator: Emulator,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let on_loopback = listener.local_addr()?.ip().is_loopback();
    let (ending, ended) = watch::channel(());
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            taken = listener.accept() => match taken {
                Ok((stream, _)) => drop(connections.spawn(connection(Served { emulator: emulator.clone(), on_loopback }, stream, ended.clone()))),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "the emulator cannot take a connection");
                    emulator.clock().sleep(REST).await;
                }
            },
        }
    }
    drop(listener);
    drop(ending);
    while connections.join_next().await.is_some() {}
    Ok(())
}

/// The caller went away before it was served; nothing is wrong here.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[derive(Clone)]
struct Served {
    emulator: Emulator,
    /// Only this machine can reach the socket.
    on_loopback: bool,
}

async fn connection(served: Served, stream: TcpStream, ended: watch::Receiver<()>) {
    // Small answers must not wait for the acknowledgement of the ones before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let served = served.clone();
        async move { Ok::<_, Infallible>(answer(&served, request).await) }
    });
    let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(serving);
    let mut ended = ended;
    tokio::select! {
        biased;
        // A broken connection is the caller's affair, or a fault that was asked for.
        _ = serving.as_mut() => {}
        _ = ended.changed() => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }
}

/// What goes out: an answer, or the start of one that breaks.
type Outgoing = Either<Full<Bytes>, BrokenBody>;

async fn answer(served: &Served, request: Request<Incoming>) -> Response<Outgoing> {
    let (parts, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(status) => return plain(status),
    };
    let request = Request::from_parts(parts, body);
    if console::is_asked(request.uri().path()) {
        let page = console::answer(&served.emulator, &request, served.on_loopback);
        return page.map(|body| Either::Left(Full::new(body)));
    }
    match served.emulator.exchange(&request).await {
        Ok(response) => response.map(|body| Either::Left(Full::new(body))),
        Err(_) => broken(),
    }
}

async fn read(body: Incoming) -> Result<Bytes, StatusCode> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let read = Limited::new(body, MOST_BODY).collect().await;
    read.map(|body| body.to_bytes()).map_err(|error| {
        if error.is::<LengthLimitError>() { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST }
    })
}

fn plain(status: StatusCode) -> Response<Outgoing> {
    let mut response = Response::new(Either::Left(Full::default()));
    *response.status_mut() = status;
    response
}

/// An answer whose body fails at once: the server closes the connection in the middle of it.
fn broken() -> Response<Outgoing> {
    let mut response = Response::new(Either::Right(BrokenBody));
    // A promised length, so that no client takes the empty body for a complete one.
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("1"));
    response
}

struct BrokenBody;

impl Body for BrokenBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::ConnectionAborted, "cut by a fault"))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(1)
    }
}

async fn routed(State(emulator): State<Emulator>, request: Request<AxumBody>) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let request = Request::from_parts(parts, body);
    if console::is_asked(request.uri().path()) {
        return console::answer(&emulator, &request, false).map(AxumBody::from);
    }
    match emulator.exchange(&request).await {
        Ok(response) => response.map(AxumBody::from),
        Err(_) => broken().map(AxumBody::new),
    }
}
