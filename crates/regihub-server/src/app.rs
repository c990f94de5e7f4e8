//! Puts the doors together.

use crate::{
    EngineHandle, api, assets, auth,
    frame::{self, Hub, Server},
    notifications, pages,
};
use axum::Router;
use regihub_ports::{Dice, SharedClock};
use regihub_storage::Storage;
use std::sync::Arc;

/// Everything the HTTP side needs.
pub struct App {
    pub storage: Storage,
    pub clock: SharedClock,
    /// Tokens and salts come from here: seeded by the operating system in the real program.
    pub dice: Dice,
    pub engine: Arc<dyn EngineHandle>,
    pub options: ServerOptions,
}

#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// How the hub is reached from outside, for example `https://hub.example.jp`, without a slash at the end. Shown in notification
    /// addresses and trusted as the origin of forms behind a proxy that rewrites `Host`.
    pub public_url: Option<String>,
    /// Cookies only over https. Set it wherever people reach the hub by https.
    pub secure_cookies: bool,
    /// One-time code printed at the start of the program; whoever knows it may make the first user. `None` closes the set-up page.
    pub setup_code: Option<String>,
    /// Opens `POST /hooks/null/{hook_key}`, which parses and stores nothing: the baseline of the benchmark.
    pub bench_routes: bool,
}

/// The whole HTTP side as one service.
///
/// # Panics
/// When `public_url` is not an origin (`https://host[:port]`): a mistake of the configuration that must show at the start.
pub fn router(app: App) -> Router {
    let bench = app.options.bench_routes;
    let csrf = frame::csrf_layer(app.options.public_url.as_deref());
    let hub: Hub = Arc::new(Server::new(app));
    let people = pages::routes()
        .merge(auth::routes())
        .fallback(pages::not_found)
        .layer(csrf)
        .layer(axum::middleware::from_fn_with_state(hub.clone(), frame::around_pages));
    Router::new()
        .merge(people)
        .merge(api::routes())
        .merge(assets::routes())
        .merge(notifications::routes(bench))
        .with_state(hub)
}
