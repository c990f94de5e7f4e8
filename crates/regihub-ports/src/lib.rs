//! Time, randomness and the network as parameters.
//!
//! Everything that decides takes a [`Clock`], a [`Dice`] and a [`Transport`]; this crate holds the traits and the real ones behind them. It is the only
//! room where the ambient ones may be used (see `clippy.toml`), which is what lets a simulation run the whole system in virtual time.

mod clock;
mod dice;
mod network;
mod transport;

pub use clock::{Clock, SharedClock, SystemClock, VirtualClock};
pub use dice::Dice;
pub use network::{AddressPolicy, NetworkOptions, NetworkTransport};
pub use transport::{BoxFuture, Exchange, SharedTransport, Transport, TransportError, TransportErrorKind, exchange};
