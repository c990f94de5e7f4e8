//! What people enter about users and apps: the Smaregi account (スマレジID) and the app's page in the developer console.

use crate::spec::EmulatorError;
use serde::{Deserialize, Serialize};

/// Longest address the developer console takes (platform-common.md §3; an older help text says 2,048).
const MOST_URL: usize = 2083;

/// A person with a Smaregi account. Use made-up passwords: they are kept as they are, like everything in a test bench.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserSpec {
    /// What the person signs in with; upper and lower case are the same.
    pub email: String,
    pub password: String,
    /// Display name (`profile`).
    pub name: String,
    pub email_verified: bool,
    /// Contracts the person belongs to.
    pub memberships: Vec<Membership>,
}

/// What a person is on one contract (platform-common.md §5.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Membership {
    pub contract_id: String,
    /// Identifier inside the contract, e.g. `u0001`.
    pub user_id: String,
    pub is_owner: bool,
    /// 役割・役職: functions that are set to 閲覧 (view only), named by the scope without `:read`/`:write`
    /// (`pos.transactions`); `*` for all of them. An owner has no limits.
    pub view_only: Vec<String>,
    /// 所属店舗: stores whose data the person may work with; empty: all.
    pub stores: Vec<u64>,
}

impl UserSpec {
    /// The owner (契約者) of a contract, who may do everything.
    pub fn owner(email: &str, password: &str, contract_id: &str) -> Self {
        let membership = Membership { is_owner: true, ..Membership::new(contract_id, "u0001") };
        Self::with(email, password, membership)
    }

    /// A staff member of a contract without limits; see [`Membership`] for those.
    pub fn staff(email: &str, password: &str, contract_id: &str, user_id: &str) -> Self {
        Self::with(email, password, Membership::new(contract_id, user_id))
    }

    fn with(email: &str, password: &str, membership: Membership) -> Self {
        Self {
            email: email.into(),
            password: password.into(),
            name: email.split('@').next().unwrap_or_default().into(),
            email_verified: true,
            memberships: vec![membership],
        }
    }

    /// The same person under another display name.
    pub fn named(self, name: &str) -> Self {
        Self { name: name.into(), ..self }
    }

    pub(crate) fn membership(&self, contract: &str) -> Option<&Membership> {
        self.memberships.iter().find(|membership| membership.contract_id == contract)
    }

    /// Under what the person is filed.
    pub(crate) fn key(&self) -> String {
        email_key(&self.email)
    }

    pub(crate) fn check(&self) -> Result<(), EmulatorError> {
        let required = [("email", &self.email), ("password", &self.password)];
        for (field, value) in required {
            if value.trim().is_empty() {
                return Err(EmulatorError::data(field, "required"));
            }
        }
        if let Some(number) = self.memberships.iter().position(|m| m.contract_id.is_empty() || m.user_id.is_empty()) {
            let place = format!("memberships[{number}]");
            return Err(EmulatorError::data(place, "contract_id and user_id are required"));
        }
        Ok(())
    }
}

impl Membership {
    pub fn new(contract_id: &str, user_id: &str) -> Self {
        Self { contract_id: contract_id.into(), user_id: user_id.into(), ..Self::default() }
    }

    /// `{contract}:{user}`, the `sub` of a user (platform-common.md §6).
    pub(crate) fn subject(&self) -> String {
        format!("{}:{}", self.contract_id, self.user_id)
    }
}

pub(crate) fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

/// What the developer console knows of an app besides keys, scopes and webhooks (platform-common.md §3).
/// An app without a profile is a web app without sign-in that is active on every contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppProfile {
    pub client_id: String,
    /// Shown on the consent page; empty: the client id is shown.
    pub name: String,
    /// リダイレクトURI. One of these has to be asked for exactly.
    pub redirect_uris: Vec<String>,
    /// A native app is a public client: no secret, and PKCE is required.
    pub native: bool,
    /// 利用者契約通知先URL, where [`AppSubscription`](super::SubscriptionAction) goes.
    pub notification_url: Option<String>,
    /// Off: active on every contract. On: only on contracts that started to use it.
    pub by_subscription: bool,
}

impl AppProfile {
    /// A web app that people sign in to, with one redirect URI.
    pub fn new(client_id: &str, redirect_uri: &str) -> Self {
        Self { client_id: client_id.into(), redirect_uris: vec![redirect_uri.into()], ..Self::default() }
    }

    pub(crate) fn check(&self) -> Result<(), EmulatorError> {
        for (number, uri) in self.redirect_uris.iter().enumerate() {
            check_url(&format!("redirect_uris[{number}]"), uri)?;
        }
        let Some(url) = &self.notification_url else { return Ok(()) };
        check_url("notification_url", url)?;
        if url.starts_with("http://") || url.starts_with("https://") {
            return Ok(());
        }
        Err(EmulatorError::data("notification_url", format!("got {url:?}, allowed are http and https addresses")))
    }
}

/// Absolute, without fragment (RFC 6749 §3.1.2), and harmless in a `Location` header.
fn check_url(field: &str, url: &str) -> Result<(), EmulatorError> {
    let bad = |reason: &str| Err(EmulatorError::data(field, format!("got {url:?}, {reason}")));
    let Some((scheme, rest)) = url.split_once(':') else { return bad("it has no scheme") };
    if url.len() > MOST_URL {
        return bad("it is longer than 2,083 characters");
    }
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) || rest.contains('#') || rest.is_empty() {
        return bad("allowed is an absolute URI in ASCII without blanks and without fragment");
    }
    let proper = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !proper || ["javascript", "data", "vbscript"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return bad("this scheme is not allowed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_is_absolute_and_has_no_fragment() {
        let profile = |uri: &str| AppProfile { redirect_uris: vec![uri.into()], ..AppProfile::default() };
        for good in ["https://shop.example/callback", "http://127.0.0.1:3000/cb?x=1", "my.app:/signed-in"] {
            profile(good).check().unwrap();
        }
        for bad in ["/callback", "https://x/#y", "https://x/ y", "javascript:alert(1)", "https:", "https://x/\n"] {
            let error = profile(bad).check().unwrap_err().to_string();
            assert!(error.starts_with("redirect_uris[0]"), "{error}");
        }
    }

    #[test]
    fn a_user_needs_an_address_and_a_password() {
        UserSpec::owner("taro@example.jp", "pw", "sb_a").check().unwrap();
        let error = UserSpec::owner("taro@example.jp", " ", "sb_a").check().unwrap_err();
        assert_eq!(error.to_string(), "password: required");
    }
}
