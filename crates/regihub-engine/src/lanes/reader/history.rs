//! The change history of a level that holds pieces nothing has explained: the most patient work there is.

use super::{Reader, log, page_of, timestamp};
use crate::{flows::history, lanes::Trouble, options::us};
use jiff::Timestamp;
use regihub_domain::{ProductId, StoreId};
use regihub_ports::Exchange;
use regihub_storage::Job;
use smaregi::platform::{Client, Error as SmaregiError, Priority, StockChange, StockChangeQuery};

/// A level that never comes to rest is looked up after this many delays all the same.
const MOST_DELAYS: i64 = 20;

impl Reader {
    /// One pair per step: this is the most patient work there is. A pair that sales have explained meanwhile costs no call.
    pub(super) async fn read_history(&mut self, jobs: Vec<Job>) -> Result<(), Trouble> {
        let Some(job) = jobs.into_iter().next() else { return Ok(()) };
        let Some((product, store)) = job.key.split_once('/') else { return self.forget(job).await };
        let (product, store) = (ProductId(product.into()), StoreId(store.into()));
        let connection = self.connection;
        let level = {
            let (product, store) = (product.clone(), store.clone());
            self.desk.read(move |unit| {
                let rows = unit.stock().levels(connection, std::slice::from_ref(&product))?;
                Ok(rows.into_iter().find(|row| row.store_id == store && row.level.unattributed != 0))
            })
        };
        let Some(level) = level.await? else { return self.forget(job).await };
        if let Some(later) = self.still_moving(&job, level.changed_at) {
            return Ok(self
                .desk
                .write(move |unit| unit.jobs().retry(job.id, later, "the level is still moving"))
                .await?);
        }
        let client = self.client.with_priority(Priority::History);
        match changes_of_day(&client, &product, &store, timestamp(job.dirty_at)).await {
            Ok((changes, exchanges)) => {
                let (_, owner, now, logged) = self.for_write();
                self.desk
                    .write(move |unit| {
                        log(unit, owner, &logged)?;
                        for (exchange, changes) in exchanges.iter().zip(&changes) {
                            let exchange = unit.exchanges().add(owner, exchange)?;
                            history::apply(unit, connection, &product, &store, changes, exchange, now)?;
                        }
                        unit.jobs().done(&[(job.id, job.version)])
                    })
                    .await?;
                self.hub.signals.changed();
                Ok(())
            }
            Err(error) => self.end_alone(job, error).await,
        }
    }

    /// While a level keeps moving, sales that are on their way may still explain it: waiting saves the call. Not for ever, though.
    fn still_moving(&self, job: &Job, changed_at: i64) -> Option<i64> {
        let (now, delay) = (self.hub.clock.now_us(), us(self.hub.options.history_delay));
        let (calm_at, at_last) = (changed_at + delay, job.dirty_at + delay.saturating_mul(MOST_DELAYS));
        // A change later than now was booked before the clock was set back: nobody knows how long ago that was.
        let moved_just_now = changed_at <= now && calm_at > now;
        (moved_just_now && at_last > now).then_some(calm_at.min(at_last))
    }

    async fn forget(&self, job: Job) -> Result<(), Trouble> {
        Ok(self.desk.write(move |unit| unit.jobs().done(&[(job.id, job.version)])).await?)
    }
}

/// The changes of one product in one store on one day of Japan, page by page, with the calls that read them.
pub(crate) async fn changes_of_day(
    client: &Client,
    product: &ProductId,
    store: &StoreId,
    at: Timestamp,
) -> Result<(Vec<Vec<StockChange>>, Vec<Exchange>), SmaregiError> {
    let (mut changes, mut exchanges, mut page) = (vec![], vec![], 1);
    loop {
        let query = StockChangeQuery {
            target_date: Some(smaregi::japan_date(at)),
            page: page_of(page),
            ..StockChangeQuery::default()
        };
        let answer = client.stock_changes(product.as_str(), store.as_str(), &query).await?;
        changes.push(answer.value);
        exchanges.push(answer.exchange);
        if !answer.more {
            return Ok((changes, exchanges));
        }
        page += 1;
    }
}
