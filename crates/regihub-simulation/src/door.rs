//! The hub's real notification endpoints, pages and all, without a socket.

use crate::clock::MachineClock;
use axum::Router;
use http::HeaderMap;
use regihub_domain::LinkId;
use regihub_engine::Engine;
use regihub_ports::{BoxFuture, Dice};
use regihub_server::{App, EngineHandle, HookInfo, ServerOptions};
use regihub_storage::{Owner, Shop, Storage, Verdict};
use std::sync::Arc;
use tokio::sync::watch;

pub(crate) fn router(storage: &Storage, engine: &Arc<Engine>, clock: &MachineClock, dice: Dice) -> Router {
    regihub_server::router(App {
        storage: storage.clone(),
        clock: Arc::new(clock.clone()),
        dice,
        engine: Arc::new(Handle(engine.clone())),
        options: ServerOptions::default(),
    })
}

struct Handle(Arc<Engine>);

impl EngineHandle for Handle {
    fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes()
    }

    /// Nobody looks at pages here.
    fn refresh<'a>(&'a self, _link: LinkId, _sku: &'a str) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    fn sort(&self, owner: Owner, event: &str, body: &[u8]) -> Verdict {
        regihub_engine::sort(owner, event, body)
    }

    fn arrived(&self, owner: Owner) {
        self.0.arrived(owner);
    }

    fn check_channel_hook(&self, shop: &Shop, headers: &HeaderMap, body: &[u8]) -> Result<HookInfo, String> {
        let hub = self.0.hub();
        let hook =
            hub.channel(shop)?.verify_webhook(headers, body, hub.clock.now_us()).map_err(|error| error.to_string())?;
        Ok(HookInfo { message_id: Some(hook.message_id), event: hook.event, action: hook.action })
    }
}
