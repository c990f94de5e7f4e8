use crate::{
    EngineOptions,
    hub::{Hub, Transports},
    lanes::{self, outbox::Outbox, reader::Reader, shop::ShopLane},
    signals::Lane,
};
use regihub_ports::{Dice, SharedClock};
use regihub_storage::{Connection, Owner, Result, Shop, Storage};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use tokio::{sync::watch, task::JoinSet};

/// What an engine is made of.
pub struct EngineParts {
    pub storage: Storage,
    pub clock: SharedClock,
    pub dice: Dice,
    pub options: EngineOptions,
    pub transports: Transports,
}

/// The running engine: two lanes for each connection, one for each shop.
pub struct Engine {
    hub: Arc<Hub>,
    stop: watch::Sender<bool>,
    tasks: Mutex<JoinSet<()>>,
    running: Mutex<BTreeSet<Owner>>,
}

impl Engine {
    /// Starts everything that is set up in the storage. Work that an earlier run left waiting goes on.
    pub async fn start(parts: EngineParts) -> Result<Arc<Self>> {
        let EngineParts { storage, clock, dice, options, transports } = parts;
        let hub = Arc::new(Hub::open(storage, clock, dice, options, transports).await?);
        let stop = watch::Sender::new(false);
        let engine = Arc::new(Self { hub, stop, tasks: Mutex::default(), running: Mutex::default() });
        engine.reload().await?;
        Ok(engine)
    }

    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Counts up whenever something a page shows has changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.hub.signals.changes()
    }

    /// Takes over changes of the set-up: new connections and shops get their lanes, links their new settings.
    pub async fn reload(&self) -> Result<()> {
        self.hub.reload_links().await?;
        let (connections, shops) =
            self.hub.storage.read(|unit| Ok((unit.setup().connections()?, unit.setup().shops()?))).await?;
        for connection in &connections {
            self.start_connection(connection);
        }
        for shop in &shops {
            self.start_shop(shop);
        }
        self.wake_all();
        Ok(())
    }

    fn start_connection(&self, connection: &Connection) {
        let owner = Owner::Connection(connection.id);
        if !self.first_time(owner) {
            return;
        }
        let signals = &self.hub.signals;
        let client = self.hub.client(connection);
        let outbox = Outbox::new(self.hub.clone(), connection.id, &client);
        let reader = Reader::new(self.hub.clone(), connection.id, client);
        let mut tasks = self.tasks();
        tasks.spawn(lanes::run(reader, signals.lane(owner, Lane::Reader), self.stop.subscribe()));
        tasks.spawn(lanes::run(outbox, signals.lane(owner, Lane::Outbox), self.stop.subscribe()));
    }

    fn start_shop(&self, shop: &Shop) {
        let owner = Owner::Shop(shop.id);
        if self.first_time(owner) {
            let lane = ShopLane::new(self.hub.clone(), shop);
            self.tasks().spawn(lanes::run(lane, self.hub.signals.lane(owner, Lane::Shop), self.stop.subscribe()));
        }
    }

    fn first_time(&self, owner: Owner) -> bool {
        self.running.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(owner)
    }

    /// Somebody did something that lanes should look at now: a button was pressed, a setting changed.
    pub fn wake_all(&self) {
        let owners = self.running.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        for owner in owners {
            for lane in [Lane::Reader, Lane::Outbox, Lane::Shop] {
                self.hub.signals.wake(owner, lane);
            }
        }
    }

    /// A notification of this owner was stored with its jobs.
    pub fn arrived(&self, owner: Owner) {
        let lane = if matches!(owner, Owner::Shop(_)) { Lane::Shop } else { Lane::Reader };
        self.hub.signals.wake(owner, lane);
        self.hub.signals.changed();
    }

    /// Lets every lane end the step it is in, then returns.
    pub async fn stop(&self) {
        let _ = self.stop.send(true);
        let mut tasks = std::mem::take(&mut *self.tasks());
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!("a lane ended badly: {error}");
            }
        }
    }

    /// Ends everything at once, wherever it is, as a power cut would. For tests and simulations.
    pub fn kill(&self) {
        self.tasks().abort_all();
    }

    fn tasks(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
