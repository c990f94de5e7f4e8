//! What a template knows beside its own content: words, numbers and times as people here write them, and the menu.

use super::{
    PAGES, assets,
    words::{Argument, Language, grouped},
};
use crate::time::{self, Seconds};
use std::fmt::Display;

/// What happened to the last order, told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) text: String,
    /// Something to look at behind it: address and text.
    pub(crate) link: Option<(String, String)>,
}

#[derive(Clone, Default)]
pub(crate) struct Frame {
    pub(crate) language: Language,
    pub(crate) now: Seconds,
    /// Name of the page in the menu.
    pub(crate) page: &'static str,
    /// Address of the page with its query, without `lang`.
    pub(crate) address: String,
    /// Proof that a form is ours.
    pub(crate) token: String,
    pub(crate) contract: Option<String>,
    pub(crate) contracts: Vec<String>,
    pub(crate) notice: Option<Notice>,
    /// Why the order on this page was refused.
    pub(crate) trouble: Option<String>,
    /// Disturbances that are on now.
    pub(crate) disturbances: usize,
    /// Seconds after which the browser loads the page again.
    pub(crate) refresh: Option<u32>,
    /// There is a way out: somebody has logged in.
    pub(crate) is_logged_in: bool,
    /// Nobody is in; there is no menu.
    pub(crate) is_outside: bool,
}

/// One entry of the menu.
pub(crate) struct MenuEntry {
    pub(crate) text: String,
    pub(crate) href: String,
    pub(crate) here: bool,
    /// Shown beside the text when above zero.
    pub(crate) badge: usize,
}

/// Entries under a common heading.
pub(crate) struct MenuGroup {
    pub(crate) text: String,
    pub(crate) entries: Vec<MenuEntry>,
}

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
        assets::address(name)
    }

    /// The text of a key that is made of a part and a value: `plan-` and `standard`.
    pub(crate) fn of(&self, part: &str, value: &str) -> String {
        self.language.s(&format!("{part}{}", value.replace(['_', ' '], "-")))
    }

    pub(crate) fn menu(&self) -> Vec<MenuGroup> {
        let mut groups: Vec<(&str, MenuGroup)> = Vec::new();
        for page in &PAGES {
            let entry = MenuEntry {
                text: self.of("menu-", page.name),
                href: super::address(page.name),
                here: page.name == self.page,
                badge: if page.name == "faults" { self.disturbances } else { 0 },
            };
            match groups.last_mut().filter(|(name, _)| *name == page.group) {
                Some((_, group)) => group.entries.push(entry),
                None => {
                    let text = self.of("group-", page.group);
                    groups.push((page.group, MenuGroup { text, entries: vec![entry] }));
                }
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// The same page in another language.
    pub(crate) fn in_language(&self, code: &str) -> String {
        self.with("lang", code)
    }

    /// The same page with one more query parameter.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let joint = if self.address.contains('?') { '&' } else { '?' };
        format!("{}{joint}{name}={}", self.address, crate::http::form::encode(value))
    }

    /// The page without its query.
    pub(crate) fn page_address(&self) -> String {
        super::address(self.page)
    }

    pub(crate) fn is_chosen(&self, contract: &str) -> bool {
        self.contract.as_deref() == Some(contract)
    }

    /// What every form carries: the proof that it is ours, and the contract it is about, whatever another window has chosen since.
    pub(crate) fn proof(&self) -> String {
        let contract = self.contract.as_deref().unwrap_or_default();
        let contract = contract.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        let token = &self.token;
        format!(
            r#"<input type="hidden" name="token" value="{token}"><input type="hidden" name="contract" value="{contract}">"#
        )
    }

    /// `1,234`
    pub(crate) fn n(&self, number: &impl Count) -> String {
        grouped(number.count())
    }

    /// Whole yen with their thousands apart; what is no number stays as it is.
    pub(crate) fn yen(&self, amount: &dyn Display) -> String {
        let text = amount.to_string();
        self.a("yen", "amount", text.parse().map_or(text, grouped))
    }

    /// A change: `+3`, `−2`.
    pub(crate) fn signed(&self, number: &i64) -> String {
        if *number > 0 { format!("+{}", grouped(*number)) } else { grouped(*number).replace('-', "−") }
    }

    /// In Japan time: `2026-11-21 19:05:03`.
    pub(crate) fn full(&self, at: &Seconds) -> String {
        time::format(*at).chars().take(19).collect::<String>().replace('T', " ")
    }

    /// A `<time>` element.
    pub(crate) fn at(&self, at: &Seconds) -> String {
        format!(r#"<time datetime="{}">{}</time>"#, time::format(*at), self.full(at))
    }
}

/// Whole numbers of the widths that pages show.
pub(crate) trait Count {
    fn count(&self) -> i64;
}

impl Count for i64 {
    fn count(&self) -> i64 {
        *self
    }
}

impl Count for u64 {
    fn count(&self) -> i64 {
        i64::try_from(*self).unwrap_or(i64::MAX)
    }
}

impl Count for usize {
    fn count(&self) -> i64 {
        i64::try_from(*self).unwrap_or(i64::MAX)
    }
}

/// Templates reach for loop variables by one more reference.
impl<T: Count> Count for &T {
    fn count(&self) -> i64 {
        (**self).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_money_and_times_are_written_as_people_write_them() {
        let ja = Frame::default();
        let en = Frame { language: Language::English, ..Frame::default() };
        assert_eq!((ja.yen(&"12800"), en.yen(&-500)), ("12,800円".into(), "¥-500".into()));
        assert_eq!((ja.signed(&3), ja.signed(&-2), ja.signed(&0)), ("+3".into(), "−2".into(), "0".into()));
        assert_eq!(ja.full(&0), "1970-01-01 09:00:00");
    }

    #[test]
    fn a_changed_parameter_keeps_the_rest_of_the_address() {
        let frame = |address: &str| Frame { address: address.into(), ..Frame::default() };
        assert_eq!(frame("/console/stock").in_language("en"), "/console/stock?lang=en");
        assert_eq!(frame("/console/stock?q=a").with("after", "傘"), "/console/stock?q=a&after=%E5%82%98");
    }
}
