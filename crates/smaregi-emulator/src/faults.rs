//! Failures on request: what a client has to survive.

use crate::{
    emulator::{Emulator, State},
    problem::Problem,
};
use http::{Method, Request};
use regihub_ports::Dice;
use serde::{Deserialize, Serialize};

/// Which calls fail, how often, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Only this method; `None`: every method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only paths that contain this text; `None`: every path.
    #[serde(default)]
    pub path: Option<String>,
    /// How many more calls it hits; `None`: without end.
    #[serde(default)]
    pub times: Option<u64>,
    /// Of the calls that fit, how many are hit.
    #[serde(default = "always")]
    pub percent: u64,
    pub action: FaultAction,
}

fn always() -> u64 {
    100
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultAction {
    /// The call is refused with this status; nothing is done.
    Status {
        status: u16,
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// The call is done, but the connection breaks before the answer.
    CommitThenDrop,
    /// The connection breaks before anything is done.
    DropBefore,
    /// The answer comes late.
    Slow { ms: u64 },
}

/// While it is on, both hosts answer everything with 503 (platform-common.md §18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Maintenance {
    pub on: bool,
    /// Seconds for the header `Retry-After`; `None`: no such header.
    pub retry_after: Option<u64>,
}

impl Maintenance {
    pub(crate) fn problem(&self) -> Option<Problem> {
        self.on.then(|| Problem::unavailable(503, self.retry_after))
    }
}

impl FaultRule {
    /// Hits the next `times` calls of any kind.
    pub fn next(times: u64, action: FaultAction) -> Self {
        Self { method: None, path: None, times: Some(times), percent: 100, action }
    }

    /// Hits so many of 100 calls, without end.
    pub fn random(percent: u64, action: FaultAction) -> Self {
        Self { method: None, path: None, times: None, percent, action }
    }

    /// Only calls with this method and with this text in their path.
    pub fn on(self, method: &str, path: &str) -> Self {
        Self { method: Some(method.into()), path: Some(path.into()), ..self }
    }

    fn fits(&self, method: &Method, path: &str) -> bool {
        self.times != Some(0)
            && self.method.as_ref().is_none_or(|wanted| method.as_str().eq_ignore_ascii_case(wanted))
            && self.path.as_ref().is_none_or(|part| path.contains(part.as_str()))
    }
}

/// What happens to one call.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Trouble {
    pub(crate) slow_ms: u64,
    /// The first rule that hits, besides slowness.
    pub(crate) action: Option<FaultAction>,
}

/// The control interface itself never fails.
pub(crate) fn choose<B>(state: &mut State, dice: &Dice, request: &Request<B>) -> Trouble {
    let path = request.uri().path();
    let mut trouble = Trouble::default();
    if path.starts_with("/control") {
        return trouble;
    }
    for rule in &mut state.faults {
        let open = trouble.action.is_none() || matches!(rule.action, FaultAction::Slow { .. });
        if !open || !rule.fits(request.method(), path) || (rule.percent < 100 && !dice.chance(rule.percent)) {
            continue;
        }
        rule.times = rule.times.map(|left| left - 1);
        match &rule.action {
            FaultAction::Slow { ms } => trouble.slow_ms += ms,
            action => trouble.action = Some(action.clone()),
        }
    }
    state.faults.retain(|rule| rule.times != Some(0));
    trouble
}

/// The faults of an emulator.
pub struct Faults<'a>(&'a Emulator);

impl Emulator {
    /// Failures on request.
    pub fn faults(&self) -> Faults<'_> {
        Faults(self)
    }
}

impl Faults<'_> {
    pub fn add(&self, rule: FaultRule) {
        self.0.state().faults.push(rule);
    }

    pub fn clear(&self) {
        self.0.state().faults.clear();
    }

    /// Switches maintenance on or off.
    pub fn set_maintenance(&self, maintenance: Maintenance) {
        self.0.state().maintenance = maintenance;
    }

    pub fn list(&self) -> Vec<FaultRule> {
        self.0.state().faults.clone()
    }
}
