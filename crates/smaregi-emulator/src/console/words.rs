//! Japanese and English texts of the console, from `texts/<language>/*.ftl` (Fluent).
//!
//! Templates write `f.s("key")`, or `f.a("key", "name", value)` and `f.b("key", "name", value, "name", value)` where a text has arguments.
//! The tests below hold both languages to the same keys and arguments and every template to known keys.

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle, types::FluentNumber};
use std::{borrow::Cow, sync::LazyLock};

/// A language the pages speak. Japanese is the first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    Japanese,
    English,
}

impl Language {
    pub(crate) const ALL: [Language; 2] = [Language::Japanese, Language::English];

    /// `ja` or `en`, as kept in the cookie and written into `<html lang>`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Language::Japanese => "ja",
            Language::English => "en",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| code.eq_ignore_ascii_case(language.code()))
    }

    /// The first language of an `Accept-Language` header that is known; browsers name the dearest first.
    pub(crate) fn accepted(header: &str) -> Option<Self> {
        let tags = header.split(',').take(16).map(|part| part.split([';', '-']).next().unwrap_or_default().trim());
        tags.filter_map(Self::from_code).next()
    }

    /// A text without arguments.
    pub(crate) fn s(self, key: &str) -> String {
        self.format(key, None)
    }

    /// A text with one argument.
    pub(crate) fn a(self, key: &str, name: &'static str, value: impl Argument) -> String {
        let mut arguments = FluentArgs::with_capacity(1);
        arguments.set(name, value.fluent());
        self.format(key, Some(&arguments))
    }

    /// A text with two arguments.
    pub(crate) fn b(
        self,
        key: &str,
        first: &'static str,
        value: impl Argument,
        second: &'static str,
        other: impl Argument,
    ) -> String {
        let mut arguments = FluentArgs::with_capacity(2);
        arguments.set(first, value.fluent());
        arguments.set(second, other.fluent());
        self.format(key, Some(&arguments))
    }

    /// A key that is missing, or an argument that is, shows as `⟦key⟧`: visible to a person, and looked for by the tests of every page.
    fn format(self, key: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let bundle = &BUNDLES[self as usize];
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return format!("⟦{key}⟧");
        };
        let mut errors = vec![];
        let text = bundle.format_pattern(pattern, arguments, &mut errors);
        if errors.is_empty() { text.into_owned() } else { format!("⟦{key}⟧") }
    }
}

/// What may stand for an argument in a text.
pub(crate) trait Argument {
    fn fluent(&self) -> FluentValue<'static>;
}

impl<T: Argument + ?Sized> Argument for &T {
    fn fluent(&self) -> FluentValue<'static> {
        (**self).fluent()
    }
}

macro_rules! number_argument {
    ($($number:ty),+) => {$(
        impl Argument for $number {
            fn fluent(&self) -> FluentValue<'static> { FluentValue::from(*self) }
        }
    )+};
}
number_argument!(i64, u64, usize);

impl Argument for str {
    fn fluent(&self) -> FluentValue<'static> {
        FluentValue::String(Cow::Owned(self.to_owned()))
    }
}

impl Argument for String {
    fn fluent(&self) -> FluentValue<'static> {
        self.as_str().fluent()
    }
}

/// `1234567` as `1,234,567`, the same in both languages.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

macro_rules! texts {
    ($language:literal) => {
        [
            include_str!(concat!("../../texts/", $language, "/frame.ftl")),
            include_str!(concat!("../../texts/", $language, "/parties.ftl")),
            include_str!(concat!("../../texts/", $language, "/floor.ftl")),
            include_str!(concat!("../../texts/", $language, "/orders.ftl")),
            include_str!(concat!("../../texts/", $language, "/counter.ftl")),
            include_str!(concat!("../../texts/", $language, "/inventory.ftl")),
            include_str!(concat!("../../texts/", $language, "/people.ftl")),
            include_str!(concat!("../../texts/", $language, "/bench.ftl")),
        ]
    };
}

static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 2]> =
    LazyLock::new(|| [bundle(Language::Japanese, &texts!("ja")), bundle(Language::English, &texts!("en"))]);

