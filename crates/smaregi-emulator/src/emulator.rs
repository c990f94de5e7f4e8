//! The handle that everything else is reached by.

use crate::{
    calls::Calls,
    console::Door,
    control::{Mailbox, OfflineSale},
    faults::{self, FaultAction, FaultRule, Maintenance},
    http as web,
    http::limits::Limiter,
    problem::Problem,
    requests::{self, Disturbed, RequestLog},
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
use smaregi_catalogue::{Catalogue, Endpoint};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock},
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
    /// Made when somebody first comes to the console.
    pub(crate) console: OnceLock<Door>,
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
    pub(crate) calls: Calls,
    pub(crate) next_request_id: u64,
    pub(crate) requests: RequestLog,
    /// Sales of tills without network, oldest first.
    pub(crate) offline: Vec<OfflineSale>,
    pub(crate) mails: Mailbox,
}

impl State {
    pub(crate) fn count(&mut self, operation: String) {
        self.calls.count(operation);
    }

    pub(crate) fn count_endpoint(&mut self, endpoint: &'static Endpoint) {
        self.calls.count_endpoint(endpoint);
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

impl Inner {
    pub(crate) fn add_contract(&self, state: &mut State, spec: ContractSpec) -> Result<(), EmulatorError> {
        let contract = spec.contract_id.clone();
        // Rates cannot be deleted, so a contract without any has not had its first rows.
        let is_new = state.world.shop(&contract).is_none_or(|shop| shop.table(FIRST_FILLED).len() == 0);
        Self::record(state, Entry::Contract(spec))?;
        if is_new { self.first_rows(state, &contract) } else { Ok(()) }
    }

    pub(crate) fn add_app(&self, state: &mut State, spec: AppSpec) -> Result<(), EmulatorError> {
        Self::record(state, Entry::App(spec))
    }

    fn record(state: &mut State, entry: Entry) -> Result<(), EmulatorError> {
        state.world.record(entry);
        state.world.save().map_err(|problem| EmulatorError::data("journal", problem.detail.unwrap_or_default()))
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
            let journal = Folder::lock(dir)?.open(&mut world, self.clock.now().as_second())?;
            world.keep_journal(journal);
        }
        let state = State {
            world,
            limiter: Limiter::default(),
            outbox: Outbox::default(),
            fetches: Fetches::default(),
            faults: Vec::new(),
            maintenance: Maintenance::default(),
            calls: Calls::default(),
            next_request_id: 1,
            requests: RequestLog::default(),
            offline: Vec::new(),
            mails: Mailbox::default(),
        };
        let inner = Inner {
            offset: Offset::of(&state.world),
            clock: self.clock,
            dice: self.dice,
            settings: self.settings,
            catalogue,
            event_scopes: webhooks::scopes_by_event(catalogue),
            wake: Notify::new(),
            console: OnceLock::new(),
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
        self.inner.add_contract(&mut self.state(), spec)
    }

    /// Adds an app, or replaces the one with the same client id.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn add_app(&self, spec: AppSpec) -> Result<(), EmulatorError> {
        self.inner.add_app(&mut self.state(), spec)
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
        self.handle_disturbed(request, Disturbed::default())
    }

    fn handle_disturbed(&self, request: &Request<Bytes>, disturbed: Disturbed) -> Response<Bytes> {
        let mut state = self.state();
        let response = web::handle(&self.inner, &mut state, request);
        requests::note(&mut state, self.inner.now(), request, Some(&response), disturbed);
        response
    }

    /// The answer at once, under one lock, when no faults were asked for.
    fn undisturbed(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let mut state = self.state();
        if !state.faults.is_empty() {
            return None;
        }
        let response = web::handle(&self.inner, &mut state, request);
        requests::note(&mut state, self.inner.now(), request, Some(&response), Disturbed::default());
        Some(response)
    }

    /// Answers one request with the faults that were asked for.
    ///
    /// # Errors
    /// [`Cut`] when the connection is to break without an answer.
    pub async fn exchange(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Cut> {
        if let Some(response) = self.undisturbed(request) {
            return Ok(response);
        }
        let trouble = faults::choose(&mut self.state(), &self.inner.dice, request);
        if trouble.slow_ms > 0 {
            self.inner.clock.sleep(Duration::from_millis(trouble.slow_ms)).await;
        }
        let hit = |fault: Option<&'static str>| Disturbed { fault, slow_ms: trouble.slow_ms };
        let note = |response: Option<&Response<Bytes>>, fault: &'static str| {
            requests::note(&mut self.state(), self.inner.now(), request, response, hit(Some(fault)));
        };
        match trouble.action {
            Some(FaultAction::DropBefore) => {
                note(None, "drop_before");
                Err(Cut::Before)
            }
            Some(FaultAction::CommitThenDrop) => {
                self.handle_disturbed(request, hit(Some("commit_then_drop")));
                Err(Cut::AfterCommit)
            }
            Some(FaultAction::Status { status, retry_after }) => {
                let response = web::refuse(&self.inner, &Problem::unavailable(status, retry_after));
                note(Some(&response), "status");
                Ok(response)
            }
            Some(FaultAction::Slow { .. }) | None => Ok(self.handle_disturbed(request, hit(None))),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
