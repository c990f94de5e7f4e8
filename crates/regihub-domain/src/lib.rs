//! Regihub's business in pure functions: sales, orders, the stock ledger, publishing.
//!
//! Nothing here reads a clock, a file, a socket or a random number. What comes in is a value, what goes out is a value, so every rule
//! can be tested by itself and replayed in a simulation.

pub mod ids;
pub mod order;
pub mod product;
pub mod publish;
pub mod sale;
pub mod stock;

pub use ids::*;
