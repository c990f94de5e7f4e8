//! What every page shares: the running server, who looks at it, in which language, and what wraps the answer.

use crate::{
    App, EngineHandle, ServerOptions,
    auth::{self, Throttle},
    i18n::{Argument, Language, grouped},
    notifications::Addresses,
    pages::error_page,
};
use askama::Template;
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use jiff::{Timestamp, tz::TimeZone};
use regihub_domain::WorkspaceId;
use regihub_ports::{Dice, SharedClock};
use regihub_storage::{
    Storage, StorageError, Unit, User,
    views::{Scope, parked},
};
use std::sync::{Arc, LazyLock};
use tower_http::csrf::CsrfLayer;

/// The running server; every handler has it as its state.
pub(crate) type Hub = Arc<Server>;

pub(crate) struct Server {
    pub(crate) storage: Storage,
    pub(crate) clock: SharedClock,
    pub(crate) dice: Dice,
    pub(crate) engine: Arc<dyn EngineHandle>,
    pub(crate) options: ServerOptions,
    pub(crate) addresses: Addresses,
    pub(crate) throttle: Throttle,
}

impl Server {
    pub(crate) fn new(app: App) -> Self {
        let App { storage, clock, dice, engine, options } = app;
        Self { storage, clock, dice, engine, options, addresses: Addresses::new(), throttle: Throttle::default() }
    }

    /// One read in the bounds of a workspace.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        workspace: WorkspaceId,
        work: impl FnOnce(&mut Unit<'_>, &Scope) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, PageError> {
        let found = self.storage.read(move |unit| {
            let scope = Scope::load(unit.sql(), workspace)?;
            work(unit, &scope)
        });
        Ok(found.await?)
    }
}

/// Forms may only come from our own pages. Judged by `Sec-Fetch-Site` and `Origin`; no tokens.
///
/// # Panics
/// When `public_url` is not an origin.
pub(crate) fn csrf_layer(public_url: Option<&str>) -> CsrfLayer {
    match public_url {
        None => CsrfLayer::new(),
        Some(url) => CsrfLayer::new()
            .add_trusted_origin(url)
            .unwrap_or_else(|error| panic!("public_url must look like https://hub.example.jp: {error}")),
    }
}

