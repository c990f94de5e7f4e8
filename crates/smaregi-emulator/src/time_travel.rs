//! The emulator's own time: its clock plus an offset that people change. Tokens, dates and layaways age by it.

use crate::{
    emulator::{Emulator, Inner, State},
    spec::EmulatorError,
    state::{Entry, IdentityEntry, World},
    time::{self, Seconds},
};
use std::sync::atomic::{AtomicI64, Ordering};

/// The years in which everything can be written as a date: 2000 to 2199.
const EARLIEST: Seconds = 946_652_400;
const LATEST: Seconds = 7_258_086_000;

/// How far the emulator is ahead of its clock. Seconds.
#[derive(Debug, Default)]
pub(crate) struct Offset(AtomicI64);

impl Offset {
    pub(crate) fn of(world: &World) -> Self {
        Self(AtomicI64::new(world.identities.clock_offset()))
    }
}

impl Inner {
    /// The emulator's time.
    pub(crate) fn now(&self) -> Seconds {
        self.clock.now().as_second().saturating_add(self.clock_offset())
    }

    pub(crate) fn clock_offset(&self) -> Seconds {
        self.offset.0.load(Ordering::Relaxed)
    }

    /// After a snapshot was loaded.
    pub(crate) fn follow_clock_of(&self, world: &World) {
        self.offset.0.store(world.identities.clock_offset(), Ordering::Relaxed);
    }

    /// Runs the time forward, or back with a negative number.
    pub(crate) fn advance_clock(&self, state: &mut State, seconds: i64) -> Result<Seconds, EmulatorError> {
        self.set_clock(state, self.now().saturating_add(seconds))
    }

    pub(crate) fn set_clock(&self, state: &mut State, to: Seconds) -> Result<Seconds, EmulatorError> {
        if !(EARLIEST..LATEST).contains(&to) {
            let reason = format!("allowed are the years 2000 to 2199, got {to} seconds since 1970");
            return Err(EmulatorError::data("clock", reason));
        }
        let offset = to - self.clock.now().as_second();
        state.world.record(Entry::Identity(IdentityEntry::ClockOffset(offset)));
        state.world.save()?;
        self.follow_clock_of(&state.world);
        Ok(self.now())
    }
}

impl Emulator {
    /// The emulator's time, seconds since 1970, UTC.
    pub fn now(&self) -> i64 {
        self.inner.now()
    }

    /// Runs the emulator's time forward by so many seconds; tokens age, dates change. Waiting deliveries still wait for real.
    ///
    /// # Errors
    /// When the time leaves the years 2000 to 2199, or the journal cannot be written.
    pub fn advance_clock(&self, seconds: i64) -> Result<(), EmulatorError> {
        self.inner.advance_clock(&mut self.state(), seconds).map(drop)
    }

    /// Sets the emulator's time to a date-time with offset (`2026-11-21T10:00:00+09:00`); it goes on from there.
    ///
    /// # Errors
    /// When it cannot be read or is outside of the years 2000 to 2199, or the journal cannot be written.
    pub fn set_clock(&self, to: &str) -> Result<(), EmulatorError> {
        let seconds = read(to)?;
        self.inner.set_clock(&mut self.state(), seconds).map(drop)
    }
}

pub(crate) fn read(text: &str) -> Result<Seconds, EmulatorError> {
    let wanted = "wanted a date-time with offset, as 2026-11-21T10:00:00+09:00";
    time::parse(text).ok_or_else(|| EmulatorError::data("now", format!("got {text:?}, {wanted}")))
}
