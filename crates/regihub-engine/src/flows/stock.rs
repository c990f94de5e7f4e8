//! Levels as Smaregi shows them, booked into the stock ledger.

use crate::{facts, flows::publish, kinds};
use regihub_domain::{
    ConnectionId, ExchangeId, InboxId, ProductId, StoreId,
    stock::{Booked, Cause, Expected, Level, observe},
};
use regihub_storage::{Dirty, ExpectedRow, LevelRow, Link, Owner, Result, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// How exactly a page can say when a level was last seen (µs).
const JUST_NOW: i64 = 1_000_000;

/// A level that was seen this much later than now was seen before the clock was set back (µs): its time says nothing about the order of answers.
const SET_BACK: i64 = 5_000_000;

/// One level as an answer showed it.
#[derive(Clone, Debug)]
pub struct Observed {
    pub product_id: ProductId,
    pub store_id: StoreId,
    pub amount: i64,
    /// Set when the answer belongs to a write of ours: its tag and what it added. It explains its own part.
    pub own_write: Option<(String, i64)>,
}

/// When an answer was true: somewhere between these two (µs).
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub begin: i64,
    pub end: i64,
    pub exchange: ExchangeId,
}

pub struct Flow<'a> {
    pub connection: ConnectionId,
    pub links: &'a [Link],
    /// Unexplained pieces are looked up in the history this much later (µs).
    pub history_delay: i64,
    /// The notification that asked for each product.
    pub inbox: &'a BTreeMap<ProductId, InboxId>,
    pub now: i64,
}

/// What came of an observation.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Products whose numbers were computed again.
    pub products: BTreeSet<ProductId>,
    /// Levels that could not be judged, because another answer about them overlapped; their products are marked for reading.
    pub overlapped: BTreeSet<(ProductId, StoreId)>,
    /// Numbers that now wait for a push.
    pub to_push: usize,
}

