//! The test kit on the stand-in shop: a good one passes, each broken one is caught.

use super::{
    Scripted, channel, config,
    fake_shop::{Broken, FakeShop},
};
use crate::{
    Channel, ChannelConfig, open,
    testkit::{self, Report, ShopUnderTest},
};
use bytes::Bytes;
use http::HeaderMap;
use regihub_domain::{OrderId, Sku};
use regihub_ports::{BoxFuture, TransportErrorKind};
use std::sync::Arc;

struct UnderTest(Arc<FakeShop>);

impl ShopUnderTest for UnderTest {
    fn channel(&self) -> Arc<dyn Channel> {
        channel(self.0.clone())
    }

    fn channel_with_a_wrong_key(&self) -> Arc<dyn Channel> {
        let config = ChannelConfig { api_key: "another".into(), ..config() };
        open(&config, self.0.clone(), Arc::new(super::StoppedClock)).unwrap()
    }

    fn channel_to_nobody(&self) -> Arc<dyn Channel> {
        channel(Scripted::nobody(TransportErrorKind::NotSent))
    }

    fn buy(&self, sku: &Sku, pieces: i64) -> BoxFuture<'_, Result<OrderId, String>> {
        Box::pin(std::future::ready(self.0.buy(sku.as_str(), pieces).map(OrderId)))
    }

    fn cancel(&self, order: &OrderId) -> BoxFuture<'_, Result<(), String>> {
        self.0.cancel(order.as_str());
        Box::pin(std::future::ready(Ok(())))
    }

    fn take_webhooks(&self) -> BoxFuture<'_, Vec<(HeaderMap, Bytes)>> {
        Box::pin(std::future::ready(self.0.take_webhooks()))
    }

    fn now_us(&self) -> i64 {
        super::NOW_US
    }
}

async fn report(broken: Broken) -> Report {
    testkit::run(&UnderTest(Arc::new(FakeShop::new(broken)))).await
}

#[tokio::test]
async fn a_shop_that_follows_the_contract_passes_every_story() {
    let report = report(Broken::Nothing).await;
    assert!(report.passed(), "{report}");
}

#[tokio::test]
async fn a_shop_that_breaks_one_rule_fails_the_story_of_that_rule() {
    for (broken, story) in [
        (Broken::AnyKeyIsRight, "a wrong key is told from a dead server"),
        (Broken::IgnoresAfter, "every product is listed once and in order"),
        (Broken::IgnoresVersions, "a late or repeated push never undoes a newer one"),
        (Broken::IgnoresOrdersSeen, "a number computed before a purchase does not give the piece back"),
        (Broken::StopsAtTheFirstBadItem, "one bad item never stops the others"),
        (Broken::SellsWhatItHasNot, "the last piece is sold once"),
        (Broken::KeepsCancelledPieces, "a cancelled order gives its pieces back once"),
        (Broken::SkipsASequence, "every order change takes the next sequence"),
        (Broken::ForgetsCancelledOrders, "every order change takes the next sequence"),
        (Broken::AnnouncesNothing, "every order change is announced by a proven webhook"),
        (Broken::SignsWithAnotherSecret, "every order change is announced by a proven webhook"),
    ] {
        let report = report(broken).await;
        let outcome = report.outcomes.iter().find(|outcome| outcome.story == story).expect(story);
        assert!(outcome.failure.is_some(), "{broken:?} was not noticed:\n{report}");
    }
}
