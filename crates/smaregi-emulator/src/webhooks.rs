//! Webhooks and callbacks of bulk jobs: what is sent, to whom, and what became of it (platform-common.md §15–17).

use crate::{
    emulator::{Emulator, Inner, State},
    spec::AppSpec,
};
use bytes::Bytes;
use futures_util::{StreamExt, future, stream::FuturesUnordered};
use http::Request;
use regihub_ports::{BoxFuture, SharedTransport};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use smaregi_catalogue::{Catalogue, Confidence};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

/// How many deliveries may wait; the oldest is given up when a receiver is slower than the shop for too long.
const MOST_WAITING: usize = 100_000;

/// Something happened that apps may want to know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) contract: Arc<str>,
    pub(crate) name: String,
    pub(crate) action: String,
    /// Strings, or objects of several ids.
    pub(crate) ids: Vec<Value>,
}

/// The result of a bulk job.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    pub(crate) url: String,
    pub(crate) body: String,
}

/// One HTTP POST that has to be made.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    /// For the log.
    event: String,
    event_id: String,
    delay_ms: u64,
}

/// How deliveries are disturbed. All zero: not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookChaos {
    /// Percentages by which each delivery is lost, doubled, delayed, or overtaken by later ones.
    pub drop_percent: u64,
    pub duplicate_percent: u64,
    pub delay_percent: u64,
    pub reorder_percent: u64,
    /// Exact numbers: so many of the next deliveries.
    pub drop_next: u64,
    pub duplicate_next: u64,
    pub delay_next: u64,
    pub reorder_next: u64,
    /// How long a delayed delivery waits. Milliseconds.
    pub delay_ms: u64,
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryRecord {
    /// Seconds since 1970, UTC.
    pub at: i64,
    pub url: String,
    /// `pos:stock`, or `callback` for the result of a bulk job.
    pub event: String,
    pub event_id: String,
    pub body: String,
    /// HTTP status; `None` when no answer came in time.
    pub status: Option<u16>,
    /// `delivered`, `refused`, `failed`, `timed out`, `dropped`.
    pub outcome: &'static str,
}

/// Deliveries that wait, and the log of those that were made.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Delivery>,
    /// Taken from the queue and not finished.
    under_way: usize,
    pub(crate) chaos: WebhookChaos,
    pub(crate) log: VecDeque<DeliveryRecord>,
    /// How many ended how, also of those the log has forgotten.
    pub(crate) totals: BTreeMap<&'static str, u64>,
}

impl Outbox {
    pub(crate) fn pending(&self) -> usize {
        self.queue.len() + self.under_way
    }

    fn remember(&mut self, record: DeliveryRecord, length: usize) {
        *self.totals.entry(record.outcome).or_default() += 1;
        self.log.push_back(record);
        while self.log.len() > length {
            self.log.pop_front();
        }
    }
}

/// Which read scope an app needs to be told of an event, as `pos.stock` for `pos:stock`; taken from the operations that set it off.
pub(crate) fn scopes_by_event(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let causes = catalogue.endpoints().iter().filter_map(|endpoint| {
        let scope = endpoint.scope.as_ref()?.split(':').next()?;
        Some((endpoint.webhook.as_ref()?.event.clone(), scope.to_owned()))
    });
    // No operation sets this one off: a stocktaking is only read through the API.
    let unseen = ("pos:stocktaking".to_owned(), "pos.stocktaking".to_owned());
    // The first operation decides; later ones may touch the event only in passing.
    causes.chain([unseen]).fold(BTreeMap::new(), |mut scopes, (event, scope)| {
        scopes.entry(event).or_insert(scope);
        scopes
    })
}

/// Member that holds the ids of an event only an unreliable source names (§16.3).
fn doubtful_ids_key(event: &str) -> &'static str {
    match event {
        "pos:arrivals" => "arrivalIds",
        "pos:shipments" => "shipmentIds",
        _ => "ids",
    }
}

