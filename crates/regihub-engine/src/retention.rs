//! How long what is only kept to look back is kept.

use crate::facts;
use regihub_storage::{Old, Owner, Result, Unit};

/// Days; 0 keeps for ever. What explains the numbers of today, and what open work rests on, is kept in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Raw notifications.
    pub messages: i64,
    /// Calls (通信ログ) with their bodies.
    pub exchanges: i64,
    /// Numbers that shops were told.
    pub pushes: i64,
    /// Entries of the stock ledger; older ones are folded into one per product and store.
    pub ledger: i64,
}

impl Default for Retention {
    /// Raw data for a month, numbers for half a year, the ledger for longer than a year, so that last year's stocktaking can be looked at.
    fn default() -> Self {
        Self { messages: 30, exchanges: 30, pushes: 180, ledger: 400 }
    }
}

const DAY: i64 = 86_400_000_000;

impl Retention {
    /// The installation's settings. One that cannot be read keeps for ever and is said in the log: rather too much than too little.
    pub fn load(unit: &mut Unit<'_>) -> Result<Self> {
        let usual = Self::default();
        Ok(Self {
            messages: days(unit, facts::RETAIN_MESSAGES, usual.messages)?,
            exchanges: days(unit, facts::RETAIN_EXCHANGES, usual.exchanges)?,
            pushes: days(unit, facts::RETAIN_PUSHES, usual.pushes)?,
            ledger: days(unit, facts::RETAIN_LEDGER, usual.ledger)?,
        })
    }

    /// Holds from the next run of the tidying on. `now` in microseconds since 1970, UTC.
    pub fn save(&self, unit: &mut Unit<'_>, now: i64) -> Result<()> {
        let settings = [
            (facts::RETAIN_MESSAGES, self.messages),
            (facts::RETAIN_EXCHANGES, self.exchanges),
            (facts::RETAIN_PUSHES, self.pushes),
            (facts::RETAIN_LEDGER, self.ledger),
        ];
        settings.into_iter().try_for_each(|(name, days)| unit.facts().set(Owner::Node, name, &days.to_string(), now))
    }

    /// What is older than this (microseconds since 1970, UTC) is tidied away; `None`: nothing ever is.
    pub(crate) fn limit(&self, what: Old, now: i64) -> Option<i64> {
        let days = match what {
            Old::Messages => self.messages,
            Old::Exchanges => self.exchanges,
            Old::Pushes => self.pushes,
        };
        ago(days, now)
    }

    pub(crate) fn ledger_limit(&self, now: i64) -> Option<i64> {
        ago(self.ledger, now)
    }

    /// The later of the limits of raw data: what changed after it needs no mark to be kept.
    pub(crate) fn raw_limit(&self, now: i64) -> Option<i64> {
        self.limit(Old::Messages, now).max(self.limit(Old::Exchanges, now))
    }
}

fn ago(days: i64, now: i64) -> Option<i64> {
    (days > 0).then(|| now.saturating_sub(days.saturating_mul(DAY)))
}

fn days(unit: &mut Unit<'_>, name: &str, usual: i64) -> Result<i64> {
    let Some(text) = unit.facts().get(Owner::Node, name)? else { return Ok(usual) };
    Ok(text.parse::<i64>().ok().filter(|days| *days >= 0).unwrap_or_else(|| {
        tracing::warn!("{name} is {text:?}, allowed are whole numbers of days from 0 on: everything is kept");
        0
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nought_days_keep_for_ever() {
        let retention = Retention { messages: 0, exchanges: 1, pushes: i64::MAX, ledger: 0 };
        assert_eq!(retention.limit(Old::Messages, 5 * DAY), None);
        assert_eq!(retention.limit(Old::Exchanges, 5 * DAY), Some(4 * DAY));
        assert!(retention.limit(Old::Pushes, 5 * DAY).is_some_and(|limit| limit < 0), "older than time itself");
        assert_eq!(retention.ledger_limit(5 * DAY), None);
        assert_eq!(retention.raw_limit(5 * DAY), Some(4 * DAY));
        assert_eq!(Retention { exchanges: 0, ..retention }.raw_limit(5 * DAY), None);
    }
}
