//! Deliveries that wait, those that were made, and how they are disturbed on request.

use crate::emulator::{Inner, State};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// How many deliveries may wait; the oldest is given up when a receiver is slower than the shop for too long.
const MOST_WAITING: usize = 100_000;

/// One HTTP POST that has to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Delivery {
    /// Given when it is queued, counting from 1.
    pub(crate) number: u64,
    pub(crate) url: String,
    /// The app it is for; empty for callbacks.
    pub(crate) client_id: String,
    /// Empty for callbacks.
    pub(crate) contract: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) event: String,
    pub(crate) event_id: String,
    pub(crate) delay_ms: u64,
    /// The earlier delivery this one repeats by hand.
    pub(crate) resent_from: Option<u64>,
}

impl Delivery {
    pub(crate) fn new(
        url: String,
        headers: Vec<(String, String)>,
        body: String,
        event: &str,
        event_id: String,
    ) -> Self {
        let (client_id, contract) = Default::default();
        let event = event.into();
        Self { number: 0, url, client_id, contract, headers, body, event, event_id, delay_ms: 0, resent_from: None }
    }
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
    /// Counts deliveries from 1, in the order in which they were queued.
    pub number: u64,
    /// When it was sent or given up. Seconds since 1970, UTC, in the emulator's time.
    pub at: i64,
    pub url: String,
    /// The app it was for; empty for callbacks.
    pub client_id: String,
    /// The contract it was about; empty for callbacks.
    pub contract: String,
    /// `pos:stock`, `AppSubscription`, or `callback` for the result of a job.
    pub event: String,
    pub event_id: String,
    /// Of the request, as sent.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// HTTP status; `None` when no answer came in time.
    pub status: Option<u16>,
    /// The beginning of the answer's body, at most `webhook.answer_length` bytes.
    pub answer: Option<String>,
    /// From sending to the answer, or to giving up. Milliseconds.
    pub duration_ms: u64,
    /// `delivered`, `refused`, `failed`, `timed out`, `dropped`.
    pub outcome: &'static str,
    /// Why no answer came, in words.
    pub error: Option<String>,
    /// The earlier delivery this one repeated by hand.
    pub resent_from: Option<u64>,
}

impl DeliveryRecord {
    pub(super) fn of(delivery: &Delivery, at: i64, outcome: &'static str) -> Self {
        Self {
            number: delivery.number,
            at,
            url: delivery.url.clone(),
            client_id: delivery.client_id.clone(),
            contract: delivery.contract.clone(),
            event: delivery.event.clone(),
            event_id: delivery.event_id.clone(),
            headers: delivery.headers.clone(),
            body: delivery.body.clone(),
            status: None,
            answer: None,
            duration_ms: 0,
            outcome,
            error: None,
            resent_from: delivery.resent_from,
        }
    }

    /// The same request once more.
    pub(super) fn again(&self) -> Delivery {
        Delivery {
            client_id: self.client_id.clone(),
            contract: self.contract.clone(),
            resent_from: Some(self.number),
            ..Delivery::new(
                self.url.clone(),
                self.headers.clone(),
                self.body.clone(),
                &self.event,
                self.event_id.clone(),
            )
        }
    }
}

/// Deliveries that wait, and the log of those that were made.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Delivery>,
    /// Taken from the queue and not finished, by number.
    under_way: BTreeMap<u64, Arc<Delivery>>,
    last_number: u64,
    pub(crate) chaos: WebhookChaos,
    pub(crate) log: VecDeque<DeliveryRecord>,
    /// How many ended how, also of those the log has forgotten.
    pub(crate) totals: BTreeMap<&'static str, u64>,
}

impl Outbox {
    pub(crate) fn pending(&self) -> usize {
        self.queue.len() + self.under_way.len()
    }

    /// What waits or is on its way, oldest first.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Delivery> {
        self.under_way.values().map(|delivery| &**delivery).chain(&self.queue)
    }

    pub(super) fn next(&mut self) -> Option<Arc<Delivery>> {
        let delivery = Arc::new(self.queue.pop_front()?);
        self.under_way.insert(delivery.number, delivery.clone());
        Some(delivery)
    }

    /// Deliveries of an aborted run ended with it.
    pub(super) fn forget_under_way(&mut self) {
        self.under_way.clear();
    }

    /// Gives its number.
    pub(super) fn push(&mut self, delivery: Delivery) -> u64 {
        let number = self.count();
        self.queue.push_back(Delivery { number, ..delivery });
        number
    }

    pub(super) fn finish(&mut self, record: DeliveryRecord, length: usize) {
        self.under_way.remove(&record.number);
        *self.totals.entry(record.outcome).or_default() += 1;
        self.log.push_back(record);
        while self.log.len() > length {
            self.log.pop_front();
        }
    }

    fn count(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}

impl Inner {
    pub(super) fn enqueue(&self, state: &mut State, delivery: Delivery) {
        let chaos = &mut state.outbox.chaos;
        let hit = |next: &mut u64, percent: u64| {
            let exactly = *next > 0;
            *next = next.saturating_sub(1);
            exactly || (percent > 0 && self.dice.chance(percent))
        };
        if hit(&mut chaos.drop_next, chaos.drop_percent) {
            let number = state.outbox.count();
            return self.give_up(state, &Delivery { number, ..delivery });
        }
        let mut delivery = delivery;
        let doubled = hit(&mut chaos.duplicate_next, chaos.duplicate_percent);
        if hit(&mut chaos.delay_next, chaos.delay_percent) {
            delivery.delay_ms = chaos.delay_ms;
        }
        if hit(&mut chaos.reorder_next, chaos.reorder_percent) {
            delivery.delay_ms = delivery.delay_ms.saturating_add(1 + self.dice.below(2000));
        }
        if doubled {
            state.outbox.push(delivery.clone());
        }
        state.outbox.push(delivery);
        while state.outbox.queue.len() > MOST_WAITING {
            let Some(oldest) = state.outbox.queue.pop_front() else { break };
            self.give_up(state, &oldest);
        }
    }

    fn give_up(&self, state: &mut State, delivery: &Delivery) {
        let record = DeliveryRecord::of(delivery, self.now(), "dropped");
        state.outbox.finish(record, self.settings.webhook.log_length);
    }
}
