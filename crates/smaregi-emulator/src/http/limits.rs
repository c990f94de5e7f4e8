//! Requests per second, counted per app and contract in fixed windows of one second (platform-common.md §10).

use crate::{problem::Problem, settings::Settings, time::Seconds};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Read,
    Write,
}

#[derive(Debug, Default)]
pub(crate) struct Limiter {
    /// By app and contract.
    windows: BTreeMap<String, BTreeMap<String, Windows>>,
}

/// Calls in the second named first.
type Window = (Seconds, u32);

#[derive(Debug, Default)]
struct Windows {
    read: Window,
    write: Window,
}

impl Limiter {
    /// Makes names of its own only when they are new.
    fn window(&mut self, client: &str, contract: &str, class: Class) -> &mut Window {
        if !self.windows.get(client).is_some_and(|of_client| of_client.contains_key(contract)) {
            self.windows.entry(client.into()).or_default().entry(contract.into()).or_default();
        }
        let windows = self.windows.get_mut(client).and_then(|of_client| of_client.get_mut(contract));
        let windows = windows.expect("it was made in the line before");
        match class {
            Class::Read => &mut windows.read,
            Class::Write => &mut windows.write,
        }
    }
}

impl Limiter {
    pub(crate) fn admit(
        &mut self,
        settings: &Settings,
        client: &str,
        contract: &str,
        class: Class,
        now: Seconds,
    ) -> Result<(), Problem> {
        if !settings.limits.enabled {
            return Ok(());
        }
        let most = match class {
            Class::Read => settings.reads_per_second(),
            Class::Write => settings.writes_per_second(),
        };
        let window = self.window(client, contract, class);
        if window.0 != now {
            *window = (now, 0);
        }
        if window.1 >= most {
            return Err(Problem::too_many_requests());
        }
        window.1 += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_second_begins_with_a_full_budget_and_contracts_do_not_share() {
        let (settings, mut limiter) = (Settings::default(), Limiter::default());
        let mut write = |contract: &str, now| limiter.admit(&settings, "app", contract, Class::Write, now).is_ok();
        assert_eq!((0..6).filter(|_| write("a", 100)).count(), 4);
        assert!(write("b", 100));
        assert!(write("a", 101));
    }
}
