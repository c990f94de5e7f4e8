//! Orders: the feed, page by page from the cursor, and single states that a person freed.

use super::{JOBS_PER_STEP, ShopLane};
use crate::{
    facts,
    flows::{orders_in, publish},
    kinds,
    lanes::Trouble,
    options::us,
    signals::Lane,
};
use regihub_channels::{Answer, OrderPage};
use regihub_storage::{Job, Link, Owner};

impl ShopLane {
    /// Reads one page of the feed when somebody said that there is news, or when it is time to look.
    pub(super) async fn read_orders_if_asked(&mut self, links: &[Link]) -> Result<bool, Trouble> {
        let (owner, now) = (self.desk.owner(), self.hub.clock.now_us());
        let asked: Vec<Job> = self
            .desk
            .read(move |unit| {
                let mut jobs = unit.jobs().ready(owner, kinds::ORDERS, JOBS_PER_STEP, now)?;
                jobs.extend(unit.jobs().ready(owner, kinds::ORDER, JOBS_PER_STEP, now)?);
                Ok(jobs)
            })
            .await?;
        if asked.is_empty() && now < self.orders_at {
            return Ok(false);
        }
        let (alone, feed): (Vec<Job>, Vec<Job>) = asked.into_iter().partition(|job| job.kind == kinds::ORDER);
        for job in alone {
            self.read_order_again(links, job).await?;
        }
        self.read_feed(links, feed).await?;
        Ok(true)
    }

    async fn read_feed(&mut self, links: &[Link], asked: Vec<Job>) -> Result<(), Trouble> {
        let shop = self.shop;
        let cursor = self.desk.read(move |unit| publish::orders_cursor(unit, shop)).await?;
        let answer = self.channel()?.orders_after(cursor).await?;
        let read = answer
            .value
            .orders
            .iter()
            .map(|order| order.sequence)
            .chain(answer.value.bad.iter().filter_map(|bad| bad.sequence))
            .max();
        // Never beyond what the shop says it has given out: a senseless number in one row must not hide later orders.
        let end = read.map_or(cursor, |read| read.min(answer.value.last).max(cursor));
        let more = end < answer.value.last && read.is_some();
        self.store_orders(links, answer, end, if more { vec![] } else { asked }).await?;
        if !more {
            self.orders_at = self.hub.clock.now_us() + us(self.hub.options.reconcile_orders);
        }
        Ok(())
    }

    async fn store_orders(
        &self,
        links: &[Link],
        answer: Answer<OrderPage>,
        cursor: i64,
        asked: Vec<Job>,
    ) -> Result<(), Trouble> {
        let (hub, owner, shop, now) = (self.hub.clone(), self.desk.owner(), self.shop, self.hub.clock.now_us());
        let links = links.to_vec();
        self.desk
            .write(move |unit| {
                let exchange = unit.exchanges().add(owner, &answer.exchange)?;
                let inbox = asked.iter().filter_map(|job| job.inbox_id).max();
                let flow = orders_in::Flow { hub: &hub, shop, links: &links, exchange, inbox, now };
                orders_in::apply_page(unit, &flow, &answer.value.orders, &answer.value.bad, cursor)?;
                let done: Vec<_> = asked.iter().map(|job| (job.id, job.version)).collect();
                unit.jobs().done(&done)?;
                unit.facts().set(owner, facts::ORDERS_READ_AT, &now.to_string(), now)
            })
            .await?;
        self.after_orders();
        Ok(())
    }

    /// A state that could not be understood, tried again because a person said so.
    async fn read_order_again(&self, links: &[Link], job: Job) -> Result<(), Trouble> {
        let Ok(sequence) = job.key.parse::<i64>() else {
            return self.park(&job, "it has no sequence, so it cannot be asked for again").await;
        };
        let answer = self.channel()?.orders_after(sequence - 1).await?;
        if let Some(bad) = answer.value.bad.iter().find(|bad| bad.sequence == Some(sequence)) {
            return self.park(&job, &bad.problem).await;
        }
        let orders: Vec<_> = answer.value.orders.into_iter().filter(|order| order.sequence == sequence).collect();
        let (hub, owner, shop, now) = (self.hub.clone(), self.desk.owner(), self.shop, self.hub.clock.now_us());
        let links = links.to_vec();
        self.desk
            .write(move |unit| {
                let exchange = unit.exchanges().add(owner, &answer.exchange)?;
                let flow = orders_in::Flow { hub: &hub, shop, links: &links, exchange, inbox: job.inbox_id, now };
                orders_in::apply(unit, &flow, &orders)?;
                unit.jobs().done(&[(job.id, job.version)])
            })
            .await?;
        self.after_orders();
        Ok(())
    }

    async fn park(&self, job: &Job, problem: &str) -> Result<(), Trouble> {
        let (id, problem) = (job.id, problem.to_owned());
        Ok(self.desk.write(move |unit| unit.jobs().park(id, &problem)).await?)
    }

    fn after_orders(&self) {
        for link in self.hub.links_of_shop(self.shop) {
            self.hub.signals.wake(Owner::Connection(link.connection_id), Lane::Outbox);
        }
        self.hub.signals.changed();
    }
}
