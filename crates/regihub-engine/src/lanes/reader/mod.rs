//! Reads one connection's state from Smaregi, one call after the other, most urgent first.
//!
//! One call at a time is what makes "read later" mean "newer". Many dirty keys become few calls: sales by ranges of their ids, levels and
//! products by their update time.

mod history;
mod products;
mod sales;
mod stock;

pub(crate) use history::changes_of_day;
pub(crate) use sales::SALES_PER_CALL;

use super::{
    Step, Trouble, Worker, is_about_the_record,
    reconcile::{Due, Reconcilers},
};
use crate::{
    convert,
    desk::Desk,
    hub::{FailedCalls, Hub},
    kinds,
    options::us,
};
use jiff::Timestamp;
use regihub_domain::{ConnectionId, ExchangeId, JobId};
use regihub_ports::Exchange;
use regihub_storage::{Dirty, Job, Owner, Unit};
use smaregi::platform::{Client, Error as SmaregiError, ErrorKind, PageRequest, Unreadable};
use std::{collections::BTreeMap, sync::Arc};

/// Up to this many products are asked for one by one; more are read by their update time.
const ASK_ALONE: usize = 3;
/// Jobs looked at in one step.
const JOBS_PER_STEP: usize = 1000;
/// So many pauses between calls a level may wait for the sales that explain it.
const PATIENCE: i64 = 5;
/// Clock differences and late commits a read by update time allows for (µs).
const SLACK: i64 = 10_000_000;
const DAY: i64 = 86_400_000_000;
/// What a product is called in its own rows and in those of levels.
pub(crate) const PRODUCT_ID: &str = "productId";

pub(crate) struct Reader {
    pub(crate) hub: Arc<Hub>,
    pub(crate) desk: Desk,
    pub(crate) connection: ConnectionId,
    pub(crate) client: Client,
    pub(crate) calls: Arc<FailedCalls>,
    reconcilers: Reconcilers,
    /// Per kind: not before this time, so that a burst gathers (µs).
    not_before: BTreeMap<&'static str, i64>,
}

impl Worker for Reader {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    fn clock_was_set_back(&mut self) {
        self.reconcilers = Reconcilers::default();
        self.not_before.clear();
    }

    async fn step(&mut self) -> Result<Step, Trouble> {
        let outcome = self.work().await;
        if outcome.is_err() {
            self.log_failed_calls().await?;
        }
        outcome
    }
}

impl Reader {
    pub(crate) fn new(hub: Arc<Hub>, desk: Desk, connection: ConnectionId, client: Client) -> Self {
        let calls = Arc::new(FailedCalls::default());
        let client = client.with_observer(calls.clone());
        Self { hub, desk, connection, client, calls, reconcilers: Reconcilers::default(), not_before: BTreeMap::new() }
    }

    async fn work(&mut self) -> Result<Step, Trouble> {
        let now = self.hub.clock.now_us();
        if let Some((kind, jobs)) = self.next_jobs(now).await? {
            match kind {
                kinds::SALE => self.read_sales(jobs).await?,
                kinds::STOCK => self.read_stock(jobs).await?,
                kinds::PRODUCT => self.read_products(jobs).await?,
                _ => self.read_history(jobs).await?,
            }
            self.not_before.insert(kind, self.hub.clock.now_us() + us(self.hub.options.linger));
            return Ok(Step::Worked);
        }
        if let Some(due) = self.due_reconciler(now).await? {
            self.reconcile(due).await?;
            return Ok(Step::Worked);
        }
        self.idle_until(now).await
    }

