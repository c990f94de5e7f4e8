//! `regihub emulator`: Smaregi on your own machine.

mod coverage;
mod import;
mod receive;
mod welcome;

use crate::{Exit, process};
use anyhow::Context;
use regihub_ports::{AddressPolicy, Dice, NetworkOptions, NetworkTransport, SystemClock};
use smaregi_emulator::{AppSpec, ContractSpec, Emulator, Settings, sample::Profile};
use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Subcommand>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(clap::Subcommand)]
enum Subcommand {
    Coverage(coverage::Args),
    Import(import::Args),
    Receive(receive::Args),
}

#[derive(clap::Args)]
struct ServeArgs {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: String,
    /// Folder that keeps the state; in memory only without it
    #[arg(long)]
    data: Option<PathBuf>,
    /// sandbox or production: decides rate limits and the look of webhooks [default: what the settings say, else sandbox]
    #[arg(long)]
    environment: Option<String>,
    /// Settings in JSON; only what differs from the defaults need be in it
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Key that /control and the console ask for; without one they are open to whoever reaches the port, the console on loopback only
    #[arg(long, env = "REGIHUB_EMULATOR_CONTROL_KEY", hide_env_values = true)]
    control_key: Option<String>,
    /// Print all settings in force, in the form --settings takes, and end
    #[arg(long)]
    print_settings: bool,
    /// Contract to make when there is none
    #[arg(long, default_value = "sb_demo01")]
    contract: String,
    /// Client id of the app to make when there is none
    #[arg(long, default_value = "demo-client")]
    client_id: String,
    /// Client secret of that app
    #[arg(long, env = "REGIHUB_EMULATOR_CLIENT_SECRET", default_value = "demo-secret", hide_env_values = true)]
    client_secret: String,
    /// Scopes of that app, separated by blanks [default: all]
    #[arg(long)]
    scopes: Option<String>,
    /// Where that app's webhooks go
    #[arg(long)]
    webhook_url: Option<String>,
    /// Custom header of every webhook, "Name: value"
    #[arg(long = "webhook-header")]
    webhook_headers: Vec<String>,
    /// Fill an empty contract with a sample shop of so many products: 10, 1000 or 100000
    #[arg(long)]
    profile: Option<Profile>,
    /// Ring up so many sales of the past in an empty contract, after --profile or --sample
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    past_sales: usize,
    /// Days over which the sales of the past are spread
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    past_days: u32,
    /// Load the sample data of an apparel chain into an empty contract
    #[arg(long, conflicts_with = "profile")]
    sample: bool,
    /// Start with this snapshot instead of the state in --data, or add this data set to the contract
    #[arg(long, value_name = "FILE")]
    load: Option<PathBuf>,
    /// Write a snapshot of the whole state here when the program ends
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End when the parent process does
    #[arg(long, hide = true)]
    with_parent: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<Exit> {
    match args.command {
        Some(Subcommand::Coverage(args)) => coverage::run(&args),
        Some(Subcommand::Import(args)) => import::run(args).await,
        Some(Subcommand::Receive(args)) => receive::run(args).await,
        None => serve(args.serve).await,
    }
}

async fn serve(args: ServeArgs) -> anyhow::Result<Exit> {
    let mut settings = settings(args.settings.as_deref(), args.environment.as_deref())?;
    settings.control_key = args.control_key.clone().or(settings.control_key);
    if args.print_settings {
        process::say(&serde_json::to_string_pretty(&settings)?);
        return Ok(Exit::Done);
    }
    let dice = Dice::from_seed(args.seed.wrapping_add(lived(args.data.as_deref())));
    let emulator = Emulator::builder()
        .clock(Arc::new(SystemClock))
        .dice(dice.fork())
        .settings(settings)
        .data_dir(args.data.clone())
        .build()?;
    set_up(&emulator, &args, &dice)?;
    let network =
        NetworkOptions { addresses: AddressPolicy::Any, timeout: Duration::from_secs(10), ..NetworkOptions::default() };
    let _deliveries = emulator.start_delivery(Arc::new(NetworkTransport::new(network)));
    let (listener, address) = process::listen("emulator", &args.listen).await?;
    if !args.with_parent {
        process::say(&welcome::text(&emulator, address, args.data.as_deref()));
    }
    smaregi_emulator::serve(emulator.clone(), listener, process::asked_to_end(args.with_parent)).await?;
    if let Some(path) = &args.snapshot {
        write_snapshot(&emulator, path)?;
    }
    Ok(Exit::Done)
}

/// How much has happened in a folder, in bytes. It goes into the seed: the ids of events must not begin anew with every start, or receivers take
/// new events for old ones.
fn lived(folder: Option<&Path>) -> u64 {
    folder.and_then(|folder| std::fs::metadata(folder.join("journal.jsonl")).ok()).map_or(0, |journal| journal.len())
}

/// The settings of the file, or the defaults, with the environment of the command line over them.
fn settings(file: Option<&Path>, environment: Option<&str>) -> anyhow::Result<Settings> {
    let mut settings = match file {
        None => Settings::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            Settings::from_json(&text).map_err(|reason| anyhow::anyhow!("--settings {}: {reason}", path.display()))?
        }
    };
    if let Some(environment) = environment {
        settings.environment = serde_json::from_value(serde_json::Value::String(environment.to_owned()))
            .map_err(|_| anyhow::anyhow!("--environment: got {environment}, allowed is sandbox or production"))?;
    }
    Ok(settings)
}

