//! `/authorize` in a person's browser: sign in, pick a contract, allow or refuse (platform-common.md §5.1).
//!
//! Every form brings the whole request back, and it is read again from the start; nothing about it is kept in between.

use super::{
    consent::{contracts, decide_on},
    page::{self, Consent, Frame},
    request::{AuthorizeRequest, Refusal},
    session::Session,
    sign::Signer,
    texts::Language,
};
use crate::{
    emulator::{Inner, State},
    http::{Answer, oauth, oauth::Form},
    problem::Problem,
};
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use subtle::ConstantTimeEq;

/// The parts of one visit.
struct Visit<'a> {
    inner: &'a Inner,
    headers: &'a HeaderMap,
    signer: Signer,
    /// `None`: the browser brought no valid cookie.
    session: Option<Session>,
    /// The query of the authorization request.
    query: String,
    form: Form,
}

pub(crate) fn answer(
    inner: &Inner,
    state: &mut State,
    request: &Request<Bytes>,
    rest: &[&str],
) -> Result<Answer, Problem> {
    let headers = request.headers();
    let form = if request.method() == "POST" { Form::read(request.body()) } else { Form::default() };
    let query = form.get("request").or(request.uri().query()).unwrap_or_default().to_owned();
    let signer = Signer::of(inner, state)?;
    let session = Session::read(headers, &signer, inner.now());
    let visit = Visit { inner, headers, signer, session, query, form };
    let step = match (request.method().as_str(), rest) {
        ("GET", []) => visit.show(state),
        ("POST", ["login"]) => visit.sign_in(state),
        ("POST", ["consent"]) => visit.consent(state),
        ("POST", ["logout"]) => visit.sign_out(),
        (_, []) => return Err(Problem::method_not_allowed("GET")),
        (_, ["login" | "consent" | "logout"]) => return Err(Problem::method_not_allowed("POST")),
        _ => return Err(Problem::no_such_path()),
    };
    step.or_else(|refusal| visit.refuse(refusal))
}

