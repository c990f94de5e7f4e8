//! Tidies away what is older than the settings say ([`Retention`]): one small step, a pause, the next step. One node does it.
//!
//! A run marks what explains the numbers of today and folds old entries of the ledger on the way, then deletes row by row. It stands in
//! memory only: after a restart the next run begins anew, and nothing is lost by that.

use super::{Step, Trouble, Worker};
use crate::{Retention, desk::Desk, facts, hub::Hub, options::us};
use regihub_domain::{ExchangeId, InboxId, MovementId};
use regihub_storage::{Old, Owner, Pair, Result, Told, Unit};
use std::{sync::Arc, time::Duration};

/// Rows looked at in one step.
const PER_STEP: usize = 200;
/// Entries of one pair folded in one step.
const FOLDED: usize = 500;
/// The first run after a start leaves the start in peace.
const FIRST: Duration = Duration::from_secs(600);
/// A cause can become known this much earlier than the change it explains is booked (µs).
const SLACK: i64 = 2 * 86_400_000_000;

pub(crate) struct Tidy {
    hub: Arc<Hub>,
    desk: Desk,
    next_at: i64,
    run: Option<Run>,
}

/// A run that is under way.
struct Run {
    now: i64,
    retention: Retention,
    stage: Stage,
    deleted: u64,
}

#[derive(Clone)]
enum Stage {
    ForgetMarks,
    Pairs(Option<Pair>),
    Numbers(Option<Told>),
    Sweep(Old, i64),
}

/// What a step of a run leads to.
type Next = Option<Stage>;

impl Worker for Tidy {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    fn clock_was_set_back(&mut self) {
        self.next_at = self.hub.clock.now_us() + us(self.hub.options.tidy_every);
        self.run = None;
    }

    async fn step(&mut self) -> std::result::Result<Step, Trouble> {
        let now = self.hub.clock.now_us();
        if self.run.is_none() {
            if now < self.next_at {
                return Ok(Step::Idle { until: self.next_at });
            }
            self.next_at = now + us(self.hub.options.tidy_every);
            self.run = self.begin(now).await?;
            if self.run.is_none() {
                return Ok(Step::Idle { until: self.next_at });
            }
        }
        let Some(mut run) = self.run.take() else { return Ok(Step::Idle { until: self.next_at }) };
        let next = self.go_on(&mut run).await;
        match next {
            Ok(Some(stage)) => self.run = Some(Run { stage, ..run }),
            Ok(None) => tracing::info!(rows = run.deleted, "tidied away what was too old"),
            Err(error) => {
                self.run = Some(run); // the same step again, after a pause
                return Err(error.into());
            }
        }
        Ok(Step::Idle { until: now + us(self.hub.options.tidy_pause) })
    }
}

impl Tidy {
    pub(crate) fn new(hub: Arc<Hub>, desk: Desk) -> Self {
        let next_at = hub.clock.now_us() + us(FIRST.min(hub.options.tidy_every));
        Self { hub, desk, next_at, run: None }
    }

    /// A clock that jumped must not delete everything: a run begins only when the clock was looked at not long before, at about this time.
    async fn begin(&self, now: i64) -> Result<Option<Run>> {
        let longest = us(self.hub.options.tidy_every).saturating_mul(3);
        self.desk
            .write(move |unit| {
                let before = unit.facts().get(Owner::Node, facts::TIDY_LOOKED_AT)?;
                unit.facts().set(Owner::Node, facts::TIDY_LOOKED_AT, &now.to_string(), now)?;
                let before = before.and_then(|text| text.parse::<i64>().ok());
                if !before.is_some_and(|before| (0..=longest).contains(&(now - before))) {
                    return Ok(None);
                }
                let retention = Retention::load(unit)?;
                Ok(Some(Run { now, retention, stage: Stage::ForgetMarks, deleted: 0 }))
            })
            .await
    }

    async fn go_on(&self, run: &mut Run) -> Result<Next> {
        match run.stage.clone() {
            Stage::ForgetMarks => {
                let forgotten = self.desk.write(|unit| unit.tidying().forget_marks(PER_STEP * 5)).await?;
                Ok(Some(if forgotten > 0 { Stage::ForgetMarks } else { Stage::Pairs(None) }))
            }
            Stage::Pairs(after) => self.mark_and_fold(run, after).await,
            Stage::Numbers(after) => self.mark_numbers(after).await,
            Stage::Sweep(what, after) => self.sweep(run, what, after).await,
        }
    }

