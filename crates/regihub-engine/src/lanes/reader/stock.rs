//! Levels: one by one while few are dirty, by their update time when many are.

use super::{ASK_ALONE, DAY, PRODUCT_ID, Reader, SLACK, log, page_of, park_unreadable, problems, timestamp, versions};
use crate::{convert, facts, flows::stock, kinds, lanes::Trouble, options::us};
use regihub_domain::{InboxId, ProductId};
use regihub_storage::Job;
use smaregi::platform::{Answer, Priority, StockQuery};
use std::collections::BTreeMap;

impl Reader {
    pub(super) async fn read_stock(&mut self, jobs: Vec<Job>) -> Result<(), Trouble> {
        if jobs.len() <= ASK_ALONE {
            return self.read_stock_alone(jobs).await;
        }
        let from = jobs.iter().map(|job| job.dirty_at).min().unwrap_or(0) - SLACK;
        let mut waiting: BTreeMap<String, Job> = jobs.into_iter().map(|job| (job.key.clone(), job)).collect();
        let mut page = 1;
        loop {
            let query = StockQuery {
                upd_from: Some(timestamp(from.max(self.hub.clock.now_us() - 29 * DAY))),
                ..self.stock_page(page)
            };
            let answer = self.client.with_priority(Priority::Stock).stock(&query).await?;
            let more = answer.more;
            let unreadable = answer.unreadable.iter().filter_map(|row| convert::id_of_unreadable(row, PRODUCT_ID));
            let named: Vec<String> = answer.value.iter().map(|row| row.product_id.clone()).chain(unreadable).collect();
            let shown: Vec<Job> = named.iter().filter_map(|id| waiting.remove(id)).collect();
            self.store_levels(answer, shown).await?;
            if !more {
                break;
            }
            page += 1;
        }
        self.read_stock_alone(waiting.into_values().take(ASK_ALONE).collect()).await
    }

    pub(crate) fn stock_page(&self, page: u32) -> StockQuery {
        let to = timestamp(self.hub.clock.now_us() + DAY);
        StockQuery { upd_to: Some(to), page: page_of(page), ..StockQuery::default() }
    }

    async fn read_stock_alone(&mut self, jobs: Vec<Job>) -> Result<(), Trouble> {
        for job in jobs {
            let query = StockQuery { product_id: Some(job.key.clone()), ..StockQuery::default() };
            match self.client.with_priority(Priority::Stock).stock(&query).await {
                Ok(answer) => self.store_levels(answer, vec![job]).await?,
                Err(error) => self.end_alone(job, error).await?,
            }
        }
        Ok(())
    }

    pub(crate) async fn store_levels(
        &mut self,
        answer: Answer<Vec<smaregi::platform::Stock>>,
        jobs: Vec<Job>,
    ) -> Result<(), Trouble> {
        let observed: Vec<stock::Observed> = answer.value.iter().filter_map(convert::observed).collect();
        let (connection, owner, now, logged) = self.for_write();
        let links = self.hub.links();
        let history_delay = us(self.hub.options.history_delay);
        let unreadable = problems(&answer.unreadable, PRODUCT_ID);
        let exchange = answer.exchange;
        self.desk
            .write(move |unit| {
                log(unit, owner, &logged)?;
                let id = unit.exchanges().add(owner, &exchange)?;
                let inbox: BTreeMap<ProductId, InboxId> =
                    jobs.iter().filter_map(|job| Some((ProductId(job.key.clone()), job.inbox_id?))).collect();
                let flow = stock::Flow { connection, links: &links, history_delay, inbox: &inbox, now };
                // First done, then applied: what applying marks again must stay marked.
                unit.jobs().done(&versions(jobs.iter()))?;
                let seen = stock::Seen { begin: exchange.at, end: exchange.at + exchange.elapsed_us, exchange: id };
                stock::apply(unit, &flow, &observed, seen)?;
                park_unreadable(unit, owner, kinds::STOCK, &unreadable, now)?;
                unit.facts().set(owner, facts::STOCK_READ_AT, &now.to_string(), now)
            })
            .await?;
        self.hub.wake_shops(connection);
        self.hub.signals.changed();
        Ok(())
    }
}
