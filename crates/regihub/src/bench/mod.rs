//! `regihub bench`: measures this program on this machine. Figures mean something only beside each other in one run: machines are noisy.

mod ack;
mod emulator;
mod flow;
mod import;
mod load;
mod procfs;
mod startup;

use crate::Exit;
use serde_json::Value;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Durable acknowledgement of notifications, beside a route that parses the same JSON and stores nothing
    Ack(ack::Args),
    /// A burst from notification to pushed number, calls per 1 000 sales, and the lag while nothing else happens
    Flow(flow::Args),
    /// Import of products: time and peak memory
    Import(import::Args),
    /// From the start of the process to the first answer, and memory while idle
    Startup(startup::Args),
    /// The emulator: single reads beside a stub, lists of a large shop, start, memory
    Emulator(emulator::Args),
    /// A server that answers everything with the same bytes, to compare with
    #[command(hide = true)]
    Stub(emulator::StubArgs),
}

pub(crate) async fn run(args: Args) -> anyhow::Result<Exit> {
    let (rows, as_json) = match args.what {
        What::Ack(args) => (ack::run(&args).await?, args.json),
        What::Flow(args) => (flow::run(&args).await?, args.json),
        What::Import(args) => (import::run(&args).await?, args.json),
        What::Startup(args) => (startup::run(&args).await?, args.json),
        What::Emulator(args) => (emulator::run(&args).await?, args.json),
        What::Stub(args) => (emulator::stub(&args).await?, false),
    };
    for row in rows {
        if as_json {
            println!("{row}");
        } else {
            println!("{}", line(&row));
        }
    }
    Ok(Exit::Done)
}

/// `name value   name value`, in the order given.
fn line(row: &Value) -> String {
    let cells = row.as_object().into_iter().flatten().map(|(name, value)| match value {
        Value::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    });
    cells.collect::<Vec<_>>().join("   ")
}

/// Rounded to one decimal.
fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
