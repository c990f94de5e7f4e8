//! Patient reads through everything a shop sells: its product list, and its numbers compared with ours.

use super::{JOBS_PER_STEP, ShopLane};
use crate::{
    facts,
    flows::{listings, publish},
    kinds,
    lanes::Trouble,
    options::us,
};
use regihub_channels::ShopStock;
use regihub_domain::Sku;
use regihub_storage::{Link, PublicationRow};
use std::collections::BTreeMap;

/// A patient read that goes through all SKUs, one page per step.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) next_at: i64,
    running: bool,
    after: Option<Sku>,
    began: i64,
    found: i64,
}

impl ShopLane {
    pub(super) fn listings_due(&self) -> bool {
        self.listings.running || self.listings.next_at <= self.hub.clock.now_us()
    }

    pub(super) async fn read_listings(&mut self, links: &[Link]) -> Result<(), Trouble> {
        self.listings.start(self.hub.clock.now_us());
        let answer = self.channel()?.products(self.listings.after.clone()).await?;
        let (owner, shop, now, began) = (self.desk.owner(), self.shop, self.hub.clock.now_us(), self.listings.began);
        let (links, next) = (links.to_vec(), answer.value.next.clone());
        let last = next.is_none();
        self.desk
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

    pub(super) fn compare_due(&self) -> bool {
        self.compare.running || self.compare.next_at <= self.hub.clock.now_us()
    }

    /// Reads the shop's numbers back. What differs from what was last pushed, with nothing on its way, is drift: it is counted, and pushed again.
    pub(super) async fn compare(&mut self, links: &[Link]) -> Result<(), Trouble> {
        self.compare.start(self.hub.clock.now_us());
        let answer = self.channel()?.read_stock(self.compare.after.clone()).await?;
        let (owner, now) = (self.desk.owner(), self.hub.clock.now_us());
        let (links, next) = (links.to_vec(), answer.value.next.clone());
        let found_before = self.compare.found;
        let last = next.is_none();
        let found = self
            .desk
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
    pub(super) fn beginning_at(next_at: i64) -> Self {
        Self { next_at, ..Self::default() }
    }

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
