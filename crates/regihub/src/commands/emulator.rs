//! `regihub emulator`: Smaregi on your own machine.

use crate::{Exit, process};
use regihub_ports::{AddressPolicy, Dice, NetworkOptions, NetworkTransport, SystemClock};
use smaregi_emulator::{AppSpec, ContractSpec, Emulator, Settings};
use std::{path::PathBuf, sync::Arc, time::Duration};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: String,
    /// Folder that keeps the state; in memory only without it
    #[arg(long)]
    data: Option<PathBuf>,
    /// sandbox or production: decides rate limits and the look of webhooks
    #[arg(long, default_value = "sandbox")]
    environment: String,
    /// Contract to make when there is none
    #[arg(long, default_value = "sb_demo01")]
    contract: String,
    /// Client id of the app to make when there is none
    #[arg(long, default_value = "demo-client")]
    client_id: String,
    /// Client secret of that app
    #[arg(long, env = "REGIHUB_EMULATOR_CLIENT_SECRET", default_value = "demo-secret", hide_env_values = true)]
    client_secret: String,
    /// Where that app's webhooks go
    #[arg(long)]
    webhook_url: Option<String>,
    /// Custom header of every webhook, "Name: value"
    #[arg(long = "webhook-header")]
    webhook_headers: Vec<String>,
    /// Load the sample data of an apparel chain into an empty contract
    #[arg(long)]
    sample: bool,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End when the parent process does
    #[arg(long, hide = true)]
    with_parent: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<Exit> {
    let dice = Dice::from_seed(args.seed);
    let environment = serde_json::from_value(serde_json::Value::String(args.environment.clone()))
        .map_err(|_| anyhow::anyhow!("--environment: got {}, allowed is sandbox or production", args.environment))?;
    let settings = Settings { environment, ..Settings::default() };
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
    let (listener, _) = process::listen("emulator", &args.listen).await?;
    smaregi_emulator::serve(emulator, listener, process::asked_to_end(args.with_parent)).await?;
    Ok(Exit::Done)
}

/// A contract and an app, unless the folder brought them along.
fn set_up(emulator: &Emulator, args: &Args, dice: &Dice) -> anyhow::Result<()> {
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
        scopes: super::setup::DEFAULT_SCOPES.split(' ').map(str::to_owned).collect(),
        webhook_url: args.webhook_url.clone(),
        webhook_headers: args.webhook_headers.iter().map(header).collect::<anyhow::Result<_>>()?,
        webhook_events: vec![],
    })?;
    if fresh && args.sample {
        emulator.load_dataset(&args.contract, &smaregi_emulator::sample::apparel_chain(dice))?;
    }
    Ok(())
}
