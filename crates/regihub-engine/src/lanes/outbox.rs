//! Writes intents to Smaregi, each exactly once (I3).
//!
//! An intent is marked as sent *before* the request leaves, so that after a crash it is known that it may have arrived. An unclear outcome is left
//! alone for a while, then looked up by its tag in the change history; only when the history does not show it is it sent again.

use super::{
    Step, Trouble, Worker,
    reader::{changes_of_day, log, timestamp},
};
use crate::{
    desk::Desk,
    flows::{publish, stock},
    hub::{FailedCalls, Hub},
    kinds,
    options::us,
    signals::Lane,
};
use regihub_domain::{ConnectionId, stock::Cause};
use regihub_ports::Exchange;
use regihub_storage::{Dirty, Intent, IntentState, LONGEST_WAIT, NewExpected, Owner, Unit};
use smaregi::platform::{Client, Error as SmaregiError, ErrorKind, Outcome, Priority, StockWrite, StockWritten};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Intents looked at in one step.
const PER_STEP: usize = 50;
/// A write that is refused for good waits for a person after this many tries of a kind that might heal.
const TRIES: i64 = 20;
/// The history is read from this much before the write was sent to this much after now (µs): the clocks may differ, and a day ends at midnight.
const CLOCK_DIFFERENCE: i64 = 3_600_000_000;

pub(crate) struct Outbox {
    hub: Arc<Hub>,
    desk: Desk,
    connection: ConnectionId,
    client: Client,
    calls: Arc<FailedCalls>,
}

impl Worker for Outbox {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    async fn step(&mut self) -> Result<Step, Trouble> {
        let (connection, now) = (self.connection, self.hub.clock.now_us());
        let ready = self.desk.read(move |unit| unit.intents().ready(connection, now, PER_STEP)).await?;
        if ready.is_empty() {
            let next = self.desk.read(move |unit| unit.intents().next_run(connection, now)).await?;
            // Nobody may wake this lane for an intent that another process planned, so it looks now and then.
            return Ok(Step::Idle { until: next.unwrap_or(i64::MAX).min(now + us(self.hub.options.reconcile_orders)) });
        }
        for intent in ready {
            match intent.state {
                IntentState::Planned => self.send(intent).await?,
                _ => self.look_up(intent).await?,
            }
        }
        Ok(Step::Worked)
    }
}

impl Outbox {
    pub(crate) fn new(hub: Arc<Hub>, desk: Desk, connection: ConnectionId, client: &Client) -> Self {
        let calls = Arc::new(FailedCalls::default());
        let client = client.with_priority(Priority::WebOrders).with_observer(calls.clone());
        Self { hub, desk, connection, client, calls }
    }

    async fn send(&mut self, intent: Intent) -> Result<(), Trouble> {
        let (id, now) = (intent.id, self.hub.clock.now_us());
        let look_up_at = now + us(self.hub.options.lookup_grace);
        // False when the order was cancelled meanwhile: then there is nothing to send any more.
        if !self.desk.write(move |unit| unit.intents().sent(id, now, look_up_at)).await? {
            return Ok(());
        }
        let write =
            StockWrite { store_id: intent.store_id.0.clone(), amount: intent.delta, memo: Some(intent.tag.clone()) };
        match self.client.add_stock(intent.product_id.as_str(), &write).await {
            Ok(answer) => self.confirm_written(intent, answer.value, answer.exchange).await,
            Err(error) => self.book_failure(intent, error).await,
        }
    }

