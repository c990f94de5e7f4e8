//! 出荷予定日 and 出荷準備開始予定日 (platform-orders.md §3.3).

use crate::{
    settings::ShipDateSettings,
    time::{self, Days, Seconds},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) ship: Days,
    pub(super) prepare: Days,
}

/// `cutoff` is `HH:MM`; a request at that very minute is too late for today.
pub(super) fn plan(now: Seconds, desired: Option<Days>, cutoff: &str, rules: &ShipDateSettings) -> Planned {
    let today = time::days(now);
    match desired.filter(|desired| desired - today > rules.window_days) {
        Some(desired) => {
            let ship = desired.saturating_sub(rules.lead_days);
            Planned { ship, prepare: ship.saturating_sub(rules.prepare_days) }
        }
        None => {
            let ship = if clock(now).as_str() < cutoff { today } else { today + 1 };
            Planned { ship, prepare: ship }
        }
    }
}

/// Time of day in Japan, `HH:MM`.
pub(super) fn clock(now: Seconds) -> String {
    time::format(now).chars().skip(11).take(5).collect()
}

/// `2026-11-21`.
pub(super) fn text(day: Days) -> String {
    // Midnight in Greenwich is 9 o'clock in Japan, on the same day.
    time::format_date(day.saturating_mul(86_400))
}

/// The closing date of a sale in a store whose day turns over at `HH:MM`: in the morning the day before goes on, in the evening the next one begins.
pub(super) fn closing_day(now: Seconds, turns_at: &str) -> Days {
    let (today, clock) = (time::days(now), clock(now));
    match turns_at {
        "" => today,
        evening if evening >= "12:00" => today + Days::from(clock.as_str() >= evening),
        morning => today - Days::from(clock.as_str() < morning),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Seconds {
        time::parse(text).unwrap()
    }

    fn planned(now: &str, desired: Option<&str>) -> (String, String) {
        let rules = ShipDateSettings::default();
        let desired = desired.and_then(time::parse_date);
        let planned = plan(at(now), desired, &rules.cutoff, &rules);
        (text(planned.ship), text(planned.prepare))
    }

    #[test]
    fn what_is_ordered_before_the_cut_off_goes_today() {
        let both = |day: &str| (day.to_owned(), day.to_owned());
        assert_eq!(planned("2026-11-21T13:59:59+09:00", None), both("2026-11-21"));
        assert_eq!(planned("2026-11-21T14:00:00+09:00", None), both("2026-11-22"));
        assert_eq!(planned("2026-11-21T10:00:00+09:00", Some("2026-11-28")), both("2026-11-21"));
    }

    #[test]
    fn a_far_delivery_leaves_in_time_and_is_prepared_the_day_before() {
        let far = planned("2026-11-21T10:00:00+09:00", Some("2026-11-29"));
        assert_eq!(far, ("2026-11-27".into(), "2026-11-26".into()));
    }

    #[test]
    fn the_closing_date_turns_over_at_the_stores_own_time() {
        let day =
            |clock: &str, turns_at: &str| text(closing_day(at(&format!("2026-11-21T{clock}:00+09:00")), turns_at));
        assert_eq!(day("03:00", "05:00"), "2026-11-20");
        assert_eq!(day("05:00", "05:00"), "2026-11-21");
        assert_eq!(day("23:58", "23:59"), "2026-11-21");
        assert_eq!(day("23:59", "23:59"), "2026-11-22");
        assert_eq!(day("10:00", ""), "2026-11-21");
    }
}
