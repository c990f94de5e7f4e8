//! The generic channel: one request for each call.

use super::{
    KIND,
    config::Settings,
    hook,
    requests::{self, ORDERS_PAGE, PRODUCTS_PAGE, PUSH_BATCH},
    wire,
};
use crate::{
    Answer, Channel, ChannelConfig, ChannelError, ConfigError, Health, Hook, HookError, Limits, OrderPage, ProductPage,
    PushResult, StockPage, StockPush, call, decode::MAX_EXACT,
};
use bytes::Bytes;
use http::{HeaderMap, Request};
use regihub_domain::Sku;
use regihub_ports::{BoxFuture, SharedClock, SharedTransport};
use std::sync::Arc;

/// Checks the settings and gives the channel. Sends nothing.
pub fn open(
    config: &ChannelConfig,
    transport: SharedTransport,
    clock: SharedClock,
) -> Result<Arc<dyn Channel>, ConfigError> {
    Ok(Arc::new(Generic { settings: Settings::check(config)?, transport, clock }))
}

struct Generic {
    settings: Settings,
    transport: SharedTransport,
    clock: SharedClock,
}

impl Generic {
    /// Sends the request and reads the body of the answer.
    async fn call<T>(
        &self,
        request: Result<Request<Bytes>, ChannelError>,
        read: impl FnOnce(&[u8]) -> Result<T, String>,
    ) -> Result<Answer<T>, ChannelError> {
        let Answer { value: response, exchange } = call::send(&*self.transport, &*self.clock, request?).await?;
        match read(response.body()) {
            Ok(value) => Ok(Answer { value, exchange }),
            Err(problem) => {
                let answer = call::looks_like(response.status(), response.headers());
                let message = format!("the shop's answer ({answer}) does not follow the contract: {problem}");
                Err(ChannelError::decode(message, exchange))
            }
        }
    }
}

impl Channel for Generic {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn limits(&self) -> Limits {
        Limits { push_batch: PUSH_BATCH, orders_page: ORDERS_PAGE, products_page: PRODUCTS_PAGE }
    }

    fn check(&self) -> BoxFuture<'_, Result<Answer<Health>, ChannelError>> {
        Box::pin(self.call(requests::health(&self.settings), wire::health))
    }

    fn products(&self, after: Option<Sku>) -> BoxFuture<'_, Result<Answer<ProductPage>, ChannelError>> {
        let request = requests::products(&self.settings, after.as_ref());
        Box::pin(self.call(request, move |body| wire::products(body, after.as_ref())))
    }

    fn push_stock(&self, items: Vec<StockPush>) -> BoxFuture<'_, Result<Answer<Vec<PushResult>>, ChannelError>> {
        if items.is_empty() {
            let exchange = call::nothing_sent(&*self.clock, "PUT", &format!("{}/v1/stock", self.settings.base_url));
            return Box::pin(std::future::ready(Ok(Answer { value: Vec::new(), exchange })));
        }
        let request = requests::push_stock(&self.settings, &items);
        Box::pin(self.call(request, move |body| wire::push_results(body, &items)))
    }

    fn read_stock(&self, after: Option<Sku>) -> BoxFuture<'_, Result<Answer<StockPage>, ChannelError>> {
        let request = requests::read_stock(&self.settings, after.as_ref());
        Box::pin(self.call(request, move |body| wire::stock(body, after.as_ref())))
    }

    fn orders_after(&self, sequence: i64) -> BoxFuture<'_, Result<Answer<OrderPage>, ChannelError>> {
        let sequence = sequence.clamp(0, MAX_EXACT);
        let request = requests::orders(&self.settings, sequence);
        Box::pin(self.call(request, move |body| wire::orders(body, sequence)))
    }

    fn verify_webhook(&self, headers: &HeaderMap, body: &[u8], now_us: i64) -> Result<Hook, HookError> {
        hook::verify(&self.settings, headers, body, now_us)
    }
}
