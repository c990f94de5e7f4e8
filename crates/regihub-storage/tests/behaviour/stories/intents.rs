use crate::place::*;
use regihub_domain::{ConnectionId, ExchangeId, IntentId};
use regihub_storage::*;

fn take(tag: &str, product: &str, pieces: i64) -> NewIntent {
    NewIntent {
        connection_id: SMAREGI,
        tag: tag.into(),
        shop_id: SHOP,
        order_id: "W-1".into(),
        line_id: "1".into(),
        product_id: product.into(),
        store_id: "1".into(),
        delta: -pieces,
        run_after: NOON,
        created_at: NOON,
    }
}

async fn plan(storage: &Storage, new: NewIntent) -> IntentId {
    storage.write(move |unit| unit.intents().plan(&new)).await.unwrap()
}

async fn ready(storage: &Storage, now: i64) -> Vec<(IntentId, IntentState)> {
    let found = storage.read(move |unit| unit.intents().ready(SMAREGI, now, 10)).await.unwrap();
    found.into_iter().map(|intent| (intent.id, intent.state)).collect()
}

pub async fn an_intent_walks_from_planned_to_confirmed(place: Place) {
    let storage = place.open();
    let id = plan(&storage, take("rh-1", "a", 2)).await;
    assert_eq!(ready(&storage, NOON).await, [(id, IntentState::Planned)]);
    let later = NOON + 30 * SECOND;
    assert!(storage.write(move |unit| unit.intents().sent(id, NOON, later)).await.unwrap());
    assert_eq!(ready(&storage, NOON + 1).await, [], "its answer is awaited");
    assert_eq!(ready(&storage, later).await, [(id, IntentState::Sent)], "a crash while it was on its way");
    storage.write(move |unit| unit.intents().unclear(id, later + 1, "time-out")).await.unwrap();
    assert_eq!(ready(&storage, later + 1).await, [(id, IntentState::Unclear)]);
    storage.write(move |unit| unit.intents().again(id, later + 2, "not in the history")).await.unwrap();
    assert_eq!(ready(&storage, later + 2).await, [(id, IntentState::Planned)]);
    storage
        .write(move |unit| {
            assert!(unit.intents().sent(id, later, later)?);
            unit.intents().confirmed(id, Some("777"), Some(ExchangeId(4)), later)
        })
        .await
        .unwrap();
    assert_eq!(ready(&storage, i64::MAX).await, []);
    let intent = storage.read(|unit| unit.intents().get_by_tag("rh-1")).await.unwrap().unwrap();
    assert_eq!((intent.state, intent.attempts, intent.change_id.as_deref()), (IntentState::Confirmed, 2, Some("777")));
    assert_eq!(storage.read(|unit| unit.intents().of_order(SHOP, &"W-1".into())).await.unwrap(), [intent]);
    storage.close().await;
}

pub async fn an_intent_that_is_no_longer_planned_is_not_sent(place: Place) {
    let storage = place.open();
    let id = plan(&storage, take("rh-1", "a", 2)).await;
    storage.write(move |unit| unit.intents().dropped(id, NOON)).await.unwrap();
    assert_eq!(storage.write(move |unit| unit.intents().sent(id, NOON, NOON)).await, Ok(false));
    let unknown = storage.write(|unit| unit.intents().dropped(IntentId(99), NOON)).await;
    assert!(matches!(unknown, Err(StorageError::NotFound { .. })));
    storage.close().await;
}

pub async fn demand_is_what_is_sold_and_not_yet_written(place: Place) {
    let storage = place.open();
    let planned = plan(&storage, take("1", "a", 2)).await;
    let unclear = plan(&storage, take("2", "a", 3)).await;
    let parked = plan(&storage, take("3", "b", 1)).await;
    let dropped = plan(&storage, take("4", "b", 9)).await;
    plan(&storage, NewIntent { connection_id: ConnectionId(2), ..take("5", "a", 50) }).await;
    storage
        .write(move |unit| {
            unit.intents().unclear(unclear, NOON, "?")?;
            unit.intents().parked(parked, "403")?;
            unit.intents().answered_by(parked, ExchangeId(8))?;
            unit.intents().dropped(dropped, NOON)
        })
        .await
        .unwrap();
    let demand = || storage.read(|unit| unit.intents().demand(SMAREGI, &["a".into(), "b".into(), "c".into()]));
    assert_eq!(demand().await.unwrap(), [("a".into(), "1".into(), 5), ("b".into(), "1".into(), 1)]);
    storage.write(move |unit| unit.intents().confirmed(planned, None, None, NOON)).await.unwrap();
    assert_eq!(demand().await.unwrap()[0].2, 3);
    let counts = storage.read(|unit| unit.intents().counts(SMAREGI)).await.unwrap();
    let expected = [("confirmed", 1), ("dropped", 1), ("parked", 1), ("unclear", 1)];
    assert_eq!(counts, expected.map(|(state, n)| (state.to_owned(), n)));
    storage.close().await;
}

pub async fn a_tag_is_used_once(place: Place) {
    let storage = place.open();
    plan(&storage, take("rh-1", "a", 2)).await;
    let again = storage.write(|unit| unit.intents().plan(&take("rh-1", "b", 1))).await;
    assert!(matches!(again, Err(StorageError::Conflict(_))), "{again:?}");
    storage.close().await;
}

pub async fn intents_become_ready_when_their_time_comes(place: Place) {
    let storage = place.open();
    let late = plan(&storage, NewIntent { run_after: NOON + 10, ..take("1", "a", 1) }).await;
    let young = plan(&storage, NewIntent { created_at: NOON + 5, ..take("2", "a", 1) }).await;
    let parked = plan(&storage, NewIntent { run_after: NOON + 2, ..take("3", "a", 1) }).await;
    storage.write(move |unit| unit.intents().parked(parked, "403")).await.unwrap();
    let next = storage.read(|unit| unit.intents().next_run(SMAREGI, NOON)).await;
    assert_eq!(next, Ok(Some(NOON + 10)), "what is parked is not waited for");
    assert_eq!(ready(&storage, NOON).await, [(young, IntentState::Planned)]);
    let all = ready(&storage, NOON + 10).await;
    assert_eq!(all, [(late, IntentState::Planned), (young, IntentState::Planned)], "oldest first");
    assert_eq!(ready(&storage, NOON - 3600 * SECOND).await, all, "the clock was set back: no pause is that long");
    let connections = |now| storage.read(move |unit| unit.intents().connections_with_work(now));
    assert_eq!((connections(NOON - 1).await, connections(NOON).await), (Ok(vec![]), Ok(vec![SMAREGI])));
    storage.close().await;
}
