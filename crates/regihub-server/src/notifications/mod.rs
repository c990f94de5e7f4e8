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
    WrongContract {
        member: &'static str,
    },
    TooLong,
    Unreadable(String),
    /// The connection broke while the body was coming.
    Broken,
    NotStored,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, detail) = match self {
            Refusal::UnknownKey => {
                (StatusCode::NOT_FOUND, "no connection or shop has this notification address".into())
            }
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
    let owner = message.owner;
    match hub.storage.append(message).await {
        // A repeat is answered like the first: the sender may forget it.
        Ok(_) => {
            hub.engine.arrived(owner);
            Ok(StatusCode::OK)
        }
        Err(error) => {
            not_stored(&error);
            Err(Refusal::NotStored)
        }
    }
}

fn not_stored(error: &StorageError) {
    tracing::error!(%error, "a notification could not be stored and was answered with 503");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestHub;

    const BODY: &str =
        r#"{"contractId":"sb_demo01","event":"pos:transactions","action":"created","transactionHeadIds":["25"]}"#;
    const ADDRESS: &str = "/hooks/smaregi/hook-key-1";

    fn signed(path: &str, body: &str) -> http::request::Builder {
        TestHub::message(path, body).header("x-regihub-secret", "the-hook-secret")
    }

    async fn stored(hub: &TestHub) -> usize {
        hub.read(|unit| Ok(unit.inbox().list(None, None, 100)?.len())).await
    }

    #[tokio::test]
    async fn what_smaregi_tells_is_stored_as_it_came_before_it_is_acknowledged() {
        let hub = TestHub::with_a_shop().await.stranger();
        let message = signed(ADDRESS, BODY)
            .header("smaregi-event-id", "e-1")
            .header("smaregi-contract-id", "sb_demo01")
            .header("user-agent", "Smaregi-Platform-Api-Webhook/1.2.4(sandbox)");
        let answer = hub.send(message).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
        let message = hub.read(|unit| Ok(unit.inbox().list(None, None, 1)?.remove(0))).await;
        assert_eq!(message.body, BODY);
        assert_eq!((message.event.as_str(), message.action.as_str()), ("pos:transactions", "created"));
        assert_eq!(message.message_id.as_deref(), Some("e-1"));
        assert_eq!(message.owner.to_string(), "connection:1");
        assert!(
            message.headers.contains("Smaregi-Platform-Api-Webhook") && !message.headers.contains("the-hook-secret")
        );
    }

    #[tokio::test]
    async fn a_repeat_is_answered_like_the_first_and_stored_once() {
        let hub = TestHub::with_a_shop().await;
        hub.notify("e-1", BODY).await;
        hub.notify("e-1", BODY).await;
        assert_eq!(stored(&hub).await, 1);
    }

    #[tokio::test]
    async fn who_does_not_know_the_secret_or_names_another_contract_is_refused() {
        let hub = TestHub::with_a_shop().await.stranger();
        let cases = [
            (TestHub::message(ADDRESS, BODY), 401, "no secret"),
            (TestHub::message(ADDRESS, BODY).header("x-regihub-secret", "the-hook-secre"), 401, "a wrong secret"),
            (signed("/hooks/smaregi/hook-key-2", BODY), 404, "an unknown key"),
            (signed("/hooks/smaregi/shop-key-1", BODY), 404, "a key of another kind"),
            (signed(ADDRESS, BODY).header("smaregi-contract-id", "other"), 403, "another contract in the header"),
            (signed(ADDRESS, &BODY.replace("sb_demo01", "other")), 403, "another contract in the body"),
        ];
        for (message, status, case) in cases {
            let answer = hub.send(message).await;
            assert_eq!(answer.status, status, "{case}: {}", answer.text);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert!(!answer.text.contains("sb_demo01"), "tells nothing: {}", answer.text);
        }
        assert_eq!(stored(&hub).await, 0);
    }

    #[tokio::test]
    async fn what_is_broken_or_too_long_is_refused_and_stored_nowhere() {
        let hub = TestHub::with_a_shop().await.stranger();
        let answer = hub.send(signed(ADDRESS, r#"{"contractId":"sb_demo01","#)).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text.contains("EOF while parsing"), "says what is wrong: {}", answer.text);
        let long = format!(r#"{{"contractId":"sb_demo01","event":"e","x":"{}"}}"#, "x".repeat(MAX_BODY));
        assert_eq!(hub.send(signed(ADDRESS, &long)).await.status, 413);
        assert_eq!(hub.send(signed(ADDRESS, &long).header("content-length", long.len())).await.status, 413);
        assert_eq!(stored(&hub).await, 0);
    }

    #[tokio::test]
    async fn what_cannot_be_stored_is_not_acknowledged() {
        let hub = TestHub::with_a_shop().await.stranger();
        hub.notify("e-1", BODY).await;
        hub.break_table("inbox").await;
        let answer = hub.send(signed(ADDRESS, BODY)).await;
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(answer.headers.contains_key("retry-after"));
    }

    #[tokio::test]
    async fn a_shop_s_webhook_is_taken_when_its_channel_knows_the_signature() {
        let hub = TestHub::with_a_shop().await.stranger();
        let body = r#"{"type":"order.placed","data":{"id":"1001","sequence":1}}"#;
        let address = "/hooks/shop/shop-key-1";
        assert_eq!(hub.send(TestHub::message(address, body)).await.status, 401);
        assert_eq!(stored(&hub).await, 0);
        let good = |body: &str| {
            TestHub::message(address, body).header("webhook-signature", "good").header("webhook-id", "w-1")
        };
        assert_eq!(hub.send(good("{")).await.status, 400);
        assert_eq!(hub.send(good(body)).await.status, 200);
        let message = hub.read(|unit| Ok(unit.inbox().list(None, None, 1)?.remove(0))).await;
        assert_eq!((message.event.as_str(), message.message_id.as_deref()), ("order.placed", Some("w-1")));
        assert!(message.headers.contains("webhook-id") && !message.headers.contains("good"), "{}", message.headers);
    }

    #[tokio::test]
    async fn a_revoked_address_ends_within_half_a_minute() {
        let hub = TestHub::with_a_shop().await.stranger();
        hub.notify("e-1", BODY).await;
        hub.write(|unit| {
            unit.sql().execute("delete from link", &[])?;
            unit.sql().execute("delete from connection", &[])
        })
        .await;
        assert_eq!(hub.send(signed(ADDRESS, BODY)).await.status, 200, "known from before");
        hub.pass(31).await;
        assert_eq!(hub.send(signed(ADDRESS, BODY)).await.status, 404);
    }

    #[tokio::test]
    async fn the_route_of_the_benchmark_is_there_only_when_asked_for_and_stores_nothing() {
        let hub = TestHub::with_a_shop().await.stranger();
        assert_eq!(hub.send(signed("/hooks/null/x", BODY)).await.status, 404);
        let hub = TestHub::with_options(|options| options.bench_routes = true).await;
        assert_eq!(hub.send(signed("/hooks/null/x", BODY)).await.status, 200);
        assert_eq!(hub.send(signed("/hooks/null/x", "{")).await.status, 400);
        assert_eq!(stored(&hub).await, 0);
    }
}
