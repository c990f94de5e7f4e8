//! `POST /logout`: the session is forgotten here and in the browser.

use super::session;
use crate::frame::{Hub, PageError};
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use http::header;

pub(super) async fn submit(State(hub): State<Hub>, headers: HeaderMap) -> Result<Response, PageError> {
    let secure = hub.options.secure_cookies;
    if let Some(hash) = session::token_hash_in(&headers, secure) {
        hub.storage.write(move |unit| unit.accounts().end_session(&hash)).await?;
    }
    Ok(([(header::SET_COOKIE, session::no_cookie(secure))], Redirect::to("/login")).into_response())
}
