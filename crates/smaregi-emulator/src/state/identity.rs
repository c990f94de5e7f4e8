//! Who signs in where, which contract uses which app, and the emulator's own key and clock.

use crate::identity::{AppProfile, Subscription, SubscriptionStatus, UserSpec, email_key};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An authorization code that was not used yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) code: String,
    pub(crate) grant: Grant,
    /// As it was sent; `None`: it was left out.
    pub(crate) redirect_uri: Option<String>,
    /// PKCE challenge and method.
    pub(crate) challenge: Option<(String, String)>,
    /// Seconds since 1970, UTC.
    pub(crate) expires: i64,
}

/// What a person allowed an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) contract_id: String,
    /// The person, by e-mail address.
    pub(crate) user: String,
    pub(crate) scopes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RefreshToken {
    pub(crate) token: String,
    pub(crate) grant: Grant,
    /// Seconds since 1970, UTC.
    pub(crate) expires: i64,
}

/// The ways in which this part of the state changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum IdentityEntry {
    User(UserSpec),
    /// By e-mail address.
    UserGone(String),
    Profile(AppProfile),
    Subscription(Subscription),
    Code(Code),
    CodeGone(String),
    Refresh(RefreshToken),
    RefreshGone(String),
    /// An access token that ended before its time.
    TokenGone(String),
    Consent(Grant),
    /// What the emulator signs with, in hexadecimal digits.
    Key(String),
    /// How far the emulator's time is ahead of its clock, in seconds.
    ClockOffset(i64),
}

#[derive(Debug, Default)]
pub(crate) struct Identities {
    users: BTreeMap<String, UserSpec>,
    profiles: BTreeMap<String, AppProfile>,
    /// By client id and contract id.
    subscriptions: BTreeMap<(String, String), Subscription>,
    codes: BTreeMap<String, Code>,
    refresh: BTreeMap<String, RefreshToken>,
    /// By person, client id and contract id.
    consents: BTreeMap<(String, String, String), Grant>,
    key: Option<String>,
    clock_offset: i64,
}

impl Identities {
    pub(crate) fn apply(&mut self, entry: IdentityEntry) {
        match entry {
            IdentityEntry::User(user) => drop(self.users.insert(user.key(), user)),
            IdentityEntry::UserGone(email) => drop(self.users.remove(&email_key(&email))),
            IdentityEntry::Profile(profile) => drop(self.profiles.insert(profile.client_id.clone(), profile)),
            IdentityEntry::Subscription(use_of) => {
                let key = (use_of.client_id.clone(), use_of.contract_id.clone());
                self.subscriptions.insert(key, use_of);
            }
            IdentityEntry::Code(code) => drop(self.codes.insert(code.code.clone(), code)),
            IdentityEntry::CodeGone(code) => drop(self.codes.remove(&code)),
            IdentityEntry::Refresh(token) => drop(self.refresh.insert(token.token.clone(), token)),
            IdentityEntry::RefreshGone(token) => drop(self.refresh.remove(&token)),
            IdentityEntry::Consent(grant) => {
                let key = (grant.user.clone(), grant.client_id.clone(), grant.contract_id.clone());
                self.consents.insert(key, grant);
            }
            IdentityEntry::Key(key) => self.key = Some(key),
            IdentityEntry::ClockOffset(seconds) => self.clock_offset = seconds,
            // Access tokens are kept with the contracts.
            IdentityEntry::TokenGone(_) => {}
        }
    }

    pub(crate) fn user(&self, email: &str) -> Option<&UserSpec> {
        self.users.get(&email_key(email))
    }

    pub(crate) fn users(&self) -> impl Iterator<Item = &UserSpec> {
        self.users.values()
    }

    pub(crate) fn profile(&self, client_id: &str) -> Option<&AppProfile> {
        self.profiles.get(client_id)
    }

    pub(crate) fn profiles(&self) -> impl Iterator<Item = &AppProfile> {
        self.profiles.values()
    }

    pub(crate) fn subscription(&self, client_id: &str, contract: &str) -> Option<&Subscription> {
        if self.subscriptions.is_empty() {
            return None; // the usual case, without two new strings per call
        }
        self.subscriptions.get(&(client_id.to_owned(), contract.to_owned()))
    }

    pub(crate) fn subscriptions(&self) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.values()
    }

    /// Whether a contract uses an app: what its subscription says, or the app's own default without one.
    pub(crate) fn is_active(&self, client_id: &str, contract: &str) -> bool {
        match self.subscription(client_id, contract) {
            Some(subscription) => subscription.status == SubscriptionStatus::Active,
            None => self.profile(client_id).is_none_or(|profile| !profile.by_subscription),
        }
    }

    /// Whether the contract agreed to a scope of the app.
    pub(crate) fn is_approved(&self, client_id: &str, contract: &str, scope: &str) -> bool {
        let approved = self.subscription(client_id, contract).and_then(|subscription| subscription.scopes.as_ref());
        approved.is_none_or(|approved| approved.iter().any(|one| one == scope))
    }

    pub(crate) fn code(&self, code: &str) -> Option<&Code> {
        self.codes.get(code)
    }

    pub(crate) fn refresh_token(&self, token: &str) -> Option<&RefreshToken> {
        self.refresh.get(token)
    }

    pub(crate) fn refresh_tokens(&self) -> impl Iterator<Item = &RefreshToken> {
        self.refresh.values()
    }

    pub(crate) fn consents(&self) -> impl Iterator<Item = &Grant> {
        self.consents.values()
    }

    /// Whether the person already allowed all of it.
    pub(crate) fn consented(&self, grant: &Grant) -> bool {
        let key = (grant.user.clone(), grant.client_id.clone(), grant.contract_id.clone());
        self.consents.get(&key).is_some_and(|given| grant.scopes.iter().all(|scope| given.scopes.contains(scope)))
    }

    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    pub(crate) fn clock_offset(&self) -> i64 {
        self.clock_offset
    }

    pub(crate) fn forget_expired(&mut self, now: i64) {
        self.codes.retain(|_, code| code.expires > now);
        self.refresh.retain(|_, token| token.expires > now);
    }

    /// Everything that makes up this part as it is now.
    pub(crate) fn entries(&self) -> impl Iterator<Item = IdentityEntry> + '_ {
        let key = self.key.iter().cloned().map(IdentityEntry::Key);
        let offset = Some(self.clock_offset).filter(|offset| *offset != 0).map(IdentityEntry::ClockOffset);
        let users = self.users.values().cloned().map(IdentityEntry::User);
        let profiles = self.profiles.values().cloned().map(IdentityEntry::Profile);
        let subscriptions = self.subscriptions.values().cloned().map(IdentityEntry::Subscription);
        let codes = self.codes.values().cloned().map(IdentityEntry::Code);
        let refresh = self.refresh.values().cloned().map(IdentityEntry::Refresh);
        let consents = self.consents.values().cloned().map(IdentityEntry::Consent);
        let people = key.chain(offset).chain(users).chain(profiles);
        people.chain(subscriptions).chain(codes).chain(refresh).chain(consents)
    }
}
