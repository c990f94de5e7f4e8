//! What may become of one request on its way.

use regihub_ports::Dice;
use std::time::Duration;

/// After this long without an answer the real transport gives up (`regihub_ports::NetworkOptions`).
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// The fate of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Arrives after the first wait, answered after the second.
    Pass { before: Duration, after: Duration },
    /// The connection is refused: certainly not done.
    Refused,
    /// Never arrives; the caller waits until it gives up.
    LostBefore,
    /// Done, but no answer arrives: at once (a broken connection), or the caller waits until it gives up.
    LostAfter { at_once: bool },
    /// The caller gives up, and only then it arrives and is done.
    Late { after: Duration },
    /// Answered with this status by something on the way; `done` says whether it arrived before.
    Status { status: u16, retry_after: Option<u64>, done: bool },
}

impl Fate {
    /// Nothing goes wrong.
    pub const PASS: Self = Self::Pass { before: Duration::ZERO, after: Duration::ZERO };
}

/// Of 100 calls, how many have which bad luck. The default is a healthy line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFaults {
    /// Up to two seconds on the way, in each direction.
    pub slow: u64,
    pub lost_before: u64,
    pub lost_after: u64,
    pub late: u64,
    /// 429, with or without `Retry-After`.
    pub busy: u64,
    /// 500 to 504, before or after it was done.
    pub broken: u64,
    /// Every call takes so long in each direction.
    pub latency: Duration,
}

impl CallFaults {
    /// Everything goes wrong now and then.
    pub fn some(dice: &Dice) -> Self {
        let up_to = |most: u64| dice.below(most + 1);
        Self {
            slow: up_to(30),
            lost_before: up_to(3),
            lost_after: up_to(6),
            late: up_to(2),
            busy: up_to(4),
            broken: up_to(4),
            latency: Duration::from_millis(up_to(60)),
        }
    }

    pub(crate) fn choose(&self, dice: &Dice) -> Fate {
        let mut throw = dice.below(100);
        let mut hit = |percent: u64| {
            let is_hit = throw < percent;
            throw = throw.wrapping_sub(percent);
            is_hit
        };
        if hit(self.lost_before) {
            Fate::LostBefore
        } else if hit(self.lost_after) {
            Fate::LostAfter { at_once: dice.chance(50) }
        } else if hit(self.late) {
            // Less than the grace after which the hub looks an unclear write up: later than that nothing could be proven.
            Fate::Late { after: TIMEOUT + Duration::from_millis(dice.below(8_000)) }
        } else if hit(self.busy) {
            Fate::Status { status: 429, retry_after: dice.chance(50).then(|| 1 + dice.below(20)), done: false }
        } else if hit(self.broken) {
            Fate::Status { status: 500 + dice.below(5) as u16, retry_after: None, done: dice.chance(50) }
        } else if hit(self.slow) {
            let wait = || Duration::from_millis(dice.below(2_000));
            Fate::Pass { before: self.latency + wait(), after: self.latency + wait() }
        } else {
            Fate::Pass { before: self.latency, after: self.latency }
        }
    }
}

/// Of 100 webhooks, how many have which bad luck.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HookFaults {
    /// Lost, and the sender believes that it arrived.
    pub lost: u64,
    pub doubled: u64,
    /// Late by up to `latest`, so later ones overtake it.
    pub late: u64,
    pub latest: Duration,
}

impl HookFaults {
    pub fn all_lost() -> Self {
        Self { lost: 100, ..Self::default() }
    }

    pub fn some(dice: &Dice) -> Self {
        let up_to = |most: u64| dice.below(most + 1);
        let lost = if dice.chance(20) { 100 } else { up_to(40) };
        Self { lost, doubled: up_to(30), late: up_to(50), latest: Duration::from_secs(1 + up_to(120)) }
    }
}
