use crate::{
    EngineOptions,
    hub::{Hub, Transports},
    keeper::Keeper,
    signals::Lane,
};
use regihub_ports::{Dice, SharedClock};
use regihub_storage::{Owner, Result, Storage};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::{sync::watch, task::JoinSet};

/// What an engine is made of.
pub struct EngineParts {
    pub storage: Storage,
    pub clock: SharedClock,
    pub dice: Dice,
    pub options: EngineOptions,
    pub transports: Transports,
}

/// The running engine of one node: the lanes of every connection and shop whose lease this node holds.
pub struct Engine {
    hub: Arc<Hub>,
    keeper: Arc<Keeper>,
    stop: watch::Sender<bool>,
    tasks: Mutex<JoinSet<()>>,
}

impl Engine {
    /// Starts everything that is set up in the storage and that no other node works for. Work that an earlier run left waiting goes on.
    pub async fn start(parts: EngineParts) -> Result<Arc<Self>> {
        let EngineParts { storage, clock, dice, options, transports } = parts;
        let hub = Arc::new(Hub::open(storage, clock, dice, options, transports).await?);
        let keeper = Arc::new(Keeper::new(hub.clone()));
        let (stop, stopped) = watch::channel(false);
        let engine = Arc::new(Self { hub, keeper: keeper.clone(), stop, tasks: Mutex::default() });
        let deadline = keeper.lanes_may_run();
        engine.reload().await?;
        engine.tasks().spawn(keeper.run(deadline, stopped));
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
        self.keeper.round().await?;
        self.wake_all();
        Ok(())
    }

    /// Somebody did something that lanes should look at now: a button was pressed, a setting changed.
    pub fn wake_all(&self) {
        self.keeper.wake_all();
    }

    /// A notification of this owner was stored with its jobs. When another node works for the owner, that node finds them.
    pub fn arrived(&self, owner: Owner) {
        let lane = if matches!(owner, Owner::Shop(_)) { Lane::Shop } else { Lane::Reader };
        self.hub.signals.wake(owner, lane);
        self.hub.signals.changed();
    }

    /// Lets every lane end the step it is in, gives the leases back, then returns.
    pub async fn stop(&self) {
        self.keeper.close().await;
        let _ = self.stop.send(true);
        let mut tasks = std::mem::take(&mut *self.tasks());
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!("a task ended badly: {error}");
            }
        }
    }

    /// Ends everything at once, wherever it is, as a power cut would. For tests and simulations.
    pub fn kill(&self) {
        self.tasks().abort_all();
        self.keeper.kill();
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
