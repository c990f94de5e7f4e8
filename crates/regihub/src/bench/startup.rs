//! From the start of the process to the first answer, and memory while idle.

use super::{procfs, round};
use crate::demo::{
    Folder,
    world::{World, WorldOptions},
};
use regihub_ports::{Clock, SystemClock};
use serde_json::{Value, json};
use std::time::Duration;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often it is started
    #[arg(long, default_value_t = 5)]
    runs: usize,
    #[arg(long)]
    pub(crate) json: bool,
}

/// How long the hub is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(3);

pub(crate) async fn run(args: &Args) -> anyhow::Result<Vec<Value>> {
    let folder = Folder::choose(None)?;
    // The first start makes the database; it is not what a restart costs.
    World::start(folder.path(), WorldOptions::default()).await?.stop().await?;
    let mut times = vec![];
    let mut idle = 0.0;
    for _ in 0..args.runs {
        let world =
            World::start(folder.path(), WorldOptions { reconcile_seconds: 60, ..WorldOptions::default() }).await?;
        times.push(world.hub_started_in);
        SystemClock.sleep(IDLE).await;
        idle = procfs::memory(world.hub.id().unwrap_or(0))?.now;
        world.stop().await?;
    }
    times.sort_unstable();
    let ms = |us: i64| us as f64 / 1000.0;
    Ok(vec![json!({
        "what": "start to first answer", "runs": args.runs, "min_ms": ms(times[0]), "median_ms": ms(times[times.len() / 2]),
        "max_ms": ms(times[times.len() - 1]), "idle_memory_mib": round(idle),
    })])
}
