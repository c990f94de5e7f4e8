//! A shop's settings, and the checks that every connector shares.

use crate::standard_webhooks::Secret;
use http::{HeaderValue, Uri};
use std::fmt;

/// How one shop is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelConfig {
    /// The kind of shop, one of [`kinds`](crate::kinds).
    pub channel: String,
    /// `http` or `https`; a path is kept, a slash at the end does not matter.
    pub base_url: String,
    pub api_key: String,
    /// `whsec_…`; two of them, separated by a blank, while the secret is being changed; empty for a shop that sends no webhooks.
    pub hook_secret: String,
}

/// Never shows the secrets.
impl fmt::Debug for ChannelConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelConfig")
            .field("channel", &self.channel)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// A setting that cannot work. `field` is the name of the member of [`ChannelConfig`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct ConfigError {
    pub field: &'static str,
    pub problem: String,
}

impl ConfigError {
    pub(crate) fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self { field, problem: problem.into() }
    }
}

/// The address of a shop without a slash at its end, so that `{base}/v1/health` is right.
pub(crate) fn base_url(text: &str) -> Result<String, ConfigError> {
    let bad = |problem: &str| Err(ConfigError::new("base_url", problem));
    let text = text.trim().trim_end_matches('/');
    if text.is_empty() {
        return bad("is empty; enter the shop's address, like https://shop.example.jp");
    }
    if text.len() > 2000 {
        return bad("is longer than 2000 bytes");
    }
    if text.contains(['?', '#']) {
        return bad("must not contain ? or #; enter only the address");
    }
    let Ok(uri) = text.parse::<Uri>() else {
        return bad("is not a web address; enter it like https://shop.example.jp (a Japanese domain in its xn-- form)");
    };
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return bad("must begin with https:// or http://");
    }
    match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => {
            bad("must not contain a user name or password; the key has its own field")
        }
        Some(authority) if !authority.host().is_empty() => Ok(text.to_owned()),
        _ => bad("has no host name"),
    }
}

/// The key as the value of `Authorization`, marked so that nothing prints it.
pub(crate) fn bearer(api_key: &str) -> Result<HeaderValue, ConfigError> {
    let key = api_key.trim();
    if key.is_empty() {
        return Err(ConfigError::new("api_key", "is empty; enter the key the shop gave you"));
    }
    if key.len() > 4096 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::new(
            "api_key",
            "must be at most 4096 ASCII letters, digits and signs, without blanks",
        ));
    }
    let mut value = HeaderValue::try_from(format!("Bearer {key}"))
        .map_err(|_| ConfigError::new("api_key", "cannot be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// None, one, or (while the secret is being changed) two secrets.
pub(crate) fn hook_secrets(text: &str) -> Result<Vec<Secret>, ConfigError> {
    let secrets: Vec<&str> = text.split_ascii_whitespace().collect();
    if secrets.len() > 2 {
        let problem = format!("holds {} secrets; at most two, the old and the new one", secrets.len());
        return Err(ConfigError::new("hook_secret", problem));
    }
    secrets
        .into_iter()
        .map(|secret| Secret::parse(secret).map_err(|e| ConfigError::new("hook_secret", e.to_string())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_shop_is_taken_with_or_without_a_slash_at_its_end() {
        assert_eq!(base_url("https://shop.example.jp/").unwrap(), "https://shop.example.jp");
        assert_eq!(base_url(" http://127.0.0.1:8080/regihub// ").unwrap(), "http://127.0.0.1:8080/regihub");
        assert_eq!(base_url("HTTPS://xn--eckwd4c7c.jp").unwrap(), "HTTPS://xn--eckwd4c7c.jp");
        assert_eq!(base_url("http://[::1]:80").unwrap(), "http://[::1]:80");
    }

    #[test]
    fn an_address_that_cannot_work_is_refused_with_the_reason() {
        for (address, reason) in [
            ("", "is empty"),
            ("///", "is empty"),
            ("shop.example.jp", "must begin with"),
            ("ftp://shop.example.jp", "must begin with"),
            ("file:///etc/passwd", ""),
            ("https://", "must begin with"),
            ("https://me:secret@shop.example.jp", "user name or password"),
            ("https://shop.example.jp/?key=1", "must not contain ?"),
            ("https://shop.example.jp/#top", "must not contain ?"),
            ("https://お店.jp", "xn--"),
            ("https://shop example.jp", "not a web address"),
        ] {
            let error = base_url(address).unwrap_err();
            assert_eq!(error.field, "base_url");
            assert!(error.problem.contains(reason), "{address}: {error}");
        }
    }

    #[test]
    fn a_key_with_a_blank_inside_is_refused_and_never_shown() {
        for key in ["", " ", "a b", "a\nb", "キー"] {
            assert_eq!(bearer(key).unwrap_err().field, "api_key", "{key}");
        }
        assert!(!format!("{:?}", bearer("very-secret").unwrap()).contains("very-secret"));
    }

    #[test]
    fn the_settings_print_without_their_secrets() {
        let config = ChannelConfig {
            channel: "generic".into(),
            base_url: "https://shop.example.jp".into(),
            api_key: "very-secret".into(),
            hook_secret: "whsec_very-secret".into(),
        };
        assert!(!format!("{config:?}").contains("very-secret"));
    }
}
