use regihub_ports::Dice;
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What goes wrong on purpose. The default is a shop in good health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Of 100 webhooks, how many are lost on the way (and not repeated: the shop believes they arrived).
    pub webhook_drop_percent: u8,
    /// Of 100 webhooks, how many are sent twice.
    pub webhook_duplicate_percent: u8,
    /// Of 100 webhooks, how many are late.
    pub webhook_delay_percent: u8,
    /// The longest delay of a late webhook, in milliseconds.
    pub webhook_delay_ms: u64,
    /// How many of the next API calls fail with `fail_status`; counts down.
    pub fail_next: u32,
    /// Of 100 API calls, how many fail with `fail_status`.
    pub fail_percent: u8,
    pub fail_status: u16,
    /// `Retry-After` of these failures, in seconds.
    pub retry_after: Option<u32>,
    /// Every API call waits this long first, in milliseconds.
    pub slow_ms: u64,
    /// How many of the next API calls are done, but the connection is cut before the answer; counts down.
    pub cut_next: u32,
    /// Of 100 API calls, how many are done and then cut.
    pub cut_percent: u8,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            webhook_drop_percent: 0,
            webhook_duplicate_percent: 0,
            webhook_delay_percent: 0,
            webhook_delay_ms: 60_000,
            fail_next: 0,
            fail_percent: 0,
            fail_status: 503,
            retry_after: None,
            slow_ms: 0,
            cut_next: 0,
            cut_percent: 0,
        }
    }
}

impl Faults {
    /// Which field is out of its range, if one is.
    pub(crate) fn check(&self) -> Result<(), String> {
        let percents = [
            ("webhook_drop_percent", self.webhook_drop_percent),
            ("webhook_duplicate_percent", self.webhook_duplicate_percent),
            ("webhook_delay_percent", self.webhook_delay_percent),
            ("fail_percent", self.fail_percent),
            ("cut_percent", self.cut_percent),
        ];
        if let Some((field, value)) = percents.into_iter().find(|(_, value)| *value > 100) {
            return Err(format!("{field}: got {value}, allowed is 0 to 100"));
        }
        if !(400..=599).contains(&self.fail_status) {
            return Err(format!("fail_status: got {}, allowed is 400 to 599", self.fail_status));
        }
        Ok(())
    }
}

/// The fate of one API call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CallFate {
    pub(crate) wait: Duration,
    pub(crate) end: CallEnd,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CallEnd {
    Answer,
    /// Refused before anything is done.
    Fail {
        status: u16,
        retry_after: Option<u32>,
    },
    /// Done, but nobody hears of it.
    Cut,
}

/// The fate of one webhook.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HintFate {
    /// 0: lost; 2: doubled.
    pub(crate) copies: usize,
    pub(crate) wait: Duration,
}

/// The faults in force; may be turned while the shop runs.
#[derive(Clone, Default)]
pub struct FaultSwitch(Arc<Mutex<Faults>>);

impl FaultSwitch {
    /// Replaces all faults. Percents above 100 count as 100; a status outside 400–599 counts as 503.
    pub fn set(&self, faults: Faults) {
        *self.lock() = faults;
    }

    /// Back to good health.
    pub fn clear(&self) {
        self.set(Faults::default());
    }

    pub fn now(&self) -> Faults {
        self.lock().clone()
    }

    pub(crate) fn next_call(&self, dice: &Dice) -> CallFate {
        let mut faults = self.lock();
        let wait = Duration::from_millis(faults.slow_ms);
        let fails = count_down(&mut faults.fail_next) || happens(dice, faults.fail_percent);
        let end = if fails {
            CallEnd::Fail { status: faults.fail_status, retry_after: faults.retry_after }
        } else if count_down(&mut faults.cut_next) || happens(dice, faults.cut_percent) {
            CallEnd::Cut
        } else {
            CallEnd::Answer
        };
        CallFate { wait, end }
    }

    pub(crate) fn next_webhook(&self, dice: &Dice) -> HintFate {
        let faults = self.lock();
        if happens(dice, faults.webhook_drop_percent) {
            return HintFate { copies: 0, wait: Duration::ZERO };
        }
        let copies = if happens(dice, faults.webhook_duplicate_percent) { 2 } else { 1 };
        let late = happens(dice, faults.webhook_delay_percent);
        let wait = if late { dice.below(faults.webhook_delay_ms.saturating_add(1)) } else { 0 };
        HintFate { copies, wait: Duration::from_millis(wait) }
    }

    fn lock(&self) -> MutexGuard<'_, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A shop in good health throws no dice, so that turning a fault on is the only thing that changes a run.
fn happens(dice: &Dice, percent: u8) -> bool {
    percent > 0 && dice.chance(u64::from(percent))
}

fn count_down(left: &mut u32) -> bool {
    let hit = *left > 0;
    *left = left.saturating_sub(1);
    hit
}
