use crate::{
    EngineOptions, facts,
    signals::{Lane, Signals},
};
use regihub_channels::{Channel, ChannelConfig};
use regihub_domain::{ConnectionId, ShopId};
use regihub_ports::{Dice, Exchange, SharedClock, SharedTransport};
use regihub_storage::{Connection, Link, Owner, Result, Shop, Storage, Unit};
use smaregi::platform::{Client, ClientOptions, Observer};
use std::sync::{
    Arc, Mutex, RwLock,
    atomic::{AtomicI64, Ordering},
};

/// What every tag begins with, so that our writes can be told in Smaregi's stock history.
pub const TAG_PREFIX: &str = "RH-";

/// How the world is reached. Apart, because a simulation puts different faults on each.
#[derive(Clone)]
pub struct Transports {
    pub smaregi: SharedTransport,
    pub shops: SharedTransport,
}

/// What every lane and flow works with.
pub struct Hub {
    pub storage: Storage,
    pub clock: SharedClock,
    pub dice: Dice,
    pub options: EngineOptions,
    pub transports: Transports,
    pub(crate) signals: Signals,
    /// Links with their settings, so that applying a level does not read the set-up each time. Refreshed by [`Hub::reload_links`].
    links: RwLock<Arc<Vec<Link>>>,
    instance: String,
    /// Name of this running process among the nodes.
    pub(crate) holder: String,
    /// The newest exchange any node has booked, as far as this one knows.
    newest_exchange: AtomicI64,
}

impl Hub {
    pub async fn open(
        storage: Storage,
        clock: SharedClock,
        dice: Dice,
        options: EngineOptions,
        transports: Transports,
    ) -> Result<Self> {
        let fresh = hex(&dice.bytes::<4>());
        let holder = format!("node-{}", hex(&dice.bytes::<4>()));
        let now = clock.now_us();
        let instance = storage.write(move |unit| instance_name(unit, fresh, now)).await?;
        let hub = Self {
            storage,
            clock,
            dice,
            options,
            transports,
            signals: Signals::new(),
            links: RwLock::default(),
            instance,
            holder,
            newest_exchange: AtomicI64::new(0),
        };
        hub.reload_links().await?;
        Ok(hub)
    }

    pub async fn reload_links(&self) -> Result<()> {
        let links = self.storage.read(|unit| unit.setup().links()).await?;
        *self.links.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(links);
        Ok(())
    }

    /// Tells open pages when another node has done something: nothing changes without a call being booked.
    pub(crate) fn seen_exchange(&self, newest: i64) {
        if self.newest_exchange.swap(newest, Ordering::Relaxed) != newest {
            self.signals.changed();
        }
    }

    pub(crate) fn links(&self) -> Arc<Vec<Link>> {
        self.links.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    pub(crate) fn links_of_shop(&self, shop: ShopId) -> Vec<Link> {
        self.links().iter().filter(|link| link.shop_id == shop).cloned().collect()
    }

    /// Wakes the shops that a connection's stock is published to.
    pub(crate) fn wake_shops(&self, connection: ConnectionId) {
        for link in self.links().iter().filter(|link| link.connection_id == connection) {
            self.signals.wake(Owner::Shop(link.shop_id), Lane::Shop);
        }
    }

    /// The tag that stands in Smaregi's stock history for one line of one state of an order. Unique for ever, printable ASCII, ≤ 100.
    pub(crate) fn tag(&self, shop: ShopId, order: &str, line: &str, sequence: i64) -> String {
        let plain: String =
            format!("{order}-{line}").chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).take(48).collect();
        format!("{TAG_PREFIX}{}-{shop}-{sequence}-{plain}", self.instance)
    }

    /// The client of a connection. Its clones share token and rate budget, so every lane of the connection must use clones of one.
    pub(crate) fn client(&self, connection: &Connection) -> Client {
        let options = ClientOptions {
            contract_id: connection.contract_id.clone(),
            api_base: connection.api_base.clone(),
            token_base: connection.token_base.clone(),
            client_id: connection.client_id.clone(),
            client_secret: connection.client_secret.expose().to_owned(),
            scopes: connection.scopes.split_whitespace().map(str::to_owned).collect(),
            reads_per_second: u32::try_from(connection.reads_per_second).unwrap_or(1),
            writes_per_second: u32::try_from(connection.writes_per_second).unwrap_or(1),
            max_attempts: 2,
        };
        Client::new(options, self.transports.smaregi.clone(), self.clock.clone(), self.dice.fork())
    }

    /// Fetches a token and reads one store: tells a wrong secret from a wrong contract from a missing scope from a dead server.
    pub async fn check_connection(&self, connection: &Connection) -> std::result::Result<(), String> {
        self.client(connection).check().await.map_err(|error| error.to_string())
    }

    pub fn channel(&self, shop: &Shop) -> std::result::Result<Arc<dyn Channel>, String> {
        let config = ChannelConfig {
            channel: shop.channel.clone(),
            base_url: shop.base_url.clone(),
            api_key: shop.api_key.expose().to_owned(),
            hook_secret: shop.hook_secret.expose().to_owned(),
        };
        regihub_channels::open(&config, self.transports.shops.clone(), self.clock.clone()).map_err(|e| e.to_string())
    }
}

fn instance_name(unit: &mut Unit<'_>, fresh: String, now: i64) -> Result<String> {
    if let Some(known) = unit.facts().get(Owner::Node, facts::INSTANCE)? {
        return Ok(known);
    }
    unit.facts().set(Owner::Node, facts::INSTANCE, &fresh, now)?;
    Ok(fresh)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Exchanges that no answer carries (token calls, attempts that were repeated), kept until the next unit of work writes them to the log.
#[derive(Default)]
pub(crate) struct FailedCalls(Mutex<Vec<Exchange>>);

/// Bound of what waits for the log; older ones give way, so a dead server cannot fill the memory.
const KEPT: usize = 32;

impl Observer for FailedCalls {
    fn exchanged(&self, exchange: &Exchange) {
        let token_call = exchange.url.ends_with("/token");
        if !token_call && exchange.status.is_some_and(|status| status < 400) {
            return; // comes back with its answer
        }
        let mut kept = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push(exchange.clone());
    }
}

impl FailedCalls {
    pub(crate) fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}
