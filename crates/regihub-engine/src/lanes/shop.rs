//! One shop: reads its order feed first, then pushes stock, then the patient reads.

use super::{Step, Trouble, Worker, is_about_the_item};
use crate::{
    facts,
    flows::{listings, orders_in, publish},
    hub::Hub,
    kinds,
    options::us,
    signals::Lane,
};
use regihub_channels::{Answer, Channel, OrderPage, PushResult, ShopStock};
use regihub_domain::{ProductId, ShopId, Sku};
use regihub_storage::{Job, Link, Owner, PublicationRow, Shop};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const JOBS_PER_STEP: usize = 100;

pub(crate) struct ShopLane {
    hub: Arc<Hub>,
    shop: ShopId,
    channel: Result<Arc<dyn Channel>, String>,
    /// The feed is read without being told to, at this time (µs).
    orders_at: i64,
    listings: Walk,
    compare: Walk,
    push_not_before: i64,
}

/// A patient read that goes through all SKUs, one page per step.
#[derive(Default)]
struct Walk {
    next_at: i64,
    running: bool,
    after: Option<Sku>,
    began: i64,
    found: i64,
}

impl Worker for ShopLane {
    fn owner(&self) -> Owner {
        Owner::Shop(self.shop)
    }

    fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    fn clock_was_set_back(&mut self) {
        (self.orders_at, self.push_not_before) = (0, 0);
        (self.listings, self.compare) = (Walk::default(), Walk::default());
    }

    async fn step(&mut self) -> Result<Step, Trouble> {
        let links = self.links();
        if links.is_empty() {
            return Ok(Step::Idle { until: self.hub.clock.now_us() + us(self.hub.options.reconcile_orders) });
        }
        if self.read_orders_if_asked(&links).await? || self.recompute_asked(&links).await? {
            return Ok(Step::Worked);
        }
        // A shop's list must be known before anything can be published or ordered.
        if self.listings_due() {
            self.read_listings(&links).await?;
            return Ok(Step::Worked);
        }
        if self.push(&links).await? {
            return Ok(Step::Worked);
        }
        if self.compare_due() {
            self.compare(&links).await?;
            return Ok(Step::Worked);
        }
        self.idle().await
    }
}

impl ShopLane {
    pub(crate) fn new(hub: Arc<Hub>, shop: &Shop) -> Self {
        let channel = hub.channel(shop);
        let compare_at = hub.clock.now_us() + us(hub.options.compare_shop);
        Self {
            hub,
            shop: shop.id,
            channel,
            orders_at: 0,
            listings: Walk::default(),
            compare: Walk { next_at: compare_at, ..Walk::default() },
            push_not_before: 0,
        }
    }

    fn channel(&self) -> Result<Arc<dyn Channel>, Trouble> {
        self.channel.clone().map_err(Trouble::Setup)
    }

    /// Links that run; a stopped one neither pushes nor takes orders.
    fn links(&self) -> Vec<Link> {
        self.hub.links_of_shop(self.shop).into_iter().filter(|link| link.running).collect()
    }

    async fn idle(&self) -> Result<Step, Trouble> {
        let (owner, now) = (self.owner(), self.hub.clock.now_us());
        let next_job = self.hub.storage.read(move |unit| unit.jobs().next_run(owner, now)).await?;
        let pushes_at = (self.push_not_before > now).then_some(self.push_not_before);
        let until =
            [next_job, pushes_at, Some(self.orders_at), Some(self.listings.next_at), Some(self.compare.next_at)];
        Ok(Step::Idle { until: until.into_iter().flatten().min().unwrap_or(now) })
    }

    // ---- orders ----------------------------------------------------------------------------------------------------------

    /// Reads one page of the feed when somebody said that there is news, or when it is time to look.
    async fn read_orders_if_asked(&mut self, links: &[Link]) -> Result<bool, Trouble> {
        let (owner, now) = (self.owner(), self.hub.clock.now_us());
        let asked: Vec<Job> = self
            .hub
            .storage
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
        let cursor = self.hub.storage.read(move |unit| publish::orders_cursor(unit, shop)).await?;
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
        let (hub, owner, shop, now) = (self.hub.clone(), self.owner(), self.shop, self.hub.clock.now_us());
        let links = links.to_vec();
        self.hub
            .storage
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
        let (hub, owner, shop, now) = (self.hub.clone(), self.owner(), self.shop, self.hub.clock.now_us());
        let links = links.to_vec();
        self.hub
            .storage
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
        Ok(self.hub.storage.write(move |unit| unit.jobs().park(id, &problem)).await?)
    }

    fn after_orders(&self) {
        for link in self.hub.links_of_shop(self.shop) {
            self.hub.signals.wake(Owner::Connection(link.connection_id), Lane::Outbox);
        }
        self.hub.signals.changed();
    }

    // ---- numbers ---------------------------------------------------------------------------------------------------------

    /// Numbers whose ingredients a person has changed (jobs of the link, one per SKU).
    async fn recompute_asked(&self, links: &[Link]) -> Result<bool, Trouble> {
        let mut any = false;
        for link in links {
            let (owner, now) = (Owner::Link(link.id), self.hub.clock.now_us());
            let jobs =
                self.hub.storage.read(move |unit| unit.jobs().ready(owner, kinds::PUBLISH, JOBS_PER_STEP, now)).await?;
            if !jobs.is_empty() {
                any = true;
                self.recompute(links, link, jobs, now).await?;
            }
        }
        Ok(any)
    }