    async fn mark_and_fold(&self, run: &mut Run, after: Option<Pair>) -> Result<Next> {
        let (raw, ledger) = (run.retention.raw_limit(run.now), run.retention.ledger_limit(run.now));
        let behind = after.clone();
        let found = self.desk.read(move |unit| {
            let pairs = unit.tidying().pairs(behind.as_ref(), PER_STEP)?;
            let old = first_foldable(unit, &pairs, ledger)?;
            Ok((pairs, old))
        });
        let (pairs, old) = found.await?;
        if pairs.is_empty() {
            return Ok(Some(Stage::Numbers(None)));
        }
        // Only up to the pair that is folded: it comes again, because it may hold more than one step can fold.
        let done = &pairs[..old.map_or(pairs.len(), |(place, _)| place)];
        let next = Stage::Pairs(done.last().cloned().or(after));
        let (messages, exchanges) = behind_the_newest(done, raw);
        let old = old.map(|(place, last)| (pairs[place].clone(), last));
        if old.is_none() && messages.is_empty() && exchanges.is_empty() {
            return Ok(Some(next));
        }
        let folded = self.desk.write(move |unit| {
            unit.tidying().keep(&messages, &exchanges)?;
            old.map_or(Ok(0), |(pair, last)| unit.tidying().fold(&pair, last))
        });
        let folded = folded.await?;
        if folded > 0 {
            run.deleted += folded;
            self.remember(facts::TIDIED_LEDGER, ledger).await?;
        }
        Ok(Some(next))
    }

    async fn mark_numbers(&self, after: Option<Told>) -> Result<Next> {
        let told = self.desk.read(move |unit| unit.tidying().told(after.as_ref(), PER_STEP)).await?;
        let Some(last) = told.last().cloned() else { return Ok(Some(Stage::Sweep(Old::Messages, 0))) };
        self.desk
            .write(move |unit| {
                let exchanges: Vec<_> = told.iter().filter_map(|told| told.exchange_id).collect();
                unit.tidying().keep(&[], &exchanges)
            })
            .await?;
        Ok(Some(Stage::Numbers(Some(last))))
    }

    async fn sweep(&self, run: &mut Run, what: Old, after: i64) -> Result<Next> {
        let limit = run.retention.limit(what, run.now);
        if let Some(before) = limit {
            let swept = self.desk.write(move |unit| unit.tidying().sweep(what, after, before, PER_STEP)).await?;
            if swept.deleted > 0 {
                run.deleted += swept.deleted;
                self.remember(tidied(what), limit).await?;
            }
            if let Some(last) = swept.last {
                return Ok(Some(Stage::Sweep(what, last)));
            }
        }
        Ok(match what {
            Old::Messages => Some(Stage::Sweep(Old::Exchanges, 0)),
            Old::Exchanges => Some(Stage::Sweep(Old::Pushes, 0)),
            Old::Pushes => None,
        })
    }

    /// So that pages can say that there was more once.
    async fn remember(&self, name: &'static str, limit: Option<i64>) -> Result<()> {
        let (Some(limit), now) = (limit, self.hub.clock.now_us()) else { return Ok(()) };
        self.desk.write(move |unit| unit.facts().set(Owner::Node, name, &limit.to_string(), now)).await
    }
}

fn tidied(what: Old) -> &'static str {
    match what {
        Old::Messages => facts::TIDIED_MESSAGES,
        Old::Exchanges => facts::TIDIED_EXCHANGES,
        Old::Pushes => facts::TIDIED_PUSHES,
    }
}

/// The first pair with something to fold, and up to where. A pair with pieces that nothing has explained yet waits: its entries are still needed.
fn first_foldable(unit: &mut Unit<'_>, pairs: &[Pair], limit: Option<i64>) -> Result<Option<(usize, MovementId)>> {
    let Some(before) = limit else { return Ok(None) };
    for (place, pair) in pairs.iter().enumerate().filter(|(_, pair)| pair.unattributed == 0) {
        if let Some(last) = unit.tidying().foldable(pair, before, FOLDED)? {
            return Ok(Some((place, last)));
        }
    }
    Ok(None)
}

/// Raw data that explains levels which have not changed for so long that it would be tidied away.
fn behind_the_newest(pairs: &[Pair], limit: Option<i64>) -> (Vec<InboxId>, Vec<ExchangeId>) {
    let Some(limit) = limit else { return Default::default() };
    let quiet = || pairs.iter().filter(|pair| pair.changed_at < limit.saturating_add(SLACK));
    let messages = quiet().flat_map(|pair| pair.messages.iter().copied()).collect();
    (messages, quiet().flat_map(|pair| pair.exchanges.iter().copied()).collect())
}
