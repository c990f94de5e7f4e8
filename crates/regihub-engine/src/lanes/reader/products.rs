//! Products: one by one while few are dirty, by their update time when many are.

use super::{ASK_ALONE, DAY, PRODUCT_ID, Reader, SLACK, log, page_of, park_unreadable, problems, timestamp, versions};
use crate::{convert, facts, flows::products_in, kinds, lanes::Trouble};
use regihub_domain::ProductId;
use regihub_storage::Job;
use smaregi::platform::{Answer, ErrorKind, Priority, ProductQuery};
use std::collections::BTreeMap;

impl Reader {
    pub(super) async fn read_products(&mut self, jobs: Vec<Job>) -> Result<(), Trouble> {
        if jobs.len() <= ASK_ALONE {
            return self.read_products_alone(jobs).await;
        }
        let from = jobs.iter().map(|job| job.dirty_at).min().unwrap_or(0) - SLACK;
        let mut waiting: BTreeMap<String, Job> = jobs.into_iter().map(|job| (job.key.clone(), job)).collect();
        let mut page = 1;
        loop {
            let now = self.hub.clock.now_us();
            let query = ProductQuery {
                upd_from: Some(timestamp(from.max(now - 29 * DAY))),
                upd_to: Some(timestamp(now + DAY)),
                page: page_of(page),
                ..ProductQuery::default()
            };
            let answer = self.client.with_priority(Priority::Products).products(&query).await?;
            let more = answer.more;
            let unreadable = answer.unreadable.iter().filter_map(|row| convert::id_of_unreadable(row, PRODUCT_ID));
            let named: Vec<String> = answer.value.iter().map(|row| row.product_id.clone()).chain(unreadable).collect();
            let shown: Vec<Job> = named.iter().filter_map(|id| waiting.remove(id)).collect();
            self.store_products(answer, shown).await?;
            if !more {
                break;
            }
            page += 1;
        }
        self.read_products_alone(waiting.into_values().take(ASK_ALONE).collect()).await
    }

    async fn read_products_alone(&mut self, jobs: Vec<Job>) -> Result<(), Trouble> {
        for job in jobs {
            match self.client.with_priority(Priority::Products).product(&job.key).await {
                Ok(answer) => self.store_products(answer.map(|row| vec![row]), vec![job]).await?,
                Err(error) if error.kind == ErrorKind::NotFound => self.delete_product(job).await?,
                Err(error) => self.end_alone(job, error).await?,
            }
        }
        Ok(())
    }

    async fn delete_product(&mut self, job: Job) -> Result<(), Trouble> {
        let (connection, owner, now, logged) = self.for_write();
        let links = self.hub.links();
        self.desk
            .write(move |unit| {
                log(unit, owner, &logged)?;
                products_in::apply_deleted(unit, connection, &links, &[ProductId(job.key.clone())], now)?;
                unit.jobs().done(&[(job.id, job.version)])
            })
            .await?;
        self.hub.signals.changed();
        Ok(())
    }

    pub(crate) async fn store_products(
        &mut self,
        answer: Answer<Vec<smaregi::platform::Product>>,
        jobs: Vec<Job>,
    ) -> Result<(), Trouble> {
        let products: Vec<_> = answer.value.iter().map(convert::product).collect();
        let (connection, owner, now, logged) = self.for_write();
        let links = self.hub.links();
        let unreadable = problems(&answer.unreadable, PRODUCT_ID);
        let exchange = answer.exchange;
        self.desk
            .write(move |unit| {
                log(unit, owner, &logged)?;
                let id = unit.exchanges().add(owner, &exchange)?;
                products_in::apply(unit, connection, &links, &products, Some(id), now)?;
                unit.jobs().done(&versions(jobs.iter()))?;
                park_unreadable(unit, owner, kinds::PRODUCT, &unreadable, now)?;
                unit.facts().set(owner, facts::PRODUCTS_READ_AT, &now.to_string(), now)
            })
            .await?;
        self.hub.wake_shops(connection);
        self.hub.signals.changed();
        Ok(())
    }
}