    async fn recompute(&self, links: &[Link], link: &Link, jobs: Vec<Job>, now: i64) -> Result<(), Trouble> {
        let (all, link, connection) = (links.to_vec(), link.clone(), link.connection_id);
        let done = self.hub.storage.write(move |unit| {
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
    async fn push(&mut self, links: &[Link]) -> Result<bool, Trouble> {
        if self.hub.clock.now_us() < self.push_not_before {
            return Ok(false);
        }
        let channel = self.channel()?;
        for link in links {
            let (link_id, batch) = (link.id, channel.limits().push_batch);
            let rows = self.hub.storage.read(move |unit| unit.publications().dirty(link_id, batch)).await?;
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
        let (owner, now, link) = (self.owner(), self.hub.clock.now_us(), link.clone());
        self.hub
            .storage
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
        Ok(self
            .hub
            .storage
            .write(move |unit| unit.publications().refused(link, &row.sku, row.version, &problem, now, None))
            .await?)
    }

    async fn keep_failed(&self, error: &regihub_channels::ChannelError) -> Result<(), Trouble> {
        let (owner, Some(exchange)) = (self.owner(), error.exchange.clone()) else { return Ok(()) };
        self.hub.storage.write(move |unit| unit.exchanges().add(owner, &exchange).map(|_| ())).await?;
        Ok(())
    }

    // ---- patient reads ---------------------------------------------------------------------------------------------------

    fn listings_due(&self) -> bool {
        self.listings.running || self.listings.next_at <= self.hub.clock.now_us()
    }

    async fn read_listings(&mut self, links: &[Link]) -> Result<(), Trouble> {
        self.listings.start(self.hub.clock.now_us());
        let answer = self.channel()?.products(self.listings.after.clone()).await?;
        let (owner, shop, now, began) = (self.owner(), self.shop, self.hub.clock.now_us(), self.listings.began);
        let (links, next) = (links.to_vec(), answer.value.next.clone());
        let last = next.is_none();
        self.hub
            .storage
            .write(move |unit| {
                unit.exchanges().add(owner, &answer.exchange)?;
                for link in &links {
                    listings::apply(unit, link, &links, &answer.value.products, now)?;
                }
                if last {
                    unit.listings().remove_unseen(shop, began)?;
                    let jobs = unit.jobs().ready(owner, kinds::LISTINGS, JOBS_PER_STEP, now)?;
                    unit.jobs().done(&jobs.iter().map(|job| (job.id, job.version)).collect::<Vec<_>>())?;
                }
                unit.facts().set(owner, facts::LISTINGS_READ_AT, &now.to_string(), now)
            })
            .await?;
        self.listings.turn_page(next, now, us(self.hub.options.reconcile_listings));
        self.hub.signals.changed();
        Ok(())
    }

    fn compare_due(&self) -> bool {
        self.compare.running || self.compare.next_at <= self.hub.clock.now_us()
    }

    /// Reads the shop's numbers back. What differs from what was last pushed, with nothing on its way, is drift: it is counted, and pushed again.
    async fn compare(&mut self, links: &[Link]) -> Result<(), Trouble> {
        self.compare.start(self.hub.clock.now_us());
        let answer = self.channel()?.read_stock(self.compare.after.clone()).await?;
        let (owner, now) = (self.owner(), self.hub.clock.now_us());
        let (links, next) = (links.to_vec(), answer.value.next.clone());
        let found_before = self.compare.found;
        let last = next.is_none();
        let found = self
            .hub
            .storage
            .write(move |unit| {
                unit.exchanges().add(owner, &answer.exchange)?;
                let skus: Vec<Sku> = answer.value.items.iter().map(|item| item.sku.clone()).collect();
                let mut found = 0;
                for link in &links {
                    let rows = unit.publications().get_many(link.id, &skus)?;
                    let ours: BTreeMap<&Sku, &PublicationRow> = rows.iter().map(|row| (&row.sku, row)).collect();
                    for item in &answer.value.items {
                        let Some(row) = ours.get(&item.sku) else { continue };
                        if differs(row, item) {
                            found += 1;
                            publish::overtake(unit, link, &item.sku, item.version.unwrap_or(0), now)?;
                        }
                    }
                }
                if last {
                    unit.facts().set(owner, facts::DRIFT, &(found_before + found).to_string(), now)?;
                    unit.facts().set(owner, facts::COMPARED_AT, &now.to_string(), now)?;
                }
                Ok(found)
            })
            .await?;
        self.compare.found += found;
        self.compare.turn_page(next, now, us(self.hub.options.compare_shop));
        self.hub.signals.changed();
        Ok(())
    }
}

impl Walk {
    fn start(&mut self, now: i64) {
        if !self.running {
            *self = Self { next_at: self.next_at, running: true, after: None, began: now, found: 0 };
        }
    }

    fn turn_page(&mut self, next: Option<Sku>, now: i64, interval: i64) {
        self.running = next.is_some();
        self.after = next;
        if !self.running {
            self.next_at = now + interval;
        }
    }
}

/// Whether the shop holds something else than it should, with nothing on its way. A number that the shop refused differs too, so it is
/// offered again with every compare and goes through once the shop is repaired (I7).
fn differs(row: &PublicationRow, item: &ShopStock) -> bool {
    let settled = row.dirty_since.is_none() && row.quantity.is_some();
    settled && (item.version != Some(row.version) || item.quantity != row.quantity)
}
