//! Which connection or shop a notification address belongs to, kept in memory.

use crate::frame::Server;
use http::{HeaderMap, HeaderName};
use regihub_storage::{Connection, Owner, Result, Secret, Shop, Storage};
use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};
use subtle::ConstantTimeEq;

/// A changed secret or a revoked key is noticed after this long at the latest, also when another node changed it.
const FRESH_US: i64 = 30_000_000;
/// An unknown key may be a new connection: looked for again, but not more often than this, so that guessing keys costs nothing.
const LOOK_AGAIN_US: i64 = 1_000_000;

/// All notification addresses. They are few (one per connection and shop), so they are read together.
pub(crate) struct Addresses {
    known: RwLock<Arc<Known>>,
    loading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// `None` before the first read.
    loaded_at: Option<i64>,
    connections: HashMap<String, Arc<SmaregiAddress>>,
    shops: HashMap<String, Arc<Shop>>,
}

/// What a notification to one connection is held against.
pub(super) struct SmaregiAddress {
    pub(super) owner: Owner,
    pub(super) contract_id: String,
    header: HeaderName,
    secret: Secret,
}

impl SmaregiAddress {
    /// `None`, with a line in the log, when the configured header is not a header name.
    fn of(connection: Connection) -> Option<(String, Arc<Self>)> {
        let Ok(header) = HeaderName::try_from(&connection.hook_header) else {
            tracing::error!(connection = %connection.id, "the secret header of a connection is not a header name");
            return None;
        };
        let address = Self {
            owner: Owner::Connection(connection.id),
            contract_id: connection.contract_id,
            header,
            secret: connection.hook_secret,
        };
        Some((connection.hook_key, Arc::new(address)))
    }

    /// Compares in constant time. An empty secret matches nothing.
    pub(super) fn knows_sender(&self, headers: &HeaderMap) -> bool {
        let secret = self.secret.expose().as_bytes();
        let given = headers.get(&self.header).map_or(&[][..], |value| value.as_bytes());
        !secret.is_empty() && bool::from(given.ct_eq(secret))
    }
}

impl Addresses {
    pub(crate) fn new() -> Self {
        Self { known: RwLock::default(), loading: tokio::sync::Mutex::new(()) }
    }

    pub(super) async fn connection(&self, hub: &Server, key: &str) -> Result<Option<Arc<SmaregiAddress>>> {
        self.find(hub, |known| known.connections.get(key).cloned()).await
    }

    pub(super) async fn shop(&self, hub: &Server, key: &str) -> Result<Option<Arc<Shop>>> {
        self.find(hub, |known| known.shops.get(key).cloned()).await
    }

    async fn find<T>(&self, hub: &Server, pick: impl Fn(&Known) -> Option<T>) -> Result<Option<T>> {
        let now = hub.clock.now_us();
        let known = self.current();
        let found = pick(&known);
        let allowed_age = if found.is_some() { FRESH_US } else { LOOK_AGAIN_US };
        if known.is_younger(now, allowed_age) {
            return Ok(found);
        }
        let _one_at_a_time = self.loading.lock().await;
        if !self.current().is_younger(now, allowed_age) {
            match Known::load(&hub.storage, now).await {
                Ok(fresh) => *self.known.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(fresh),
                // A storage that cannot be read may still take messages: what was known goes on being known.
                Err(error) if found.is_some() => {
                    tracing::error!(%error, "notification addresses could not be read again; the known ones stay");
                    return Ok(found);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(pick(&self.current()))
    }

    fn current(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}

impl Known {
    fn is_younger(&self, now: i64, age: i64) -> bool {
        self.loaded_at.is_some_and(|at| now - at < age)
    }

    async fn load(storage: &Storage, now: i64) -> Result<Self> {
        let (connections, shops) =
            storage.read(|unit| Ok((unit.setup().connections()?, unit.setup().shops()?))).await?;
        Ok(Self {
            loaded_at: Some(now),
            connections: connections.into_iter().filter_map(SmaregiAddress::of).collect(),
            shops: shops.into_iter().map(|shop| (shop.hook_key.clone(), Arc::new(shop))).collect(),
        })
    }
}
