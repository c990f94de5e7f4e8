//! The sender: one attempt per delivery, three seconds, never again (platform-common.md §15.3).

use super::{Delivery, DeliveryRecord};
use crate::{emulator::Emulator, resources::images};
use bytes::Bytes;
use futures_util::{StreamExt, future, stream::FuturesUnordered};
use http::{Request, Response};
use regihub_ports::{BoxFuture, SharedTransport};
use std::{sync::Arc, time::Duration};

impl Emulator {
    /// Sends webhooks and callbacks, and fetches images, until the handle is aborted. One run at a time; without it they pile up and
    /// nobody hears of them.
    pub fn start_delivery(&self, transport: SharedTransport) -> tokio::task::JoinHandle<()> {
        let mut state = self.state();
        state.outbox.forget_under_way();
        state.fetches.running = true;
        drop(state);
        let images = images::fetch_all(self.clone(), transport.clone());
        let deliveries = deliver(self.clone(), transport);
        tokio::spawn(async move {
            let ((), ()) = future::join(deliveries, images).await;
        })
    }

    async fn send(&self, delivery: Arc<Delivery>, transport: SharedTransport) {
        let inner = &self.inner;
        let limit = Duration::from_secs(inner.settings.webhook.timeout_s);
        let (at, began) = (inner.now(), inner.clock.now_us());
        let record = |outcome| DeliveryRecord::of(&delivery, at, outcome);
        let record = match delivery.request() {
            Err(error) => DeliveryRecord { error: Some(error.to_string()), ..record("failed") },
            Ok(request) => match future::select(transport.send(request), inner.clock.sleep(limit)).await {
                future::Either::Left((Ok(answer), _)) => {
                    let outcome = if answer.status().is_success() { "delivered" } else { "refused" };
                    let text = beginning(&answer, inner.settings.webhook.answer_length);
                    DeliveryRecord { status: Some(answer.status().as_u16()), answer: Some(text), ..record(outcome) }
                }
                future::Either::Left((Err(error), _)) => {
                    DeliveryRecord { error: Some(error.message), ..record("failed") }
                }
                future::Either::Right(_) => record("timed out"),
            },
        };
        let duration_ms = u64::try_from((inner.clock.now_us() - began) / 1000).unwrap_or(0);
        let record = DeliveryRecord { duration_ms, ..record };
        self.state().outbox.finish(record, inner.settings.webhook.log_length);
    }
}

impl Delivery {
    fn request(&self) -> Result<Request<Bytes>, http::Error> {
        let headers = self.headers.iter();
        let builder = headers.fold(Request::post(&self.url), |builder, (name, value)| builder.header(name, value));
        builder.body(Bytes::from(self.body.clone()))
    }
}

/// So much of the answer as the log keeps.
fn beginning(answer: &Response<Bytes>, most: usize) -> String {
    let body = answer.body();
    String::from_utf8_lossy(&body[..body.len().min(most)]).into_owned()
}

/// Keeps at most `concurrency` requests in the air; delayed ones wait outside of that number.
async fn deliver(emulator: Emulator, transport: SharedTransport) {
    let most = emulator.inner.settings.webhook.concurrency.max(1);
    let mut sending: FuturesUnordered<BoxFuture<'static, ()>> = FuturesUnordered::new();
    let mut waiting: FuturesUnordered<BoxFuture<'static, Arc<Delivery>>> = FuturesUnordered::new();
    loop {
        while sending.len() < most {
            let Some(delivery) = emulator.state().outbox.next() else { break };
            if delivery.delay_ms > 0 {
                let sleep = emulator.inner.clock.sleep(Duration::from_millis(delivery.delay_ms));
                waiting.push(Box::pin(async move {
                    sleep.await;
                    delivery
                }));
                continue;
            }
            let (emulator, transport) = (emulator.clone(), transport.clone());
            sending.push(Box::pin(async move { emulator.send(delivery, transport).await }));
        }
        tokio::select! {
            biased; // an unbiased choice would be drawn from tokio's own dice
            () = emulator.inner.wake.notified(), if sending.len() < most => {}
            Some(()) = sending.next() => {}
            Some(delivery) = waiting.next() => {
                let (emulator, transport) = (emulator.clone(), transport.clone());
                sending.push(Box::pin(async move { emulator.send(delivery, transport).await }));
            }
        }
    }
}
