//! Points in time as the API writes them: whole seconds, Japan time.

use jiff::{Timestamp, civil, tz};

/// Seconds since 1970, UTC.
pub(crate) type Seconds = i64;

/// Calendar days from the day 1970-01-01, in Japan.
pub(crate) type Days = i64;

const JAPAN: tz::Offset = tz::Offset::constant(9);
const JAPAN_SECONDS: i64 = 9 * 3600;
/// Seconds of a day; Japan has no summer time.
pub(crate) const DAY: i64 = 86_400;

/// `2022-10-26T15:22:35+09:00`.
pub(crate) fn format(seconds: Seconds) -> String {
    let clamped = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    JAPAN.to_datetime(clamped).strftime("%Y-%m-%dT%H:%M:%S+09:00").to_string()
}

/// Today's date in Japan, `2022-10-26`.
pub(crate) fn format_date(seconds: Seconds) -> String {
    format(seconds).chars().take(10).collect()
}

/// A calendar day in Japan, `2022-10-26`.
pub(crate) fn format_days(days: Days) -> String {
    format_date(days.saturating_mul(DAY).saturating_sub(JAPAN_SECONDS))
}

/// Reads a date-time with offset (`+09:00`, `+0900`, `Z`). `None` for anything else: without an offset it is refused (platform-common.md §2).
pub(crate) fn parse(text: &str) -> Option<Seconds> {
    text.trim().parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// Reads a date-time's clock reading as Japan time and ignores the offset.
pub(crate) fn parse_clock_reading(text: &str) -> Option<Seconds> {
    parse(text)?;
    let reading: civil::DateTime = text.trim().get(..19)?.parse().ok()?;
    JAPAN.to_timestamp(reading).ok().map(Timestamp::as_second)
}

/// Reads `2022-10-26`.
pub(crate) fn parse_date(text: &str) -> Option<Days> {
    let date: civil::Date = text.trim().parse().ok()?;
    (text.trim().len() == 10).then_some(())?;
    JAPAN.to_timestamp(date.at(0, 0, 0, 0)).ok().map(|midnight| days(midnight.as_second()))
}

/// The calendar day in Japan.
pub(crate) fn days(seconds: Seconds) -> Days {
    (seconds + JAPAN_SECONDS).div_euclid(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_japan_time_and_read_back() {
        let seconds = parse("2022-10-26T06:22:35Z").unwrap();
        assert_eq!(format(seconds), "2022-10-26T15:22:35+09:00");
        assert_eq!(parse(&format(seconds)), Some(seconds));
        assert_eq!(parse("2022-10-26T15:22:35+0900"), Some(seconds));
        assert_eq!(parse("2022-10-26T15:22:35 09:00"), None);
        assert_eq!(parse("2022-10-26T15:22:35"), None);
    }

    #[test]
    fn an_ignored_offset_leaves_the_clock_reading() {
        let seconds = parse_clock_reading("2022-10-26T06:22:35Z").unwrap();
        assert_eq!(format(seconds), "2022-10-26T06:22:35+09:00");
    }

    #[test]
    fn the_day_changes_at_midnight_in_japan() {
        let before = parse("2022-10-26T23:59:59+09:00").unwrap();
        assert_eq!(days(before) + 1, days(before + 1));
        assert_eq!(parse_date("2022-10-27"), Some(days(before + 1)));
        assert_eq!(parse_date("2022-13-27"), None);
    }
}
