//! A whole hub in a test: real storage in a folder of its own, a clock that stands still, an engine that only listens.

mod parts;
mod shop;

use crate::{App, ServerOptions, router};
use axum::{
    Router,
    body::{Body, BodyDataStream},
};
use http::{HeaderMap, Request, Response, header, request};
use parts::{Folder, TestClock, TestEngine};
use regihub_domain::WorkspaceId;
use regihub_ports::{Clock, Dice};
use regihub_storage::{Location, MasterKey, Mode, Options, Result, Storage, Unit};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tower::ServiceExt;

/// A hub and one person before it.
#[derive(Clone)]
pub(crate) struct TestHub {
    router: Router,
    storage: Storage,
    clock: Arc<TestClock>,
    pub(crate) engine: Arc<TestEngine>,
    cookie: Option<String>,
    _folder: Arc<Folder>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn redirect(&self) -> &str {
        assert_eq!(self.status, 303, "a redirect was expected: {}", self.text);
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// The first link whose address contains `part`.
    pub(crate) fn find_link(&self, part: &str) -> Option<String> {
        let addresses = self.text.split("href=\"").skip(1).map(|after| after.split('"').next().unwrap());
        addresses.filter(|address| address.contains(part)).map(|address| address.replace("&#38;", "&")).next()
    }

    pub(crate) fn link_with(&self, part: &str) -> String {
        self.find_link(part).unwrap_or_else(|| panic!("no link with {part}: {}", self.text))
    }
}

impl TestHub {
    /// Just installed: nobody has been there yet. The set-up code is `open-sesame`.
    pub(crate) async fn fresh() -> Self {
        Self::with_options(|_| ()).await
    }

    pub(crate) async fn with_options(change: impl FnOnce(&mut ServerOptions)) -> Self {
        let folder = Arc::new(Folder::new());
        let location = Location::Sqlite(folder.path().to_owned());
        Self::over(location, Mode::Inline, folder, change)
    }

    /// A fresh hub over a PostgreSQL that whose search path leads to an empty schema.
    pub(crate) fn on_postgres(url: String) -> Self {
        Self::over(Location::Postgres(url), Mode::Threads, Arc::new(Folder::new()), |_| ())
    }

    fn over(location: Location, mode: Mode, folder: Arc<Folder>, change: impl FnOnce(&mut ServerOptions)) -> Self {
        let options = Options { location, mode, master_key: MasterKey::from_bytes([7; 32]) };
        let storage = Storage::open(options).unwrap();
        let (clock, engine) = (Arc::new(TestClock::default()), Arc::new(TestEngine::default()));
        let mut options = ServerOptions {
            public_url: Some("https://hub.example.jp".into()),
            secure_cookies: false,
            setup_code: Some("open-sesame".into()),
            bench_routes: false,
        };
        change(&mut options);
        let router = router(App {
            storage: storage.clone(),
            clock: clock.clone(),
            dice: Dice::from_seed(1),
            engine: engine.clone(),
            options,
        });
        Self { router, storage, clock, engine, cookie: None, _folder: folder }
    }

    /// With the user `tencho`, password `correct-horse`, who has not signed in.
    pub(crate) async fn with_a_user() -> Self {
        let hub = Self::fresh().await;
        let form = "code=open-sesame&workspace=w&login=tencho&password=correct-horse";
        assert_eq!(hub.post("/setup", form).await.status, 303);
        hub
    }

    /// With an empty workspace whose user is signed in.
    pub(crate) async fn signed_in() -> Self {
        Self::fresh().await.signed_in_as("お店", "tencho").await
    }

    /// With a connection, a shop and a day's work in it; its user is signed in.
    pub(crate) async fn with_a_shop() -> Self {
        Self::fresh().await.open_the_shop().await
    }

    pub(crate) async fn open_the_shop(self) -> Self {
        let hub = self.signed_in_as("お店", "tencho").await;
        let now = hub.now();
        hub.write(move |unit| shop::fill(unit, now)).await;
        hub
    }

    /// Somebody of another workspace, signed in to the same hub.
    pub(crate) async fn as_neighbour(&self) -> Self {
        self.clone().signed_in_as("となりの店", "neighbour").await
    }

    async fn signed_in_as(mut self, workspace: &'static str, login: &'static str) -> Self {
        let token = hex::encode(Sha256::digest(login));
        let (hash, now) = (hex::encode(Sha256::digest(&token)), self.now());
        self.write(move |unit| {
            if unit.accounts().user_by_login(login)?.is_none() {
                let workspace: WorkspaceId = unit.setup().add_workspace(workspace, now)?;
                let user = unit.accounts().add_user(workspace, login, "no password opens this", "ja", now)?;
                unit.accounts().add_session(&hash, user, now, now + 86_400_000_000)?;
            }
            Ok(())
        })
        .await;
        self.cookie = Some(format!("regihub={token}"));
        self
    }

    /// The same hub, seen by the one who got the cookie of `answer`.
    pub(crate) fn signed(&self, answer: &Answer) -> Self {
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        Self { cookie: Some(cookie.to_owned()), ..self.clone() }
    }

    /// The same hub, seen by nobody in particular.
    pub(crate) fn stranger(&self) -> Self {
        Self { cookie: None, ..self.clone() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path)).await
    }

    pub(crate) async fn fragment(&self, path: &str, name: &str) -> Answer {
        self.send(Request::get(path).header("x-fragment", name)).await
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Answer {
        self.send(Self::form(path, form)).await
    }

    /// A form, to which a test can add headers. The content is carried as an extension until it is sent.
    pub(crate) fn form(path: &str, form: &str) -> request::Builder {
        Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(Content(form.as_bytes().to_vec()))
    }

    /// A message to a notification address.
    pub(crate) fn message(path: &str, body: impl Into<Vec<u8>>) -> request::Builder {
        Request::post(path).header(header::CONTENT_TYPE, "application/json").extension(Content(body.into()))
    }

    pub(crate) async fn send(&self, request: request::Builder) -> Answer {
        let response = self.call(request).await;
        let (head, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, text }
    }

    /// An answer that does not end.
    pub(crate) async fn stream(&self, path: &str) -> BodyDataStream {
        self.call(Request::get(path)).await.into_body().into_data_stream()
    }

    async fn call(&self, mut request: request::Builder) -> Response<Body> {
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let content = request.extensions_ref().and_then(|all| all.get::<Content>().cloned()).unwrap_or_default();
        let request = request.header(header::HOST, "hub.example.jp").body(Body::from(content.0)).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// A notification of Smaregi to the connection of [`TestHub::with_a_shop`].
    pub(crate) async fn notify(&self, id: &str, body: &str) {
        let message = Self::message("/hooks/smaregi/hook-key-1", body);
        let message = message.header("x-regihub-secret", "the-hook-secret").header("smaregi-event-id", id);
        let answer = self.stranger().send(message).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T> + Send + 'static,
    ) -> T {
        self.storage.read(work).await.unwrap()
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T> + Send + 'static,
    ) -> T {
        self.storage.write(work).await.unwrap()
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now_us()
    }

    pub(crate) async fn pass(&self, seconds: i64) {
        self.clock.pass(seconds * 1_000_000);
    }

    /// From now on everything that touches this table fails.
    pub(crate) async fn break_table(&self, table: &'static str) {
        self.write(move |unit| unit.sql().execute(&format!("alter table {table} rename to broken_{table}"), &[])).await;
    }
}

#[derive(Clone, Default)]
struct Content(Vec<u8>);
