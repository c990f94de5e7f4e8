//! What only a server and other nodes can do to us.

use crate::place::*;
use regihub_storage::*;
use std::{sync::mpsc, thread};

#[tokio::test]
async fn a_lost_connection_is_replaced() {
    let place = Place::new(Kind::Postgres);
    let storage = place.open();
    let kill =
        |unit: &mut Unit<'_>| unit.sql().one::<bool>("select pg_terminate_backend(pg_backend_pid())", &[]).map(drop);
    for _ in 0..2 {
        assert!(storage.write(kill).await.is_err());
        assert!(storage.append(message("m1")).await.is_ok(), "the writer has a new connection");
    }
    for _ in 0..4 {
        assert!(storage.read(kill).await.is_err());
    }
    assert_eq!(storage.read(|unit| unit.inbox().counts()).await, Ok(vec![(MessageState::Sorted, 1)]));
    storage.close().await;
}

/// PostgreSQL answers `commit` with a silent rollback after a statement has failed. An answer must never rest on that.
#[tokio::test]
async fn nothing_is_acknowledged_when_another_node_spoils_the_group() {
    let place = Place::new(Kind::Postgres);
    let storage = place.open();
    storage.write(|unit| unit.sql().execute("set lock_timeout = '100ms'", &[]).map(drop)).await.unwrap();
    let (finish, other) = hold_message(&place, "same");

    let (go, wait) = mpsc::channel::<()>();
    let mut work = tokio::task::JoinSet::new();
    let first = storage.clone();
    work.spawn(async move {
        let held = first.write(move |_| wait.recv().map_err(|_| StorageError::Closed)).await;
        (String::new(), held.map(|()| Appended::Repeat))
    });
    tokio::task::yield_now().await;
    for id in ["a", "same", "b"] {
        let storage = storage.clone();
        work.spawn(async move { (id.to_owned(), storage.append(message(id)).await) });
    }
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    go.send(()).unwrap();
    let mut acknowledged = vec![];
    let mut refused = vec![];
    while let Some(result) = work.join_next().await {
        match result.unwrap() {
            (id, Ok(Appended::New(_))) => acknowledged.push(id),
            (_, Ok(Appended::Repeat)) => {}
            (id, Err(error)) => refused.push((id, error)),
        }
    }
    assert!(refused.iter().any(|(id, error)| id == "same" && matches!(error, StorageError::Busy(_))), "{refused:?}");
    let stored = storage.read(|unit| unit.inbox().list(None, None, 10)).await.unwrap();
    let mut stored: Vec<_> = stored.into_iter().filter_map(|m| m.message_id).collect();
    stored.sort();
    acknowledged.sort();
    assert_eq!(stored, acknowledged);

    finish.send(()).unwrap();
    other.join().unwrap();
    for id in ["a", "same", "b"] {
        storage.append(message(id)).await.unwrap();
    }
    storage.close().await;
}

/// Another node has inserted the message `id` and does not commit before it is told to give up.
fn hold_message(place: &Place, id: &str) -> (mpsc::Sender<()>, thread::JoinHandle<()>) {
    let (finish, finished) = mpsc::channel::<()>();
    let (ready, is_ready) = mpsc::channel();
    let sql = format!(
        "begin; insert into {}.inbox (received_at, owner, event, action, message_id, headers, body, state)
         values (0, 'connection:1', '', '', '{id}', '', '', 1)",
        place.name()
    );
    let other = thread::spawn(move || {
        let mut client = postgres::Client::connect(&server(), postgres::NoTls).unwrap();
        client.batch_execute(&sql).unwrap();
        ready.send(()).unwrap();
        let _ = finished.recv();
        client.batch_execute("rollback").unwrap();
    });
    is_ready.recv().unwrap();
    (finish, other)
}

fn terms() -> Terms {
    Terms { length: 20 * SECOND, skew: 5 * SECOND, alone: false }
}

#[tokio::test]
async fn two_nodes_never_take_the_same_lease() {
    let place = Place::new(Kind::Postgres);
    let nodes = [place.open(), place.open()];
    for round in 0..20 {
        let now = NOON + round * 60 * SECOND; // by then everything is over
        let take = |node: &Storage, holder: &'static str| {
            let node = node.clone();
            async move {
                let mut taken = vec![];
                for n in 1..=10 {
                    let owner = Owner::Connection(regihub_domain::ConnectionId(n));
                    let lease = node.write(move |unit| unit.leases().take(owner, holder, now, terms())).await.unwrap();
                    taken.extend(lease.map(|lease| lease.owner));
                }
                taken
            }
        };
        let (mut all, b) = tokio::join!(take(&nodes[0], "a"), take(&nodes[1], "b"));
        all.extend(b);
        all.sort();
        assert_eq!(all.len(), 10, "round {round}: each lease was taken once: {all:?}");
    }
    for node in nodes {
        node.close().await;
    }
}

/// A unit of work that has passed the fence is still booked; whoever takes the lease meanwhile comes after it.
#[tokio::test]
async fn a_lease_is_not_taken_in_the_middle_of_a_unit_of_work() {
    let place = Place::new(Kind::Postgres);
    let nodes = [place.open(), place.open()];
    let owner = Owner::Connection(SMAREGI);
    let first = nodes[0].write(move |unit| unit.leases().take(owner, "a", NOON, terms())).await.unwrap().unwrap();
    let (go, wait) = mpsc::channel::<()>();
    let (passed, is_inside) = mpsc::channel::<()>();
    let a = nodes[0].clone();
    let work = tokio::spawn(async move {
        let held = a.write(move |unit| {
            unit.leases().must_hold(owner, first.token)?;
            let _ = passed.send(());
            wait.recv().map_err(|_| StorageError::Closed)
        });
        held.await
    });
    while is_inside.try_recv().is_err() {
        tokio::task::yield_now().await;
    }
    let later = NOON + 60 * SECOND;
    let take = || nodes[1].write(move |unit| unit.leases().take(owner, "b", later, terms()));
    assert_eq!(take().await, Ok(None), "not while it is being used");
    go.send(()).unwrap();
    assert_eq!(work.await.unwrap(), Ok(()));
    assert_eq!(take().await.unwrap().map(|lease| lease.token), Some(2));
    let refused = nodes[0].write(move |unit| unit.leases().must_hold(owner, 1)).await;
    assert!(matches!(refused, Err(StorageError::InUse(_))), "{refused:?}");
    for node in nodes {
        node.close().await;
    }
}
