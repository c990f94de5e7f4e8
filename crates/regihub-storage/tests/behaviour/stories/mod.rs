pub mod inbox;
pub mod intents;
pub mod jobs;
pub mod ledger;
pub mod mirrors;
pub mod publications;
pub mod setup;
pub mod units;