    /// The answer of a write shows the level after it: it is an observation like any other, and explains its own part.
    async fn confirm_written(
        &mut self,
        intent: Intent,
        written: StockWritten,
        exchange: Exchange,
    ) -> Result<(), Trouble> {
        let hub = self.hub.clone();
        let links = hub.links();
        let (connection, owner, now, logged) = self.for_write();
        let history_delay = us(hub.options.history_delay);
        self.desk
            .write(move |unit| {
                log(unit, owner, &logged)?;
                let id = unit.exchanges().add(owner, &exchange)?;
                unit.intents().confirmed(intent.id, Some(&written.history_id), Some(id), now)?;
                let no_message = BTreeMap::new();
                let flow = stock::Flow { connection, links: &links, history_delay, inbox: &no_message, now };
                let observed = stock::Observed {
                    product_id: intent.product_id.clone(),
                    store_id: intent.store_id.clone(),
                    amount: written.stock_amount,
                    own_write: Some((intent.tag.clone(), intent.delta)),
                };
                let seen = stock::Seen { begin: exchange.at, end: exchange.at + exchange.elapsed_us, exchange: id };
                let applied = stock::apply(unit, &flow, &[observed], seen)?;
                if !applied.overlapped.is_empty() {
                    expect_own_write(unit, &intent, Some(id), seen.end)?;
                }
                let touched = BTreeSet::from([intent.product_id.clone()]);
                publish::recompute(unit, &links, connection, &touched, publish::Send::IfChanged, now)?;
                Ok(())
            })
            .await?;
        self.after_change();
        Ok(())
    }

    async fn book_failure(&mut self, intent: Intent, error: SmaregiError) -> Result<(), Trouble> {
        let now = self.hub.clock.now_us();
        let grace = now + us(self.hub.options.lookup_grace);
        let pause = us(error.retry_after.unwrap_or(self.hub.options.backoff)) << intent.attempts.clamp(0, 6);
        let pause = pause.min(LONGEST_WAIT);
        let text = error.to_string();
        let id = intent.id;
        let unclear = error.kind.write_outcome() == Outcome::Unknown;
        let for_a_person = matches!(error.kind, ErrorKind::Refused | ErrorKind::NotFound) || intent.attempts >= TRIES;
        let (_, owner, _, logged) = self.for_write();
        self.desk
            .write(move |unit| {
                if let Some(exchange) = log(unit, owner, &logged)? {
                    unit.intents().answered_by(id, exchange)?;
                }
                match (unclear, for_a_person) {
                    (true, _) => unit.intents().unclear(id, grace, &text),
                    (false, true) => unit.intents().parked(id, &text),
                    (false, false) => unit.intents().again(id, now + pause, &text),
                }
            })
            .await?;
        self.after_change();
        // What is wrong with the connection as a whole stops the lane for a while; what is wrong with this write alone does not.
        if unclear || for_a_person { Ok(()) } else { Err(error.into()) }
    }

    /// Was an unclear write done? Its tag in the change history says so.
    async fn look_up(&mut self, intent: Intent) -> Result<(), Trouble> {
        let sent_at = intent.sent_at.unwrap_or(intent.created_at);
        let now = self.hub.clock.now_us();
        let days = [sent_at - CLOCK_DIFFERENCE, sent_at, now, now + CLOCK_DIFFERENCE];
        let mut asked = BTreeSet::new();
        for at in days {
            if !asked.insert(smaregi::japan_date(timestamp(at))) {
                continue;
            }
            let (changes, exchanges) =
                match changes_of_day(&self.client, &intent.product_id, &intent.store_id, timestamp(at)).await {
                    Ok(read) => read,
                    Err(error) if error.kind == ErrorKind::NotFound => return self.book_failure(intent, error).await,
                    Err(error) => {
                        let (_, owner, _, logged) = self.for_write();
                        self.desk.write(move |unit| log(unit, owner, &logged)).await?;
                        return Err(error.into());
                    }
                };
            for (changes, exchange) in changes.into_iter().zip(exchanges) {
                let found = changes.into_iter().find(|change| change.memo.as_deref() == Some(intent.tag.as_str()));
                match found {
                    Some(change) => return self.confirm_found(intent, change.id, exchange).await,
                    None => self.keep(exchange).await?,
                }
            }
        }
        let (id, now) = (intent.id, self.hub.clock.now_us());
        let text = "the change history does not show it: it was not done, and is sent again";
        Ok(self.desk.write(move |unit| unit.intents().again(id, now, text)).await?)
    }

