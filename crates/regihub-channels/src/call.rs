//! One request, one answer: what every connector does with the status before it looks at the body.

use crate::{Answer, ChannelError, ChannelErrorKind, decode};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use regihub_ports::{Clock, Exchange, Transport, TransportErrorKind, exchange};
use serde::Deserialize;
use std::time::Duration;

/// A shop that asks for more is asked again after this time.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Sends the request; an answer outside 2xx becomes an error.
pub(crate) async fn send(
    transport: &dyn Transport,
    clock: &dyn Clock,
    request: Request<Bytes>,
) -> Result<Answer<Response<Bytes>>, ChannelError> {
    let (outcome, record) = exchange(transport, clock, request).await;
    let response = match outcome {
        Ok(response) => response,
        Err(error) => {
            let kind = match error.kind {
                TransportErrorKind::NotSent => ChannelErrorKind::NotSent,
                TransportErrorKind::Unclear => ChannelErrorKind::Unclear,
            };
            let message = format!("no answer from the shop: {}", error.message);
            return Err(ChannelError { kind, message, exchange: Some(Box::new(record)), retry_after: None });
        }
    };
    if response.status().is_success() {
        return Ok(Answer { value: response, exchange: record });
    }
    Err(refusal(&response, record, clock.now()))
}

fn refusal(response: &Response<Bytes>, record: Exchange, now: Timestamp) -> ChannelError {
    let status = response.status();
    let kind = match status.as_u16() {
        401 | 403 => ChannelErrorKind::Unauthorised,
        404 | 410 => ChannelErrorKind::NotFound,
        429 => ChannelErrorKind::RateLimited,
        408 | 500.. => ChannelErrorKind::Server,
        _ => ChannelErrorKind::Refused,
    };
    let said = said(response).map(|text| format!(": {text}")).unwrap_or_default();
    let message = match kind {
        ChannelErrorKind::Unauthorised => format!("the shop does not accept the API key ({status}){said}"),
        ChannelErrorKind::NotFound => format!("the shop has nothing at {} ({status}){said}", record.url),
        ChannelErrorKind::RateLimited => format!("the shop asks for fewer requests ({status}){said}"),
        ChannelErrorKind::Server => format!("the shop failed ({status}){said}"),
        _ => format!("the shop refused the request ({status}){said}"),
    };
    let retry_after = retry_after(response.headers(), now);
    ChannelError { kind, message, exchange: Some(Box::new(record)), retry_after }
}

/// The shop's own words: where a redirect leads, or the title and detail of `application/problem+json` (RFC 9457).
fn said(response: &Response<Bytes>) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        title: Option<String>,
        detail: Option<String>,
    }
    if response.status().is_redirection() {
        let target = response.headers().get(header::LOCATION)?.to_str().ok()?;
        return Some(format!("it sends us on to {}; enter that address instead", decode::shortened(target)));
    }
    let text = decode::text(response.body(), 64 * 1024).ok()?;
    let problem: Problem = serde_json::from_str(text).ok()?;
    let words = problem.detail.filter(|detail| !detail.is_empty()).or(problem.title)?;
    Some(decode::shortened(&words))
}

/// `Retry-After` in seconds, or as a date (RFC 9110 §10.2.3), at most a day.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = DateTimeParser::new().parse_timestamp(text).ok()?;
            Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO)
        }
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// An exchange for a call that had nothing to send.
pub(crate) fn nothing_sent(clock: &dyn Clock, method: &str, url: &str) -> Exchange {
    Exchange {
        at: clock.now_us(),
        method: method.to_owned(),
        url: url.to_owned(),
        request_body: Bytes::new(),
        status: None,
        response_body: Bytes::new(),
        error: None,
        elapsed_us: 0,
    }
}

/// What came instead of the expected body: `200 OK, text/html` tells a person that the address belongs to something else.
pub(crate) fn looks_like(status: StatusCode, headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("no content type");
    format!("{status}, {}", decode::shortened(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &'static str) -> Response<Bytes> {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        response.body(Bytes::from_static(body.as_bytes())).unwrap()
    }

    fn error(response: &Response<Bytes>) -> ChannelError {
        let now: Timestamp = "2026-11-21T01:00:00Z".parse().unwrap();
        let record = Exchange {
            at: 0,
            method: "GET".into(),
            url: "https://shop.example.jp/v1/health".into(),
            request_body: Bytes::new(),
            status: Some(response.status().as_u16()),
            response_body: response.body().clone(),
            error: None,
            elapsed_us: 0,
        };
        refusal(response, record, now)
    }

    #[test]
    fn every_status_says_what_to_do_next() {
        use ChannelErrorKind::*;
        for (status, kind) in [
            (301, Refused),
            (400, Refused),
            (401, Unauthorised),
            (403, Unauthorised),
            (404, NotFound),
            (408, Server),
            (409, Refused),
            (410, NotFound),
            (413, Refused),
            (422, Refused),
            (429, RateLimited),
            (500, Server),
            (503, Server),
            (999, Server),
        ] {
            assert_eq!(error(&answer(status, &[], "")).kind, kind, "{status}");
        }
    }

    #[test]
    fn the_shops_own_words_reach_the_shop_keeper() {
        let problem = r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"the key was revoked"}"#;
        assert!(error(&answer(401, &[], problem)).message.contains("the key was revoked"));
        assert!(error(&answer(500, &[], "<html>boom</html>")).message.contains("500"));
        let moved = error(&answer(301, &[("location", "https://www.shop.example.jp/")], ""));
        assert!(moved.message.contains("https://www.shop.example.jp/"), "{}", moved.message);
    }

    #[test]
    fn a_shop_that_asks_for_time_gets_it_but_not_for_ever() {
        let wait = |value: &'static str| error(&answer(503, &[("retry-after", value)], "")).retry_after;
        assert_eq!(wait("30"), Some(Duration::from_secs(30)));
        assert_eq!(wait("Sat, 21 Nov 2026 01:02:00 GMT"), Some(Duration::from_secs(120)));
        assert_eq!(wait("Sat, 21 Nov 2026 00:00:00 GMT"), Some(Duration::ZERO), "the time is already past");
        assert_eq!(wait("99999999999"), Some(MAX_RETRY_AFTER));
        assert_eq!(wait("soon"), None);
    }
}
