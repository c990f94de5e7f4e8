//! What the hub noted when something stood still, in the words of the person who reads it.

use crate::i18n::Language;

/// The usual notes and the key of their text. The notes are written by regihub-engine's flows.
const KNOWN: [(&str, &str); 7] = [
    ("no Smaregi product has this code", "reason-no-product"),
    ("several Smaregi products have this code", "reason-several-products"),
    ("Smaregi does not manage the stock of this product", "reason-not-managed"),
    ("the product was deleted in Smaregi", "reason-deleted"),
    ("the shop does not know this SKU", "reason-unknown-sku"),
    ("the shop's answer has no result for this item", "reason-no-result"),
    ("this shop is not linked with a connection", "reason-no-connection"),
];

/// Notes that go on with what they are about: numbers, names, what the other side said. Written by regihub-engine, smaregi and
/// regihub-channels.
const KNOWN_STARTS: [(&str, &str); 17] = [
    ("not linked with a Smaregi product:", "reason-unlinked"),
    ("Smaregi could not be reached:", "reason-unreachable"),
    ("no answer came from Smaregi:", "reason-no-answer"),
    ("no token:", "reason-no-token"),
    ("Smaregi did not accept the access token:", "reason-no-token"),
    ("the app may not do this;", "reason-no-scope"),
    ("Smaregi does not know this id, path or contract:", "reason-not-found"),
    ("Smaregi says there were too many requests:", "reason-too-many"),
    ("Smaregi has a problem:", "reason-smaregi-fails"),
    ("Smaregi refused the request:", "reason-smaregi-refused"),
    ("Smaregi's answer cannot be read", "reason-unreadable"),
    ("no answer from the shop:", "reason-shop-no-answer"),
    ("the shop does not accept the API key", "reason-shop-key"),
    ("the shop asks for fewer requests", "reason-shop-too-many"),
    ("the shop failed", "reason-shop-fails"),
    ("the shop refused the request", "reason-shop-refused"),
    ("the shop's answer", "reason-odd-answer"),
];

/// The note in words; one that is not known stays as it is, because it may be what an outside program said.
pub(super) fn in_words(language: Language, note: &str) -> String {
    if let Some((_, key)) = KNOWN.iter().find(|(known, _)| *known == note) {
        return language.s(key);
    }
    let start = KNOWN_STARTS.iter().find_map(|(start, key)| Some((note.strip_prefix(start)?, key)));
    start.map_or_else(|| note.to_owned(), |(rest, key)| language.a(key, "detail", rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_notes_is_told_in_the_reader_s_language() {
        for (note, _) in KNOWN {
            assert!(!in_words(Language::Japanese, note).contains("Smaregi"), "{note}");
            assert_ne!(in_words(Language::English, note), "", "{note}");
        }
        let words = in_words(Language::Japanese, "not linked with a Smaregi product: TS-1, TS-2");
        assert!(words.contains("TS-1, TS-2") && words.contains("商品"), "{words}");
        for (start, _) in KNOWN_STARTS {
            let words = in_words(Language::Japanese, &format!("{start} (503) here"));
            assert!(words.contains("(503) here") && !words.contains(start), "{words}");
        }
        assert_eq!(in_words(Language::Japanese, "402: <unknown>"), "402: <unknown>");
    }
}
