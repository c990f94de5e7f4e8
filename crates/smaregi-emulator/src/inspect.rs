//! The state from outside: who may call, and everything at once as a snapshot.

use crate::{
    emulator::Emulator,
    spec::{AppSpec, ContractSpec, EmulatorError},
};
use serde_json::Value;
use smaregi_catalogue::Catalogue;
use std::io::{self, Read, Write};

/// Every scope Smaregi knows: for an app that may do everything.
pub fn all_scopes() -> Vec<String> {
    Catalogue::bundled().scopes().iter().map(|scope| scope.name.clone()).collect()
}

impl Emulator {
    /// All contracts, by id.
    pub fn contracts(&self) -> Vec<ContractSpec> {
        self.state().world.shops().map(|shop| shop.spec.clone()).collect()
    }

    /// All apps with their keys, by client id.
    pub fn apps(&self) -> Vec<AppSpec> {
        self.state().world.apps().cloned().collect()
    }

    /// The whole state as one JSON. For a large state see [`Emulator::write_snapshot`].
    pub fn snapshot(&self) -> Value {
        let mut text = Vec::new();
        let written = self.write_snapshot(&mut text);
        written.ok().and_then(|()| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Replaces the whole state by a snapshot.
    ///
    /// # Errors
    /// When it is not a snapshot of an emulator; nothing is changed then.
    pub fn restore(&self, snapshot: &Value) -> Result<(), EmulatorError> {
        self.read_snapshot(snapshot.to_string().as_bytes())
    }

    /// Writes the whole state, entry by entry. Calls wait meanwhile. The same state gives the same bytes.
    ///
    /// # Errors
    /// When `out` does.
    pub fn write_snapshot(&self, out: &mut impl Write) -> io::Result<()> {
        self.state().world.write_snapshot(out)
    }

    /// Replaces the whole state by what [`Emulator::write_snapshot`] wrote.
    ///
    /// # Errors
    /// When it is not a snapshot of an emulator, or one of a newer version; nothing is changed then. The text names the entry, line and column.
    pub fn read_snapshot(&self, reader: impl Read) -> Result<(), EmulatorError> {
        let mut state = self.state();
        state.world.read_snapshot(reader)?;
        self.inner.follow_clock_of(&state.world);
        Ok(())
    }
}
