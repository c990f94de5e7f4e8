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
    /// Calls in the second named first.
    windows: BTreeMap<(String, String, Class), (Seconds, u32)>,
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
        let window = self.windows.entry((client.into(), contract.into(), class)).or_default();
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
