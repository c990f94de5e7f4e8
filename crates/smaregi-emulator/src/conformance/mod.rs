//! Holds the emulator against the catalogue: for every endpoint a valid call and the calls that have to be refused.
//!
//! The calls are made from the catalogue's schemas and the rows of a small shop (`data/conformance.json`); [`examples`] gives the valid ones
//! for other uses, such as documentation. [`run`] makes them all in process, and [`coverage`] sums up what was seen.

mod cases;
mod coverage;
mod drive;
mod lists;
mod lives;
mod sample;
mod shop;

pub use coverage::{Coverage, CoverageRow, coverage};
pub use shop::{Example, examples};

use smaregi_catalogue::{Catalogue, Endpoint, Product};

/// One call that was made, and what was wrong with the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Product and endpoint: `pos GET /stock`.
    pub endpoint: String,
    /// What was tried: `without [productName]`.
    pub what: String,
    /// `None`: the answer was the expected one.
    pub problem: Option<String>,
}

/// All calls of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub checks: Vec<Check>,
    /// Endpoints that answer 501.
    pub missing: Vec<String>,
}

impl Report {
    /// Checks that went wrong.
    pub fn problems(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.problem.is_some())
    }
}

/// `pos GET /stock`
pub fn name(endpoint: &Endpoint) -> String {
    format!("{} {}", endpoint.product.segment(), endpoint.id())
}

/// Tries every endpoint of a product in all ways. Needs no runtime and no network.
pub fn run(catalogue: &'static Catalogue, product: Product) -> Report {
    let mut report = Report::default();
    for endpoint in catalogue.endpoints().iter().filter(|endpoint| endpoint.product == product) {
        cases::check(catalogue, endpoint, &mut report);
        lives::check(catalogue, endpoint, &mut report);
    }
    report
}
