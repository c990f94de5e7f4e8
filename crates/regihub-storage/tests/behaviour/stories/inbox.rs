use crate::place::*;
use regihub_domain::InboxId;
use regihub_storage::*;

pub async fn an_acknowledged_message_is_there_after_reopening(place: Place) {
    let storage = place.open();
    let Appended::New(id) = storage.append(message("m1")).await.unwrap() else { panic!("it is new") };
    storage.close().await;

    let storage = place.open();
    let found = storage.read(move |unit| unit.inbox().get(id)).await.unwrap().unwrap();
    assert_eq!(
        (found.owner, found.body, found.state),
        (message("m1").owner, message("m1").body, MessageState::Waiting)
    );
    assert_eq!(storage.append(message("m1")).await, Ok(Appended::Repeat), "also after a restart");
    storage.close().await;
}

pub async fn a_repeated_message_is_recognised(place: Place) {
    let storage = place.open();
    let (first, second) = tokio::join!(storage.append(message("m1")), storage.append(message("m1")));
    assert!(matches!(first, Ok(Appended::New(_))));
    assert_eq!(second, Ok(Appended::Repeat));
    let mut of_another = message("m1");
    of_another.owner = Owner::Shop(SHOP);
    assert!(matches!(storage.append(of_another).await, Ok(Appended::New(_))), "ids of two senders do not meet");
    storage.close().await;
}

pub async fn messages_without_an_id_are_never_taken_for_repeats(place: Place) {
    let storage = place.open();
    for _ in 0..2 {
        let without = NewMessage { message_id: None, ..message("") };
        assert!(matches!(storage.append(without).await, Ok(Appended::New(_))));
    }
    storage.close().await;
}

pub async fn the_sorter_takes_messages_oldest_first_and_settles_them(place: Place) {
    let storage = place.open();
    for n in 0..4 {
        storage.append(message(&format!("m{n}"))).await.unwrap();
    }
    storage
        .write(|unit| {
            let waiting = unit.inbox().waiting(3)?;
            let names: Vec<_> = waiting.iter().filter_map(|m| m.message_id.as_deref()).collect();
            assert_eq!(names, ["m0", "m1", "m2"]);
            unit.inbox().settle(&[waiting[0].id, waiting[1].id], MessageState::Sorted, None)?;
            unit.inbox().settle(&[waiting[2].id], MessageState::Ignored, Some("知らないイベント"))
        })
        .await
        .unwrap();
    let (counts, newest, still) = storage
        .read(|unit| Ok((unit.inbox().counts()?, unit.inbox().list(None, None, 2)?, unit.inbox().waiting(9)?)))
        .await
        .unwrap();
    assert_eq!(counts, [(MessageState::Waiting, 1), (MessageState::Sorted, 2), (MessageState::Ignored, 1)]);
    assert_eq!(newest[1].note.as_deref(), Some("知らないイベント"));
    assert_eq!(still.len(), 1, "reading the queue is possible without locking it");
    let older = storage
        .read(move |unit| unit.inbox().list(Some(Owner::Connection(SMAREGI)), Some(newest[1].id), 9))
        .await
        .unwrap();
    assert_eq!(older.iter().map(|m| m.id).collect::<Vec<_>>(), [InboxId(2), InboxId(1)]);
    storage.close().await;
}

pub async fn the_sorter_is_woken_by_what_was_appended_and_committed(place: Place) {
    let storage = place.open();
    let appended = storage.appended();
    storage.append(message("m1")).await.unwrap();
    storage.append(message("m1")).await.unwrap();
    storage.write(|unit| unit.inbox().append_now(&message("m2"))).await.unwrap();
    let failed: Result<()> = storage
        .write(|unit| {
            unit.inbox().append_now(&message("m3"))?;
            Err(StorageError::Refused("changed my mind".into()))
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(*appended.borrow(), 2, "neither the repeat nor what was taken back counts");
    assert!(appended.has_changed().unwrap());
    storage.close().await;
}

pub async fn a_thousand_appends_at_once_are_all_stored(place: Place) {
    let storage = place.open();
    let before = storage.commits();
    let mut appends = tokio::task::JoinSet::new();
    for n in 0..1000 {
        let storage = storage.clone();
        appends.spawn(async move { storage.append(message(&format!("m{n}"))).await });
    }
    while let Some(result) = appends.join_next().await {
        assert!(matches!(result.unwrap(), Ok(Appended::New(_))));
    }
    let counts = storage.read(|unit| unit.inbox().counts()).await.unwrap();
    assert_eq!(counts, [(MessageState::Waiting, 1000)]);
    let commits = storage.commits() - before;
    if place.kind != Kind::SqliteInline {
        assert!(commits <= 50, "a thousand appends at once took {commits} commits");
    }
    storage.close().await;
}
