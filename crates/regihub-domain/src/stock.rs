//! The stock ledger: how an observed level becomes entries that each name a cause.
//!
//! Smaregi tells the level of a product in a store; it does not tell the cause without one call per pair. So the hub keeps, beside the
//! level, what it *expects* to see (lines of sales it has read, its own writes), and at each observation books the
//! difference against these expectations. What nothing explains is booked as [`Cause::Other`] and stays *unattributed* until a late sale
//! or the change history explains it; then two entries that cancel out move it to the right cause. Entries are never changed.
//! The sum of all entries of a pair is always its level: that is what makes a number explain itself (I6).

use crate::ids::SaleId;
use serde::{Deserialize, Serialize};

/// Why a level changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "ref", rename_all = "snake_case")]
pub enum Cause {
    /// The first level ever seen.
    Opening,
    /// A sale at a till, its change or its cancellation.
    Sale(SaleId),
    /// A write of ours: the intent's tag, as it stands in `stockHistory.memo`.
    OwnWrite(String),
    /// Changed in Smaregi by somebody else (goods in, correction, another app); not attributed yet.
    Other,
    /// The change history named it: id of the row in it, Smaregi's `stockDivision` and memo.
    History { change_id: String, division: String, memo: String },
}

/// Something that explains part of a level that has not been seen yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    pub cause: Cause,
    pub delta: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub cause: Cause,
    pub delta: i64,
    /// Level after this entry.
    pub level_after: i64,
}

/// The state of one product in one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    pub amount: i64,
    /// Sum of the entries booked as [`Cause::Other`] and not yet attributed.
    pub unattributed: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    pub entries: Vec<Entry>,
    pub level: Level,
}

/// Books an observed level. `expected` is used up completely: a level read after a sale was read contains that sale.
pub fn observe(before: Option<Level>, observed: i64, expected: &[Expected]) -> Booked {
    let Some(before) = before else {
        // Whatever was expected before the first look is inside the opening number.
        let entries = vec![Entry { cause: Cause::Opening, delta: observed, level_after: observed }];
        return Booked { entries, level: Level { amount: observed, unattributed: 0 } };
    };
    let mut running = before.amount;
    let mut entries = Vec::with_capacity(expected.len() + 1);
    for expectation in expected.iter().filter(|e| e.delta != 0) {
        running += expectation.delta;
        entries.push(Entry { cause: expectation.cause.clone(), delta: expectation.delta, level_after: running });
    }
    let rest = observed - running;
    if rest != 0 {
        entries.push(Entry { cause: Cause::Other, delta: rest, level_after: observed });
    }
    Booked { entries, level: Level { amount: observed, unattributed: before.unattributed + rest } }
}

/// Lets a cause that became known late take over what is unattributed, as far as it goes in the same direction.
/// Returns the entries (two that cancel out, or none) and the part of `delta` that must still be expected.
pub fn attribute(before: Level, cause: Cause, delta: i64) -> (Booked, i64) {
    let same_direction = before.unattributed.signum() == delta.signum();
    let taken = if same_direction { delta.signum() * delta.abs().min(before.unattributed.abs()) } else { 0 };
    if taken == 0 {
        return (Booked { entries: vec![], level: before }, delta);
    }
    let entries = vec![
        Entry { cause: Cause::Other, delta: -taken, level_after: before.amount - taken },
        Entry { cause, delta: taken, level_after: before.amount },
    ];
    (
        Booked { entries, level: Level { amount: before.amount, unattributed: before.unattributed - taken } },
        delta - taken,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sale(n: i64, delta: i64) -> Expected {
        Expected { cause: Cause::Sale(n.to_string().into()), delta }
    }

    #[test]
    fn a_sale_that_was_read_first_explains_the_level() {
        let before = Level { amount: 10, unattributed: 0 };
        let booked = observe(Some(before), 8, &[sale(1, -2)]);
        assert_eq!(booked.entries, vec![Entry { cause: Cause::Sale("1".into()), delta: -2, level_after: 8 }]);
        assert_eq!(booked.level, Level { amount: 8, unattributed: 0 });
    }

    #[test]
    fn a_sale_that_is_read_later_takes_over_what_was_unexplained() {
        let booked = observe(Some(Level { amount: 10, unattributed: 0 }), 7, &[]);
        assert_eq!(booked.level.unattributed, -3);
        let (after, still_expected) = attribute(booked.level, Cause::Sale("1".into()), -2);
        assert_eq!(still_expected, 0);
        assert_eq!(after.entries.iter().map(|e| e.delta).sum::<i64>(), 0);
        assert_eq!(after.level, Level { amount: 7, unattributed: -1 });
    }

    #[test]
    fn goods_that_came_in_are_never_explained_by_a_sale() {
        let (booked, still_expected) = attribute(Level { amount: 12, unattributed: 2 }, Cause::Sale("1".into()), -2);
        assert!(booked.entries.is_empty());
        assert_eq!(still_expected, -2);
    }

    proptest! {
        /// I6: whatever is observed in whatever order, the entries of a pair add up to its level, and the
        /// entries booked as Other add up to what is called unattributed.
        #[test]
        fn entries_always_add_up(steps in prop::collection::vec((0i64..50, prop::collection::vec((1i64..9, -5i64..5), 0..4), any::<bool>()), 1..40)) {
            let mut level: Option<Level> = None;
            let mut ledger: Vec<Entry> = vec![];
            let mut waiting: Vec<Expected> = vec![];
            for (observed, sales, late) in steps {
                for (n, delta) in sales {
                    match level {
                        Some(before) if late => {
                            let (booked, rest) = attribute(before, Cause::Sale(n.to_string().into()), delta);
                            ledger.extend(booked.entries);
                            level = Some(booked.level);
                            waiting.push(sale(n, rest));
                        }
                        _ => waiting.push(sale(n, delta)),
                    }
                }
                let booked = observe(level, observed, &waiting);
                waiting.clear();
                ledger.extend(booked.entries);
                level = Some(booked.level);
                let level = level.unwrap();
                prop_assert_eq!(level.amount, observed);
                prop_assert_eq!(ledger.iter().map(|e| e.delta).sum::<i64>(), observed);
                prop_assert_eq!(ledger.last().map(|e| e.level_after).unwrap_or(observed), observed);
                prop_assert_eq!(ledger.iter().filter(|e| e.cause == Cause::Other).map(|e| e.delta).sum::<i64>(), level.unattributed);
            }
        }
    }
}
