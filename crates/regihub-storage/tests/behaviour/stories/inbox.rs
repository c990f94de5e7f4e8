use crate::place::*;
use regihub_domain::InboxId;
use regihub_storage::*;

pub async fn an_acknowledged_message_is_there_after_reopening(place: Place) {
    let storage = place.open();
    let Appended::New(id) = storage.append(message("m1")).await.unwrap() else { panic!("it is new") };
    storage.close().await;

    let storage = place.open();
    let found = storage.read(move |unit| unit.inbox().get(id)).await.unwrap().unwrap();
    assert_eq!((found.owner, found.body, found.state), (message("m1").owner, message("m1").body, MessageState::Sorted));
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

pub async fn a_message_and_the_jobs_it_asks_for_are_one_commit(place: Place) {
    let storage = place.open();
    let Appended::New(first) = storage.append(wanting("m1", &["25", "26"])).await.unwrap() else { panic!("new") };
    let Appended::New(second) = storage.append(wanting("m2", &["26"])).await.unwrap() else { panic!("new") };
    assert_eq!(storage.append(wanting("m2", &["27"])).await, Ok(Appended::Repeat));
    let jobs = storage.read(|unit| unit.jobs().ready(Owner::Connection(SMAREGI), "sale", 9, NOON)).await.unwrap();
    let found: Vec<_> = jobs.iter().map(|job| (job.key.as_str(), job.version, job.inbox_id)).collect();
    assert_eq!(found, [("25", 1, Some(first)), ("26", 2, Some(second))], "a repeat asks for nothing");
    storage.close().await;
}

pub async fn a_message_of_no_use_is_kept_with_the_reason(place: Place) {
    let storage = place.open();
    storage.append(message("m1")).await.unwrap();
    let ignored = NewMessage { verdict: Verdict::Ignored("知らないイベント".into()), ..message("m2") };
    storage.append(ignored).await.unwrap();
    let broken = NewMessage { verdict: Verdict::Unreadable("ids: no list".into()), ..message("m3") };
    storage.append(broken).await.unwrap();
    let (counts, newest) =
        storage.read(|unit| Ok((unit.inbox().counts()?, unit.inbox().list(None, None, 2)?))).await.unwrap();
    assert_eq!(counts, [(MessageState::Sorted, 1), (MessageState::Ignored, 1), (MessageState::Unreadable, 1)]);
    assert_eq!(newest[1].note.as_deref(), Some("知らないイベント"));
    let older = storage
        .read(move |unit| unit.inbox().list(Some(Owner::Connection(SMAREGI)), Some(newest[1].id), 9))
        .await
        .unwrap();
    assert_eq!(older.iter().map(|m| m.id).collect::<Vec<_>>(), [InboxId(1)]);
    storage.close().await;
}

fn wanting(id: &str, sales: &[&str]) -> NewMessage {
    let wanted = sales.iter().map(|sale| Wanted { kind: "sale", key: (*sale).into(), priority: 3 });
    NewMessage { verdict: Verdict::Jobs(wanted.collect()), ..message(id) }
}

pub async fn what_was_appended_and_committed_is_counted(place: Place) {
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
    assert_eq!(counts, [(MessageState::Sorted, 1000)]);
    let commits = storage.commits() - before;
    if place.kind != Kind::SqliteInline {
        assert!(commits <= 50, "a thousand appends at once took {commits} commits");
    }
    storage.close().await;
}
