//! The demo shop and the generic channel were written from the same page of documentation and never saw each other. Here they meet.

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use regihub_channels::{Channel, ChannelConfig, open, standard_webhooks::Secret, testkit};
use regihub_demo_shop::{Shop, ShopOptions, ShopProduct, WebhookTarget};
use regihub_domain::{OrderId, Sku};
use regihub_ports::{
    BoxFuture, Clock, Dice, SharedClock, SharedTransport, SystemClock, Transport, TransportError, TransportErrorKind,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

const KEY: &str = "the-shop-s-api-key";

#[tokio::test]
async fn the_demo_shop_passes_every_story_of_the_kit() {
    let report = testkit::run(&DemoShop::open()).await;
    assert!(report.passed(), "{report}");
}

struct DemoShop {
    shop: Shop,
    secret: String,
    caught: Caught,
}

impl DemoShop {
    fn open() -> Self {
        let dice = Dice::from_seed(1);
        let secret = Secret::generate(&dice).to_text();
        let product =
            |sku: &str| ShopProduct { sku: sku.into(), name: "見本".into(), price: 1000, ..ShopProduct::default() };
        let options = ShopOptions {
            name: "見本の店".into(),
            api_key: KEY.into(),
            products: vec![product("TS-100-WH-M"), product("TS-100-WH-L"), product("MUG-1")],
            webhook: Some(WebhookTarget { url: "http://hub.example/hooks/shop/key".into(), secret: secret.clone() }),
            ..ShopOptions::default()
        };
        let shop = Shop::open(options, Arc::new(SystemClock), dice).expect("the shop opens");
        let caught = Caught::default();
        shop.start_webhooks(Arc::new(caught.clone()));
        Self { shop, secret, caught }
    }

    fn channel_with(&self, key: &str, transport: SharedTransport) -> Arc<dyn Channel> {
        let config = ChannelConfig {
            channel: "generic".into(),
            base_url: "http://shop.example".into(),
            api_key: key.into(),
            hook_secret: self.secret.clone(),
        };
        let clock: SharedClock = Arc::new(SystemClock);
        open(&config, transport, clock).expect("the channel opens")
    }
}

impl testkit::ShopUnderTest for DemoShop {
    fn channel(&self) -> Arc<dyn Channel> {
        self.channel_with(KEY, Arc::new(self.shop.transport()))
    }

    fn channel_with_a_wrong_key(&self) -> Arc<dyn Channel> {
        self.channel_with("another-key", Arc::new(self.shop.transport()))
    }

    fn channel_to_nobody(&self) -> Arc<dyn Channel> {
        self.channel_with(KEY, Arc::new(Nobody))
    }

    fn buy(&self, sku: &Sku, pieces: i64) -> BoxFuture<'_, Result<OrderId, String>> {
        let bought =
            self.shop.buy(&[(sku.as_str(), pieces)]).map(|order| OrderId(order.id)).map_err(|error| error.to_string());
        Box::pin(std::future::ready(bought))
    }

    fn cancel(&self, order: &OrderId) -> BoxFuture<'_, Result<(), String>> {
        let cancelled = self.shop.cancel(order.as_str()).map(drop).map_err(|error| error.to_string());
        Box::pin(std::future::ready(cancelled))
    }

    fn take_webhooks(&self) -> BoxFuture<'_, Vec<(HeaderMap, Bytes)>> {
        Box::pin(async {
            // The shop sends from a task of its own; it is done when nothing more comes for a while.
            let mut seen = usize::MAX;
            while seen != self.caught.count() {
                seen = self.caught.count();
                SystemClock.sleep(Duration::from_millis(50)).await;
            }
            self.caught.take()
        })
    }

    fn now_us(&self) -> i64 {
        SystemClock.now_us()
    }
}

/// Takes every webhook and says that all is well.
#[derive(Clone, Default)]
struct Caught(Arc<Mutex<Vec<(HeaderMap, Bytes)>>>);

impl Caught {
    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn take(&self) -> Vec<(HeaderMap, Bytes)> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Transport for Caught {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let (parts, body) = request.into_parts();
        self.0.lock().unwrap().push((parts.headers, body));
        Box::pin(std::future::ready(Ok(Response::new(Bytes::new()))))
    }
}

struct Nobody;

impl Transport for Nobody {
    fn send(&self, _: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let refused = TransportError { kind: TransportErrorKind::NotSent, message: "connection refused".into() };
        Box::pin(std::future::ready(Err(refused)))
    }
}
