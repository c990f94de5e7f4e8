//! One shop: reads its order feed first, then pushes stock, then the patient reads.

mod numbers;
mod orders;
mod walks;

use super::{Step, Trouble, Worker};
use crate::{desk::Desk, hub::Hub, options::us};
use regihub_channels::Channel;
use regihub_domain::ShopId;
use regihub_storage::{Link, Shop};
use std::sync::Arc;
use walks::Walk;

const JOBS_PER_STEP: usize = 100;

pub(crate) struct ShopLane {
    hub: Arc<Hub>,
    desk: Desk,
    shop: ShopId,
    channel: Result<Arc<dyn Channel>, String>,
    /// The feed is read without being told to, at this time (µs).
    orders_at: i64,
    listings: Walk,
    compare: Walk,
    push_not_before: i64,
}

impl Worker for ShopLane {
    fn desk(&self) -> &Desk {
        &self.desk
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
    pub(crate) fn new(hub: Arc<Hub>, desk: Desk, shop: &Shop) -> Self {
        let channel = hub.channel(shop);
        let compare_at = hub.clock.now_us() + us(hub.options.compare_shop);
        Self {
            hub,
            desk,
            shop: shop.id,
            channel,
            orders_at: 0,
            listings: Walk::default(),
            compare: Walk::beginning_at(compare_at),
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
        let (owner, now) = (self.desk.owner(), self.hub.clock.now_us());
        let next_job = self.desk.read(move |unit| unit.jobs().next_run(owner, now)).await?;
        let pushes_at = (self.push_not_before > now).then_some(self.push_not_before);
        let until =
            [next_job, pushes_at, Some(self.orders_at), Some(self.listings.next_at), Some(self.compare.next_at)];
        Ok(Step::Idle { until: until.into_iter().flatten().min().unwrap_or(now) })
    }
}
