//! I6: every number explains itself, and by what really happened.

use crate::settled;
use regihub_domain::stock::Cause;
use regihub_simulation::{Plan, STORES, Scenario, Weather, World};
use regihub_storage::LevelRow;
use std::collections::BTreeMap;

/// All levels, and the pieces booked under each cause (`sale`, `opening`, …).
async fn ledger(world: &World) -> (Vec<LevelRow>, BTreeMap<String, i64>) {
    let connection = world.tenants[0].connection;
    world
        .read(move |unit| {
            let products = unit.products().ids(connection)?;
            let levels = unit.stock().levels(connection, &products)?;
            let mut pieces: BTreeMap<String, i64> = BTreeMap::new();
            for row in &levels {
                for entry in unit.stock().movements(connection, &row.product_id, Some(&row.store_id), None, 1000)? {
                    *pieces.entry(name(&entry.entry.cause)).or_default() += entry.entry.delta;
                }
            }
            Ok((levels, pieces))
        })
        .await
}

fn name(cause: &Cause) -> String {
    match cause {
        Cause::Opening => "opening".into(),
        Cause::Sale(_) => "sale".into(),
        Cause::OwnWrite(_) => "own write".into(),
        Cause::Other => "other".into(),
        Cause::History { division, .. } => format!("history {division}"),
    }
}

/// Sales from before the first look are inside the opening levels; they explain nothing that comes after.
#[tokio::test(start_paused = true)]
async fn sales_from_before_the_first_start_explain_nothing_after_it() {
    let mut world = settled(Plan { sales_before: 60, ..Plan::of_seed(61) }).await;
    world.rest().await;
    let (levels, pieces) = ledger(&world).await;
    assert!(levels.iter().all(|row| row.level.unattributed == 0), "nothing moved, so nothing is unexplained");
    assert_eq!(pieces.keys().collect::<Vec<_>>(), ["opening"], "{pieces:?}");
    assert_eq!(world.trace.count(0, |line| line.path.contains("/stock/changes")), 0, "and nothing is looked up");
    world.must_agree_at_rest().await;
}

/// The first sale of a product in a store makes Smaregi's stock row: it is a sale and no opening.
#[tokio::test(start_paused = true)]
async fn the_first_sale_in_a_store_is_a_sale() {
    let mut world = settled(Plan::of_seed(62)).await;
    let product = world.tenants[0].office.codes().get("PC-790-NA").expect("it is a product");
    let basket = |pieces| smaregi_emulator::Basket {
        store_id: STORES[0],
        terminal_id: 1,
        lines: vec![(product, pieces)],
        ..Default::default()
    };
    for pieces in [1, 2] {
        world.tenants[0].till.sell(&basket(pieces)).expect("a sale");
        world.pass_seconds(3).await;
    }
    let (connection, id) = (world.tenants[0].connection, product.to_string());
    let entries = world.read(move |unit| unit.stock().movements(connection, &id.as_str().into(), None, None, 10)).await;
    let mut pieces: BTreeMap<String, i64> = BTreeMap::new();
    for row in &entries {
        *pieces.entry(name(&row.entry.cause)).or_default() += row.entry.delta;
    }
    pieces.retain(|_, sum| *sum != 0); // what was read before its sale was "other" for a moment
    assert_eq!(pieces, BTreeMap::from([("sale".to_owned(), -3)]), "{entries:#?}");
    world.must_agree_at_rest().await;
}

/// After a day without lost answers everything that moved has its true cause.
#[tokio::test(start_paused = true)]
async fn after_a_day_every_movement_has_its_cause() {
    let mut world = settled(Plan::of_seed(63)).await;
    Scenario::new(Weather::default(), &world.dice).play(&mut world, 120).await;
    world.must_agree_at_rest().await;
    let (levels, pieces) = ledger(&world).await;
    let open: Vec<_> = levels.iter().filter(|row| row.level.unattributed != 0).collect();
    assert!(open.len() <= 2, "{} levels hold unexplained pieces: {open:#?}", open.len());
    for cause in ["sale", "own write", "history 01", "history 03"] {
        assert!(pieces.contains_key(cause), "{cause} is missing: {pieces:?}");
    }
}
