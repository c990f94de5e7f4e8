//! `GET /live`: server-sent events that say "something changed"; the page then fetches its live regions again.

use crate::frame::{Hub, Member, Server};
use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::stream::{self, Stream};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::sync::watch;

/// At most two events per second, however much happens.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) async fn follow(State(hub): State<Hub>, _: Member) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = hub.engine.changes();
    Sse::new(events(hub, changes)).keep_alive(KeepAlive::default())
}

/// The first event comes at once: it tells the page that the line stands.
fn events(hub: Arc<Server>, changes: watch::Receiver<u64>) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((hub, changes, true), |(hub, mut changes, first)| async move {
        if !first {
            hub.clock.sleep(PAUSE).await;
            // Ends the stream when the engine has stopped.
            changes.changed().await.ok()?;
        }
        let count = *changes.borrow_and_update();
        let event = Event::default().event("change").data(count.to_string());
        Some((Ok(event), (hub, changes, false)))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;
    use futures_util::StreamExt;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_page_hears_of_changes_at_most_twice_a_second() {
        let hub = TestHub::signed_in().await;
        let mut body = hub.stream("/live").await;
        let first = body.next().await.unwrap().unwrap();
        assert!(std::str::from_utf8(&first).unwrap().contains("event: change"));

        let before = hub.now();
        for _ in 0..100 {
            hub.engine.changed();
        }
        let second = body.next().await.unwrap().unwrap();
        assert!(std::str::from_utf8(&second).unwrap().contains("data: 100"), "many changes are one event");
        assert!(hub.now() - before >= 500_000);
        let nothing = tokio::time::timeout(Duration::from_secs(5), body.next()).await;
        assert!(nothing.is_err(), "nothing changed, nothing is said");
    }

    #[tokio::test]
    async fn a_stranger_hears_nothing() {
        let hub = TestHub::with_a_user().await;
        assert_eq!(hub.get("/live").await.redirect(), "/login");
    }
}