/// A contract and an app, unless the folder or the snapshot brought them along.
fn set_up(emulator: &Emulator, args: &ServeArgs, dice: &Dice) -> anyhow::Result<()> {
    let snapshot = args.load.as_deref().map(|path| load_snapshot(emulator, path)).transpose()?;
    let fresh = emulator.truth(&args.contract).is_err();
    if fresh {
        emulator.add_contract(ContractSpec::new(args.contract.clone()))?;
    }
    let header = |text: &String| {
        let (name, value) = text
            .split_once(':')
            .ok_or_else(|| anyhow::anyhow!("--webhook-header: got {text:?}, wanted \"Name: value\""))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    emulator.add_app(AppSpec {
        client_id: args.client_id.clone(),
        client_secret: args.client_secret.clone(),
        scopes: args.scopes.as_ref().map_or_else(smaregi_emulator::all_scopes, |scopes| words(scopes)),
        webhook_url: args.webhook_url.clone(),
        webhook_headers: args.webhook_headers.iter().map(header).collect::<anyhow::Result<_>>()?,
        webhook_events: vec![],
    })?;
    if fresh && args.sample {
        emulator.load_dataset(&args.contract, &smaregi_emulator::sample::apparel_chain(dice))?;
    }
    if let Some(profile) = args.profile.filter(|_| fresh) {
        emulator.load_profile(&args.contract, profile, args.seed)?;
    }
    if fresh && args.past_sales > 0 {
        emulator.ring_up_past(&args.contract, args.past_sales, args.past_days, &Dice::from_seed(args.seed))?;
    }
    match (snapshot, &args.load) {
        (Some(false), Some(path)) => load_dataset(emulator, &args.contract, path),
        _ => Ok(()),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Whether the file was a snapshot; a data set is left for later, when its contract exists.
fn load_snapshot(emulator: &Emulator, path: &Path) -> anyhow::Result<bool> {
    let open = || File::open(path).with_context(|| format!("--load: opening {}", path.display()));
    if !smaregi_emulator::is_snapshot(BufReader::new(open()?)) {
        return Ok(false);
    }
    emulator.read_snapshot(BufReader::new(open()?)).with_context(|| format!("--load {}", path.display()))?;
    Ok(true)
}

fn load_dataset(emulator: &Emulator, contract: &str, path: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path)?;
    let dataset = serde_json::from_str(&text)
        .with_context(|| format!("--load {}: neither snapshot nor data set", path.display()))?;
    emulator.load_dataset(contract, &dataset).with_context(|| format!("--load {}", path.display()))
}

/// Beside the wanted name first: an interrupted write must not take the last good snapshot with it.
fn write_snapshot(emulator: &Emulator, path: &Path) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut out = BufWriter::new(File::create(&beside)?);
        emulator.write_snapshot(&mut out)?;
        out.into_inner()?.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().with_context(|| format!("--snapshot: writing {}", path.display()))
}
