//! `POST /hooks/smaregi/{hook_key}`: a webhook of Smaregi's platform API (platform-common.md §15).

use super::{Refusal, key_in, not_stored, read_body, store, text_header};
use crate::frame::Hub;
use axum::extract::State;
use http::{HeaderMap, Request, StatusCode};
use regihub_storage::NewMessage;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

const CONTRACT_HEADER: &str = "smaregi-contract-id";
const EVENT_ID_HEADER: &str = "smaregi-event-id";

pub(super) async fn receive(State(hub): State<Hub>, request: Request<axum::body::Body>) -> Result<StatusCode, Refusal> {
    let (head, body) = request.into_parts();
    let address = hub.addresses.connection(&hub, key_in(head.uri.path())).await.map_err(|error| {
        not_stored(&error);
        Refusal::NotStored
    })?;
    let address = address.ok_or(Refusal::UnknownKey)?;
    if !address.knows_sender(&head.headers) {
        return Err(Refusal::WrongSecret);
    }
    if text_header(&head.headers, CONTRACT_HEADER).is_some_and(|contract| contract != address.contract_id) {
        return Err(Refusal::WrongContract { member: CONTRACT_HEADER });
    }
    let body = read_body(&head.headers, body).await?;
    let note = parse(&body)?;
    if note.contract_id != address.contract_id {
        return Err(Refusal::WrongContract { member: "contractId" });
    }
    let (event, action) = (note.event.into_owned(), note.action.into_owned());
    let verdict = hub.engine.sort(address.owner, &event, &body);
    let message = NewMessage {
        received_at: hub.clock.now_us(),
        owner: address.owner,
        event,
        action,
        message_id: text_header(&head.headers, EVENT_ID_HEADER).filter(|id| !id.is_empty()).map(str::to_owned),
        headers: kept_headers(&head.headers),
        body,
        verdict,
    };
    store(&hub, message).await
}

/// The members every body has (platform-common.md §15.2). The ids are the engine's business.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(super) struct Note<'a> {
    #[serde(borrow)]
    contract_id: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, default)]
    action: Cow<'a, str>,
}

/// Checks that the whole body is one JSON object; unknown members, events and actions pass (they are stored, §15.4).
pub(super) fn parse(body: &[u8]) -> Result<Note<'_>, Refusal> {
    let text = std::str::from_utf8(body).map_err(|error| Refusal::Unreadable(format!("body: not UTF-8: {error}")))?;
    serde_json::from_str(text).map_err(|error| Refusal::Unreadable(format!("body: {error}")))
}

/// The few headers worth keeping, as compact JSON.
fn kept_headers(headers: &HeaderMap) -> String {
    #[derive(Serialize)]
    struct Kept<'a> {
        #[serde(rename = "smaregi-event-id", skip_serializing_if = "Option::is_none")]
        event_id: Option<&'a str>,
        #[serde(rename = "user-agent", skip_serializing_if = "Option::is_none")]
        user_agent: Option<&'a str>,
        #[serde(rename = "content-type", skip_serializing_if = "Option::is_none")]
        content_type: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        date: Option<&'a str>,
    }
    let kept = Kept {
        event_id: text_header(headers, EVENT_ID_HEADER),
        user_agent: text_header(headers, "user-agent"),
        content_type: text_header(headers, "content-type"),
        date: text_header(headers, "date"),
    };
    serde_json::to_string(&kept).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_real_notification_is_read() {
        let note = parse(
            br#"{"contractId":"sb_demo01","event":"pos:transactions","action":"created","transactionHeadIds":["25"]}"#,
        )
        .unwrap();
        assert_eq!((&*note.contract_id, &*note.event, &*note.action), ("sb_demo01", "pos:transactions", "created"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let Err(Refusal::Unreadable(detail)) = parse(br#"{"contractId":"a","action":"b"}"#) else { panic!("taken") };
        assert!(detail.contains("event"), "{detail}");
        for broken in [
            &b"{"[..],
            b"",
            b"[]x",
            b"\xff",
            br#"{"contractId":1,"event":"e"}"#,
            br#"{"contractId":"a","event":"e"} x"#,
        ] {
            assert!(matches!(parse(broken), Err(Refusal::Unreadable(_))), "{}", String::from_utf8_lossy(broken));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
        }
    }
}
