//! Sales: by ranges of their ids, because a burst of sales has dense ids.

use super::{DAY, Reader, log, park_unreadable, problems, timestamp, versions};
use crate::{
    convert::{self, SaleRead},
    facts,
    flows::sales_in,
    kinds,
    lanes::{Trouble, is_about_the_record},
};
use regihub_domain::{InboxId, SaleId};
use regihub_storage::Job;
use smaregi::platform::{
    Answer, PageRequest, Priority, Transaction, TransactionParts, TransactionQuery, Window, WindowField,
};
use std::collections::{BTreeMap, BTreeSet};

/// Sales in one call; with lines Smaregi gives no more (platform-pos.md §1).
pub(crate) const SALES_PER_CALL: u32 = 100;
/// What a transaction is called in its row.
const SALE_ID: &str = "transactionHeadId";

impl Reader {
    pub(super) async fn read_sales(&mut self, jobs: Vec<Job>) -> Result<(), Trouble> {
        let group = convert::group_by_id(jobs, SALES_PER_CALL.into());
        let Some((first, last)) = group.span else { return self.read_sales_alone(group.jobs).await };
        let oldest = group.jobs.iter().map(|job| job.dirty_at).min().unwrap_or(0);
        let query = TransactionQuery {
            head_id_from: Some(first.to_string()),
            head_id_to: Some(last.to_string()),
            ..self.sales_window(oldest - DAY)
        };
        match self.client.with_priority(Priority::Sales).transactions(&query).await {
            Ok(answer) => {
                let missing = self.apply_sales(answer, group.jobs).await?;
                self.read_sales_alone(missing).await
            }
            Err(error) if is_about_the_record(&error) => self.read_sales_alone(group.jobs).await,
            Err(error) => Err(error.into()),
        }
    }

    /// A list of sales changed since `from`, with lines, at most as wide as Smaregi allows.
    pub(crate) fn sales_window(&self, from: i64) -> TransactionQuery {
        let now = self.hub.clock.now_us();
        let from = from.max(now - 29 * DAY);
        let window = Window { field: WindowField::UpdDateTime, from: timestamp(from), to: timestamp(now + DAY) };
        TransactionQuery {
            with_deposit_others: false,
            page: PageRequest::first(SALES_PER_CALL),
            ..TransactionQuery::new(window)
        }
    }

    /// Applies an answer; returns the jobs it says nothing about.
    async fn apply_sales(&mut self, answer: Answer<Vec<Transaction>>, jobs: Vec<Job>) -> Result<Vec<Job>, Trouble> {
        let unreadable = answer.unreadable.iter().filter_map(|row| convert::id_of_unreadable(row, SALE_ID));
        let shown: BTreeSet<String> =
            answer.value.iter().map(|row| row.transaction_head_id.clone()).chain(unreadable).collect();
        let (found, missing): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(|job| shown.contains(&job.key));
        self.store_sales(answer, found).await?;
        Ok(missing)
    }

    /// Stores sales that were read and ends the jobs that asked for them, in one unit of work. A row that cannot be understood parks its own job.
    pub(crate) async fn store_sales(
        &mut self,
        answer: Answer<Vec<Transaction>>,
        jobs: Vec<Job>,
    ) -> Result<(), Trouble> {
        let (sales, unreadable) = understand(&answer);
        let exchange = answer.exchange;
        let (connection, owner, now, logged) = self.for_write();
        self.desk
            .write(move |unit| {
                log(unit, owner, &logged)?;
                let read_end = exchange.at + exchange.elapsed_us;
                let exchange = unit.exchanges().add(owner, &exchange)?;
                let inbox: BTreeMap<SaleId, InboxId> =
                    jobs.iter().filter_map(|job| Some((SaleId(job.key.clone()), job.inbox_id?))).collect();
                sales_in::apply(
                    unit,
                    connection,
                    &sales,
                    &sales_in::Source { exchange, inbox: &inbox, read_end },
                    now,
                )?;
                unit.jobs().done(&versions(jobs.iter()))?;
                park_unreadable(unit, owner, kinds::SALE, &unreadable, now)?;
                unit.facts().set(owner, facts::SALES_READ_AT, &now.to_string(), now)
            })
            .await?;
        self.hub.signals.changed();
        Ok(())
    }

    /// Sales that no list showed: deleted, never there, or spoiling the list they are in.
    async fn read_sales_alone(&mut self, jobs: Vec<Job>) -> Result<(), Trouble> {
        let parts = TransactionParts { deposit_others: false, ..TransactionParts::default() };
        for job in jobs {
            match self.client.with_priority(Priority::Sales).transaction(&job.key, parts).await {
                Ok(answer) => self.store_sales(answer.map(|row| vec![row]), vec![job]).await?,
                Err(error) => self.end_alone(job, error).await?,
            }
        }
        Ok(())
    }
}

/// The sales of an answer, and by id what cannot be understood of the others.
fn understand(answer: &Answer<Vec<Transaction>>) -> (Vec<SaleRead>, BTreeMap<String, String>) {
    let mut sales = Vec::with_capacity(answer.value.len());
    let mut unreadable = problems(&answer.unreadable, SALE_ID);
    for row in &answer.value {
        match convert::sale(row) {
            Ok(read) => sales.push(read),
            Err(problem) => {
                unreadable.insert(row.transaction_head_id.clone(), problem);
            }
        }
    }
    (sales, unreadable)
}
