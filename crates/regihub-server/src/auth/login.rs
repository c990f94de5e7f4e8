//! `/login`: login and password, a cookie, and off to the dashboard.

use super::{password, session};
use crate::frame::{Frame, Hub, PageError, Section, Visitor, still_page};
use askama::Template;
use axum::{
    Form,
    extract::{ConnectInfo, Extension, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, header};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};

#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage {
    f: Frame,
    login: String,
    error: Option<String>,
}
still_page!(LoginPage);

#[derive(Deserialize)]
pub(super) struct Credentials {
    pub(super) login: String,
    pub(super) password: String,
}

/// Where the request came from; absent when the router is called without a socket.
type Peer = Option<Extension<ConnectInfo<SocketAddr>>>;

pub(super) async fn show(State(hub): State<Hub>, visitor: Visitor) -> Result<Response, PageError> {
    if visitor.is_signed_in() {
        return Ok(Redirect::to("/").into_response());
    }
    if hub.storage.read(|unit| unit.accounts().user_count()).await? == 0 {
        return Ok(Redirect::to("/setup").into_response());
    }
    let page = LoginPage { f: visitor.frame(Section::None), login: String::new(), error: None };
    visitor.answer(&page)
}

pub(super) async fn submit(
    State(hub): State<Hub>,
    visitor: Visitor,
    peer: Peer,
    Form(credentials): Form<Credentials>,
) -> Result<Response, PageError> {
    let address = peer.map(|Extension(ConnectInfo(address))| address.ip());
    let now = hub.clock.now_us();
    if let Some(wait) = hub.throttle.must_wait(address, &credentials.login, now) {
        let minutes = wait.as_secs().div_ceil(60) as i64;
        let error = visitor.language.a("login-wait", "minutes", minutes);
        return refused(&visitor, &credentials, StatusCode::TOO_MANY_REQUESTS, error);
    }
    if !is_right(&hub, &credentials).await? {
        hold_back(&hub, address, &credentials.login).await;
        let error = visitor.language.s("login-wrong");
        return refused(&visitor, &credentials, StatusCode::UNPROCESSABLE_ENTITY, error);
    }
    hub.throttle.succeeded(address, &credentials.login);
    signed_in(&hub, &credentials).await
}

/// The same work whether the login exists or not.
async fn is_right(hub: &Hub, credentials: &Credentials) -> Result<bool, PageError> {
    if credentials.password.len() > password::LONGEST {
        return Ok(false);
    }
    let login = credentials.login.trim().to_owned();
    let user = hub.storage.read(move |unit| unit.accounts().user_by_login(&login)).await?;
    let known = user.as_ref().map(|user| user.password_hash.as_str());
    Ok(password::verify(known, &credentials.password).await)
}

async fn hold_back(hub: &Hub, address: Option<IpAddr>, login: &str) {
    let delay = hub.throttle.failed(address, login, hub.clock.now_us());
    tracing::warn!(?address, "a log-in failed");
    hub.clock.sleep(delay).await;
}

fn refused(
    visitor: &Visitor,
    credentials: &Credentials,
    status: StatusCode,
    error: String,
) -> Result<Response, PageError> {
    let page = LoginPage { f: visitor.frame(Section::None), login: credentials.login.clone(), error: Some(error) };
    Ok((status, visitor.answer(&page)?).into_response())
}

/// Opens a session for somebody whose password has been checked.
pub(super) async fn signed_in(hub: &Hub, credentials: &Credentials) -> Result<Response, PageError> {
    let new = session::new_token(&hub.dice);
    let (login, hash, now) = (credentials.login.trim().to_owned(), new.hash, hub.clock.now_us());
    let opened = hub.storage.write(move |unit| {
        let Some(user) = unit.accounts().user_by_login(&login)? else { return Ok(false) };
        unit.accounts().end_expired(now)?;
        unit.accounts().add_session(&hash, user.id, now, now + session::LASTS_US)?;
        Ok(true)
    });
    if !opened.await? {
        return Ok(Redirect::to("/login").into_response());
    }
    let cookie = session::cookie(&new.token, hub.options.secure_cookies);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

#[cfg(test)]
pub(crate) fn samples(f: Frame) -> Vec<LoginPage> {
    let error = Some(f.s("login-wrong"));
    vec![LoginPage { f: f.clone(), login: String::new(), error: None }, LoginPage { f, login: "tencho".into(), error }]
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;

    const RIGHT: &str = "login=tencho&password=correct-horse";
    const WRONG: &str = "login=tencho&password=battery-staple";

    #[tokio::test(start_paused = true)]
    async fn the_shop_keeper_signs_in_works_and_signs_out() {
        let hub = TestHub::with_a_user().await;
        assert_eq!(hub.get("/stock").await.redirect(), "/login");
        let answer = hub.post("/login", RIGHT).await;
        assert_eq!(answer.redirect(), "/");
        let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");

        let signed = hub.signed(&answer);
        assert_eq!(signed.get("/").await.status, 200);
        assert_eq!(signed.get("/login").await.redirect(), "/");
        assert_eq!(signed.post("/logout", "").await.redirect(), "/login");
        assert_eq!(signed.get("/").await.redirect(), "/login", "the token is worth nothing any more");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wrong_password_and_an_unknown_login_look_the_same() {
        let hub = TestHub::with_a_user().await;
        let wrong = hub.post("/login", WRONG).await;
        let unknown = hub.post("/login", "login=nobody&password=battery-staple").await;
        assert_eq!((wrong.status, unknown.status), (422, 422));
        assert_eq!(wrong.text, unknown.text.replace("nobody", "tencho"));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_guesses_must_wait_and_then_even_the_right_password_must() {
        let hub = TestHub::with_a_user().await;
        for _ in 0..8 {
            assert_eq!(hub.post("/login", WRONG).await.status, 422);
        }
        let answer = hub.post("/login", RIGHT).await;
        assert_eq!(answer.status, 429);
        assert!(answer.text.contains("分"), "says how long: {}", answer.text);
        hub.pass(16 * 60).await;
        assert_eq!(hub.post("/login", RIGHT).await.redirect(), "/");
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_after_two_weeks() {
        let hub = TestHub::with_a_user().await;
        let signed = hub.signed(&hub.post("/login", RIGHT).await);
        hub.pass(13 * 86_400).await;
        assert_eq!(signed.get("/").await.status, 200);
        hub.pass(2 * 86_400).await;
        assert_eq!(signed.get("/").await.redirect(), "/login");
    }

    #[tokio::test(start_paused = true)]
    async fn a_form_from_another_site_is_refused() {
        let hub = TestHub::with_a_user().await;
        let answer = hub.send(TestHub::form("/login", RIGHT).header("sec-fetch-site", "cross-site")).await;
        assert_eq!(answer.status, 403);
        assert!(answer.text.contains("<html"), "the refusal is a page: {}", answer.text);
    }
}
