//! The program under test, as far as it works without sockets: storage, engine and the door for notifications.

use crate::{bell::Bell, clock::MachineClock, door, wire::Door};
use regihub_engine::{Engine, EngineOptions, EngineParts, Transports};
use regihub_ports::Dice;
use regihub_storage::{Location, MasterKey, Mode, Options, Storage, Unit};
use std::{path::Path, sync::Arc};

pub(crate) struct Hub {
    pub(crate) storage: Storage,
    engine: Arc<Engine>,
}

pub(crate) fn open_storage(folder: &Path) -> Storage {
    let location = Location::Sqlite(folder.to_owned());
    let options = Options { location, mode: Mode::Inline, master_key: MasterKey::from_bytes([7; 32]) };
    Storage::open(options).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

async fn start_engine(
    storage: &Storage,
    clock: &MachineClock,
    dice: &Dice,
    options: &EngineOptions,
    transports: &Transports,
) -> Arc<Engine> {
    let parts = EngineParts {
        storage: storage.clone(),
        clock: Arc::new(clock.clone()),
        dice: dice.fork(),
        options: options.clone(),
        transports: transports.clone(),
    };
    Engine::start(parts).await.expect("the engine starts")
}

impl Hub {
    pub(crate) async fn start(
        folder: &Path,
        clock: &MachineClock,
        dice: &Dice,
        options: &EngineOptions,
        transports: &Transports,
        door: &Door,
    ) -> Self {
        let storage = open_storage(folder);
        let engine = start_engine(&storage, clock, dice, options, transports).await;
        let router = door::router(&storage, &engine, clock, dice.fork());
        *door.lock().expect("no test panics inside") = Some(router);
        Self { storage, engine }
    }

    /// Another node on the same database.
    pub(crate) async fn another_engine(
        &self,
        clock: &MachineClock,
        dice: &Dice,
        options: &EngineOptions,
        transports: &Transports,
    ) -> Arc<Engine> {
        start_engine(&self.storage, clock, dice, options, transports).await
    }

    /// As `kill -9` would: whatever is not committed is gone, and nobody is told.
    pub(crate) async fn kill(self, door: &Door) {
        *door.lock().expect("no test panics inside") = None;
        self.engine.kill();
        self.end().await;
    }

    /// As a person would: every lane ends its step, unless the hub dies in one of them.
    pub(crate) async fn stop(self, door: &Door, bell: &Bell) {
        *door.lock().expect("no test panics inside") = None;
        tokio::select! {
            biased;
            () = bell.rung() => {}
            () = self.engine.stop() => {}
        }
        self.engine.kill();
        self.end().await;
    }

    async fn end(self) {
        // Aborted tasks are dropped when the runtime comes to them.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        self.storage.close().await;
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Unit<'_>) -> regihub_storage::Result<T> + Send + 'static,
    ) -> T {
        self.storage.read(look).await.expect("the storage can be read")
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }
}