impl Visit<'_> {
    fn show(&self, state: &mut State) -> Result<Answer, Refusal> {
        let request = AuthorizeRequest::read(self.inner, &state.world, &self.query)?;
        let user = self.session.as_ref().and_then(|session| session.user.clone());
        match user.filter(|email| state.world.identities.user(email).is_some()) {
            Some(user) => self.show_consent(state, &request, &user),
            None => Ok(self.show_sign_in(state, &request, "", false)),
        }
    }

    fn show_sign_in(&self, state: &State, request: &AuthorizeRequest, email: &str, failed: bool) -> Answer {
        let session = self.session.clone().filter(|session| session.user.is_none());
        let session = session.unwrap_or_else(|| self.new_session(None));
        let key = session.form_key(&self.signer, "login", &self.query);
        let name = app_name(state, request);
        let mut answer = page::sign_in(&self.frame(&name), &key, email, failed);
        answer.headers.push(("set-cookie", session.cookie(&self.signer)));
        answer
    }

    fn sign_in(&self, state: &mut State) -> Result<Answer, Refusal> {
        if !self.is_own_form("login") {
            return Ok(page::stale(&self.frame("")));
        }
        let request = AuthorizeRequest::read(self.inner, &state.world, &self.query)?;
        let field = |name| self.form.get(name).unwrap_or_default();
        let user = state.world.identities.user(field("email"));
        let known = user.filter(|user| user.password.as_bytes().ct_eq(field("password").as_bytes()).into());
        let Some(user) = known.map(super::UserSpec::key) else {
            return Ok(self.show_sign_in(state, &request, field("email"), true));
        };
        let mut answer = redirect(303, format!("/authorize?{}", self.query));
        answer.headers.push(("set-cookie", self.new_session(Some(user)).cookie(&self.signer)));
        Ok(answer)
    }

    fn show_consent(&self, state: &mut State, request: &AuthorizeRequest, user: &str) -> Result<Answer, Refusal> {
        let Some(session) = &self.session else { return Ok(page::stale(&self.frame(""))) };
        let contracts = contracts(&state.world, user, &request.client_id);
        let name = app_name(state, request);
        let sign_out = session.form_key(&self.signer, "logout", &self.query);
        let Some(first) = contracts.first() else { return Ok(page::no_contract(&self.frame(&name), user, &sign_out)) };
        let grant = request.grant(user.into(), &first.contract_id);
        let remembered = self.inner.settings.sign_in.remember_consent && state.world.identities.consented(&grant);
        if remembered && contracts.len() == 1 {
            let to = decide_on(self.inner, state, request, grant, true).map_err(Refusal::Here)?;
            return Ok(redirect(302, to));
        }
        let language = self.language();
        let title = |scope: &String| {
            let known = self.inner.catalogue.scopes().iter().find(|known| known.name == *scope);
            let japanese = known.map(|known| known.title_ja.as_str()).unwrap_or_default();
            (scope.clone(), language.scope(scope, japanese))
        };
        let scopes: Vec<_> = request.scopes.iter().map(title).collect();
        let allow = session.form_key(&self.signer, "consent", &self.query);
        let form_keys = [allow.as_str(), sign_out.as_str()];
        Ok(page::consent(&self.frame(&name), &Consent { user, contracts: &contracts, scopes: &scopes, form_keys }))
    }

    fn consent(&self, state: &mut State) -> Result<Answer, Refusal> {
        let user = self.session.as_ref().and_then(|session| session.user.clone());
        let (Some(user), true) = (user, self.is_own_form("consent")) else {
            return Ok(page::stale(&self.frame("")));
        };
        let request = AuthorizeRequest::read(self.inner, &state.world, &self.query)?;
        let allowed = self.form.get("decision") == Some("allow");
        let contracts = contracts(&state.world, &user, &request.client_id);
        let chosen = contracts.iter().find(|one| Some(one.contract_id.as_str()) == self.form.get("contract"));
        match chosen {
            Some(chosen) => {
                let grant = request.grant(user, &chosen.contract_id);
                decide_on(self.inner, state, &request, grant, allowed)
                    .map(|to| redirect(302, to))
                    .map_err(Refusal::Here)
            }
            None if allowed => Ok(page::stale(&self.frame(""))),
            None => Ok(redirect(302, request.denied())),
        }
    }

    fn sign_out(&self) -> Result<Answer, Refusal> {
        if !self.is_own_form("logout") {
            return Ok(page::stale(&self.frame("")));
        }
        let mut answer = redirect(303, format!("/authorize?{}", self.query));
        answer.headers.push(("set-cookie", self.new_session(None).cookie(&self.signer)));
        Ok(answer)
    }

    /// A person gets a page, a program the words of OAuth2.
    fn refuse(&self, refusal: Refusal) -> Result<Answer, Problem> {
        let problem = match refusal {
            Refusal::Back(to) => return Ok(redirect(302, to)),
            Refusal::Here(problem) => problem,
        };
        let accept = self.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        if !accept.is_some_and(|accept| accept.contains("text/html")) {
            return Ok(oauth::refusal(&problem, &self.inner.settings));
        }
        let member = |name| problem.extra(name).unwrap_or_default();
        let (error, description) = (member("error"), member("error_description"));
        Ok(page::bad_request(&self.frame(""), problem.status, error, description))
    }

    /// The form was made by us, for this browser and this request, and no other site sent it.
    fn is_own_form(&self, form: &str) -> bool {
        let site = self.headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
        let foreign = site.is_some_and(|site| !matches!(site, "same-origin" | "none"));
        let key = self.form.get("form_key").unwrap_or_default();
        !foreign && self.session.as_ref().is_some_and(|session| session.owns(&self.signer, form, &self.query, key))
    }

    fn new_session(&self, user: Option<String>) -> Session {
        let hours = self.inner.settings.sign_in.session_hours;
        Session::new(&self.inner.dice, user, self.inner.now().saturating_add(hours.saturating_mul(3600)))
    }

    fn language(&self) -> Language {
        let asked = Form::of_query(&self.query);
        Language::choose(asked.get("lang").or(asked.get("ui_locales")), self.headers)
    }

    fn frame<'f>(&'f self, app_name: &'f str) -> Frame<'f> {
        Frame { texts: self.language().texts(), request: &self.query, app_name }
    }
}

fn app_name(state: &State, request: &AuthorizeRequest) -> String {
    let profile = state.world.identities.profile(&request.client_id);
    let named = profile.map(|profile| profile.name.clone()).filter(|name| !name.is_empty());
    named.unwrap_or_else(|| request.client_id.clone())
}

fn redirect(status: u16, to: String) -> Answer {
    let headers = vec![("location", to), ("cache-control", "no-store".into())];
    Answer { status, content_type: "text/html; charset=utf-8", body: String::new(), headers }
}
