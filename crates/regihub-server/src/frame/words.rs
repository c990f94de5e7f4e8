//! What a template knows beside its own content: words, numbers and times as people here write them, and the menu.

use super::reason;
use crate::i18n::{Argument, Language, grouped};
use jiff::{Timestamp, tz::TimeZone};
use std::{fmt::Display, sync::LazyLock};

/// Where in the menu a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    None,
    Dashboard,
    Stock,
    Sales,
    Orders,
    Events,
    Exchanges,
    Parked,
    Settings,
}

/// One entry of the menu.
pub(crate) struct MenuEntry {
    pub(crate) text: String,
    pub(crate) href: &'static str,
    pub(crate) here: bool,
    /// Shown beside the text when above zero.
    pub(crate) badge: i64,
}

/// What a template knows beside its own content: language, time, the person, the place in the menu.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) language: Language,
    pub(crate) now: i64,
    pub(crate) login: Option<String>,
    pub(crate) section: Section,
    /// With its query; where a changed language comes back to.
    pub(crate) path: String,
    pub(crate) parked: i64,
}

static TOKYO: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Asia/Tokyo").expect("the time zone database is part of the program"));

impl Frame {
    pub(crate) fn s(&self, key: &str) -> String {
        self.language.s(key)
    }

    pub(crate) fn a(&self, key: &str, name: &'static str, value: impl Argument) -> String {
        self.language.a(key, name, value)
    }

    pub(crate) fn b(
        &self,
        key: &str,
        first: &'static str,
        value: impl Argument,
        second: &'static str,
        other: impl Argument,
    ) -> String {
        self.language.b(key, first, value, second, other)
    }

    pub(crate) fn code(&self) -> &'static str {
        self.language.code()
    }

    pub(crate) fn asset(&self, name: &str) -> String {
        crate::assets::address(name)
    }

    pub(crate) fn menu(&self) -> Vec<MenuEntry> {
        let entry = |section, text, href| MenuEntry { text, href, here: self.section == section, badge: 0 };
        vec![
            entry(Section::Dashboard, self.s("menu-dashboard"), "/"),
            entry(Section::Stock, self.s("menu-stock"), "/stock"),
            entry(Section::Sales, self.s("menu-sales"), "/sales"),
            entry(Section::Orders, self.s("menu-orders"), "/orders"),
            MenuEntry { badge: self.parked, ..entry(Section::Parked, self.s("menu-parked"), "/parked") },
            entry(Section::Events, self.s("menu-events"), "/events"),
            entry(Section::Exchanges, self.s("menu-exchanges"), "/exchanges"),
            entry(Section::Settings, self.s("menu-settings"), "/settings"),
        ]
    }

    /// `1,234`
    pub(crate) fn n(&self, number: &i64) -> String {
        grouped(*number)
    }

    /// Money as it was written, with its thousands apart: `12,800円`, `12.50 USD`.
    pub(crate) fn money(&self, amount: &dyn Display, currency: &str) -> String {
        let amount = grouped_text(&amount.to_string());
        if currency == "JPY" { self.a("yen", "amount", amount) } else { format!("{amount} {currency}") }
    }

    pub(crate) fn yen(&self, amount: &dyn Display) -> String {
        self.money(amount, "JPY")
    }

    /// Why something stands still, in words.
    pub(crate) fn reason(&self, note: &str) -> String {
        reason::in_words(self.language, note)
    }

    /// A change: `+3`, `−2`.
    pub(crate) fn signed(&self, number: &i64) -> String {
        if *number > 0 { format!("+{}", grouped(*number)) } else { grouped(*number).replace('-', "−") }
    }

    /// What is taken off: `−2`, and `0` for nothing.
    pub(crate) fn less(&self, number: &i64) -> String {
        self.signed(&-number)
    }

    /// How long ago, in words: `3秒前`.
    pub(crate) fn age(&self, at: &i64) -> String {
        let seconds = (self.now - at) / 1_000_000;
        match seconds {
            i64::MIN..=-1 => self.full(at),
            0 => self.s("age-now"),
            1..=59 => self.a("age-seconds", "count", seconds),
            60..=3_599 => self.a("age-minutes", "count", seconds / 60),
            3_600..=86_399 => self.a("age-hours", "count", seconds / 3_600),
            86_400..=2_591_999 => self.a("age-days", "count", seconds / 86_400),
            _ => self.full(at).chars().take(10).collect(),
        }
    }

    /// In Japan time: `2026-11-21 19:05:03`.
    pub(crate) fn full(&self, at: &i64) -> String {
        tokyo(*at, "%Y-%m-%d %H:%M:%S")
    }

    /// A `<time>` that shows the age and, on pointing, the whole time.
    pub(crate) fn when(&self, at: &i64) -> String {
        format!(r#"<time datetime="{}" title="{}">{}</time>"#, iso(*at), self.full(at), self.age(at))
    }

    /// A `<time>` that shows the whole time and, on pointing, the age.
    pub(crate) fn at(&self, at: &i64) -> String {
        format!(r#"<time datetime="{}" title="{}">{}</time>"#, iso(*at), self.age(at), self.full(at))
    }
}

/// The whole part of a decimal number in groups of three; what is not a number stays as it is.
fn grouped_text(text: &str) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    whole.parse().map_or_else(|_| text.to_owned(), |whole| grouped(whole) + rest)
}

