//! The words of the sign-in pages.

use http::{HeaderMap, header};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Japanese,
    English,
}

impl Language {
    /// `lang` or `ui_locales` of the request, then what the browser prefers; Japanese otherwise.
    pub(super) fn choose(asked: Option<&str>, headers: &HeaderMap) -> Self {
        let browser = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let wanted = asked.or(browser).unwrap_or_default();
        // Preferences come in order; weights are given only to later ones in practice.
        let mut tags = wanted.split([',', ' ']).map(|tag| tag.trim().to_ascii_lowercase());
        match tags.find(|tag| tag.starts_with("ja") || tag.starts_with("en")) {
            Some(tag) if tag.starts_with("en") => Self::English,
            _ => Self::Japanese,
        }
    }

    /// What a scope lets an app do, in words; `japanese` is the catalogue's text.
    pub(super) fn scope(self, name: &str, japanese: &str) -> String {
        let (what, how) = match (self, name.split_once(':')) {
            (Self::Japanese, _) => return japanese.into(),
            (Self::English, Some((what, "read"))) => (what, "read"),
            (Self::English, Some((what, "write"))) => (what, "change"),
            (Self::English, Some((what, how))) => (what, how),
            (Self::English, None) => return english_identity(name).into(),
        };
        let (product, what) = what.split_once('.').unwrap_or(("", what));
        format!("{}: {how} {}", product_name(product), what.replace('-', " "))
    }

    pub(super) fn texts(self) -> &'static Texts {
        match self {
            Self::Japanese => &JAPANESE,
            Self::English => &ENGLISH,
        }
    }
}

fn product_name(segment: &str) -> &str {
    match segment {
        "pos" => "POS",
        "order-shipment" => "Order management",
        "waiter" => "Waiter",
        "timecard" => "Timecard",
        other => other,
    }
}

fn english_identity(scope: &str) -> &'static str {
    match scope {
        "openid" => "Know who signed in",
        "profile" => "Your display name",
        "email" => "Your e-mail address",
        "offline_access" => "Go on while you are away",
        _ => "",
    }
}

#[derive(Debug)]
pub(super) struct Texts {
    pub(super) lang: &'static str,
    pub(super) note: &'static str,
    pub(super) other_lang: &'static str,
    pub(super) other_name: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) sign_in_for: &'static str,
    pub(super) email: &'static str,
    pub(super) password: &'static str,
    pub(super) wrong_password: &'static str,
    pub(super) consent: &'static str,
    pub(super) consent_for: &'static str,
    pub(super) signed_in_as: &'static str,
    pub(super) contract: &'static str,
    pub(super) owner: &'static str,
    pub(super) allow: &'static str,
    pub(super) deny: &'static str,
    pub(super) sign_out: &'static str,
    pub(super) no_contract: &'static str,
    pub(super) no_contract_help: &'static str,
    pub(super) stale: &'static str,
    pub(super) stale_help: &'static str,
    pub(super) bad_request: &'static str,
    pub(super) bad_request_help: &'static str,
}

static JAPANESE: Texts = Texts {
    lang: "ja",
    note: "スマレジ エミュレータ（テスト用の画面です）",
    other_lang: "en",
    other_name: "English",
    sign_in: "ログイン",
    sign_in_for: "続けるにはスマレジIDでログインしてください。アプリ：",
    email: "メールアドレス",
    password: "パスワード",
    wrong_password: "メールアドレスまたはパスワードが違います。",
    consent: "アクセスの許可",
    consent_for: "次のアプリが、下記の権限を求めています。アプリ：",
    signed_in_as: "ログイン中：",
    contract: "契約ID",
    owner: "契約者",
    allow: "許可する",
    deny: "許可しない",
    sign_out: "別のスマレジIDでログインする",
    no_contract: "利用できる契約がありません",
    no_contract_help: "このスマレジIDの契約では、このアプリの利用が開始されていません。利用を開始してから、もう一度お試しください。",
    stale: "画面の有効期限が切れました",
    stale_help: "Cookieが無効か、画面が古くなっています。アプリの画面に戻り、ログインをやり直してください。",
    bad_request: "リクエストが正しくありません",
    bad_request_help: "アプリの設定（クライアントID、リダイレクトURIなど）を確認してください。",
};

static ENGLISH: Texts = Texts {
    lang: "en",
    note: "Smaregi emulator (a page for tests)",
    other_lang: "ja",
    other_name: "日本語",
    sign_in: "Sign in",
    sign_in_for: "Sign in with your Smaregi ID to go on to the app",
    email: "E-mail address",
    password: "Password",
    wrong_password: "The e-mail address or the password is wrong.",
    consent: "Allow access",
    consent_for: "This app asks for the permissions below:",
    signed_in_as: "Signed in as",
    contract: "Contract id",
    owner: "owner",
    allow: "Allow",
    deny: "Do not allow",
    sign_out: "Sign in with another Smaregi ID",
    no_contract: "There is no contract to use",
    no_contract_help: "No contract of this Smaregi ID uses this app. Start its use, then try again.",
    stale: "This page is too old",
    stale_help: "Cookies are off, or the page has waited too long. Go back to the app and sign in again.",
    bad_request: "The request is not correct",
    bad_request_help: "Check the settings of the app: client id, redirect URI and so on.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_has_words_in_both_languages() {
        for scope in smaregi_catalogue::Catalogue::bundled().scopes() {
            assert!(!Language::Japanese.scope(&scope.name, &scope.title_ja).is_empty());
            let english = Language::English.scope(&scope.name, &scope.title_ja);
            assert!(!english.is_empty() && english.is_ascii(), "{}: {english}", scope.name);
        }
        assert_eq!(Language::English.scope("pos.stock-changes:read", ""), "POS: read stock changes");
    }

    #[test]
    fn the_language_is_the_one_asked_for_then_the_browsers_then_japanese() {
        let mut headers = HeaderMap::new();
        assert_eq!(Language::choose(None, &headers), Language::Japanese);
        headers.insert(header::ACCEPT_LANGUAGE, "fr-FR, en-GB;q=0.8, ja;q=0.5".parse().unwrap());
        assert_eq!(Language::choose(None, &headers), Language::English);
        assert_eq!(Language::choose(Some("ja-JP en"), &headers), Language::Japanese);
    }
}
