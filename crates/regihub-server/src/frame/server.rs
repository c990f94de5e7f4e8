//! The running server: what every handler has as its state.

use super::PageError;
use crate::{App, EngineHandle, ServerOptions, auth::Throttle, notifications::Addresses};
use regihub_domain::WorkspaceId;
use regihub_ports::{Dice, SharedClock};
use regihub_storage::{Storage, StorageError, Unit, views::Scope};
use std::sync::Arc;

/// The running server; every handler has it as its state.
pub(crate) type Hub = Arc<Server>;

pub(crate) struct Server {
    pub(crate) storage: Storage,
    pub(crate) clock: SharedClock,
    pub(crate) dice: Dice,
    pub(crate) engine: Arc<dyn EngineHandle>,
    pub(crate) options: ServerOptions,
    pub(crate) addresses: Addresses,
    pub(crate) throttle: Throttle,
}

impl Server {
    pub(crate) fn new(app: App) -> Self {
        let App { storage, clock, dice, engine, options } = app;
        Self { storage, clock, dice, engine, options, addresses: Addresses::new(), throttle: Throttle::default() }
    }

    /// One read in the bounds of a workspace.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        workspace: WorkspaceId,
        work: impl FnOnce(&mut Unit<'_>, &Scope) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, PageError> {
        let found = self.storage.read(move |unit| {
            let scope = Scope::load(unit.sql(), workspace)?;
            work(unit, &scope)
        });
        Ok(found.await?)
    }
}
