//! Numbers: computed again when a person asks, pushed oldest first, many in one call.

use super::{JOBS_PER_STEP, ShopLane};
use crate::{
    flows::publish,
    kinds,
    lanes::{Trouble, is_about_the_item},
    options::us,
};
use regihub_channels::{Answer, Channel, PushResult};
use regihub_domain::{ProductId, Sku};
use regihub_storage::{Job, Link, Owner, PublicationRow};
use std::collections::BTreeSet;

impl ShopLane {
    /// Numbers whose ingredients a person has changed (jobs of the link, one per SKU).
    pub(super) async fn recompute_asked(&self, links: &[Link]) -> Result<bool, Trouble> {
        let mut any = false;
        for link in links {
            let (owner, now) = (Owner::Link(link.id), self.hub.clock.now_us());
            let jobs = self.desk.read(move |unit| unit.jobs().ready(owner, kinds::PUBLISH, JOBS_PER_STEP, now)).await?;
            if !jobs.is_empty() {
                any = true;
                self.recompute(links, link, jobs, now).await?;
            }
        }
        Ok(any)
    }

    async fn recompute(&self, links: &[Link], link: &Link, jobs: Vec<Job>, now: i64) -> Result<(), Trouble> {
        let (all, link, connection) = (links.to_vec(), link.clone(), link.connection_id);
        let done = self.desk.write(move |unit| {
            let mut products: BTreeSet<ProductId> = BTreeSet::new();
            for job in &jobs {
                products.extend(
                    unit.listings().get(link.shop_id, &Sku(job.key.clone()))?.and_then(|listing| listing.product_id),
                );
            }
            publish::recompute(unit, &all, connection, &products, publish::Send::IfChanged, now)?;
            publish::offer_again(unit, &link, jobs.iter().map(|job| Sku(job.key.clone())).collect(), now)?;
            unit.jobs().done(&jobs.iter().map(|job| (job.id, job.version)).collect::<Vec<_>>())
        });
        Ok(done.await?)
    }

    /// Pushes the oldest numbers that the shop does not have, many in one call.
    pub(super) async fn push(&mut self, links: &[Link]) -> Result<bool, Trouble> {
        if self.hub.clock.now_us() < self.push_not_before {
            return Ok(false);
        }
        let channel = self.channel()?;
        for link in links {
            let (link_id, batch) = (link.id, channel.limits().push_batch);
            let rows = self.desk.read(move |unit| unit.publications().dirty(link_id, batch)).await?;
            if rows.is_empty() {
                continue;
            }
            self.push_rows(&*channel, link, rows).await?;
            self.push_not_before = self.hub.clock.now_us() + us(self.hub.options.linger);
            return Ok(true);
        }
        Ok(false)
    }

    async fn push_rows(&self, channel: &dyn Channel, link: &Link, rows: Vec<PublicationRow>) -> Result<(), Trouble> {
        match channel.push_stock(rows.iter().filter_map(publish::item).collect()).await {
            Ok(answer) => self.book_push(link, rows, answer).await,
            // The whole request was refused: find the item that is to blame, so that the others go on (I7).
            Err(error) if is_about_the_item(&error) => self.push_one_by_one(channel, link, rows).await,
            Err(error) => {
                self.keep_failed(&error).await?;
                Err(error.into())
            }
        }
    }

    async fn push_one_by_one(
        &self,
        channel: &dyn Channel,
        link: &Link,
        rows: Vec<PublicationRow>,
    ) -> Result<(), Trouble> {
        for row in rows {
            match channel.push_stock(publish::item(&row).into_iter().collect()).await {
                Ok(answer) => self.book_push(link, vec![row], answer).await?,
                Err(error) if is_about_the_item(&error) => self.refuse(link, row, error.to_string()).await?,
                Err(error) => {
                    self.keep_failed(&error).await?;
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    async fn book_push(
        &self,
        link: &Link,
        rows: Vec<PublicationRow>,
        answer: Answer<Vec<PushResult>>,
    ) -> Result<(), Trouble> {
        let (owner, now, link) = (self.desk.owner(), self.hub.clock.now_us(), link.clone());
        self.desk
            .write(move |unit| {
                let exchange = unit.exchanges().add(owner, &answer.exchange)?;
                publish::book_push(unit, &link, &rows, &answer.value, exchange, now)
            })
            .await?;
        self.hub.signals.changed();
        Ok(())
    }

    async fn refuse(&self, link: &Link, row: PublicationRow, problem: String) -> Result<(), Trouble> {
        let (link, now) = (link.id, self.hub.clock.now_us());
        Ok(self.desk.write(move |unit| unit.publications().refused(link, &row, &problem, now, None)).await?)
    }

    async fn keep_failed(&self, error: &regihub_channels::ChannelError) -> Result<(), Trouble> {
        let (owner, Some(exchange)) = (self.desk.owner(), error.exchange.clone()) else { return Ok(()) };
        self.desk.write(move |unit| unit.exchanges().add(owner, &exchange).map(|_| ())).await?;
        Ok(())
    }
}
