//! `POST /hooks/…`: durable first, then 200 (I1).
//!
//! This is the hot path. One request costs a map look-up, a comparison, one pass over the JSON and one append, which the storage commits
//! in groups. So there is no middleware here, no log line per request, and nothing is read from the database.

mod addresses;
mod null;
mod shop;
mod smaregi;

use crate::{frame::Hub, problem::Problem};
use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use regihub_storage::{NewMessage, StorageError};

pub(crate) use addresses::Addresses;

/// Longest body taken. Smaregi's notifications carry only ids; the generic channel's contract names the same limit.
const MAX_BODY: usize = 1024 * 1024;

pub(crate) fn routes(bench: bool) -> Router<Hub> {
    let routes = Router::new()
        .route("/hooks/smaregi/{hook_key}", post(smaregi::receive))
        .route("/hooks/shop/{hook_key}", post(shop::receive));
    if bench { routes.route("/hooks/null/{hook_key}", post(null::receive)) } else { routes }
}

/// Why a notification was not taken. What the sender must not learn stays out of the text.
#[derive(Debug)]
enum Refusal {
    UnknownKey,
    WrongSecret,
    WrongContract { member: &'static str },
    TooLong,
    Unreadable(String),
    /// The connection broke while the body was coming.
    Broken,
    NotStored,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, detail) = match self {
            Refusal::UnknownKey => (StatusCode::NOT_FOUND, "no connection or shop has this notification address".into()),
            Refusal::WrongSecret => (StatusCode::UNAUTHORIZED, "the secret or signature is missing or wrong".into()),
            Refusal::WrongContract { member } => {
                (StatusCode::FORBIDDEN, format!("{member}: names another contract than this address belongs to"))
            }
            Refusal::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, format!("body: more than {MAX_BODY} bytes")),
            Refusal::Unreadable(detail) => (StatusCode::BAD_REQUEST, detail),
            Refusal::Broken => (StatusCode::BAD_REQUEST, "body: ended before it was complete".into()),
            Refusal::NotStored => {
                (StatusCode::SERVICE_UNAVAILABLE, "the notification could not be stored; it was not taken".into())
            }
        };
        Problem::new(status, detail).into_response()
    }
}

/// The last part of the path, without going through an extractor that would copy it.
fn key_in(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn text_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let announced = text_header(headers, header::CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_BODY as u64) {
        return Err(Refusal::TooLong);
    }
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::TooLong),
        Err(_) => Err(Refusal::Broken),
    }
}

/// Answers 200 with an empty body, as Smaregi asks (platform-common.md §15.3), once the message is durable.
async fn store(hub: &Hub, message: NewMessage) -> Result<StatusCode, Refusal> {
    match hub.storage.append(message).await {
        // A repeat is answered like the first: the sender may forget it.
        Ok(_) => Ok(StatusCode::OK),
        Err(error) => {
            not_stored(&error);
            Err(Refusal::NotStored)
        }
    }
}

fn not_stored(error: &StorageError) {
    tracing::error!(%error, "a notification could not be stored and was answered with 503");
}
