use crate::place::*;
use regihub_domain::{ConnectionId, InboxId};
use regihub_storage::*;

const OWNER: Owner = Owner::Connection(SMAREGI);
const MINUTE: i64 = 60 * SECOND;

fn dirty(key: &str, at: i64) -> Dirty {
    Dirty { owner: OWNER, kind: "sale".into(), key: key.into(), priority: 3, at, inbox_id: Some(InboxId(at)) }
}

async fn mark(storage: &Storage, dirty: Vec<Dirty>) {
    storage.write(move |unit| unit.jobs().mark(&dirty)).await.unwrap();
}

async fn ready(storage: &Storage, limit: usize, now: i64) -> Vec<Job> {
    storage.read(move |unit| unit.jobs().ready(OWNER, "sale", limit, now)).await.unwrap()
}

async fn done(storage: &Storage, jobs: &[Job]) {
    let jobs: Vec<_> = jobs.iter().map(|job| (job.id, job.version)).collect();
    storage.write(move |unit| unit.jobs().done(&jobs)).await.unwrap();
}

/// Waiting and parked.
async fn count(storage: &Storage) -> (i64, i64) {
    let counts = storage.read(|unit| unit.jobs().counts(Some(OWNER))).await.unwrap();
    counts.iter().fold((0, 0), |all, c| (all.0 + c.waiting, all.1 + c.parked))
}

pub async fn a_hundred_notifications_are_one_job(place: Place) {
    let storage = place.open();
    mark(&storage, (0..50).map(|n| dirty("123", NOON + n)).collect()).await;
    for n in 50..100 {
        mark(&storage, vec![dirty("123", NOON + n)]).await;
    }
    let jobs = ready(&storage, 10, NOON + 200).await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].dirty_at, NOON, "it waits since the first");
    assert_eq!(jobs[0].inbox_id, Some(InboxId(NOON + 99)), "and names the newest message");
    storage.close().await;
}

pub async fn a_job_that_became_dirty_while_it_was_worked_on_runs_again(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("123", NOON)]).await;
    let jobs = ready(&storage, 10, NOON).await;
    mark(&storage, vec![dirty("123", NOON + 1)]).await;
    done(&storage, &jobs).await;
    let again = ready(&storage, 10, NOON + 3).await;
    assert_eq!((again.len(), again[0].version, again[0].attempts), (1, jobs[0].version + 1, 0));
    done(&storage, &again).await;
    assert_eq!(count(&storage).await, (0, 0));
    storage.close().await;
}

pub async fn a_job_that_did_not_change_ends(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("1", NOON), dirty("2", NOON)]).await;
    let jobs = ready(&storage, 10, NOON).await;
    done(&storage, &jobs[..1]).await;
    assert_eq!(count(&storage).await, (1, 0));
    mark(&storage, vec![dirty("1", NOON)]).await;
    let new = ready(&storage, 10, NOON).await;
    assert!(new[1].id > jobs[1].id, "numbers of ended jobs are never given again");
    storage.close().await;
}

pub async fn a_parked_job_waits_for_a_person_or_for_news(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("1", NOON), dirty("2", NOON)]).await;
    let jobs = ready(&storage, 10, NOON).await;
    let (one, two) = (jobs[0].id, jobs[1].id);
    storage
        .write(move |unit| {
            unit.jobs().park(one, "商品がありません")?;
            unit.jobs().park_key(OWNER, "sale", "2", "合計が合いません")
        })
        .await
        .unwrap();
    assert!(ready(&storage, 10, NOON + 60 * MINUTE).await.is_empty());
    let parked = storage.read(|unit| unit.jobs().list_parked(Some(OWNER), None, 10)).await.unwrap();
    assert_eq!(parked.iter().map(|j| j.id).collect::<Vec<_>>(), [two, one]);
    assert_eq!(parked[1].last_error.as_deref(), Some("商品がありません"));
    assert_eq!(storage.read(move |unit| unit.jobs().list_parked(None, Some(two), 10)).await.unwrap().len(), 1);

    storage.write(move |unit| unit.jobs().free(one, NOON + 5)).await.unwrap();
    mark(&storage, vec![dirty("2", NOON + 9)]).await;
    assert_eq!(ready(&storage, 10, NOON + 5).await[0].id, one);
    let news = ready(&storage, 10, NOON + 9).await;
    assert_eq!((news[1].id, news[1].attempts, news[1].dirty_at), (two, 0, NOON + 9));
    let missing = storage.write(move |unit| unit.jobs().free(one, NOON)).await;
    assert!(matches!(missing, Err(StorageError::NotFound { .. })), "it is not parked any more");
    storage.close().await;
}

