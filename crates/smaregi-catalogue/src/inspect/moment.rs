//! Dates and times as Smaregi writes them (platform-common.md §2).

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// `YYYY-MM-DD`, a day that exists.
pub(crate) fn date(text: &str) -> Option<Date> {
    let [year, month, day] = split(text, b'-', [4, 2, 2])?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// `YYYY-MM-DDThh:mm:ssTZD`; the offset as `+09:00`, `+0900` or `Z`.
pub(crate) fn date_time(text: &str) -> Option<Timestamp> {
    let (day, rest) = text.split_once('T')?;
    let (clock, offset) = rest.split_at_checked(8)?;
    let [hour, minute, second] = split(clock, b':', [2, 2, 2])?;
    let small = |n: i16| i8::try_from(n).ok();
    let time = Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?;
    offset_of(offset)?.to_timestamp(DateTime::from_parts(date(day)?, time)).ok()
}

/// `HH:MM`.
pub(crate) fn is_clock_time(text: &str) -> bool {
    split(text, b':', [2, 2]).is_some_and(|[hour, minute]| hour < 24 && minute < 60)
}

/// The calendar day in Japan (UTC+9 the whole year).
pub(crate) fn day_in_japan(moment: Timestamp) -> Option<Date> {
    let shifted = moment.checked_add(SignedDuration::from_hours(9)).ok()?;
    Some(Offset::UTC.to_datetime(shifted).date())
}

fn offset_of(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let digits = &text[1..];
    let [hours, minutes] = split(digits, b':', [2, 2]).or_else(|| {
        let (hours, minutes) = digits.split_at_checked(2)?;
        Some([number(hours, 2)?, number(minutes, 2)?])
    })?;
    let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
    if hours < 24 && minutes < 60 { Offset::from_seconds(sign * seconds).ok() } else { None }
}

/// Numbers of exactly the given widths between the separators, and nothing else.
fn split<const N: usize>(text: &str, separator: u8, widths: [usize; N]) -> Option<[i16; N]> {
    let mut parts = text.split(char::from(separator));
    let mut numbers = [0; N];
    for (number_at, width) in numbers.iter_mut().zip(widths) {
        *number_at = number(parts.next()?, width)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn number(text: &str, width: usize) -> Option<i16> {
    if text.len() == width && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_may_have_a_colon_or_not() {
        let with = date_time("2026-11-21T10:02:43+09:00").expect("colon");
        assert_eq!(Some(with), date_time("2026-11-21T10:02:43+0900"));
        assert_eq!(Some(with), date_time("2026-11-21T01:02:43Z"));
    }

    #[test]
    fn a_time_without_offset_or_with_a_blank_for_the_plus_is_refused() {
        for bad in ["2026-11-21T10:02:43", "2026-11-21T10:02:43 09:00", "2026-11-21 10:02:43+09:00", "2026-11-21"] {
            assert_eq!(date_time(bad), None, "{bad}");
        }
    }

    #[test]
    fn days_and_hours_that_do_not_exist_are_refused() {
        assert_eq!(date("2026-02-29"), None);
        assert_eq!(date("2026-2-9"), None);
        assert_eq!(date_time("2026-11-21T24:00:00+09:00"), None);
        assert!(!is_clock_time("24:00") && is_clock_time("23:59") && !is_clock_time("9:00"));
    }

    #[test]
    fn the_day_is_counted_in_japan() {
        let late = date_time("2026-11-20T15:00:00Z").expect("sound");
        assert_eq!(day_in_japan(late), date("2026-11-21"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}", near in "[0-9TZ:+ -]{0,30}") {
            for text in [text, near] {
                date(&text);
                date_time(&text).map(day_in_japan);
                is_clock_time(&text);
            }
        }
    }
}
