//! What is too old is tidied away, patiently, and never because a clock is wrong.

use crate::place::Place;
use bytes::Bytes;
use regihub_engine::{Retention, facts};
use regihub_storage::{NewMessage, Owner, Result, Unit, Verdict};

const DAY: i64 = 86_400_000_000;
/// A tidy node looks after ten minutes, then every twenty.
const MINUTE: u64 = 60;

/// A message that came so many days ago and is worked off.
async fn message(place: &Place, id: &'static str, days: i64) {
    let (received_at, owner) = (place.clock.now_us() - days * DAY, Owner::Connection(place.connection));
    let done = place.storage.write(move |unit| {
        let message = NewMessage {
            received_at,
            owner,
            event: "x".into(),
            action: String::new(),
            message_id: Some(id.into()),
            headers: "{}".into(),
            body: Bytes::new(),
            verdict: Verdict::Jobs(vec![]),
        };
        unit.inbox().append_now(&message).map(drop)
    });
    done.await.unwrap();
}

async fn left(place: &Place) -> Vec<String> {
    let messages = place.storage.read(|unit| unit.inbox().list(None, None, 1000)).await.unwrap();
    messages.into_iter().filter_map(|message| message.message_id).rev().collect()
}

fn looked_at(place: &Place, ago: i64) -> impl FnOnce(&mut Unit<'_>) -> Result<()> + Send + 'static {
    let at = place.clock.now_us() - ago;
    move |unit| unit.facts().set(Owner::Node, facts::TIDY_LOOKED_AT, &at.to_string(), at)
}

#[tokio::test(start_paused = true)]
async fn old_messages_go_and_a_page_can_say_so() {
    let place = Place::new().await;
    message(&place, "old", 31).await;
    message(&place, "young", 29).await;
    let _node = place.tidy_node("a").await;
    place.pass(15 * MINUTE).await;
    assert_eq!(left(&place).await, ["old", "young"], "the first look only remembers the time");
    place.pass(25 * MINUTE).await;
    assert_eq!(left(&place).await, ["young"]);
    let told = place.storage.read(|unit| unit.facts().get(Owner::Node, facts::TIDIED_MESSAGES)).await.unwrap();
    let ago = place.clock.now_us() - told.unwrap().parse::<i64>().unwrap();
    assert_eq!(ago / DAY, 30);
    let pushes = place.storage.read(|unit| unit.facts().get(Owner::Node, facts::TIDIED_PUSHES)).await;
    assert_eq!(pushes, Ok(None), "nothing was deleted there, so nothing is said");
}

#[tokio::test(start_paused = true)]
async fn settings_decide_and_one_that_cannot_be_read_deletes_nothing() {
    let place = Place::new().await;
    let kept = Retention { messages: 10, ..Retention::default() };
    place.storage.write(move |unit| kept.save(unit, 0)).await.unwrap();
    assert_eq!(place.storage.read(Retention::load).await, Ok(kept));
    message(&place, "old", 11).await;
    place.storage.write(looked_at(&place, 60_000_000)).await.unwrap();
    let node = place.tidy_node("a").await;
    place.pass(15 * MINUTE).await;
    assert_eq!(left(&place).await, [""; 0]);
    message(&place, "very old", 999).await;
    for setting in ["0", "soon", "-5"] {
        place
            .storage
            .write(move |unit| unit.facts().set(Owner::Node, facts::RETAIN_MESSAGES, setting, 0))
            .await
            .unwrap();
        place.pass(25 * MINUTE).await;
        assert_eq!(left(&place).await, ["very old"], "{setting}");
    }
    node.stop().await;
}

/// Somebody sets the clock years ahead: everything looks old.
#[tokio::test(start_paused = true)]
async fn a_clock_that_jumped_deletes_nothing_at_once() {
    let place = Place::new().await;
    message(&place, "last year's, it seems", 365).await;
    place.storage.write(looked_at(&place, 365 * DAY)).await.unwrap();
    let _node = place.tidy_node("a").await;
    place.pass(25 * MINUTE).await;
    assert_eq!(left(&place).await.len(), 1, "there is time to set the clock right");
    place.pass(10 * MINUTE).await;
    assert_eq!(left(&place).await.len(), 0, "unless it really is that late");
}

#[tokio::test(start_paused = true)]
async fn many_old_messages_go_in_small_steps() {
    let place = Place::new().await;
    let (at, owner) = (place.clock.now_us() - 99 * DAY, Owner::Connection(place.connection));
    let filled = place.storage.write(move |unit| {
        for _ in 0..1000 {
            let headers = "{}".into();
            let (event, action) = ("x".into(), String::new());
            let (body, verdict) = (Bytes::new(), Verdict::Jobs(vec![]));
            unit.inbox().append_now(&NewMessage {
                received_at: at,
                owner,
                event,
                action,
                message_id: None,
                headers,
                body,
                verdict,
            })?;
        }
        Ok(())
    });
    filled.await.unwrap();
    place.storage.write(looked_at(&place, 60_000_000)).await.unwrap();
    let _node = place.tidy_node("a").await;
    place.pass(599).await;
    let count = || place.storage.read(|unit| Ok(unit.inbox().list(None, None, 2000)?.len()));
    assert_eq!(count().await, Ok(1000));
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..40 {
        place.clock.sleep(std::time::Duration::from_millis(100)).await;
        seen.insert(count().await.unwrap());
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 200, 400, 600, 800, 1000]);
}