    /// It was done. The level may show it or not, so it is expected until the level is read again.
    async fn confirm_found(&mut self, intent: Intent, change_id: String, exchange: Exchange) -> Result<(), Trouble> {
        let hub = self.hub.clone();
        let links = hub.links();
        let (connection, owner, now, logged) = self.for_write();
        self.desk
            .write(move |unit| {
                log(unit, owner, &logged)?;
                let id = unit.exchanges().add(owner, &exchange)?;
                unit.intents().confirmed(intent.id, Some(&change_id), Some(id), now)?;
                expect_found(unit, &intent, id, exchange.at + exchange.elapsed_us, now)?;
                let touched = BTreeSet::from([intent.product_id.clone()]);
                publish::recompute(unit, &links, connection, &touched, publish::Send::IfChanged, now)?;
                Ok(())
            })
            .await?;
        self.after_change();
        Ok(())
    }

    async fn keep(&self, exchange: Exchange) -> Result<(), Trouble> {
        let owner = self.desk.owner();
        self.desk.write(move |unit| unit.exchanges().add(owner, &exchange).map(|_| ())).await?;
        Ok(())
    }

    fn for_write(&self) -> (ConnectionId, Owner, i64, Vec<Exchange>) {
        (self.connection, self.desk.owner(), self.hub.clock.now_us(), self.calls.take())
    }

    fn after_change(&self) {
        self.hub.signals.wake(self.desk.owner(), Lane::Reader);
        self.hub.wake_shops(self.connection);
        self.hub.signals.changed();
    }
}

/// A level that was read while the write was under way may hold the write already, as pieces nothing explained. They get their cause; the rest waits.
fn expect_found(
    unit: &mut Unit<'_>,
    intent: &Intent,
    exchange: regihub_domain::ExchangeId,
    known_at: i64,
    now: i64,
) -> regihub_storage::Result<()> {
    let cause = Cause::OwnWrite(intent.tag.clone());
    let rows = unit.stock().levels(intent.connection_id, std::slice::from_ref(&intent.product_id))?;
    let mut rest = intent.delta;
    if let Some(row) = rows.into_iter().find(|row| row.store_id == intent.store_id) {
        let (booked, still_expected) = regihub_domain::stock::attribute(row.level, cause.clone(), intent.delta);
        rest = still_expected;
        let entries: Vec<_> = booked.entries.into_iter().map(|entry| (entry, Some(exchange), None)).collect();
        if !entries.is_empty() {
            unit.stock().book(intent.connection_id, &intent.product_id, &intent.store_id, now, &entries)?;
            unit.stock().save_level(intent.connection_id, &regihub_storage::LevelRow { level: booked.level, ..row })?;
        }
    }
    if rest != 0 {
        expect_own_write(unit, &Intent { delta: rest, ..intent.clone() }, Some(exchange), known_at)?;
    }
    Ok(())
}

fn expect_own_write(
    unit: &mut Unit<'_>,
    intent: &Intent,
    exchange_id: Option<regihub_domain::ExchangeId>,
    known_at: i64,
) -> regihub_storage::Result<()> {
    let expected = NewExpected {
        product_id: intent.product_id.clone(),
        store_id: intent.store_id.clone(),
        cause: Cause::OwnWrite(intent.tag.clone()),
        delta: intent.delta,
        exchange_id,
        inbox_id: None,
        created_at: known_at,
    };
    unit.stock().expect(intent.connection_id, &expected)?;
    let dirty = Dirty {
        owner: Owner::Connection(intent.connection_id),
        kind: kinds::STOCK.into(),
        key: intent.product_id.0.clone(),
        priority: kinds::priority(kinds::STOCK),
        at: known_at,
        inbox_id: None,
    };
    unit.jobs().mark(&[dirty])
}
