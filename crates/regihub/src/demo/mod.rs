//! `regihub demo`: Smaregi, the hub and a shop on this machine, working together.

pub(crate) mod api;
pub(crate) mod check;
pub(crate) mod children;
mod headless;
mod pace;
pub(crate) mod rest;
pub(crate) mod world;

use crate::Exit;
use std::path::PathBuf;
use world::{World, WorldOptions};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder that keeps the demo's state; a temporary one without it
    #[arg(long)]
    data: Option<PathBuf>,
    /// No pages, no gentle pace: work, come to rest, report
    #[arg(long)]
    headless: bool,
    /// Sales to ring up (headless)
    #[arg(long, default_value_t = 200)]
    sales: usize,
    /// Web orders to place (headless)
    #[arg(long, default_value_t = 40)]
    web_orders: usize,
    /// Lose, double, delay and reorder notifications; fail calls; cut connections after the commit
    #[arg(long)]
    faults: bool,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Compare every item on both sides and exit with 3 when anything differs (headless)
    #[arg(long)]
    check: bool,
    /// PostgreSQL for the hub instead of SQLite; must be empty at the first start
    #[arg(long)]
    database: Option<String>,
    /// Report in JSON (headless)
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<Exit> {
    let folder = Folder::choose(args.data.clone())?;
    let world = World::start(
        folder.path(),
        WorldOptions { seed: args.seed, database: args.database.clone(), ..WorldOptions::default() },
    )
    .await?;
    if args.headless {
        let work =
            headless::Work { sales: args.sales, web_orders: args.web_orders, faults: args.faults, seed: args.seed };
        return headless::run(world, work, args.check, args.json).await;
    }
    pace::run(world, args.seed).await
}

/// The demo's folder; a temporary one is removed at the end.
pub(crate) struct Folder {
    path: PathBuf,
    temporary: bool,
}

impl Folder {
    pub(crate) fn choose(given: Option<PathBuf>) -> anyhow::Result<Self> {
        if let Some(path) = given {
            return Ok(Self { path, temporary: false });
        }
        let path = std::env::temp_dir().join(format!("regihub-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self { path, temporary: true })
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
