//! The rules for one text or number: allowed values, form, bounds, length, pattern.

use std::fmt::Display;

use rust_decimal::Decimal;

use super::moment;
use crate::field::{Field, Format};
use crate::model::Param;
use crate::pattern::Pattern;
use crate::problem::Rule;

/// A broken rule with its sentences, still without the member's name.
pub(crate) struct Broken {
    pub rule: Rule,
    pub en: String,
    pub ja: String,
}

impl Broken {
    pub(crate) fn new(rule: Rule, en: impl Display, ja: impl Display) -> Self {
        Self { rule, en: en.to_string(), ja: ja.to_string() }
    }
}

/// The rules a field or parameter puts on its text.
#[derive(Clone, Copy, Default)]
pub(crate) struct Rules<'a> {
    pub choices: &'a [String],
    pub format: Option<Format>,
    pub min: Option<Decimal>,
    pub max: Option<Decimal>,
    pub exclude: &'a [String],
    pub max_length: Option<usize>,
    pub pattern: Option<&'a Pattern>,
}

impl<'a> From<&'a Field> for Rules<'a> {
    fn from(field: &'a Field) -> Self {
        Self {
            choices: &field.choices,
            format: field.format,
            min: field.min,
            max: field.max,
            exclude: &field.exclude,
            max_length: field.max_length,
            pattern: field.pattern.as_ref(),
        }
    }
}

impl<'a> From<&'a Param> for Rules<'a> {
    fn from(param: &'a Param) -> Self {
        Self { choices: &param.choices, format: param.format, min: param.min, max: param.max, ..Self::default() }
    }
}

impl Rules<'_> {
    /// The first rule the text breaks: like Smaregi, one problem per member at a time.
    pub(crate) fn broken_by(&self, text: &str) -> Option<Broken> {
        self.choice(text)
            .or_else(|| self.form(text))
            .or_else(|| self.bounds(text))
            .or_else(|| self.length(text))
            .or_else(|| self.fit(text))
    }

    fn choice(&self, text: &str) -> Option<Broken> {
        if self.choices.is_empty() || self.choices.iter().any(|choice| choice == text) {
            return None;
        }
        let allowed = self.choices.join(", ");
        Some(Broken::new(
            Rule::Enum,
            format_args!("is {}; allowed: {allowed}", shown(text)),
            format_args!("次のいずれかを指定してください: {allowed}"),
        ))
    }

    fn form(&self, text: &str) -> Option<Broken> {
        let (fits, en, ja) = match self.format? {
            Format::Int => (is_int(text), "a whole number", "整数"),
            Format::Decimal => (is_decimal(text), "a decimal number", "数値"),
            Format::Date => (moment::date(text).is_some(), "a date YYYY-MM-DD", "YYYY-MM-DD形式の日付"),
            Format::DateTime => {
                let name = "a date-time YYYY-MM-DDThh:mm:ss+09:00";
                (moment::date_time(text).is_some(), name, "YYYY-MM-DDThh:mm:ssTZD形式の日時")
            }
            Format::Time => (moment::is_clock_time(text), "a time HH:MM", "HH:MM形式の時刻"),
        };
        let broken = || {
            let ja = format_args!("{ja}で指定してください。").to_string();
            Broken::new(Rule::Format, format_args!("is {}; it must be {en}", shown(text)), ja)
        };
        (!fits).then(broken)
    }

    fn bounds(&self, text: &str) -> Option<Broken> {
        if self.min.is_none() && self.max.is_none() && self.exclude.is_empty() {
            return None;
        }
        if !is_decimal(text) {
            let en = format_args!("is {}; it must be a number", shown(text)).to_string();
            return Some(Broken::new(Rule::Format, en, "数値で指定してください。"));
        }
        // A number too long to be read lies outside all bounds of the data.
        let number = Decimal::from_str_exact(text).or_else(|_| text.parse());
        let inside =
            number.as_ref().is_ok_and(|n| self.min.is_none_or(|min| *n >= min) && self.max.is_none_or(|max| *n <= max));
        if !inside {
            return Some(self.outside(text));
        }
        let excluded = self.exclude.iter().any(|value| value.parse().is_ok_and(|v: Decimal| number == Ok(v)));
        excluded.then(|| {
            let en = format_args!("is {}; this value is refused", shown(text)).to_string();
            Broken::new(Rule::Excluded, en, format_args!("{text}は指定できません。"))
        })
    }

    fn outside(&self, text: &str) -> Broken {
        let (en, ja) = match (self.min, self.max) {
            (Some(min), Some(max)) => (format!("{min} to {max}"), format!("{min}以上{max}以下")),
            (Some(min), None) => (format!("{min} or more"), format!("{min}以上")),
            (None, Some(max)) => (format!("{max} or less"), format!("{max}以下")),
            (None, None) => ("at most 28 digits".to_owned(), "28桁以内".to_owned()),
        };
        let en = format_args!("is {}; allowed: {en}", shown(text)).to_string();
        Broken::new(Rule::MinMax, en, format_args!("{ja}で指定してください。"))
    }

    fn length(&self, text: &str) -> Option<Broken> {
        let most = self.max_length?;
        // Lengths are in characters (platform-common.md §12).
        let length = text.chars().count();
        let broken = || {
            let en = format_args!("has {length} characters; at most {most} are allowed").to_string();
            Broken::new(Rule::MaxLength, en, format_args!("{most}文字以内で指定してください。"))
        };
        (length > most).then(broken)
    }

    fn fit(&self, text: &str) -> Option<Broken> {
        let pattern = self.pattern?;
        let broken = || {
            let en = format_args!("is {}; it must fit {}", shown(text), pattern.as_str()).to_string();
            Broken::new(Rule::Pattern, en, "使用できない文字が含まれているか、形式が正しくありません。")
        };
        (!pattern.matches(text)).then(broken)
    }
}

/// A value in quotes, cut after 60 characters.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

fn is_int(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_decimal(text: &str) -> bool {
    match text.split_once('.') {
        None => is_int(text),
        Some((whole, part)) => is_int(whole) && !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()),
    }
}