/// Books observed levels, recomputes the numbers made from them and marks what is still unexplained.
pub fn apply(unit: &mut Unit<'_>, flow: &Flow<'_>, observed: &[Observed], seen: Seen) -> Result<Applied> {
    let products: Vec<ProductId> =
        observed.iter().map(|o| o.product_id.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let mut pairs = Pairs::load(unit, flow.connection, &products)?;
    let unseen = unseen_level(unit, flow.connection)?;
    let mut applied = Applied::default();
    for one in observed {
        let key = (one.product_id.clone(), one.store_id.clone());
        let before = pairs.levels.remove(&key);
        // An answer that began before the last one ended may be the older of the two: never book it (I4).
        if before.as_ref().is_some_and(|row| seen.begin < row.seen_at && row.seen_at <= flow.now + SET_BACK) {
            applied.overlapped.insert(key);
            continue;
        }
        let expected = pairs.expected.remove(&key).unwrap_or_default();
        if book(unit, flow, one, before.as_ref(), unseen, expected, seen)? {
            applied.products.insert(one.product_id.clone());
        }
    }
    applied.to_push =
        publish::recompute(unit, flow.links, flow.connection, &applied.products, publish::Send::IfChanged, flow.now)?;
    mark_overlapped(unit, flow, &applied.overlapped)?;
    Ok(applied)
}

/// What a pair held that was never shown before. Smaregi makes a row at a product's first movement (platform-pos.md §4), so once all levels have
/// been read, a new row began at zero and its first sale is a movement like any other. Before that, nobody knows: it opens with what it shows.
fn unseen_level(unit: &mut Unit<'_>, connection: ConnectionId) -> Result<Option<Level>> {
    let all_read = unit.facts().get(Owner::Connection(connection), facts::STOCK_WATERMARK)?.is_some();
    Ok(all_read.then_some(Level { amount: 0, unattributed: 0 }))
}

/// Books one level. Returns whether anything about it is new.
fn book(
    unit: &mut Unit<'_>,
    flow: &Flow<'_>,
    one: &Observed,
    before: Option<&LevelRow>,
    unseen: Option<Level>,
    waiting: Vec<ExpectedRow>,
    seen: Seen,
) -> Result<bool> {
    if waiting.is_empty() && one.own_write.is_none() && before.is_some_and(|row| is_no_news(row, one, seen)) {
        return Ok(false);
    }
    // Only what was known before this answer began is certainly inside it.
    let (inside, _later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|row| row.expected_at <= seen.begin);
    let mut expected: Vec<Expected> = inside.iter().map(|row| row.expected.clone()).collect();
    if let Some((tag, delta)) = &one.own_write {
        expected.push(Expected { cause: Cause::OwnWrite(tag.clone()), delta: *delta });
    }
    let booked = observe(before.map(|row| row.level).or(unseen), one.amount, &expected);
    let moved = !booked.entries.is_empty();
    save_level(unit, flow, one, before, booked.level, moved, seen)?;
    book_entries(unit, flow, one, booked, &inside, seen)?;
    unit.stock().forget_expected(&inside.iter().map(|row| row.id).collect::<Vec<_>>())?;
    Ok(moved || before.is_none() || !inside.is_empty())
}

/// In a burst the same levels are read many times a second. One that was seen just now and has not moved need not be written again.
fn is_no_news(row: &LevelRow, one: &Observed, seen: Seen) -> bool {
    row.level.amount == one.amount && (row.seen_at..row.seen_at + JUST_NOW).contains(&seen.end)
}

fn save_level(
    unit: &mut Unit<'_>,
    flow: &Flow<'_>,
    one: &Observed,
    before: Option<&LevelRow>,
    level: Level,
    moved: bool,
    seen: Seen,
) -> Result<()> {
    let changed_at = before.filter(|_| !moved).map_or(flow.now, |row| row.changed_at);
    let exchange_id = before.filter(|_| !moved).map_or(Some(seen.exchange), |row| row.exchange_id);
    let row = LevelRow {
        product_id: one.product_id.clone(),
        store_id: one.store_id.clone(),
        level,
        seen_at: seen.end,
        changed_at,
        exchange_id,
    };
    unit.stock().save_level(flow.connection, &row)
}

/// Each entry points at the message and call behind its cause; an unexplained one at those of the observation.
fn book_entries(
    unit: &mut Unit<'_>,
    flow: &Flow<'_>,
    one: &Observed,
    booked: Booked,
    inside: &[ExpectedRow],
    seen: Seen,
) -> Result<()> {
    let observation = (Some(seen.exchange), flow.inbox.get(&one.product_id).copied());
    let unexplained = booked.entries.iter().any(|entry| entry.cause == Cause::Other);
    let entries: Vec<_> = booked
        .entries
        .into_iter()
        .map(|entry| {
            let of_cause =
                inside.iter().find(|row| row.expected.cause == entry.cause).map(|row| (row.exchange_id, row.inbox_id));
            let (exchange, inbox) = of_cause.unwrap_or(observation);
            (entry, exchange, inbox)
        })
        .collect();
    if !entries.is_empty() {
        unit.stock().book(flow.connection, &one.product_id, &one.store_id, flow.now, &entries)?;
    }
    if unexplained {
        let key = format!("{}/{}", one.product_id, one.store_id);
        unit.jobs().mark(&[dirty(flow, kinds::HISTORY, key, flow.now + flow.history_delay, None)])?;
    }
    Ok(())
}

fn mark_overlapped(unit: &mut Unit<'_>, flow: &Flow<'_>, overlapped: &BTreeSet<(ProductId, StoreId)>) -> Result<()> {
    let products: BTreeSet<&ProductId> = overlapped.iter().map(|(product, _)| product).collect();
    let marks: Vec<Dirty> = products
        .into_iter()
        .map(|p| dirty(flow, kinds::STOCK, p.0.clone(), flow.now, flow.inbox.get(p).copied()))
        .collect();
    unit.jobs().mark(&marks)
}

fn dirty(flow: &Flow<'_>, kind: &str, key: String, at: i64, inbox_id: Option<InboxId>) -> Dirty {
    Dirty {
        owner: Owner::Connection(flow.connection),
        kind: kind.into(),
        key,
        priority: kinds::priority(kind),
        at,
        inbox_id,
    }
}

struct Pairs {
    levels: BTreeMap<(ProductId, StoreId), LevelRow>,
    expected: BTreeMap<(ProductId, StoreId), Vec<ExpectedRow>>,
}

impl Pairs {
    fn load(unit: &mut Unit<'_>, connection: ConnectionId, products: &[ProductId]) -> Result<Self> {
        let levels = unit.stock().levels(connection, products)?;
        let levels = levels.into_iter().map(|row| ((row.product_id.clone(), row.store_id.clone()), row)).collect();
        let mut expected: BTreeMap<_, Vec<ExpectedRow>> = BTreeMap::new();
        for row in unit.stock().expected(connection, products)? {
            expected.entry((row.product_id.clone(), row.store_id.clone())).or_default().push(row);
        }
        Ok(Self { levels, expected })
    }
}
