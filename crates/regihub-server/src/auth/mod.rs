//! Who is there: first-run set-up, log-in, sessions.

mod language;
mod login;
mod logout;
mod password;
mod session;
mod setup;
mod throttle;

use crate::frame::Hub;
use axum::{
    Router,
    routing::{get, post},
};

pub use password::hash as hash_password;
pub(crate) use session::token_hash_in;
pub(crate) use throttle::Throttle;

pub(crate) fn routes() -> Router<Hub> {
    Router::new()
        .route("/setup", get(setup::show).post(setup::submit))
        .route("/login", get(login::show).post(login::submit))
        .route("/logout", post(logout::submit))
        .route("/language", post(language::submit))
}

#[cfg(test)]
pub(crate) mod samples {
    pub(crate) use super::{login::samples as login, setup::samples as setup};
}
