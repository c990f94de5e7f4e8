use crate::place::*;
use regihub_storage::*;

async fn fact(storage: &Storage, name: &'static str) -> Option<String> {
    storage.read(move |unit| unit.facts().get(Owner::Node, name)).await.unwrap()
}

pub async fn a_unit_of_work_happens_completely_or_not_at_all(place: Place) {
    let storage = place.open();
    let failed: Result<()> = storage
        .write(|unit| {
            unit.facts().set(Owner::Node, "first", "1", NOON)?;
            // A unique name that is taken: the database itself refuses.
            let workspace = unit.setup().add_workspace("A", NOON)?;
            unit.accounts().add_user(workspace, "hanako", "h", "ja", NOON)?;
            unit.accounts().add_user(workspace, "hanako", "h", "ja", NOON).map(drop)
        })
        .await;
    assert!(matches!(failed, Err(StorageError::Conflict(_))), "{failed:?}");
    assert_eq!(fact(&storage, "first").await, None);
    storage.close().await;
}

pub async fn a_failing_unit_does_not_take_others_with_it(place: Place) {
    let storage = place.open();
    let (before, refused, panicked, broken, after) = tokio::join!(
        storage.write(|unit| unit.facts().set(Owner::Node, "before", "1", NOON)),
        storage.write::<()>(|unit| {
            unit.facts().set(Owner::Node, "refused", "1", NOON)?;
            Err(StorageError::Refused("no".into()))
        }),
        storage.write::<()>(|unit| {
            unit.facts().set(Owner::Node, "panicked", "1", NOON)?;
            panic!("a mistake in a unit of work (this message belongs to the test)")
        }),
        storage.write::<()>(|unit| unit.sql().execute("insert into no_such_table values (1)", &[]).map(drop)),
        storage.write(|unit| unit.facts().set(Owner::Node, "after", "1", NOON)),
    );
    assert_eq!((before, after), (Ok(()), Ok(())));
    assert_eq!(refused, Err(StorageError::Refused("no".into())));
    assert!(panicked.unwrap_err().to_string().contains("a mistake in a unit of work"));
    assert!(matches!(broken, Err(StorageError::Backend(_))), "{broken:?}");
    let names = storage.read(|unit| unit.facts().all(Owner::Node)).await.unwrap();
    assert_eq!(names.into_iter().map(|(name, ..)| name).collect::<Vec<_>>(), ["after", "before"]);
    storage.close().await;
}

pub async fn a_reading_unit_cannot_write(place: Place) {
    let storage = place.open();
    let result = storage.read(|unit| unit.facts().set(Owner::Node, "x", "1", NOON)).await;
    assert!(result.is_err());
    assert_eq!(fact(&storage, "x").await, None, "and the reader goes on");
    let panicked = storage.read::<()>(|_| panic!("a mistake while reading (this message belongs to the test)")).await;
    assert!(panicked.is_err());
    for _ in 0..3 {
        assert_eq!(fact(&storage, "x").await, None);
    }
    storage.close().await;
}

pub async fn a_closed_storage_says_so(place: Place) {
    let storage = place.open();
    let other = storage.clone();
    storage.close().await;
    assert_eq!(other.append(message("m")).await, Err(StorageError::Closed));
    assert_eq!(other.write(|_| Ok(())).await, Err(StorageError::Closed));
    assert_eq!(other.read(|_| Ok(())).await, Err(StorageError::Closed));
    place.open().close().await;
}

pub async fn signs_that_one_database_cannot_hold_are_stored_alike(place: Place) {
    let storage = place.open();
    let mut strange = message("a\0b");
    strange.event = "🧾\0".into();
    let Ok(Appended::New(id)) = storage.append(strange.clone()).await else { panic!("it is new") };
    assert_eq!(storage.append(strange).await, Ok(Appended::Repeat));
    let found = storage.read(move |unit| unit.inbox().get(id)).await.unwrap().unwrap();
    assert_eq!(found.event, "🧾\u{fffd}");
    storage.close().await;
}