    /// The most urgent kind that has work and need not wait for more of it.
    async fn next_jobs(&self, now: i64) -> Result<Option<(&'static str, Vec<Job>)>, Trouble> {
        let owner = self.desk.owner();
        let kinds: Vec<(&'static str, bool)> = [kinds::SALE, kinds::STOCK, kinds::PRODUCT, kinds::HISTORY]
            .into_iter()
            .map(|kind| (kind, self.not_before.get(kind).is_some_and(|at| *at > now)))
            .collect();
        let overdue = now - us(self.hub.options.linger).saturating_mul(PATIENCE);
        let found = self.desk.read(move |unit| {
            let mut sales_gather = false;
            for (kind, lingering) in kinds {
                let limit = if lingering { SALES_PER_CALL as usize } else { JOBS_PER_STEP };
                let jobs = unit.jobs().ready(owner, kind, limit, now)?;
                let Some(oldest) = jobs.iter().map(|job| job.dirty_at).min() else { continue };
                let full = kind == kinds::SALE && jobs.len() >= SALES_PER_CALL as usize;
                // Sales explain levels, so they are read first, unless a level has waited too long.
                let after_sales = sales_gather && oldest > overdue;
                if (!lingering || full) && !after_sales {
                    return Ok(Some((kind, jobs)));
                }
                sales_gather |= kind == kinds::SALE;
            }
            Ok(None)
        });
        Ok(found.await?)
    }

    async fn idle_until(&mut self, now: i64) -> Result<Step, Trouble> {
        let owner = self.desk.owner();
        let next_job = self.desk.read(move |unit| unit.jobs().next_run(owner, now)).await?;
        let next_reconciler = self.reconcilers.next_due().unwrap_or(now);
        let lingering = self.not_before.values().copied().filter(|at| *at > now).min();
        let until = [next_job, lingering, Some(next_reconciler)].into_iter().flatten().min().unwrap_or(now);
        Ok(Step::Idle { until })
    }

    async fn due_reconciler(&mut self, now: i64) -> Result<Option<Due>, Trouble> {
        Ok(self.reconcilers.due(now))
    }

    async fn reconcile(&mut self, due: Due) -> Result<(), Trouble> {
        let mut reconcilers = std::mem::take(&mut self.reconcilers);
        let outcome = reconcilers.page(self, due).await;
        self.reconcilers = reconcilers;
        outcome
    }

    /// What is asked for alone and not there is done; what is refused or cannot be read waits for a person.
    async fn end_alone(&mut self, job: Job, error: SmaregiError) -> Result<(), Trouble> {
        if !is_about_the_record(&error) {
            return Err(error.into());
        }
        let gone = error.kind == ErrorKind::NotFound;
        let (_, owner, _, logged) = self.for_write();
        let text = error.to_string();
        self.desk
            .write(move |unit| {
                log(unit, owner, &logged)?;
                match (gone, job.inbox_id) {
                    (false, _) => unit.jobs().park(job.id, &text),
                    (true, Some(inbox)) => {
                        unit.inbox()
                            .note(inbox, &format!("{} {} does not exist in Smaregi (any more)", job.kind, job.key))?;
                        unit.jobs().done(&[(job.id, job.version)])
                    }
                    (true, None) => unit.jobs().done(&[(job.id, job.version)]),
                }?;
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// What every write of this lane needs.
    pub(crate) fn for_write(&self) -> (ConnectionId, Owner, i64, Vec<Exchange>) {
        (self.connection, self.desk.owner(), self.hub.clock.now_us(), self.calls.take())
    }

    async fn log_failed_calls(&self) -> Result<(), Trouble> {
        let (_, owner, _, logged) = self.for_write();
        self.desk.write(move |unit| log(unit, owner, &logged)).await?;
        Ok(())
    }
}

/// Keeps calls that failed. Returns the last one.
pub(crate) fn log(
    unit: &mut Unit<'_>,
    owner: Owner,
    exchanges: &[Exchange],
) -> regihub_storage::Result<Option<ExchangeId>> {
    let mut last = None;
    for exchange in exchanges {
        last = Some(unit.exchanges().add(owner, exchange)?);
    }
    Ok(last)
}

/// Records that cannot be understood wait for a person, each by itself, whether somebody had asked for them or a reconciler met them (I7).
fn park_unreadable(
    unit: &mut Unit<'_>,
    owner: Owner,
    kind: &str,
    problems: &BTreeMap<String, String>,
    now: i64,
) -> regihub_storage::Result<()> {
    for (key, problem) in problems {
        let dirty = Dirty {
            owner,
            kind: kind.into(),
            key: key.clone(),
            priority: kinds::priority(kind),
            at: now,
            inbox_id: None,
        };
        unit.jobs().mark(&[dirty])?;
        unit.jobs().park_key(owner, kind, key, problem)?;
    }
    Ok(())
}

/// By its id, what cannot be understood of each row of a list. A row without an id has nobody to wait for it: it is said in the log.
fn problems(unreadable: &[Unreadable], id: &str) -> BTreeMap<String, String> {
    let mut problems = BTreeMap::new();
    for row in unreadable {
        let problem = format!("{}: {}", row.path, row.reason);
        match convert::id_of_unreadable(row, id) {
            Some(key) => drop(problems.insert(key, problem)),
            None => tracing::warn!("a row without {id} cannot be read: {problem}"),
        }
    }
    problems
}

fn versions<'a>(jobs: impl Iterator<Item = &'a Job>) -> Vec<(JobId, i64)> {
    jobs.map(|job| (job.id, job.version)).collect()
}

/// A stored time as an instant; a value no clock can have becomes the beginning of time.
pub(crate) fn timestamp(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(crate) fn page_of(page: u32) -> PageRequest {
    PageRequest { page, ..PageRequest::default() }
}
