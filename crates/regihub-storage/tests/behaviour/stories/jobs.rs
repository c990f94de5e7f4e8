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

async fn claim(storage: &Storage, limit: usize, now: i64) -> Vec<Job> {
    storage.write(move |unit| unit.jobs().claim(OWNER, "sale", limit, now, now + MINUTE, "node-1")).await.unwrap()
}

async fn done(storage: &Storage, jobs: &[Job]) {
    let jobs: Vec<_> = jobs.iter().map(|job| (job.id, job.version)).collect();
    storage.write(move |unit| unit.jobs().done(&jobs)).await.unwrap();
}

async fn count(storage: &Storage) -> (i64, i64, i64) {
    let counts = storage.read(|unit| unit.jobs().counts(Some(OWNER))).await.unwrap();
    counts.iter().fold((0, 0, 0), |all, c| (all.0 + c.waiting, all.1 + c.leased, all.2 + c.parked))
}

pub async fn a_hundred_notifications_are_one_job(place: Place) {
    let storage = place.open();
    mark(&storage, (0..50).map(|n| dirty("123", NOON + n)).collect()).await;
    for n in 50..100 {
        mark(&storage, vec![dirty("123", NOON + n)]).await;
    }
    let jobs = claim(&storage, 10, NOON + 200).await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].dirty_at, NOON, "it waits since the first");
    assert_eq!(jobs[0].inbox_id, Some(InboxId(NOON + 99)), "and names the newest message");
    storage.close().await;
}

pub async fn a_job_that_became_dirty_while_it_was_worked_on_runs_again(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("123", NOON)]).await;
    let jobs = claim(&storage, 10, NOON).await;
    mark(&storage, vec![dirty("123", NOON + 1)]).await;
    assert!(claim(&storage, 10, NOON + 2).await.is_empty(), "serial per key: it stays with its holder");
    done(&storage, &jobs).await;
    let again = claim(&storage, 10, NOON + 3).await;
    assert_eq!((again.len(), again[0].version, again[0].attempts), (1, jobs[0].version + 1, 0));
    done(&storage, &again).await;
    assert_eq!(count(&storage).await, (0, 0, 0));
    storage.close().await;
}

pub async fn a_job_that_did_not_change_ends(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("1", NOON), dirty("2", NOON)]).await;
    let jobs = claim(&storage, 10, NOON).await;
    done(&storage, &jobs[..1]).await;
    assert_eq!(count(&storage).await, (0, 1, 0));
    mark(&storage, vec![dirty("1", NOON)]).await;
    let new = claim(&storage, 10, NOON).await;
    assert!(new[0].id > jobs[1].id, "numbers of ended jobs are never given again");
    storage.close().await;
}

pub async fn a_parked_job_waits_for_a_person_or_for_news(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("1", NOON), dirty("2", NOON)]).await;
    let jobs = claim(&storage, 10, NOON).await;
    let (one, two) = (jobs[0].id, jobs[1].id);
    storage
        .write(move |unit| {
            unit.jobs().park(one, "商品がありません")?;
            unit.jobs().park_key(OWNER, "sale", "2", "合計が合いません")
        })
        .await
        .unwrap();
    assert!(claim(&storage, 10, NOON + 60 * MINUTE).await.is_empty());
    let parked = storage.read(|unit| unit.jobs().list_parked(Some(OWNER), None, 10)).await.unwrap();
    assert_eq!(parked.iter().map(|j| j.id).collect::<Vec<_>>(), [two, one]);
    assert_eq!(parked[1].last_error.as_deref(), Some("商品がありません"));
    assert_eq!(storage.read(move |unit| unit.jobs().list_parked(None, Some(two), 10)).await.unwrap().len(), 1);

    storage.write(move |unit| unit.jobs().free(one, NOON + 5)).await.unwrap();
    mark(&storage, vec![dirty("2", NOON + 9)]).await;
    assert_eq!(claim(&storage, 10, NOON + 5).await[0].id, one);
    let news = claim(&storage, 10, NOON + 9).await;
    assert_eq!((news[0].id, news[0].attempts, news[0].dirty_at), (two, 0, NOON + 9));
    let missing = storage.write(move |unit| unit.jobs().free(one, NOON)).await;
    assert!(matches!(missing, Err(StorageError::NotFound { .. })), "it is not parked any more");
    storage.close().await;
}

pub async fn an_expired_lease_is_taken_over_and_a_held_one_is_not(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("1", NOON)]).await;
    let first = claim(&storage, 10, NOON).await;
    assert!(claim(&storage, 10, NOON + MINUTE).await.is_empty());
    let (kinds, next) = storage
        .read(|unit| Ok((unit.jobs().waiting_kinds(OWNER, NOON)?, unit.jobs().next_run(OWNER, NOON)?)))
        .await
        .unwrap();
    assert_eq!((kinds.len(), next), (0, Some(NOON + MINUTE + 1)));
    let second = claim(&storage, 10, NOON + MINUTE + 1).await;
    assert_eq!(second[0].id, first[0].id);
    storage.close().await;
}

