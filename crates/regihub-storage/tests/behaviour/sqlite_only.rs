//! What only a file can go through.

use crate::place::*;
use regihub_ports::Dice;
use regihub_storage::*;
use std::sync::mpsc;

#[test]
fn a_second_process_is_refused_with_the_folder_s_name() {
    let place = Place::new(Kind::SqliteInline);
    let first = place.open();
    let error = place.try_open().err().expect("the folder is in use");
    assert!(
        matches!(&error, StorageError::InUse(text) if text.contains(&place.folder().display().to_string())),
        "{error}"
    );
    drop(first);
    place.open();
}

#[test]
fn a_file_that_is_no_database_is_called_damaged() {
    for kind in [Kind::SqliteInline, Kind::SqliteThreads] {
        let place = Place::new(kind);
        std::fs::create_dir_all(place.folder()).unwrap();
        std::fs::write(place.folder().join("regihub.db"), "これはデータベースではありません。".repeat(200)).unwrap();
        let error = place.try_open().err().expect("it cannot be opened");
        assert!(matches!(error, StorageError::Damaged(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_database_whose_pages_were_overwritten_is_called_damaged() {
    let place = Place::new(Kind::SqliteInline);
    let storage = place.open();
    storage.close().await;
    let file = place.folder().join("regihub.db");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[4096..].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    let result = match place.try_open() {
        Ok(storage) => storage.append(message("m1")).await.map(drop),
        Err(error) => Err(error),
    };
    assert!(matches!(result, Err(StorageError::Damaged(_))), "{result:?}");
}

#[tokio::test]
async fn a_lock_of_another_program_is_called_busy() {
    let place = Place::new(Kind::SqliteInline);
    let storage = place.open();
    storage.write(|unit| unit.sql().query("pragma busy_timeout = 1", &[], &mut |_| Ok(()))).await.unwrap();
    let other = rusqlite::Connection::open(place.folder().join("regihub.db")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let busy = storage.append(message("m1")).await;
    assert!(matches!(busy, Err(StorageError::Busy(_))), "{busy:?}");
    other.execute_batch("rollback").unwrap();
    assert!(matches!(storage.append(message("m1")).await, Ok(Appended::New(_))));
}

/// Lets the database hold no more than it holds now, plus `pages`.
async fn limit(storage: &Storage, pages: i64) {
    storage
        .write(move |unit| {
            let used: i64 = unit.sql().one("pragma page_count", &[])?;
            let sql = format!("pragma max_page_count = {}", used + pages);
            unit.sql().query(&sql, &[], &mut |_| Ok(()))
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_goes_on_when_there_is_room() {
    for kind in [Kind::SqliteThreads, Kind::SqliteInline] {
        let place = Place::new(kind);
        let storage = place.open();
        storage.append(message("before")).await.unwrap();
        limit(&storage, 30).await;
        let mut stored = vec!["before".to_owned()];
        let mut refused = vec![];
        for round in 0..10 {
            let name = |n: usize| format!("round {round} message {n}");
            let mut appends = tokio::task::JoinSet::new();
            for n in 0..20 {
                let (storage, mut big) = (storage.clone(), message(&name(n)));
                big.body = vec![b'x'; 2000].into();
                appends.spawn(async move { (n, storage.append(big).await) });
            }
            while let Some(result) = appends.join_next().await {
                match result.unwrap() {
                    (n, Ok(_)) => stored.push(name(n)),
                    (n, Err(StorageError::Full(_))) => refused.push(name(n)),
                    (_, Err(other)) => panic!("{other:?}"),
                }
            }
        }
        assert!(!refused.is_empty(), "the disk was full");
        limit(&storage, 10_000).await;
        let kept = storage.read(|unit| unit.inbox().list(None, None, 1000)).await.unwrap();
        let mut kept: Vec<_> = kept.into_iter().filter_map(|m| m.message_id).collect();
        kept.sort();
        stored.sort();
        assert_eq!(kept, stored, "exactly what was acknowledged is there");
        assert!(matches!(storage.append(message(&refused[0])).await, Ok(Appended::New(_))));
        storage.close().await;
    }
}

#[tokio::test]
async fn a_unit_of_work_that_fills_the_disk_leaves_the_writer_whole() {
    let place = Place::new(Kind::SqliteThreads);
    let storage = place.open();
    limit(&storage, 20).await;
    let big = |name: &'static str| {
        move |unit: &mut Unit<'_>| {
            for _ in 0..100 {
                let mut message = message(name);
                message.message_id = None;
                message.body = vec![b'x'; 4000].into();
                unit.inbox().append_now(&message)?;
            }
            Ok(())
        }
    };
    let (first, second) = tokio::join!(storage.write(big("a")), storage.write(big("b")));
    assert!(matches!(first, Err(StorageError::Full(_))), "{first:?}");
    assert!(matches!(second, Err(StorageError::Full(_))), "{second:?}");
    assert_eq!(storage.read(|unit| unit.inbox().counts()).await.unwrap(), []);
    limit(&storage, 10_000).await;
    assert_eq!(storage.write(big("c")).await, Ok(()));
    storage.close().await;
}

#[tokio::test]
async fn a_unit_that_ignores_a_full_disk_writes_nothing_either() {
    for kind in [Kind::SqliteThreads, Kind::SqliteInline] {
        let place = Place::new(kind);
        let storage = place.open();
        limit(&storage, 10).await;
        let result = storage
            .write(|unit| {
                for n in 0..100 {
                    let mut message = message(&n.to_string());
                    message.body = vec![b'x'; 4000].into();
                    let _ = unit.inbox().append_now(&message);
                }
                unit.sql().query("pragma max_page_count = 100000", &[], &mut |_| Ok(())).ok();
                unit.facts().set(Owner::Node, "after", "1", NOON).ok();
                Ok(())
            })
            .await;
        let (messages, facts) =
            storage.read(|unit| Ok((unit.inbox().counts()?, unit.facts().all(Owner::Node)?))).await.unwrap();
        // Either SQLite gave up only single statements and the rest counts, or it gave up all and nothing counts.
        assert_eq!(result.is_ok(), !messages.is_empty(), "{result:?} {messages:?}");
        assert_eq!(result.is_ok(), !facts.is_empty(), "{result:?} {facts:?}");
        storage.close().await;
    }
}

#[tokio::test]
async fn secrets_cannot_be_read_in_the_file() {
    let place = Place::new(Kind::SqliteThreads);
    let storage = place.open();
    storage
        .write(|unit| {
            let workspace = unit.setup().add_workspace("A", NOON)?;
            unit.setup().add_connection(&connection(workspace, "hook-a"), NOON)?;
            unit.setup().add_shop(&shop(workspace, "hook-b"), NOON)
        })
        .await
        .unwrap();
    let seen = |text: &str| {
        let files =
            ["regihub.db", "regihub.db-wal"].map(|name| std::fs::read(place.folder().join(name)).unwrap_or_default());
        files.iter().any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
    };
    assert!(seen("sb_skc130x6"), "what is not secret is there, so the search works");
    assert!(!seen("very-secret"), "while it runs");
    storage.close().await;
    assert!(seen("sb_skc130x6"));
    assert!(!seen("very-secret"), "and afterwards");

    let location = Location::Sqlite(place.folder());
    let other_key = MasterKey::from_bytes([8; 32]);
    let storage = Storage::open(Options { location, mode: Mode::Inline, master_key: other_key }).unwrap();
    let error = storage.read(|unit| unit.setup().connections()).await.unwrap_err();
    assert!(error.to_string().contains("another master key"), "{error}");
}

#[tokio::test]
async fn everything_that_waits_together_is_one_commit() {
    let place = Place::new(Kind::SqliteThreads);
    let storage = place.open();
    let (go, wait) = mpsc::channel();
    let mut work = tokio::task::JoinSet::new();
    let held = storage.clone();
    work.spawn(async move {
        held.write(move |_| {
            wait.recv().unwrap();
            Ok(())
        })
        .await
    });
    tokio::task::yield_now().await;
    for n in 0..64 {
        let storage = storage.clone();
        work.spawn(async move {
            if n % 2 == 0 {
                storage.append(message(&n.to_string())).await.map(drop)
            } else if n == 7 {
                storage.write(|_| Err(StorageError::Refused("this one fails".into()))).await
            } else {
                storage.write(move |unit| unit.facts().set(Owner::Node, &n.to_string(), "", NOON)).await
            }
        });
    }
    for _ in 0..10 {
        tokio::task::yield_now().await; // the runtime looks at about sixty tasks between two turns of this one
    }
    let before = storage.commits();
    go.send(()).unwrap();
    let mut failed = 0;
    while let Some(result) = work.join_next().await {
        failed += usize::from(result.unwrap().is_err());
    }
    assert_eq!(failed, 1);
    // The one that waited, and all others together (or all in one, if the writer had not begun yet).
    assert!(storage.commits() - before <= 2, "{} commits", storage.commits() - before);
    storage.close().await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_crash_at_any_moment_after() {
    let place = Place::new(Kind::SqliteThreads);
    let storage = place.open();
    for n in 0..30 {
        storage.append(message(&n.to_string())).await.unwrap();
        // What a crash at this moment leaves behind: the files as they are, without the memory of the process.
        let crashed = Place::new(Kind::SqliteInline);
        std::fs::create_dir_all(crashed.folder()).unwrap();
        for file in ["regihub.db", "regihub.db-wal"] {
            std::fs::copy(place.folder().join(file), crashed.folder().join(file)).unwrap();
        }
        let after = crashed.open();
        assert_eq!(after.append(message(&n.to_string())).await, Ok(Appended::Repeat), "message {n} was acknowledged");
    }
    storage.close().await;
}

#[tokio::test]
async fn the_log_is_emptied_into_the_database_when_the_storage_is_closed() {
    let place = Place::new(Kind::SqliteThreads);
    let storage = place.open();
    for n in 0..100 {
        storage.append(message(&n.to_string())).await.unwrap();
    }
    storage.close().await;
    assert!(!place.folder().join("regihub.db-wal").exists());
}

#[cfg(unix)]
#[test]
fn the_master_key_is_made_once_and_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new(Kind::SqliteInline);
    std::fs::create_dir_all(place.folder()).unwrap();
    let file = place.folder().join("master.key");
    MasterKey::load_or_create(&file, &Dice::from_seed(1)).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    MasterKey::load_or_create(&file, &Dice::from_seed(2)).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    std::fs::write(&file, "short").unwrap();
    let error = MasterKey::load_or_create(&file, &Dice::from_seed(3)).unwrap_err();
    assert!(error.to_string().contains("allowed: 64 hexadecimal digits"), "{error}");
}
