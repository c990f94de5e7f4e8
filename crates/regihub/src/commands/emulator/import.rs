//! `regihub emulator import`: rows of a CSV file, into a running emulator or into its folder.

use crate::{Exit, process};
use anyhow::{Context, bail};
use bytes::Bytes;
use regihub_ports::{AddressPolicy, NetworkOptions, NetworkTransport, Transport};
use smaregi_emulator::{CsvTable, Emulator};
use std::path::{Path, PathBuf};

/// Imports products, categories, customers, stores or stock from a CSV file: all rows or none
#[derive(clap::Args)]
pub(crate) struct Args {
    /// UTF-8 or Shift_JIS; the first line names fields as Smaregi's API or in Japanese
    #[arg(long)]
    csv: PathBuf,
    /// products, categories, customers, stores or stock [default: the file's name]
    #[arg(long)]
    table: Option<CsvTable>,
    /// Contract that gets the rows [default: the only one]
    #[arg(long)]
    contract: Option<String>,
    /// Address of the running emulator
    #[arg(long, default_value = "http://127.0.0.1:8090", conflicts_with = "data")]
    url: String,
    /// Its control key, if it has one
    #[arg(long, env = "REGIHUB_EMULATOR_CONTROL_KEY", hide_env_values = true)]
    control_key: Option<String>,
    /// Folder of an emulator that is not running, instead of an address
    #[arg(long)]
    data: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<Exit> {
    let table = match args.table {
        Some(table) => table,
        None => of_name(&args.csv)?,
    };
    let bytes = std::fs::read(&args.csv).with_context(|| format!("reading {}", args.csv.display()))?;
    let report = match &args.data {
        Some(folder) => into_folder(folder, args.contract.as_deref(), table, &bytes)?,
        None => into_running(&args, table, bytes).await?,
    };
    process::say(&report);
    Ok(Exit::Done)
}

/// `products.csv` holds products.
fn of_name(file: &Path) -> anyhow::Result<CsvTable> {
    let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    name.parse().map_err(|reason| anyhow::anyhow!("--table is needed, as the file's name does not tell: {reason}"))
}

fn into_folder(folder: &Path, contract: Option<&str>, table: CsvTable, bytes: &[u8]) -> anyhow::Result<String> {
    if !folder.is_dir() {
        bail!("--data: {} is no folder", folder.display());
    }
    let emulator = Emulator::builder().data_dir(Some(folder.to_owned())).build()?;
    let contracts = emulator.contracts();
    let contract = match (contract, contracts.as_slice()) {
        (Some(named), _) => named.to_owned(),
        (None, [only]) => only.contract_id.clone(),
        (None, all) => bail!("--contract is needed: the folder holds {} contracts", all.len()),
    };
    let imported = emulator.import_csv(&contract, table, bytes)?;
    Ok(told(table, imported.created as u64, imported.changed as u64))
}

async fn into_running(args: &Args, table: CsvTable, bytes: Vec<u8>) -> anyhow::Result<String> {
    let contract = args.contract.as_ref().map(|contract| format!("?contract={contract}")).unwrap_or_default();
    let address = format!("{}/control/import/{}{contract}", args.url.trim_end_matches('/'), table.name());
    let mut request = http::Request::post(&address).header("content-type", "text/csv");
    if let Some(key) = &args.control_key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let network = NetworkOptions { addresses: AddressPolicy::Any, ..NetworkOptions::default() };
    let answer = NetworkTransport::new(network).send(request.body(Bytes::from(bytes))?).await;
    let answer =
        answer.with_context(|| format!("calling {address}; is the emulator running? --data imports into a folder"))?;
    let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if !answer.status().is_success() {
        bail!("{}", body["detail"].as_str().unwrap_or("the emulator refused the file"));
    }
    let count = |name: &str| body[name].as_u64().unwrap_or(0);
    Ok(told(table, count("created"), count("changed")))
}

fn told(table: CsvTable, created: u64, changed: u64) -> String {
    format!("{}: {created} new, {changed} changed", table.name())
}