fn tokyo(at: i64, pattern: &str) -> String {
    Timestamp::from_microsecond(at)
        .map_or_else(|_| "—".into(), |time| time.to_zoned(TOKYO.clone()).strftime(pattern).to_string())
}

fn iso(at: i64) -> String {
    tokyo(at, "%Y-%m-%dT%H:%M:%S%:z")
}

/// When today began in Japan.
pub(crate) fn midnight(now: i64) -> i64 {
    let zoned = Timestamp::from_microsecond(now).unwrap_or_default().to_zoned(TOKYO.clone());
    zoned.start_of_day().map_or(now, |day| day.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(language: Language) -> Frame {
        Frame { language, now: 1_795_000_000_000_000, login: None, section: Section::None, path: "/".into(), parked: 0 }
    }

    #[test]
    fn ages_are_told_in_words_and_times_in_japan_time() {
        let ja = frame(Language::Japanese);
        assert_eq!(ja.age(&(ja.now - 3_000_000)), "3秒前");
        assert_eq!(ja.age(&ja.now), "たった今");
        assert_eq!(ja.age(&(ja.now - 2 * 86_400_000_000)), "2日前");
        let en = frame(Language::English);
        assert_eq!(en.age(&(en.now - 1_000_000)), "1 second ago");
        assert_eq!(en.age(&(en.now - 7_200_000_000)), "2 hours ago");
        assert_eq!(en.full(&0), "1970-01-01 09:00:00");
        assert_eq!(en.full(&i64::MAX), "—");
        assert!(en.when(&0).starts_with(r#"<time datetime="1970-01-01T09:00:00+09:00""#));
    }

    #[test]
    fn money_is_told_as_it_was_written() {
        let ja = frame(Language::Japanese);
        assert_eq!(ja.yen(&"12800"), "12,800円");
        assert_eq!(ja.yen(&-500), "-500円");
        assert_eq!(frame(Language::English).yen(&"12800"), "¥12,800");
        assert_eq!(ja.money(&"1234567.50", "USD"), "1,234,567.50 USD");
        assert_eq!(ja.money(&"much", "JPY"), "much円");
    }

    #[test]
    fn a_day_begins_at_midnight_in_japan() {
        assert_eq!(midnight(0), -9 * 3_600_000_000);
        assert_eq!(midnight(15 * 3_600_000_000), 15 * 3_600_000_000);
    }
}
