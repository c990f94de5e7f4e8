//! The one formula of a published stock number (DESIGN §2).

use serde::{Deserialize, Serialize};

/// Everything that makes a published number, so that a page can show the sum as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishInputs {
    /// Proven level of each linked store; `None` where Smaregi has never shown a row.
    pub levels: Vec<(crate::StoreId, Option<i64>)>,
    /// Pieces that shops have sold and Smaregi does not show yet; never negative.
    pub demand: i64,
    /// 余裕数: pieces this shop must not sell.
    pub margin: i64,
}

/// `max(0, Σ level − demand − margin)`, or `None` while no level is proven (I8: unknown is not zero).
///
/// A store without a row counts as 0 beside a store that has one, because Smaregi makes a row only at a product's first movement
/// (platform-pos.md §4); with no row anywhere the number stays unknown.
pub fn published(inputs: &PublishInputs) -> Option<i64> {
    if inputs.levels.iter().all(|(_, level)| level.is_none()) {
        return None;
    }
    let level: i64 = inputs.levels.iter().filter_map(|(_, level)| *level).sum();
    Some((level - inputs.demand - inputs.margin).max(0))
}

/// A version that only grows, even when the clock goes back. Microseconds, so it stays below 2^53 for the next two centuries.
pub fn next_version(previous: Option<i64>, now_us: i64) -> i64 {
    now_us.max(previous.unwrap_or(0) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(levels: &[Option<i64>], demand: i64, margin: i64) -> PublishInputs {
        PublishInputs { levels: levels.iter().map(|l| ("1".into(), *l)).collect(), demand, margin }
    }

    #[test]
    fn the_formula() {
        assert_eq!(published(&inputs(&[Some(5), Some(7)], 2, 1)), Some(9));
        assert_eq!(published(&inputs(&[Some(1)], 2, 0)), Some(0), "a shortage is never sent as a negative number");
        assert_eq!(published(&inputs(&[Some(-4), Some(6)], 0, 0)), Some(2));
    }

    #[test]
    fn an_unknown_stock_is_not_zero() {
        assert_eq!(published(&inputs(&[None, None], 0, 0)), None);
        assert_eq!(published(&inputs(&[], 0, 0)), None);
        assert_eq!(published(&inputs(&[None, Some(3)], 0, 0)), Some(3));
    }

    #[test]
    fn versions_grow_when_the_clock_goes_back() {
        assert_eq!(next_version(None, 100), 100);
        assert_eq!(next_version(Some(100), 90), 101);
    }
}