impl Inner {
    /// Queues what a committed change has to tell.
    pub(crate) fn publish(&self, state: &mut State, events: Vec<Event>, callbacks: Vec<Callback>) {
        for callback in callbacks {
            let headers = vec![("content-type".into(), "application/json;charset=UTF-8".into())];
            let (url, body) = (callback.url, callback.body);
            let event_id = self.event_id();
            let delivery = Delivery { url, headers, body, event: "callback".into(), event_id, delay_ms: 0 };
            self.enqueue(state, delivery);
        }
        for event in events {
            self.publish_event(state, &event);
        }
        self.wake.notify_one();
    }

    fn publish_event(&self, state: &mut State, event: &Event) {
        if !self.is_sent(&event.name) {
            return;
        }
        let event_id = self.event_id();
        let body = self.event_body(event);
        let apps = state.world.apps().filter(|app| self.app_wants(app, &event.name));
        let deliveries: Vec<Delivery> =
            apps.filter_map(|app| self.delivery(app, event, &event_id, body.clone())).collect();
        for delivery in deliveries {
            self.enqueue(state, delivery);
        }
    }

    /// Events that only unreliable sources name are not sent unless a setting adds them (§16.6).
    fn is_sent(&self, event: &str) -> bool {
        let known = self.catalogue.webhook(event);
        known.is_some_and(|webhook| webhook.confidence != Confidence::Unverified)
            || self.settings.webhook.extra_events.iter().any(|extra| extra == event)
    }

    fn app_wants(&self, app: &AppSpec, event: &str) -> bool {
        let chosen = app.webhook_events.is_empty() || app.webhook_events.iter().any(|wanted| wanted == event);
        let needed = self.event_scopes.get(event);
        let granted = |scope: &String| app.scopes.iter().any(|have| have.split(':').next() == Some(scope));
        chosen && (!self.settings.webhook.require_scope || needed.is_none_or(granted))
    }

    /// Compact, members in the order of real deliveries (§15.2).
    fn event_body(&self, event: &Event) -> String {
        let ids_key = self.catalogue.webhook(&event.name).and_then(|webhook| webhook.ids_key.as_deref());
        let mut body = Map::new();
        body.insert("contractId".into(), json!(&*event.contract));
        body.insert("event".into(), json!(event.name));
        body.insert("action".into(), json!(event.action));
        body.insert(ids_key.unwrap_or_else(|| doubtful_ids_key(&event.name)).into(), Value::Array(event.ids.clone()));
        Value::Object(body).to_string()
    }

    fn delivery(&self, app: &AppSpec, event: &Event, event_id: &str, body: String) -> Option<Delivery> {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![
            header("content-type", "application/json"),
            header("smaregi-contract-id", &event.contract),
            header("smaregi-event", &event.name),
        ];
        if self.settings.webhook.event_id_header {
            headers.push(header("smaregi-event-id", event_id));
        }
        headers.push(header("user-agent", &self.settings.user_agent()));
        headers.push(header("accept-encoding", "gzip, deflate, br"));
        headers.extend(app.webhook_headers.iter().cloned());
        let (url, event, event_id) = (app.webhook_url.clone()?, event.name.clone(), event_id.into());
        Some(Delivery { url, headers, body, event, event_id, delay_ms: 0 })
    }

    fn enqueue(&self, state: &mut State, delivery: Delivery) {
        let chaos = &mut state.outbox.chaos;
        let hit = |next: &mut u64, percent: u64| {
            let exactly = *next > 0;
            *next = next.saturating_sub(1);
            exactly || (percent > 0 && self.dice.chance(percent))
        };
        if hit(&mut chaos.drop_next, chaos.drop_percent) {
            let record = self.outcome(&delivery, None, "dropped");
            return state.outbox.remember(record, self.settings.webhook.log_length);
        }
        let mut delivery = delivery;
        let doubled = hit(&mut chaos.duplicate_next, chaos.duplicate_percent);
        if hit(&mut chaos.delay_next, chaos.delay_percent) {
            delivery.delay_ms = chaos.delay_ms;
        }
        if hit(&mut chaos.reorder_next, chaos.reorder_percent) {
            delivery.delay_ms += 1 + self.dice.below(2000);
        }
        let copies = if doubled { 2 } else { 1 };
        state.outbox.queue.extend(std::iter::repeat_n(delivery, copies));
        while state.outbox.queue.len() > MOST_WAITING {
            if let Some(oldest) = state.outbox.queue.pop_front() {
                let record = self.outcome(&oldest, None, "dropped");
                state.outbox.remember(record, self.settings.webhook.log_length);
            }
        }
    }

