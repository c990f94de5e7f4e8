//! What must hold at every moment, whatever went wrong before.

use crate::{
    tenant::{STORES, Tenant},
    world::World,
};
use bytes::Bytes;
use http::Request;
use regihub_storage::Unit;
use serde_json::Value;
use smaregi_emulator::Emulator;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

/// What is remembered between two looks.
pub(crate) struct Watched {
    /// Filled by the lines at the moment it happens.
    broken: Arc<Mutex<Vec<String>>>,
    /// Highest version that each shop held, by host and SKU.
    held: BTreeMap<(String, String), u64>,
}

impl Watched {
    /// Looks at every push to these shops from now on.
    pub(crate) fn over(emulator: &Emulator, tenants: &[Tenant]) -> Self {
        let broken: Arc<Mutex<Vec<String>>> = Arc::default();
        for tenant in tenants {
            let (emulator, contract, codes) =
                (emulator.clone(), tenant.contract.clone(), tenant.office.codes().clone());
            let (broken, host) = (broken.clone(), tenant.host.clone());
            tenant.wire.set_watch(move |request| {
                for item in pushed_items(request) {
                    let sku = item["sku"].as_str().unwrap_or_default().to_owned();
                    if codes.get(&sku).is_some_and(|product| !has_moved(&emulator, &contract, product)) {
                        let complaint =
                            format!("{host}, {sku}: {} was pushed, but nobody knows the stock (I8)", item["quantity"]);
                        broken.lock().unwrap_or_else(PoisonError::into_inner).push(complaint);
                    }
                }
            });
        }
        Self { broken, held: BTreeMap::new() }
    }
}

fn pushed_items(request: &Request<Bytes>) -> Vec<Value> {
    if request.method() != http::Method::PUT {
        return vec![];
    }
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    body["items"].as_array().cloned().unwrap_or_default()
}

fn has_moved(emulator: &Emulator, contract: &str, product: u64) -> bool {
    STORES.iter().any(|store| !emulator.history(contract, product, *store).is_empty())
        || emulator.truth(contract).is_ok_and(|truth| truth.levels.keys().any(|(known, _)| *known == product))
}

impl World {
    /// Asserts everything that must hold at every moment.
    ///
    /// # Panics
    /// With the promise that was broken.
    pub async fn check(&mut self) {
        let broken = self.watched.broken.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert_eq!(broken, Vec::<String>::new(), "pushes that must not be");
        for number in 0..self.tenants.len() {
            self.check_shop(number);
            self.check_history(number);
        }
        self.check_versions();
        if self.is_up() {
            self.check_ledgers().await;
            self.check_inbox().await;
        }
    }

    fn check_shop(&mut self, number: usize) {
        let tenant = &self.tenants[number];
        let truth = tenant.shop.truth();
        assert_eq!(truth.oversold, 0, "the shop sold more than it had");
        for (sku, stock) in truth.stock {
            let version = stock.version.unwrap_or(0);
            let before = self.watched.held.insert((tenant.host.clone(), sku.clone()), version).unwrap_or(0);
            assert!(version >= before, "{sku}: the version in the shop went back from {before} to {version}");
        }
    }

    /// The hub never sends a version below one that it has sent before, whatever happened to it in between.
    fn check_versions(&self) {
        let mut pushes: Vec<_> = self.trace.since(0).into_iter().filter(|line| line.is("PUT", "/v1/stock")).collect();
        pushes.sort_by_key(|line| line.at);
        let mut sent: BTreeMap<_, u64> = BTreeMap::new();
        for line in pushes {
            for item in line.items() {
                let (sku, version) = (item["sku"].to_string(), item["version"].as_u64().unwrap_or(0));
                let before = sent.insert((line.way.clone(), sku.clone()), version).unwrap_or(0);
                assert!(version >= before, "{sku}: version {version} was sent after {before}");
            }
        }
    }

    /// I3: no tag stands twice in Smaregi's history.
    fn check_history(&self, number: usize) {
        for (memo, amounts) in self.written(number) {
            assert_eq!(amounts.len(), 1, "I3: {memo} was written {} times: {amounts:?}", amounts.len());
        }
    }

    /// Amounts of all stock changes that carry a tag of the hub, by tag.
    pub fn written(&self, number: usize) -> BTreeMap<String, Vec<i64>> {
        let contract = &self.tenants[number].contract;
        let truth = self.emulator.truth(contract).expect("the contract is there");
        let mut written: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for (product, store) in truth.levels.keys() {
            for change in self.emulator.history(contract, *product, *store) {
                let memo = change.memo.unwrap_or_default();
                if memo.starts_with("RH-") {
                    written.entry(memo).or_default().push(change.amount);
                }
            }
        }
        written
    }

    /// I6: every level is the sum of its entries.
    async fn check_ledgers(&self) {
        for tenant in &self.tenants {
            let connection = tenant.connection;
            let wrong = self.read(move |unit| unit.stock().check_sums(connection)).await;
            assert!(wrong.is_empty(), "I6: entries do not add up (product, store, level, sum): {wrong:?}");
        }
    }

    /// I1: whatever was answered with 200 is in the inbox.
    async fn check_inbox(&self) {
        let kept = self.read(all_bodies).await;
        for body in self.hooks.acknowledged() {
            assert!(kept.contains(&body), "I1: acknowledged and lost: {}", String::from_utf8_lossy(&body));
        }
    }
}

fn all_bodies(unit: &mut Unit<'_>) -> regihub_storage::Result<BTreeSet<Bytes>> {
    let (mut bodies, mut before) = (BTreeSet::new(), None);
    loop {
        let page = unit.inbox().list(None, before, 1000)?;
        let Some(last) = page.last() else { return Ok(bodies) };
        before = Some(last.id);
        bodies.extend(page.into_iter().map(|message| message.body));
    }
}
