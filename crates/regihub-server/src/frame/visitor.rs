//! Who looks at a page, and how they are answered.

use super::{Frame, Hub, Page, PageError, Section};
use crate::{auth, i18n::Language};
use axum::{
    extract::FromRequestParts,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderMap, header, request::Parts};
use regihub_domain::WorkspaceId;
use regihub_storage::{
    StorageError, Unit, User,
    views::{Scope, parked},
};
use std::sync::Arc;

/// Who looks at a page. Put into every request by [`around_pages`].
#[derive(Clone)]
pub(crate) struct Visitor {
    user: Option<Arc<User>>,
    pub(crate) language: Language,
    now: i64,
    path: String,
    fragment: Option<String>,
    parked: i64,
}

/// Never fails: without a session, or without a database, somebody unknown looks.
pub(super) async fn visitor(hub: &Hub, head: &Parts) -> (Visitor, Option<StorageError>) {
    let now = hub.clock.now_us();
    let signed = match auth::token_hash_in(&head.headers, hub.options.secure_cookies) {
        None => Ok(None),
        Some(token_hash) => hub.storage.read(move |unit| signed_user(unit, &token_hash, now)).await,
    };
    let (signed, trouble) = match signed {
        Ok(signed) => (signed, None),
        Err(error) => (None, Some(error)),
    };
    let own_language = signed.as_ref().and_then(|(user, _)| Language::from_code(&user.language));
    let language =
        asked_language(head).or(own_language).or_else(|| accepted_language(&head.headers)).unwrap_or_default();
    let visitor = Visitor {
        parked: signed.as_ref().map_or(0, |(_, parked)| *parked),
        user: signed.map(|(user, _)| Arc::new(user)),
        language,
        now,
        path: head.uri.path_and_query().map_or_else(|| "/".into(), ToString::to_string),
        fragment: head.headers.get("x-fragment").and_then(|name| name.to_str().ok()).map(str::to_owned),
    };
    (visitor, trouble)
}

fn signed_user(unit: &mut Unit<'_>, token_hash: &str, now: i64) -> Result<Option<(User, i64)>, StorageError> {
    let Some((user, _)) = unit.accounts().session(token_hash, now)? else { return Ok(None) };
    let scope = Scope::load(unit.sql(), user.workspace_id)?;
    let parked = parked::count(unit.sql(), &scope)?;
    Ok(Some((user, parked)))
}

/// `?lang=en` holds for this one page.
fn asked_language(head: &Parts) -> Option<Language> {
    let query = head.uri.query()?;
    query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Language::from_code)
}

fn accepted_language(headers: &HeaderMap) -> Option<Language> {
    headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).and_then(Language::accepted)
}

impl Visitor {
    pub(crate) fn frame(&self, section: Section) -> Frame {
        Frame {
            language: self.language,
            now: self.now,
            login: self.user.as_ref().map(|user| user.login.clone()),
            section,
            path: self.path.clone(),
            parked: self.parked,
        }
    }

    pub(crate) fn is_signed_in(&self) -> bool {
        self.user.is_some()
    }

    /// Answers with the page, or with the one region of it that a script asked for.
    pub(crate) fn answer(&self, page: &impl Page) -> Result<Response, PageError> {
        let html = match self.fragment.as_deref() {
            None => page.render()?,
            Some(name) => page.fragment(name).ok_or(PageError::NotFound)??,
        };
        Ok(Html(html).into_response())
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        parts.extensions.get::<Visitor>().cloned().ok_or(PageError::NotFound)
    }
}

/// A visitor who has signed in. Everybody else is sent to the log-in page, or to the set-up of a fresh installation.
pub(crate) struct Member {
    pub(crate) user: Arc<User>,
    pub(crate) workspace: WorkspaceId,
    pub(crate) visitor: Visitor,
}

impl Member {
    pub(crate) fn frame(&self, section: Section) -> Frame {
        self.visitor.frame(section)
    }

    pub(crate) fn answer(&self, page: &impl Page) -> Result<Response, PageError> {
        self.visitor.answer(page)
    }

    pub(crate) fn now(&self) -> i64 {
        self.visitor.now
    }
}

impl FromRequestParts<Hub> for Member {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, PageError> {
        let visitor = Visitor::from_request_parts(parts, hub).await?;
        if let Some(user) = visitor.user.clone() {
            return Ok(Self { workspace: user.workspace_id, user, visitor });
        }
        let users = hub.storage.read(|unit| unit.accounts().user_count()).await?;
        Err(PageError::SignInFirst { set_up: users == 0 })
    }
}
