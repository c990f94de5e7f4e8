//! One file per command.

pub(crate) mod demo_shop;
pub(crate) mod emulator;
pub(crate) mod retention;
pub(crate) mod serve;
pub(crate) mod setup;
