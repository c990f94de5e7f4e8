//! The authorization request: what an app asks a person for (platform-common.md §5.1).

use crate::{
    emulator::Inner,
    http::{
        form,
        oauth::{Form, invalid_client, invalid_request, invalid_scope},
    },
    problem::Problem,
    spec::AppSpec,
    state::{Grant, World},
};
use std::fmt::Write as _;

/// A request that may be put before a person.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AuthorizeRequest {
    pub(super) client_id: String,
    /// As it was sent; the token request has to repeat it then.
    pub(super) redirect_uri: Option<String>,
    /// Where the answer goes.
    target: String,
    pub(super) scopes: Vec<String>,
    state: Option<String>,
    /// PKCE challenge and method.
    pub(super) challenge: Option<(String, String)>,
}

/// A request that may not.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Refusal {
    /// Told on the spot: nobody knows that the address belongs to the app.
    Here(Problem),
    /// Told to the app, by this address.
    Back(String),
}

impl AuthorizeRequest {
    pub(super) fn read(inner: &Inner, world: &World, query: &str) -> Result<Self, Refusal> {
        let form = Form::of_query(query);
        let app = known_app(world, &form).map_err(Refusal::Here)?;
        let target = target(world, app, &form).map_err(Refusal::Here)?;
        let mut request = Self {
            client_id: app.client_id.clone(),
            redirect_uri: form.get("redirect_uri").map(Into::into),
            target,
            scopes: Vec::new(),
            state: form.get("state").map(Into::into),
            challenge: None,
        };
        match request.fill(inner, world, app, &form) {
            Ok(()) => Ok(request),
            Err(problem) => Err(Refusal::Back(request.refused(&problem))),
        }
    }

    fn fill(&mut self, inner: &Inner, world: &World, app: &AppSpec, form: &Form) -> Result<(), Problem> {
        if form.require("response_type")? != "code" {
            let description =
                "The authorization server does not support obtaining an authorization code using this method.";
            return Err(Problem::oauth(400, "unsupported_response_type", description));
        }
        self.scopes = form.scopes(inner.settings.token.lenient_scopes)?;
        // The identity scopes need not be chosen for the app (our choice; §7.5 does not say).
        let may = |scope: &String| {
            let known = inner.catalogue.scopes().iter().find(|known| known.name == *scope);
            known.is_some_and(|known| known.user_only || app.scopes.contains(scope))
        };
        if !self.scopes.iter().all(may) {
            return Err(invalid_scope());
        }
        self.challenge = challenge(form, inner.settings.token.pkce_plain)?;
        let native = world.identities.profile(&app.client_id).is_some_and(|profile| profile.native);
        if native && self.challenge.is_none() {
            return Err(invalid_request("code_challenge"));
        }
        Ok(())
    }

    /// Where a person's yes leads.
    pub(super) fn allowed(&self, code: &str) -> String {
        self.back(&[("code", code)])
    }

    /// Where a person's no leads (§5.1).
    pub(super) fn denied(&self) -> String {
        let description = "The resource owner or authorization server denied the request.";
        self.back(&[("error", "access_denied"), ("error_description", description)])
    }

    pub(super) fn refused(&self, problem: &Problem) -> String {
        let member = |name| problem.extra(name).unwrap_or_default();
        self.back(&[("error", member("error")), ("error_description", member("error_description"))])
    }

    /// What the person's consent on a contract covers.
    pub(super) fn grant(&self, user: String, contract: &str) -> Grant {
        Grant { client_id: self.client_id.clone(), contract_id: contract.into(), user, scopes: self.scopes.clone() }
    }

    fn back(&self, members: &[(&str, &str)]) -> String {
        let mut address = self.target.clone();
        let state = self.state.as_deref().map(|state| ("state", state));
        for (name, value) in members.iter().copied().chain(state) {
            let joint = if address.contains('?') { '&' } else { '?' };
            // Writing to a String cannot fail.
            let _ = write!(address, "{joint}{name}={}", form::encode(value));
        }
        address
    }
}

fn known_app<'w>(world: &'w World, form: &Form) -> Result<&'w AppSpec, Problem> {
    for name in ["client_id", "redirect_uri"] {
        if form.is_repeated(name) {
            return Err(invalid_request(name));
        }
    }
    world.app(form.require("client_id")?).ok_or_else(invalid_client)
}

/// The address has to equal a registered one; it may be left out when there is exactly one (§5.1).
fn target(world: &World, app: &AppSpec, form: &Form) -> Result<String, Problem> {
    let profile = world.identities.profile(&app.client_id);
    let registered = profile.map(|profile| profile.redirect_uris.as_slice()).unwrap_or_default();
    match (form.get("redirect_uri"), registered) {
        (Some(asked), _) if registered.iter().any(|uri| uri == asked) => Ok(asked.into()),
        (None, [only]) => Ok(only.clone()),
        (None, [_, ..]) => Err(invalid_request("redirect_uri")),
        _ => Err(invalid_client()),
    }
}

fn challenge(form: &Form, plain: bool) -> Result<Option<(String, String)>, Problem> {
    let Some(challenge) = form.get("code_challenge") else { return Ok(None) };
    // A missing method means `plain` (RFC 7636 §4.3).
    let method = form.get("code_challenge_method").unwrap_or("plain");
    if method != "S256" && !(method == "plain" && plain) {
        return Err(invalid_request("code_challenge_method"));
    }
    if !is_pkce_text(challenge) {
        return Err(invalid_request("code_challenge"));
    }
    Ok(Some((challenge.into(), method.into())))
}

/// 43 to 128 unreserved characters (RFC 7636 §4.1, §4.2).
pub(super) fn is_pkce_text(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}
