//! What a contract holds before anybody has written anything.

use super::dataset;
use crate::{settings::Settings, spec::EmulatorError, state::World, time::Seconds};
use serde_json::{Map, Value};
use smaregi_catalogue::Catalogue;

/// Gives an empty contract its first rows: tax rates, roles and the like (`data/new_contract.json`).
pub(crate) fn first_rows(
    world: &mut World,
    catalogue: &'static Catalogue,
    settings: &Settings,
    contract: &str,
    now: Seconds,
) -> Result<(), EmulatorError> {
    let mut rows: Map<String, Value> = serde_json::from_str(include_str!("../../data/new_contract.json"))
        .map_err(|error| EmulatorError::data("new_contract.json", error))?;
    // Where the rows come from, for people.
    rows.remove("about");
    dataset::load(world, catalogue, settings, contract, &Value::Object(rows), now)
}
