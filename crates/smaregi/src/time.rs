//! Times as Smaregi writes them: always Japan time (`+09:00`), whole seconds.

use jiff::{
    Span, Timestamp, Zoned,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};

/// The longest span one list call may ask for, in calendar days with both ends counted (platform-common §11.5).
pub(crate) const MAX_WINDOW_DAYS: i32 = 31;

fn in_japan(at: Timestamp) -> Zoned {
    // Japan has no summer time, and Smaregi writes +09:00 whatever the year.
    at.to_zoned(TimeZone::fixed(Offset::constant(9)))
}

/// A time as Smaregi reads and writes it: `2022-10-26T15:22:35+09:00`.
pub fn japan_time(at: Timestamp) -> String {
    in_japan(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The calendar day in Japan.
pub fn japan_date(at: Timestamp) -> Date {
    in_japan(at).date()
}

/// Reads `+09:00`, `+0900` and `Z`; a value without an offset is Japan time.
pub(crate) fn parse_date_time(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        Offset::constant(9).to_timestamp(local).ok()
    })
}

/// Reads a date; of a date-time it takes the day that is written there.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// Empty, or the zero date some systems store for "never".
pub(crate) fn is_blank(text: &str) -> bool {
    let text = text.trim_ascii();
    text.is_empty() || text.starts_with("0000-00-00")
}

/// How many calendar days of Japan the span touches, both ends counted. Negative or zero when `to` lies before `from`.
pub(crate) fn calendar_days(from: Timestamp, to: Timestamp) -> i32 {
    let days = japan_date(to).duration_since(japan_date(from)).as_hours() / 24;
    i32::try_from(days).unwrap_or(i32::MAX).saturating_add(1)
}

/// Splits `from..=to` into windows of at most 31 calendar days in Japan time.
///
/// Each window ends at 23:59:59 of its last day and the next begins at that very second: nothing lies between two windows, and a row of exactly that
/// second may come twice. Empty when `to` lies before `from`.
pub fn windows(from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let mut windows = Vec::new();
    let mut start = from;
    while start <= to {
        let end = last_second(start).map_or(to, |last| last.min(to));
        windows.push((start, end));
        if end == to {
            break;
        }
        start = end;
    }
    windows
}

/// 23:59:59 of the last day that a window from `start` may touch; `None` at the end of the calendar.
fn last_second(start: Timestamp) -> Option<Timestamp> {
    let last_day = japan_date(start).checked_add(Span::new().days(MAX_WINDOW_DAYS - 1)).ok()?;
    Offset::constant(9).to_timestamp(last_day.to_datetime(Time::constant(23, 59, 59, 0))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        parse_date_time(text).unwrap()
    }

    #[test]
    fn every_way_smaregi_writes_a_time_is_read() {
        let expected: Timestamp = "2022-11-01T01:02:43Z".parse().unwrap();
        for text in
            ["2022-11-01T10:02:43+09:00", "2022-11-01T10:02:43+0900", "2022-11-01 10:02:43", "2022-11-01T01:02:43Z"]
        {
            assert_eq!(parse_date_time(text), Some(expected), "{text}");
        }
        assert_eq!(japan_time(expected), "2022-11-01T10:02:43+09:00");
    }

    #[test]
    fn what_is_no_time_is_not_read_as_one() {
        for text in ["", "yesterday", "2022-13-01T10:02:43+09:00", "2022-11-01T25:02:43+09:00"] {
            assert_eq!(parse_date_time(text), None, "{text}");
        }
        assert!(is_blank("0000-00-00 00:00:00") && is_blank("0000-00-00") && is_blank(" "));
    }

    #[test]
    fn the_first_to_the_31st_is_one_window_and_the_32nd_day_begins_another() {
        let (from, last) = (at("2024-01-01T00:00:00+09:00"), at("2024-01-31T23:59:59+09:00"));
        assert_eq!(windows(from, last), [(from, last)]);
        let next = at("2024-02-01T00:00:00+09:00");
        assert_eq!(windows(from, next), [(from, last), (last, next)]);
        assert_eq!((calendar_days(from, last), calendar_days(from, next)), (31, 32));
    }

    #[test]
    fn days_are_counted_in_japan_not_in_greenwich() {
        // 16:00 UTC is already the next day in Japan.
        assert_eq!(calendar_days(at("2024-01-01T14:00:00Z"), at("2024-01-01T16:00:00Z")), 2);
        assert_eq!(japan_date(at("2024-01-01T16:00:00Z")).to_string(), "2024-01-02");
    }

    #[test]
    fn an_instant_is_a_window_and_a_span_backwards_is_none() {
        let (early, late) = (at("2024-01-01T00:00:00Z"), at("2024-01-02T00:00:00Z"));
        assert_eq!(windows(early, early), [(early, early)]);
        assert_eq!(windows(late, early), []);
    }

    #[test]
    fn the_ends_of_the_calendar_are_survived() {
        let split = windows(Timestamp::MIN, Timestamp::MAX);
        assert_eq!(split.first().unwrap().0, Timestamp::MIN);
        assert_eq!(split.last().unwrap().1, Timestamp::MAX);
    }

    proptest! {
        #[test]
        fn windows_cover_the_span_exactly(start in -2_000_000_000_i64..4_000_000_000, nanos in 0..1_000_000_000_i32, length in 0..400_000_000_i64) {
            let from = Timestamp::new(start, nanos.min(if start < 0 { 0 } else { nanos })).unwrap();
            let to = Timestamp::from_second(start + length).unwrap().max(from);
            let split = windows(from, to);
            prop_assert_eq!(split.first().unwrap().0, from);
            prop_assert_eq!(split.last().unwrap().1, to);
            for pair in split.windows(2) {
                prop_assert_eq!(pair[0].1, pair[1].0);
            }
            for (start, end) in &split {
                prop_assert!(start <= end);
                prop_assert!(calendar_days(*start, *end) <= MAX_WINDOW_DAYS);
            }
        }

        #[test]
        fn no_text_breaks_the_time_parsers(text in ".{0,60}") {
            let _ = (parse_date_time(&text), parse_date(&text), is_blank(&text));
        }

        #[test]
        fn a_time_survives_the_way_to_smaregi_and_back(second in -2_000_000_000_i64..9_000_000_000) {
            let at = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(parse_date_time(&japan_time(at)), Some(at));
        }
    }
}
