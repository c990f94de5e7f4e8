//! Import of products: time and peak memory for assortments of different size.

use super::{procfs, round};
use crate::demo::{
    Folder,
    rest::until_rest,
    world::{World, WorldOptions},
};
use regihub_ports::{Clock, SystemClock};
use serde_json::{Value, json};
use std::time::Duration;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Sizes of the assortment
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    products: Vec<usize>,
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<Vec<Value>> {
    let mut rows = vec![];
    for &products in &args.products {
        let folder = Folder::choose(None)?;
        let options = WorldOptions { products: Some(products), reconcile_seconds: 60, ..WorldOptions::default() };
        let began = SystemClock.now_us();
        let world = World::start(folder.path(), options).await?;
        until_rest(&world, began, Duration::from_secs(900)).await?;
        let pid = world.hub.id().unwrap_or(0);
        let (cpu, memory) = (procfs::cpu_seconds(pid)?, procfs::memory(pid)?);
        let seconds = (SystemClock.now_us() - world.hub_ready_at) as f64 / 1e6;
        world.stop().await?;
        rows.push(json!({
            "what": "import", "products": products, "seconds": round(seconds), "cpu_us_per_product": round(cpu * 1e6 / products as f64),
            "peak_mib": round(memory.peak), "after_mib": round(memory.now),
        }));
    }
    Ok(rows)
}
