//! Whole-system runs by seed in virtual time, without sockets.
//!
//! Smaregi (the emulator), the web shops (the demo shop) and the hub (storage, engine and its notification endpoints) live in one process on one
//! thread. Time is tokio's own and stands still while anybody works, so a day passes in seconds; everything random comes from one
//! seed, so the same seed gives the same run, request by request.
//!
//! | room | what lives there |
//! |---|---|
//! | `world`, `tenant`, `hub` | the parts, and how the hub dies and comes back |
//! | `wire`, `fate`, `bell` | the lines between the parts, what goes wrong on them, and the moment at which the hub dies |
//! | `office`, `scenario` | what people do: at the tills, at the admin screen, in the web shop |
//! | `invariants` | what must hold at every moment |
//! | `rest` | the end: everything comes to rest and must agree with the truth |
//! | `trace` | every request, so that two runs can be compared and stories can ask what was sent |
//!
//! The stories themselves are in `tests/`.

mod bell;
mod clock;
mod door;
mod fate;
mod folder;
mod hub;
mod invariants;
mod office;
mod rest;
mod scenario;
mod tenant;
mod trace;
mod wire;
mod world;

pub use bell::Bell;
pub use clock::MachineClock;
pub use fate::{CallFaults, Fate, HookFaults};
pub use office::{Codes, Office};
pub use scenario::{Scenario, Weather};
pub use tenant::{NEW_CODES, STORES, Tenant, WAREHOUSE};
pub use trace::{Line, Trace, Way};
pub use wire::{HookWire, Wire};
pub use world::{Plan, World};