fn bundle(language: Language, sources: &[&str]) -> FluentBundle<FluentResource> {
    let locale = language.code().parse().expect("a constant language tag");
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    // The marks around arguments are for mixed writing directions; here they would only end up in copied text.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(group_numbers));
    for source in sources {
        let resource = FluentResource::try_new((*source).to_owned()).expect("the language files are tested");
        bundle.add_resource(resource).expect("no text is defined twice; the language files are tested");
    }
    bundle
}

fn group_numbers<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    match value {
        #[allow(clippy::cast_possible_truncation)] // whole numbers only, see `Argument`
        FluentValue::Number(FluentNumber { value, .. }) => Some(grouped(*value as i64)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Every key of a language with the names of its arguments.
    fn keys(sources: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in sources.iter().flat_map(|source| source.lines()).filter(|line| !line.starts_with('#')) {
            if let Some((key, _)) = line.split_once(" =")
                && !line.starts_with([' ', '*', '['])
            {
                key.clone_into(&mut current);
                assert!(keys.insert(current.clone(), BTreeSet::new()).is_none(), "{current} is defined twice");
            }
            for after in line.split('$').skip(1) {
                let name: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                keys.get_mut(&current).expect("an argument stands inside a text").insert(name);
            }
        }
        keys
    }

    /// Every use of a text in templates and sources: key and names of its arguments.
    fn uses(text: &str) -> Vec<(String, BTreeSet<String>)> {
        let mut found = vec![];
        for (call, arguments) in [(".s(\"", 0), (".a(\"", 1), (".b(\"", 2)] {
            for after in text.split(call).skip(1) {
                let key = after.split('"').next().unwrap().to_owned();
                let names =
                    after.split(", \"").skip(1).take(arguments).map(|n| n.split('"').next().unwrap().to_owned());
                found.push((key, names.collect()));
            }
        }
        found
    }

    fn files(folder: &str, ending: &str) -> Vec<String> {
        let mut texts = vec![];
        let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_string_lossy().ends_with(ending) && !path.ends_with("words.rs") {
                    texts.push(std::fs::read_to_string(path).unwrap());
                }
            }
        }
        texts
    }

    fn sources() -> impl Iterator<Item = String> {
        files("templates/console", ".html").into_iter().chain(files("src/console", ".rs"))
    }

    #[test]
    fn both_languages_have_the_same_texts_with_the_same_arguments() {
        assert_eq!(keys(&texts!("ja")), keys(&texts!("en")));
    }

    #[test]
    fn pages_use_only_texts_that_exist_with_the_arguments_they_need() {
        let known = keys(&texts!("ja"));
        let mut seen = 0;
        for text in sources() {
            for (key, arguments) in uses(&text) {
                assert_eq!(known.get(&key), Some(&arguments), "text {key}");
                seen += 1;
            }
        }
        assert!(seen > 100, "the scan found only {seen} uses; has the way of writing them changed?");
    }

    #[test]
    fn no_text_is_left_over() {
        let all = sources().collect::<String>();
        // These are put together from a part and the name of a page or a value.
        let made = [
            "menu-",
            "group-",
            "plan-",
            "outcome-",
            "hit-",
            "division-",
            "error-",
            "closed-",
            "no-contract-",
            "order-status-",
            "order-allocation-",
            "order-payment-",
            "order-did-",
            "stocktaking-did-",
            "stocktaking-status-",
            "document-",
            "use-status-",
        ];
        for key in keys(&texts!("ja")).keys() {
            let used = all.contains(&format!("\"{key}\"")) || made.iter().any(|part| key.starts_with(part));
            assert!(used, "nothing uses the text {key}");
        }
    }

    #[test]
    fn the_browser_s_first_known_language_is_taken() {
        assert_eq!(Language::accepted("en-US,en;q=0.9,ja;q=0.8"), Some(Language::English));
        assert_eq!(Language::accepted("fr, ja;q=0.5"), Some(Language::Japanese));
        assert_eq!(Language::accepted("fr"), None);
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(-999), "-999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