pub async fn a_failed_job_waits_and_counts_its_attempts(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("1", NOON)]).await;
    let id = ready(&storage, 10, NOON).await[0].id;
    storage.write(move |unit| unit.jobs().retry(id, NOON + MINUTE, "503")).await.unwrap();
    mark(&storage, vec![dirty("1", NOON + 1)]).await;
    assert!(ready(&storage, 10, NOON + MINUTE - 1).await.is_empty(), "news do not break the pause");
    assert_eq!(storage.read(|unit| unit.jobs().next_run(OWNER, NOON)).await.unwrap(), Some(NOON + MINUTE));
    let job = &ready(&storage, 10, NOON + MINUTE).await[0];
    assert_eq!((job.attempts, job.last_error.as_deref()), (1, Some("503")));
    storage.close().await;
}

pub async fn jobs_are_taken_oldest_first(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("new", NOON + 2), dirty("old", NOON), dirty("middle", NOON + 1)]).await;
    let keys = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.key).collect::<Vec<_>>();
    assert_eq!(keys(ready(&storage, 2, NOON + 9).await), ["old", "middle"]);
    storage.close().await;
}

pub async fn owners_with_work_are_found_whatever_the_backlog(place: Place) {
    let storage = place.open();
    let of = |owner, key: &str| Dirty { owner, ..dirty(key, NOON) };
    let other = Owner::Connection(ConnectionId(2));
    mark(&storage, (0..300).map(|n| of(OWNER, &n.to_string())).collect()).await;
    mark(&storage, vec![of(other, "1"), of(Owner::Shop(SHOP), "1"), of(Owner::Node, "1")]).await;
    storage.write(|unit| unit.jobs().park_key(Owner::Node, "sale", "1", "x")).await.unwrap();
    mark(&storage, vec![Dirty { at: NOON + 1, ..of(Owner::Connection(ConnectionId(3)), "later") }]).await;
    let owners = storage.read(|unit| unit.jobs().owners_with_work(NOON)).await.unwrap();
    assert_eq!(owners, [OWNER, other, Owner::Shop(SHOP)]);
    storage.close().await;
}

pub async fn the_backlog_is_counted_by_owner_and_kind(place: Place) {
    let storage = place.open();
    let urgent = Dirty { kind: "web order".into(), priority: 1, ..dirty("9", NOON + 7) };
    mark(&storage, vec![dirty("1", NOON), dirty("2", NOON + 1), urgent]).await;
    storage.write(|unit| unit.jobs().park_key(OWNER, "sale", "1", "x")).await.unwrap();
    let counts = storage.read(|unit| unit.jobs().counts(None)).await.unwrap();
    let sale = JobCount { owner: OWNER, kind: "sale".into(), waiting: 1, parked: 1, oldest_dirty_at: Some(NOON + 1) };
    assert_eq!(counts[0], sale);
    assert_eq!((counts[1].kind.as_str(), counts[1].waiting), ("web order", 1));
    storage.close().await;
}

pub async fn a_job_planned_by_a_clock_that_ran_ahead_does_not_wait_for_that_time(place: Place) {
    let storage = place.open();
    let ahead = NOON + 120 * MINUTE;
    mark(&storage, vec![dirty("1", ahead), dirty("2", NOON + 5 * MINUTE)]).await;
    let keys = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.key).collect::<Vec<_>>();
    assert_eq!(keys(ready(&storage, 10, ahead).await), ["2", "1"]);
    assert_eq!(keys(ready(&storage, 10, NOON).await), ["1"], "the clock was set back: no pause is that long");
    let next = storage.read(|unit| unit.jobs().next_run(OWNER, NOON)).await.unwrap();
    assert_eq!(next, Some(NOON + 5 * MINUTE));
    storage.close().await;
}
