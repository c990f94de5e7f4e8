//! Entering people and apps, and taking their tokens away.

use super::{AppProfile, UserSpec, email_key};
use crate::{
    emulator::{Emulator, Inner, State},
    spec::EmulatorError,
    state::{Entry, IdentityEntry, Token},
};
use serde::Deserialize;

/// Whose tokens end now; what is `None` names everybody's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenExpiry {
    pub client_id: Option<String>,
    pub contract_id: Option<String>,
    /// E-mail address; tokens of apps have none.
    pub user: Option<String>,
    /// Refresh tokens end too.
    pub refresh: bool,
}

impl TokenExpiry {
    fn hits(&self, client_id: &str, contract_id: &str, user: Option<&str>) -> bool {
        let same = |wanted: &Option<String>, have: &str| wanted.as_ref().is_none_or(|wanted| wanted == have);
        same(&self.client_id, client_id)
            && same(&self.contract_id, contract_id)
            && self.user.as_ref().is_none_or(|wanted| user == Some(email_key(wanted).as_str()))
    }
}

impl Inner {
    fn enter(&self, state: &mut State, entry: IdentityEntry) -> Result<(), EmulatorError> {
        state.world.record(Entry::Identity(entry));
        Ok(state.world.save()?)
    }

    pub(crate) fn add_user(&self, state: &mut State, user: UserSpec) -> Result<(), EmulatorError> {
        user.check()?;
        let unknown = user.memberships.iter().find(|membership| state.world.shop(&membership.contract_id).is_none());
        match unknown {
            Some(membership) => Err(EmulatorError::UnknownContract(membership.contract_id.clone())),
            None => self.enter(state, IdentityEntry::User(user)),
        }
    }

    pub(crate) fn remove_user(&self, state: &mut State, email: &str) -> Result<(), EmulatorError> {
        if state.world.identities.user(email).is_none() {
            return Err(EmulatorError::data("email", format!("there is no user {email}")));
        }
        self.enter(state, IdentityEntry::UserGone(email.into()))
    }

    pub(crate) fn set_app_profile(&self, state: &mut State, profile: AppProfile) -> Result<(), EmulatorError> {
        profile.check()?;
        if state.world.app(&profile.client_id).is_none() {
            return Err(EmulatorError::data("client_id", format!("there is no app {}", profile.client_id)));
        }
        self.enter(state, IdentityEntry::Profile(profile))
    }

    /// Gives how many tokens ended.
    pub(crate) fn expire_tokens(&self, state: &mut State, whose: &TokenExpiry) -> Result<usize, EmulatorError> {
        let hit = |token: &Token| whose.hits(&token.client_id, &token.contract_id, token.user.as_deref());
        let access = state.world.tokens().filter(|token| hit(token)).map(|token| token.token.clone());
        let mut gone: Vec<IdentityEntry> = access.map(IdentityEntry::TokenGone).collect();
        if whose.refresh {
            let tokens = state.world.identities.refresh_tokens();
            let hit = tokens.filter(|token| {
                let grant = &token.grant;
                whose.hits(&grant.client_id, &grant.contract_id, Some(&grant.user))
            });
            gone.extend(hit.map(|token| IdentityEntry::RefreshGone(token.token.clone())));
        }
        let count = gone.len();
        gone.into_iter().for_each(|entry| state.world.record(Entry::Identity(entry)));
        state.world.save()?;
        Ok(count)
    }
}

impl Emulator {
    /// Adds a person, or replaces the one with the same e-mail address.
    ///
    /// # Errors
    /// When a field is missing or a contract does not exist.
    pub fn add_user(&self, user: UserSpec) -> Result<(), EmulatorError> {
        self.inner.add_user(&mut self.state(), user)
    }

    /// Removes a person. Tokens of that person end with it.
    ///
    /// # Errors
    /// When there is none.
    pub fn remove_user(&self, email: &str) -> Result<(), EmulatorError> {
        self.inner.remove_user(&mut self.state(), email)
    }

    /// Sets what the developer console knows of an app: redirect addresses, the address for notifications, its kind.
    ///
    /// # Errors
    /// When the app does not exist or an address is malformed.
    pub fn set_app_profile(&self, profile: AppProfile) -> Result<(), EmulatorError> {
        self.inner.set_app_profile(&mut self.state(), profile)
    }

    /// Ends tokens before their time; gives how many.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn expire_tokens(&self, whose: &TokenExpiry) -> Result<usize, EmulatorError> {
        self.inner.expire_tokens(&mut self.state(), whose)
    }
}