    fn event_id(&self) -> String {
        uuid::Builder::from_random_bytes(self.dice.bytes()).into_uuid().to_string()
    }

    fn outcome(&self, delivery: &Delivery, status: Option<u16>, outcome: &'static str) -> DeliveryRecord {
        DeliveryRecord {
            at: self.now(),
            url: delivery.url.clone(),
            event: delivery.event.clone(),
            event_id: delivery.event_id.clone(),
            body: delivery.body.clone(),
            status,
            outcome,
        }
    }
}

impl Emulator {
    /// Sends webhooks and callbacks until the handle is aborted. One run at a time; without it they pile up and
    /// nobody hears of them.
    pub fn start_delivery(&self, transport: SharedTransport) -> tokio::task::JoinHandle<()> {
        // Deliveries of an aborted run ended with it.
        self.state().outbox.under_way = 0;
        tokio::spawn(deliver(self.clone(), transport))
    }

    fn next_delivery(&self) -> Option<Delivery> {
        let mut state = self.state();
        let delivery = state.outbox.queue.pop_front()?;
        state.outbox.under_way += 1;
        Some(delivery)
    }

    /// One attempt, no second one (§15.3).
    async fn send(&self, delivery: Delivery, transport: SharedTransport) {
        let limit = Duration::from_secs(self.inner.settings.webhook.timeout_s);
        let (status, outcome) = match delivery.request() {
            None => (None, "failed"),
            Some(request) => {
                let sending = transport.send(request);
                match future::select(sending, self.inner.clock.sleep(limit)).await {
                    future::Either::Left((Ok(answer), _)) if answer.status().is_success() => {
                        (Some(answer.status().as_u16()), "delivered")
                    }
                    future::Either::Left((Ok(answer), _)) => (Some(answer.status().as_u16()), "refused"),
                    future::Either::Left((Err(_), _)) => (None, "failed"),
                    future::Either::Right(_) => (None, "timed out"),
                }
            }
        };
        let record = self.inner.outcome(&delivery, status, outcome);
        let mut state = self.state();
        state.outbox.under_way = state.outbox.under_way.saturating_sub(1);
        state.outbox.remember(record, self.inner.settings.webhook.log_length);
    }
}

impl Delivery {
    fn request(&self) -> Option<Request<Bytes>> {
        let headers = self.headers.iter();
        let builder = headers.fold(Request::post(&self.url), |builder, (name, value)| builder.header(name, value));
        builder.body(Bytes::from(self.body.clone())).ok()
    }
}

/// Keeps at most `concurrency` requests in the air; delayed ones wait outside of that number.
async fn deliver(emulator: Emulator, transport: SharedTransport) {
    let most = emulator.inner.settings.webhook.concurrency.max(1);
    let mut sending: FuturesUnordered<BoxFuture<'static, ()>> = FuturesUnordered::new();
    let mut waiting: FuturesUnordered<BoxFuture<'static, Delivery>> = FuturesUnordered::new();
    loop {
        while sending.len() < most {
            let Some(delivery) = emulator.next_delivery() else { break };
            if delivery.delay_ms > 0 {
                let sleep = emulator.inner.clock.sleep(Duration::from_millis(delivery.delay_ms));
                waiting.push(Box::pin(async move {
                    sleep.await;
                    Delivery { delay_ms: 0, ..delivery }
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

/// `productId` → the members of a stock event's entry, all strings.
pub(crate) fn id_object(members: &[(&str, u64)]) -> Value {
    Value::Object(members.iter().map(|(name, id)| ((*name).to_owned(), json!(id.to_string()))).collect())
}
