use crate::place::*;
use regihub_storage::*;

const OWNER: Owner = Owner::Connection(SMAREGI);
const TERMS: Terms = Terms { length: 20 * SECOND, skew: 5 * SECOND, alone: false };

async fn take(storage: &Storage, holder: &'static str, now: i64) -> Option<i64> {
    take_on(storage, holder, now, TERMS).await
}

async fn take_on(storage: &Storage, holder: &'static str, now: i64, terms: Terms) -> Option<i64> {
    let known = storage.read(|unit| unit.leases().all()).await.unwrap();
    let looks_free = known.iter().find(|lease| lease.owner == OWNER).is_none_or(|l| l.is_free(holder, now, terms));
    let taken = storage.write(move |unit| unit.leases().take(OWNER, holder, now, terms)).await.unwrap();
    assert_eq!(taken.is_some(), looks_free, "looking tells the same as taking");
    taken.map(|lease| lease.token)
}

async fn may_book(storage: &Storage, token: i64) -> bool {
    match storage.write(move |unit| unit.leases().must_hold(OWNER, token)).await {
        Ok(()) => true,
        Err(StorageError::InUse(text)) => {
            assert!(text.contains("connection:1"), "{text}");
            false
        }
        Err(other) => panic!("{other}"),
    }
}

pub async fn a_lease_is_held_by_one_node_until_it_is_over(place: Place) {
    let storage = place.open();
    assert_eq!(take(&storage, "a", NOON).await, Some(1));
    assert_eq!(take(&storage, "b", NOON + 20 * SECOND).await, None);
    assert_eq!(take(&storage, "b", NOON + 25 * SECOND).await, None, "a's clock may be behind b's");
    assert_eq!(take(&storage, "b", NOON + 25 * SECOND + 1).await, Some(2));
    assert_eq!(take(&storage, "a", NOON + 26 * SECOND).await, None);
    let all = storage.read(|unit| unit.leases().all()).await.unwrap();
    let until = NOON + 45 * SECOND + 1;
    assert_eq!(all, [Lease { owner: OWNER, holder: "b".into(), token: 2, until }]);
    storage.close().await;
}

pub async fn a_renewed_lease_is_not_over(place: Place) {
    let storage = place.open();
    take(&storage, "a", NOON).await;
    let node = storage.write(|unit| unit.leases().take(Owner::Node, "b", NOON, TERMS)).await.unwrap().unwrap();
    let renew = |holder| storage.write(move |unit| unit.leases().renew(holder, NOON + 60 * SECOND));
    let renewed = renew("a").await.unwrap();
    assert_eq!(renewed, [Lease { owner: OWNER, holder: "a".into(), token: 1, until: NOON + 60 * SECOND }]);
    assert_eq!(renew("nobody").await, Ok(vec![]));
    assert_eq!(take(&storage, "b", NOON + 60 * SECOND).await, None);
    let all = storage.read(|unit| unit.leases().all()).await.unwrap();
    assert!(all.contains(&node), "another node's lease is untouched: {all:?}");
    storage.close().await;
}

pub async fn a_lease_given_back_is_free_at_once(place: Place) {
    let storage = place.open();
    let give_back = |holder, token| storage.write(move |unit| unit.leases().give_back(OWNER, holder, token));
    take(&storage, "a", NOON).await;
    give_back("b", 1).await.unwrap();
    give_back("a", 9).await.unwrap();
    assert_eq!(take(&storage, "b", NOON).await, None, "who does not hold it cannot give it back");
    give_back("a", 1).await.unwrap();
    assert!(!may_book(&storage, 1).await, "a has stopped");
    assert_eq!(take(&storage, "b", NOON).await, Some(2), "the token grows all the same");
    storage.close().await;
}

pub async fn what_was_begun_before_another_node_took_over_is_not_booked(place: Place) {
    let storage = place.open();
    let a = take(&storage, "a", NOON).await.unwrap();
    assert!(may_book(&storage, a).await);
    let b = take(&storage, "b", NOON + 60 * SECOND).await.unwrap();
    let late = storage
        .write(move |unit| {
            unit.leases().must_hold(OWNER, a)?;
            unit.facts().set(OWNER, "read_at", "old", NOON)
        })
        .await;
    assert!(matches!(late, Err(StorageError::InUse(_))), "{late:?}");
    assert_eq!(storage.read(|unit| unit.facts().get(OWNER, "read_at")).await, Ok(None));
    assert!(may_book(&storage, b).await);
    storage.close().await;
}

pub async fn an_intent_that_another_node_took_is_not_sent(place: Place) {
    let storage = place.open();
    let new = NewIntent {
        connection_id: SMAREGI,
        tag: "rh-1".into(),
        shop_id: SHOP,
        order_id: "W-1".into(),
        line_id: "1".into(),
        product_id: "8000001".into(),
        store_id: "1".into(),
        delta: -1,
        run_after: NOON,
        created_at: NOON,
    };
    let id = storage.write(move |unit| unit.intents().plan(&new)).await.unwrap();
    let send = |token| {
        storage.write(move |unit| {
            unit.leases().must_hold(OWNER, token)?;
            unit.intents().sent(id, NOON, NOON)
        })
    };
    let a = take(&storage, "a", NOON).await.unwrap();
    let b = take(&storage, "b", NOON + 60 * SECOND).await.unwrap();
    assert!(send(a).await.is_err(), "a wakes up too late");
    let intent = storage.read(|unit| unit.intents().get_by_tag("rh-1")).await.unwrap().unwrap();
    assert_eq!((intent.state, intent.attempts), (IntentState::Planned, 0));
    assert_eq!(send(b).await, Ok(true));
    storage.close().await;
}

pub async fn a_lease_of_a_clock_that_ran_ahead_does_not_last_for_ever(place: Place) {
    let storage = place.open();
    take(&storage, "a", NOON + 7200 * SECOND).await;
    assert_eq!(take(&storage, "b", NOON).await, Some(2), "no lease is that long");
    storage.close().await;
}

pub async fn who_is_alone_takes_what_a_dead_process_held(place: Place) {
    let storage = place.open();
    take(&storage, "before the crash", NOON).await;
    assert_eq!(take(&storage, "after it", NOON + 1).await, None);
    assert_eq!(take_on(&storage, "after it", NOON + 1, Terms { alone: true, ..TERMS }).await, Some(2));
    storage.close().await;
}

pub async fn a_restarted_lane_of_the_same_node_gets_a_new_token(place: Place) {
    let storage = place.open();
    assert_eq!(take(&storage, "a", NOON).await, Some(1));
    assert_eq!(take(&storage, "a", NOON + 1).await, Some(2));
    assert!(!may_book(&storage, 1).await, "what its first run left under way is not booked");
    storage.close().await;
}