/// Scripts, styles and pictures only from ourselves, none inline; nobody may frame a page.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Around every page: finds out who looks, turns refusals into pages, adds the headers that keep browsers strict.
pub(crate) async fn around_pages(State(hub): State<Hub>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let (visitor, trouble) = visitor(&hub, &head).await;
    let frame = visitor.frame(Section::None);
    let mut response = match trouble {
        Some(error) => PageError::from(error).into_response(),
        None => {
            head.extensions.insert(visitor);
            next.run(Request::from_parts(head, body)).await
        }
    };
    if response.status().is_client_error() || response.status().is_server_error() {
        response = error_page::instead_of(response, frame);
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

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
async fn visitor(hub: &Hub, head: &Parts) -> (Visitor, Option<StorageError>) {
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

/// A page: a template that can also give single regions of itself.
pub(crate) trait Page: Template {
    /// The inside of the region marked `data-live="{name}"`.
    fn fragment(&self, name: &str) -> Option<askama::Result<String>>;
}

/// A page whose region `live` (a block of that name) is fetched again when something changed.
macro_rules! live_page {
    ($page:ty) => {
        impl $crate::frame::Page for $page {
            fn fragment(&self, name: &str) -> Option<askama::Result<String>> {
                (name == "live").then(|| askama::Template::render(&self.as_live()))
            }
        }
    };
}
pub(crate) use live_page;

/// A page without live regions.
macro_rules! still_page {
    ($page:ty) => {
        impl $crate::frame::Page for $page {
            fn fragment(&self, _: &str) -> Option<askama::Result<String>> {
                None
            }
        }
    };
}
pub(crate) use still_page;

/// Where in the menu a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    None,
    Dashboard,
    Stock,
    Sales,
    Orders,
    Events,
    Exchanges,
    Parked,
    Settings,
}

/// One entry of the menu.
pub(crate) struct MenuEntry {
    pub(crate) text: String,
    pub(crate) href: &'static str,
    pub(crate) here: bool,
    /// Shown beside the text when above zero.
    pub(crate) badge: i64,
}

/// What a template knows beside its own content: language, time, the person, the place in the menu.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) language: Language,
    pub(crate) now: i64,
    pub(crate) login: Option<String>,
    pub(crate) section: Section,
    /// With its query; where a changed language comes back to.
    pub(crate) path: String,
    pub(crate) parked: i64,
}

static TOKYO: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Asia/Tokyo").expect("the time zone database is part of the program"));

impl Frame {
    pub(crate) fn s(&self, key: &str) -> String {
        self.language.s(key)
    }

    pub(crate) fn a(&self, key: &str, name: &'static str, value: impl Argument) -> String {
        self.language.a(key, name, value)
    }

    pub(crate) fn b(
        &self,
        key: &str,
        first: &'static str,
        value: impl Argument,
        second: &'static str,
        other: impl Argument,
    ) -> String {
        self.language.b(key, first, value, second, other)
    }

    pub(crate) fn code(&self) -> &'static str {
        self.language.code()
    }

    pub(crate) fn asset(&self, name: &str) -> String {
        crate::assets::address(name)
    }

    pub(crate) fn menu(&self) -> Vec<MenuEntry> {
        let entry = |section, text, href| MenuEntry { text, href, here: self.section == section, badge: 0 };
        vec![
            entry(Section::Dashboard, self.s("menu-dashboard"), "/"),
            entry(Section::Stock, self.s("menu-stock"), "/stock"),
            entry(Section::Sales, self.s("menu-sales"), "/sales"),
            entry(Section::Orders, self.s("menu-orders"), "/orders"),
            MenuEntry { badge: self.parked, ..entry(Section::Parked, self.s("menu-parked"), "/parked") },
            entry(Section::Events, self.s("menu-events"), "/events"),
            entry(Section::Exchanges, self.s("menu-exchanges"), "/exchanges"),
            entry(Section::Settings, self.s("menu-settings"), "/settings"),
        ]
    }

    /// `1,234`
    pub(crate) fn n(&self, number: &i64) -> String {
        grouped(*number)
    }

    /// A change: `+3`, `−2`.
    pub(crate) fn signed(&self, number: &i64) -> String {
        if *number > 0 { format!("+{}", grouped(*number)) } else { grouped(*number).replace('-', "−") }
    }

    /// How long ago, in words: `3秒前`.
    pub(crate) fn age(&self, at: &i64) -> String {
        let seconds = (self.now - at) / 1_000_000;
        match seconds {
            i64::MIN..=-1 => self.full(at),
            0 => self.s("age-now"),
            1..=59 => self.a("age-seconds", "count", seconds),
            60..=3_599 => self.a("age-minutes", "count", seconds / 60),
            3_600..=86_399 => self.a("age-hours", "count", seconds / 3_600),
            86_400..=2_591_999 => self.a("age-days", "count", seconds / 86_400),
            _ => self.full(at).chars().take(10).collect(),
        }
    }

    /// In Japan time: `2026-11-21 19:05:03`.
    pub(crate) fn full(&self, at: &i64) -> String {
        tokyo(*at, "%Y-%m-%d %H:%M:%S")
    }

    /// A `<time>` that shows the age and, on pointing, the whole time.
    pub(crate) fn when(&self, at: &i64) -> String {
        format!(r#"<time datetime="{}" title="{}">{}</time>"#, iso(*at), self.full(at), self.age(at))
    }

    /// A `<time>` that shows the whole time and, on pointing, the age.
    pub(crate) fn at(&self, at: &i64) -> String {
        format!(r#"<time datetime="{}" title="{}">{}</time>"#, iso(*at), self.age(at), self.full(at))
    }
}

fn tokyo(at: i64, pattern: &str) -> String {
    Timestamp::from_microsecond(at)
        .map_or_else(|_| "—".into(), |time| time.to_zoned(TOKYO.clone()).strftime(pattern).to_string())
}

fn iso(at: i64) -> String {
    tokyo(at, "%Y-%m-%dT%H:%M:%S%:z")
}

/// When today began in Japan.
pub(crate) fn midnight(now: i64) -> i64 {
    let zoned = Timestamp::from_microsecond(now).unwrap_or_default().to_zoned(TOKYO.clone());
    zoned.start_of_day().map_or(now, |day| day.timestamp().as_microsecond())
}

/// Why a page cannot be shown. [`around_pages`] turns it into one that says so.
#[derive(Debug)]
pub(crate) enum PageError {
    SignInFirst {
        set_up: bool,
    },
    /// Also for what belongs to another workspace: nobody learns that it exists.
    NotFound,
    Storage(StorageError),
    /// A sentence for the person, already in their language.
    Refused(StatusCode, String),
    Template(askama::Error),
}

impl From<StorageError> for PageError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::Template(error)
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            PageError::SignInFirst { set_up: true } => Redirect::to("/setup").into_response(),
            PageError::SignInFirst { set_up: false } => Redirect::to("/login").into_response(),
            PageError::NotFound => StatusCode::NOT_FOUND.into_response(),
            PageError::Refused(status, text) => {
                let mut response = status.into_response();
                response.extensions_mut().insert(error_page::Detail(text));
                response
            }
            PageError::Storage(error) => {
                tracing::error!(%error, "a page could not be read");
                match error {
                    StorageError::NotFound { .. } => StatusCode::NOT_FOUND,
                    StorageError::Busy(_) | StorageError::Full(_) | StorageError::Closed => {
                        StatusCode::SERVICE_UNAVAILABLE
                    }
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                }
                .into_response()
            }
            PageError::Template(error) => {
                tracing::error!(%error, "a page could not be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(language: Language) -> Frame {
        Frame { language, now: 1_795_000_000_000_000, login: None, section: Section::None, path: "/".into(), parked: 0 }
    }

    #[test]
    fn ages_are_told_in_words_and_times_in_japan_time() {
        let ja = frame(Language::Japanese);
        assert_eq!(ja.age(&(ja.now - 3_000_000)), "3秒前");
        assert_eq!(ja.age(&ja.now), "たった今");
        assert_eq!(ja.age(&(ja.now - 2 * 86_400_000_000)), "2日前");
        let en = frame(Language::English);
        assert_eq!(en.age(&(en.now - 1_000_000)), "1 second ago");
        assert_eq!(en.age(&(en.now - 7_200_000_000)), "2 hours ago");
        assert_eq!(en.full(&0), "1970-01-01 09:00:00");
        assert_eq!(en.full(&i64::MAX), "—");
        assert!(en.when(&0).starts_with(r#"<time datetime="1970-01-01T09:00:00+09:00""#));
    }

    #[test]
    fn a_day_begins_at_midnight_in_japan() {
        assert_eq!(midnight(0), -9 * 3_600_000_000);
        assert_eq!(midnight(15 * 3_600_000_000), 15 * 3_600_000_000);
    }
}
