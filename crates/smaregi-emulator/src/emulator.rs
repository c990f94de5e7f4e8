//! The handle that everything else is reached by.

use crate::{
    faults::{self, FaultAction, FaultRule, Maintenance},
    http as web,
    http::limits::Limiter,
    problem::Problem,
    resources::{self, images::Fetches},
    settings::Settings,
    spec::{AppSpec, ContractSpec, EmulatorError},
    state::{Entry, Folder, Layouts, World},
    time_travel::Offset,
    webhooks::{self, Outbox},
};
use bytes::Bytes;
use http::{Request, Response};
use regihub_ports::{Clock, Dice, SharedClock, SystemClock};
use serde_json::Value;
use smaregi_catalogue::Catalogue;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::Notify;

/// A table that is never empty once a contract has its first rows.
const FIRST_FILLED: &str = "consumptionTaxRates";

/// Smaregi on your own machine. Cheap to clone; all clones are the same emulator.
#[derive(Clone)]
pub struct Emulator {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator").finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    pub(crate) clock: SharedClock,
    pub(crate) offset: Offset,
    pub(crate) dice: Dice,
    pub(crate) settings: Settings,
    pub(crate) catalogue: &'static Catalogue,
    /// Scope without `:read`/`:write`, by event.
    pub(crate) event_scopes: BTreeMap<String, String>,
    /// Rung when a delivery is waiting.
    pub(crate) wake: Notify,
    /// Rung when an image is to be fetched.
    pub(crate) fetch: Notify,
    state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) limiter: Limiter,
    pub(crate) outbox: Outbox,
    pub(crate) fetches: Fetches,
    pub(crate) faults: Vec<FaultRule>,
    pub(crate) maintenance: Maintenance,
    pub(crate) calls: BTreeMap<String, u64>,
    pub(crate) next_request_id: u64,
}

impl State {
    pub(crate) fn count(&mut self, operation: String) {
        *self.calls.entry(operation).or_default() += 1;
    }
}

impl Inner {
    fn first_rows(&self, state: &mut State, contract: &str) -> Result<(), EmulatorError> {
        resources::first_rows(&mut state.world, self.catalogue, &self.settings, contract, self.now())?;
        Ok(state.world.save()?)
    }

    pub(crate) fn reset(&self, state: &mut State) -> Result<(), EmulatorError> {
        state.world.reset()?;
        let contracts: Vec<Arc<str>> = state.world.shops().map(|shop| shop.id.clone()).collect();
        contracts.iter().try_for_each(|contract| self.first_rows(state, contract))
    }
}

/// Collects what an emulator needs. Everything has a default.
pub struct EmulatorBuilder {
    clock: SharedClock,
    dice: Dice,
    settings: Settings,
    data_dir: Option<PathBuf>,
}

impl EmulatorBuilder {
    pub fn clock(self, clock: SharedClock) -> Self {
        Self { clock, ..self }
    }

    pub fn dice(self, dice: Dice) -> Self {
        Self { dice, ..self }
    }

    pub fn settings(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    /// Folder in which state survives a restart; `None`: memory only.
    pub fn data_dir(self, data_dir: Option<PathBuf>) -> Self {
        Self { data_dir, ..self }
    }

    /// # Errors
    /// When the folder cannot be used, another emulator has it, or its journal is damaged before its last line.
    pub fn build(self) -> Result<Emulator, EmulatorError> {
        let catalogue = Catalogue::bundled();
        let mut world = World::new(Layouts::bundled());
        if let Some(dir) = &self.data_dir {
            let folder = Folder::lock(dir)?;
            let layouts = world.layouts.clone();
            folder.replay(&layouts, |entry| world.apply(entry))?;
            let now = self.clock.now().as_second().saturating_add(world.identities.clock_offset());
            world.forget_expired_tokens(now);
            let journal = folder.compact(world.journal_lines())?;
            world.keep_journal(journal);
        }
        let state = State {
            world,
            limiter: Limiter::default(),
            outbox: Outbox::default(),
            fetches: Fetches::default(),
            faults: Vec::new(),
            maintenance: Maintenance::default(),
            calls: BTreeMap::new(),
            next_request_id: 1,
        };
        let inner = Inner {
            offset: Offset::of(&state.world),
            clock: self.clock,
            dice: self.dice,
            settings: self.settings,
            catalogue,
            event_scopes: webhooks::scopes_by_event(catalogue),
            wake: Notify::new(),
            fetch: Notify::new(),
            state: Mutex::new(state),
        };
        Ok(Emulator { inner: Arc::new(inner) })
    }
}

/// The connection broke before an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Nothing was done.
    Before,
    /// Everything was done.
    AfterCommit,
}

impl Emulator {
    /// The machine's clock, dice from the system, default settings, memory only.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder {
            clock: Arc::new(SystemClock),
            dice: Dice::from_os(),
            settings: Settings::default(),
            data_dir: None,
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    /// Adds a contract with what a new one holds (tax rates, roles, …), or changes the plan of an existing one. Its data stay.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn add_contract(&self, spec: ContractSpec) -> Result<(), EmulatorError> {
        let contract = spec.contract_id.clone();
        // Rates cannot be deleted, so a contract without any has not had its first rows.
        let is_new = self.state().world.shop(&contract).is_none_or(|shop| shop.table(FIRST_FILLED).len() == 0);
        self.record([Entry::Contract(spec)])?;
        if is_new { self.inner.first_rows(&mut self.state(), &contract) } else { Ok(()) }
    }

    /// Adds an app, or replaces the one with the same client id.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn add_app(&self, spec: AppSpec) -> Result<(), EmulatorError> {
        self.record([Entry::App(spec)])
    }

    pub(crate) fn record(&self, entries: impl IntoIterator<Item = Entry>) -> Result<(), EmulatorError> {
        let world = &mut self.state().world;
        entries.into_iter().for_each(|entry| world.record(entry));
        world.save().map_err(|problem| EmulatorError::data("journal", problem.detail.unwrap_or_default()))
    }

    /// The whole state as one JSON.
    pub fn snapshot(&self) -> Value {
        self.state().world.snapshot()
    }

    /// Replaces the whole state by a snapshot.
    ///
    /// # Errors
    /// When it is not a snapshot of an emulator; nothing is changed then.
    pub fn restore(&self, snapshot: &Value) -> Result<(), EmulatorError> {
        let mut state = self.state();
        state.world.restore(snapshot)?;
        self.inner.follow_clock_of(&state.world);
        Ok(())
    }

    /// Makes all contracts as they are when new. Contracts, apps, people, tokens and the clock stay.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn reset(&self) -> Result<(), EmulatorError> {
        self.inner.reset(&mut self.state())
    }

    /// Answers one request at once, without faults.
    pub fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        web::handle(&self.inner, &mut self.state(), request)
    }

    /// Answers one request with the faults that were asked for.
    ///
    /// # Errors
    /// [`Cut`] when the connection is to break without an answer.
    pub async fn exchange(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Cut> {
        let trouble = faults::choose(&mut self.state(), &self.inner.dice, request);
        if trouble.slow_ms > 0 {
            self.inner.clock.sleep(Duration::from_millis(trouble.slow_ms)).await;
        }
        match trouble.action {
            Some(FaultAction::DropBefore) => Err(Cut::Before),
            Some(FaultAction::CommitThenDrop) => {
                self.handle(request);
                Err(Cut::AfterCommit)
            }
            Some(FaultAction::Status { status, retry_after }) => {
                Ok(web::refuse(&self.inner, &Problem::unavailable(status, retry_after)))
            }
            Some(FaultAction::Slow { .. }) | None => Ok(self.handle(request)),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