pub async fn a_failed_job_waits_and_counts_its_attempts(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("1", NOON)]).await;
    let id = claim(&storage, 10, NOON).await[0].id;
    storage.write(move |unit| unit.jobs().retry(id, NOON + MINUTE, "503")).await.unwrap();
    mark(&storage, vec![dirty("1", NOON + 1)]).await;
    assert!(claim(&storage, 10, NOON + MINUTE - 1).await.is_empty(), "news do not break the pause");
    assert_eq!(storage.read(|unit| unit.jobs().next_run(OWNER, NOON)).await.unwrap(), Some(NOON + MINUTE));
    let job = &claim(&storage, 10, NOON + MINUTE).await[0];
    assert_eq!((job.attempts, job.last_error.as_deref()), (1, Some("503")));
    storage.close().await;
}

pub async fn jobs_are_taken_oldest_first(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("new", NOON + 2), dirty("old", NOON), dirty("middle", NOON + 1)]).await;
    let keys = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.key).collect::<Vec<_>>();
    let ready = storage.read(|unit| unit.jobs().ready(OWNER, "sale", 2, NOON + 9)).await.unwrap();
    assert_eq!(keys(ready), ["old", "middle"]);
    assert_eq!(keys(claim(&storage, 2, NOON + 9).await), ["old", "middle"]);
    assert_eq!(keys(claim(&storage, 2, NOON + 9).await), ["new"]);
    storage.close().await;
}

pub async fn a_stopping_node_gives_its_jobs_back(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("1", NOON)]).await;
    claim(&storage, 10, NOON).await;
    storage.write(|unit| unit.jobs().release("another-node")).await.unwrap();
    assert_eq!(count(&storage).await, (0, 1, 0));
    storage.write(|unit| unit.jobs().release("node-1")).await.unwrap();
    assert_eq!(count(&storage).await, (1, 0, 0));
    storage.close().await;
}

pub async fn owners_with_work_are_found_whatever_the_backlog(place: Place) {
    let storage = place.open();
    let of = |owner, key: &str| Dirty { owner, ..dirty(key, NOON) };
    let other = Owner::Connection(ConnectionId(2));
    mark(&storage, (0..300).map(|n| of(OWNER, &n.to_string())).collect()).await;
    mark(&storage, vec![of(other, "1"), of(Owner::Shop(SHOP), "1"), of(Owner::Node, "1")]).await;
    let parked = storage.write(|unit| unit.jobs().claim(Owner::Node, "sale", 1, NOON, NOON, "n")).await.unwrap()[0].id;
    storage.write(move |unit| unit.jobs().park(parked, "x")).await.unwrap();
    let owners = storage.read(|unit| unit.jobs().owners_with_work()).await.unwrap();
    assert_eq!(owners, [OWNER, other, Owner::Shop(SHOP)]);
    storage.close().await;
}

pub async fn the_backlog_is_counted_by_owner_and_kind(place: Place) {
    let storage = place.open();
    let urgent = Dirty { kind: "web order".into(), priority: 1, ..dirty("9", NOON + 7) };
    mark(&storage, vec![dirty("1", NOON), dirty("2", NOON + 1), urgent]).await;
    claim(&storage, 1, NOON).await;
    let counts = storage.read(|unit| unit.jobs().counts(None)).await.unwrap();
    let sale =
        JobCount { owner: OWNER, kind: "sale".into(), waiting: 1, leased: 1, parked: 0, oldest_dirty_at: Some(NOON) };
    assert_eq!(counts[0], sale);
    let kinds = storage.read(|unit| unit.jobs().waiting_kinds(OWNER, NOON + 9)).await.unwrap();
    assert_eq!(kinds, [("web order".to_owned(), 1), ("sale".to_owned(), 1)], "most urgent first");
    storage.close().await;
}

pub async fn work_without_leases_ends_by_its_version(place: Place) {
    let storage = place.open();
    mark(&storage, vec![dirty("1", NOON), dirty("2", NOON)]).await;
    let jobs = storage.read(|unit| unit.jobs().ready(OWNER, "sale", 10, NOON)).await.unwrap();
    mark(&storage, vec![dirty("2", NOON + 1)]).await;
    done(&storage, &jobs).await;
    let left = storage.read(|unit| unit.jobs().ready(OWNER, "sale", 10, NOON)).await.unwrap();
    assert_eq!(left.iter().map(|j| j.key.as_str()).collect::<Vec<_>>(), ["2"]);
    storage.close().await;
}
