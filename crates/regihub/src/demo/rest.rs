//! Waits until the hub has nothing left to do.

use super::world::World;
use anyhow::bail;
use regihub_ports::{Clock, SystemClock};
use serde_json::Value;
use std::time::Duration;

/// How often the hub is asked.
const LOOK: Duration = Duration::from_millis(200);

/// Returns once nothing waits and both sides have been read again since `after` (µs): only then nothing can be on its way unseen, however many
/// notifications were lost.
pub(crate) async fn until_rest(world: &World, after: i64, patience: Duration) -> anyhow::Result<()> {
    let give_up = SystemClock.now_us() + i64::try_from(patience.as_micros())?;
    loop {
        let health = world.hub_api.get("/api/v1/health").await?;
        let pending = world.emulator_api.get("/control/deliveries").await?["pending"].as_u64().unwrap_or(0);
        if pending == 0 && at_rest(&health, after) {
            return Ok(());
        }
        if SystemClock.now_us() > give_up {
            bail!("the hub did not come to rest within {} s: {health}", patience.as_secs());
        }
        SystemClock.sleep(LOOK).await;
    }
}

fn at_rest(health: &Value, after: i64) -> bool {
    let backlog = &health["backlog"];
    let nothing = |name: &str| backlog[name].as_i64() == Some(0);
    let read_again = health["read_up_to"].as_i64().is_some_and(|at| at > after);
    nothing("jobs") && nothing("numbers") && nothing("writes") && read_again
}
