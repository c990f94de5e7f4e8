//! The person's decision: a code for the app, or a refusal; also without a browser, for tests.

use super::{
    request::{AuthorizeRequest, Refusal},
    sign::hex,
    spec::Membership,
};
use crate::{
    emulator::{Emulator, Inner, State},
    http::oauth::invalid_scope,
    problem::Problem,
    spec::EmulatorError,
    state::{Code, Entry, Grant, IdentityEntry, World},
};
use serde::Deserialize;

/// What a person does with an authorization request, told without a browser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Approval {
    /// The address the app leads the browser to: `https://id.smaregi.dev/authorize?response_type=code&…`.
    pub url: String,
    /// Who signs in.
    pub email: String,
    /// On which contract; `None`: the person's first one that uses the app.
    pub contract_id: Option<String>,
    /// The person says no.
    pub refuse: bool,
}

/// Contracts of a person that use the app.
pub(super) fn contracts(world: &World, user: &str, client_id: &str) -> Vec<Membership> {
    let memberships = world.identities.user(user).map(|user| user.memberships.as_slice()).unwrap_or_default();
    let usable = memberships.iter().filter(|membership| {
        let contract = membership.contract_id.as_str();
        world.shop(contract).is_some() && world.identities.is_active(client_id, contract)
    });
    usable.cloned().collect()
}

/// Where the browser goes next: back to the app, with a code or with an error.
pub(super) fn decide_on(
    inner: &Inner,
    state: &mut State,
    request: &AuthorizeRequest,
    grant: Grant,
    allowed: bool,
) -> Result<String, Problem> {
    if !allowed {
        return Ok(request.denied());
    }
    let identities = &state.world.identities;
    let approved = |scope: &String| {
        let known = inner.catalogue.scopes().iter().find(|known| known.name == *scope);
        known.is_some_and(|known| known.user_only)
            || identities.is_approved(&grant.client_id, &grant.contract_id, scope)
    };
    // Not approved by the contract: nothing is granted partially (platform-common.md §7.7).
    if !grant.scopes.iter().all(approved) {
        return Ok(request.refused(&invalid_scope()));
    }
    let now = inner.now();
    let code = Code {
        code: opaque(inner),
        grant: grant.clone(),
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        expires: now.saturating_add(inner.settings.token.code_lifetime_s),
    };
    let to = request.allowed(&code.code);
    state.world.forget_expired_tokens(now);
    state.world.record(Entry::Identity(IdentityEntry::Consent(grant)));
    state.world.record(Entry::Identity(IdentityEntry::Code(code)));
    state.world.save()?;
    Ok(to)
}

/// Codes and refresh tokens begin as real refresh tokens do (platform-common.md §5.2).
pub(super) fn opaque(inner: &Inner) -> String {
    format!("def50200{}", hex(&inner.dice.bytes::<64>()))
}

impl Inner {
    pub(crate) fn decide(&self, state: &mut State, order: &Approval) -> Result<String, EmulatorError> {
        let query = order.url.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let query = query.split('#').next().unwrap_or_default();
        let request = match AuthorizeRequest::read(self, &state.world, query) {
            Ok(request) => request,
            Err(Refusal::Back(to)) => return Ok(to),
            Err(Refusal::Here(problem)) => {
                let member = |name| problem.extra(name).unwrap_or_default().to_owned();
                let reason = format!("{}: {}", member("error"), member("error_description"));
                return Err(EmulatorError::data("url", reason));
            }
        };
        let user = state.world.identities.user(&order.email).map(super::UserSpec::key);
        let user = user.ok_or_else(|| EmulatorError::data("email", format!("there is no user {}", order.email)))?;
        let contracts = contracts(&state.world, &user, &request.client_id);
        let wanted = |one: &&Membership| order.contract_id.as_ref().is_none_or(|wanted| *wanted == one.contract_id);
        let contract = contracts.iter().find(wanted).map(|membership| membership.contract_id.clone());
        let contract = contract.ok_or_else(|| {
            EmulatorError::data("contract_id", "the person belongs to no such contract that uses the app")
        })?;
        let grant = request.grant(user, &contract);
        Ok(decide_on(self, state, &request, grant, !order.refuse)?)
    }
}

impl Emulator {
    /// Signs a person in and decides on an authorization request without a browser; gives the address to which the
    /// browser would be led: the app's own with `code` and `state`, or with `error`.
    ///
    /// # Errors
    /// When the request cannot even be refused to the app (unknown app, unregistered redirect URI), or the person or
    /// contract does not exist.
    pub fn decide(&self, order: &Approval) -> Result<String, EmulatorError> {
        self.inner.decide(&mut self.state(), order)
    }

    /// [`Emulator::decide`]: the person says yes, on the first contract that uses the app.
    ///
    /// ```
    /// use smaregi_emulator::{AppProfile, AppSpec, ContractSpec, Emulator, UserSpec};
    ///
    /// let emulator = Emulator::builder().build()?;
    /// emulator.add_contract(ContractSpec::new("sb_demo01"))?;
    /// emulator.add_app(AppSpec { client_id: "app".into(), client_secret: "secret".into(), ..AppSpec::default() })?;
    /// emulator.set_app_profile(AppProfile::new("app", "https://shop.example/callback"))?;
    /// emulator.add_user(UserSpec::owner("taro@example.jp", "password", "sb_demo01"))?;
    ///
    /// // What the app would send the browser to; where the browser would arrive.
    /// let url = "https://id.smaregi.dev/authorize?response_type=code&client_id=app&scope=openid&state=xyz";
    /// let arrived = emulator.approve(url, "taro@example.jp")?;
    /// assert!(arrived.starts_with("https://shop.example/callback?code="));
    /// assert!(arrived.ends_with("&state=xyz"));
    /// # Ok::<(), smaregi_emulator::EmulatorError>(())
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn approve(&self, url: &str, email: &str) -> Result<String, EmulatorError> {
        self.decide(&Approval { url: url.into(), email: email.into(), ..Approval::default() })
    }
}
