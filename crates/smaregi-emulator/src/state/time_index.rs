//! Numbers by time, for windows over very many of them.
//!
//! They lie side by side, a day to a list. A window is read like a text instead of being walked to through a tree, and what comes late has only its own day to
//! be put into.

use super::table::Id;
use crate::time::DAY;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct TimeIndex(BTreeMap<i64, Vec<(i64, Id)>>);

impl TimeIndex {
    pub(crate) fn insert(&mut self, at: i64, id: Id) {
        let list = self.0.entry(at.div_euclid(DAY)).or_default();
        // Nearly everything comes in its order.
        if list.last().is_none_or(|last| *last < (at, id)) {
            list.push((at, id));
        } else if let Err(place) = list.binary_search(&(at, id)) {
            list.insert(place, (at, id));
        }
    }

    pub(crate) fn remove(&mut self, at: i64, id: Id) {
        let day = at.div_euclid(DAY);
        let Some(list) = self.0.get_mut(&day) else { return };
        if let Ok(place) = list.binary_search(&(at, id)) {
            list.remove(place);
        }
        if list.is_empty() {
            self.0.remove(&day);
        }
    }

    /// Those between two times, both included, in their order.
    pub(crate) fn between(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, Id)> + '_ {
        // An end before the beginning is an empty window, and no mistake.
        let days = from.div_euclid(DAY)..=to.max(from).div_euclid(DAY);
        let lists = self.0.range(days).map(move |(_, list)| {
            let start = list.partition_point(|(at, _)| *at < from);
            let end = list.partition_point(|(at, _)| *at <= to);
            list.get(start..end).unwrap_or_default()
        });
        lists.flatten().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_holds_what_a_set_would_hold(
            steps in prop::collection::vec((any::<bool>(), -200_000_i64..200_000, 0_u64..9), 0..120),
            from in -250_000_i64..250_000,
            to in -250_000_i64..250_000,
        ) {
            let (mut index, mut set) = (TimeIndex::default(), BTreeSet::new());
            for (put, at, id) in steps {
                if put {
                    index.insert(at, id);
                    set.insert((at, id));
                } else {
                    index.remove(at, id);
                    set.remove(&(at, id));
                }
            }
            let wanted: Vec<_> = set.iter().copied().filter(|(at, _)| (from..=to).contains(at)).collect();
            prop_assert_eq!(index.between(from, to).collect::<Vec<_>>(), wanted);
            prop_assert_eq!(index.between(i64::MIN, i64::MAX).count(), set.len());
        }
    }
}
