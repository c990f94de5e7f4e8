use crate::place::*;
use regihub_domain::{
    ExchangeId, InboxId, ProductId, StoreId,
    stock::{Cause, Entry, Expected, Level, observe},
};
use regihub_storage::*;

fn shirt() -> ProductId {
    "8000001".into()
}

fn store() -> StoreId {
    "1".into()
}

fn level(amount: i64, unattributed: i64) -> LevelRow {
    LevelRow {
        product_id: shirt(),
        store_id: store(),
        level: Level { amount, unattributed },
        seen_at: NOON,
        changed_at: NOON,
        exchange_id: Some(ExchangeId(5)),
    }
}

fn book(unit: &mut Unit<'_>, observed: i64, expected: &[Expected]) -> Result<()> {
    let before = unit.stock().levels(SMAREGI, &[shirt()])?.first().map(|row| row.level);
    let booked = observe(before, observed, expected);
    let entries: Vec<_> = booked.entries.into_iter().map(|e| (e, Some(ExchangeId(5)), Some(InboxId(6)))).collect();
    unit.stock().book(SMAREGI, &shirt(), &store(), NOON, &entries)?;
    unit.stock().save_level(SMAREGI, &LevelRow { level: booked.level, ..level(0, 0) })
}

pub async fn the_entries_of_a_pair_add_up_to_its_level(place: Place) {
    let storage = place.open();
    storage
        .write(|unit| {
            book(unit, 10, &[])?;
            book(unit, 7, &[Expected { cause: Cause::Sale("55".into()), delta: -2 }])?;
            book(unit, 7, &[])
        })
        .await
        .unwrap();
    let (sums, movements, levels) = storage
        .read(|unit| {
            let mut stock = unit.stock();
            let movements = stock.movements(SMAREGI, &shirt(), Some(&store()), None, 2)?;
            Ok((stock.check_sums(SMAREGI)?, movements, stock.levels(SMAREGI, &[shirt(), "unknown".into()])?))
        })
        .await
        .unwrap();
    assert_eq!(sums, []);
    assert_eq!(levels, [level(7, -1)]);
    assert_eq!(movements[0].entry, Entry { cause: Cause::Other, delta: -1, level_after: 7 });
    assert_eq!(movements[1].entry, Entry { cause: Cause::Sale("55".into()), delta: -2, level_after: 8 });
    assert_eq!((movements[0].exchange_id, movements[0].inbox_id), (Some(ExchangeId(5)), Some(InboxId(6))));
    let last = movements[1].id;
    let older = storage.read(move |unit| unit.stock().movements(SMAREGI, &shirt(), None, Some(last), 9)).await.unwrap();
    assert_eq!(older.len(), 1);
    assert_eq!(storage.read(|unit| unit.stock().proven_products(SMAREGI)).await, Ok(1));
    storage.close().await;
}

pub async fn a_pair_that_does_not_add_up_is_found(place: Place) {
    let storage = place.open();
    let sums = storage
        .write(|unit| {
            book(unit, 10, &[])?;
            unit.stock().save_level(SMAREGI, &level(11, 0))?;
            let stray = Entry { cause: Cause::Opening, delta: 3, level_after: 3 };
            unit.stock().book(SMAREGI, &"stray".into(), &store(), NOON, &[(stray, None, None)])?;
            unit.stock().check_sums(SMAREGI)
        })
        .await
        .unwrap();
    assert_eq!(sums, [(shirt(), store(), 11, 10), ("stray".into(), store(), 0, 3)]);
    storage.close().await;
}

pub async fn causes_read_back_as_they_were_booked(place: Place) {
    let storage = place.open();
    let causes = [
        Cause::Opening,
        Cause::Sale("55".into()),
        Cause::OwnWrite("rh-1-2".into()),
        Cause::Other,
        Cause::History { change_id: "99".into(), division: "05".into(), memo: "棚卸 2 回目".into() },
        Cause::History { change_id: "99".into(), division: "05".into(), memo: String::new() },
    ];
    let booked = causes.clone();
    let movements = storage
        .write(move |unit| {
            let entries: Vec<_> =
                booked.into_iter().map(|cause| (Entry { cause, delta: 1, level_after: 1 }, None, None)).collect();
            unit.stock().book(SMAREGI, &shirt(), &store(), NOON, &entries)?;
            unit.stock().movements(SMAREGI, &shirt(), None, None, 10)
        })
        .await
        .unwrap();
    assert_eq!(movements.into_iter().rev().map(|m| m.entry.cause).collect::<Vec<_>>(), causes);
    storage.close().await;
}

pub async fn expectations_wait_until_they_are_forgotten(place: Place) {
    let storage = place.open();
    let new = NewExpected {
        product_id: shirt(),
        store_id: store(),
        cause: Cause::OwnWrite("rh-1".into()),
        delta: -1,
        exchange_id: None,
        inbox_id: Some(InboxId(6)),
        created_at: NOON,
    };
    let found = storage
        .write(move |unit| {
            unit.stock().expect(SMAREGI, &new)?;
            unit.stock().expect(SMAREGI, &NewExpected { delta: -2, ..new })?;
            unit.stock().expected(SMAREGI, &[shirt()])
        })
        .await
        .unwrap();
    assert_eq!(found[0].expected, Expected { cause: Cause::OwnWrite("rh-1".into()), delta: -1 });
    assert_eq!((found[0].inbox_id, found[1].expected.delta), (Some(InboxId(6)), -2));
    let first = found[0].id;
    storage.write(move |unit| unit.stock().forget_expected(&[first])).await.unwrap();
    let left = storage.read(|unit| unit.stock().expected(SMAREGI, &[shirt()])).await.unwrap();
    assert_eq!(left, found[1..]);
    storage.close().await;
}

pub async fn what_nothing_explains_is_found_when_it_is_old(place: Place) {
    let storage = place.open();
    let find = |older_than| storage.read(move |unit| unit.stock().unattributed(SMAREGI, older_than, 10));
    storage.write(|unit| unit.stock().save_level(SMAREGI, &level(7, -1))).await.unwrap();
    assert_eq!(find(NOON).await.unwrap(), []);
    assert_eq!(find(NOON + 1).await.unwrap(), [level(7, -1)]);
    storage.write(|unit| unit.stock().save_level(SMAREGI, &level(7, 0))).await.unwrap();
    assert_eq!(find(NOON + 1).await.unwrap(), []);
    storage.close().await;
}
