//! `regihub emulator coverage`: which operations are emulated, how sure each is, and how many calls hold it against the catalogue.

use crate::{Exit, process};
use smaregi_catalogue::{Catalogue, Product};
use smaregi_emulator::conformance;

/// Calls every operation as the catalogue says, right and wrong, and prints the outcome as a table in Markdown
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> anyhow::Result<Exit> {
    let catalogue = Catalogue::bundled();
    let reports = [Product::Pos, Product::OrderShipment].map(|product| conformance::run(catalogue, product));
    process::say(&conformance::coverage(catalogue, &reports).to_string());
    let problems: Vec<String> = reports
        .iter()
        .flat_map(|report| report.problems())
        .map(|check| format!("{}, {}: {}", check.endpoint, check.what, check.problem.as_deref().unwrap_or_default()))
        .collect();
    if problems.is_empty() {
        return Ok(Exit::Done);
    }
    anyhow::bail!("{} calls were not answered as the catalogue says:\n{}", problems.len(), problems.join("\n"))
}
