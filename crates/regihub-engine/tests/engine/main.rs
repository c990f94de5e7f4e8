//! The engine on a database of its own and a Smaregi of a few lines. What needs a whole Smaregi and a shop is told in regihub-simulation.

mod nodes;
mod place;
mod records;
mod tidying;
