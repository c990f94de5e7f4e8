//! What pages may ask of the engine.

use http::HeaderMap;
use regihub_domain::LinkId;
use regihub_engine::{Engine, kinds};
use regihub_ports::BoxFuture;
use regihub_server::{EngineHandle, HookInfo};
use regihub_storage::{Dirty, Owner, Shop, Verdict};
use std::sync::Arc;
use tokio::sync::watch;

pub(crate) struct Handle(pub(crate) Arc<Engine>);

impl EngineHandle for Handle {
    fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes()
    }

    fn wake(&self) {
        self.0.wake_all();
    }

    fn set_up_changed(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async { self.0.reload().await.map_err(|error| error.to_string()) })
    }

    fn refresh<'a>(&'a self, link: LinkId, sku: &'a str) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let (sku, now) = (regihub_domain::Sku::from(sku), self.0.hub().clock.now_us());
            let marked = self.0.hub().storage.write(move |unit| {
                let Some(link) = unit.setup().links()?.into_iter().find(|known| known.id == link) else {
                    return Ok(());
                };
                let Some(product) = unit.listings().get(link.shop_id, &sku)?.and_then(|listing| listing.product_id)
                else {
                    return Ok(());
                };
                let mark = |owner, kind: &str, key: String| Dirty {
                    owner,
                    kind: kind.into(),
                    key,
                    priority: 0,
                    at: now,
                    inbox_id: None,
                };
                unit.jobs().mark(&[
                    mark(Owner::Connection(link.connection_id), kinds::STOCK, product.0),
                    mark(Owner::Link(link.id), kinds::PUBLISH, sku.0.clone()),
                ])
            });
            marked.await.map_err(|error| error.to_string())?;
            self.0.wake_all();
            Ok(())
        })
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
