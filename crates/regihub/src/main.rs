//! The Regihub program: one binary for the hub, the emulator, the demo shop, the demo that joins them, and the benchmarks.

mod bench;
mod commands;
mod demo;
mod engine_handle;
mod process;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "regihub", version, about = "Connects Smaregi (スマレジ) with online shops", propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the hub: notifications, engine, pages
    Serve(commands::serve::Args),
    /// Runs Smaregi on your own machine
    Emulator(Box<commands::emulator::Args>),
    /// Runs the demo shop
    DemoShop(commands::demo_shop::Args),
    /// Starts emulator, hub and shop together and lets them work
    Demo(demo::Args),
    /// Measures this program on this machine
    Bench(bench::Args),
    Retention(commands::retention::Args),
    /// Connections to Smaregi
    #[command(subcommand)]
    Connection(commands::setup::ConnectionCommand),
    /// Online shops and back offices
    #[command(subcommand)]
    Shop(commands::setup::ShopCommand),
    /// Links between a connection and a shop
    #[command(subcommand)]
    Link(commands::setup::LinkCommand),
}

/// Exit codes: 0 done; 1 failed; 2 wrong use; 3 the check found differences; 4 another process is using the data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Differences = 3,
    InUse = 4,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log();
    let outcome = match cli.command {
        Command::Serve(args) => process::block_on(commands::serve::run(args)),
        Command::Emulator(args) => process::block_on(commands::emulator::run(*args)),
        Command::DemoShop(args) => process::block_on(commands::demo_shop::run(args)),
        Command::Demo(args) => process::block_on(demo::run(args)),
        Command::Bench(args) => process::block_on(bench::run(args)),
        Command::Retention(args) => process::block_on(commands::retention::run(args)),
        Command::Connection(command) => process::block_on(commands::setup::connection(command)),
        Command::Shop(command) => process::block_on(commands::setup::shop(command)),
        Command::Link(command) => process::block_on(commands::setup::link(command)),
    };
    let exit = outcome.unwrap_or_else(|error| {
        eprintln!("regihub: {error:#}");
        let in_use =
            error.chain().any(|cause| matches!(cause.downcast_ref(), Some(regihub_storage::StorageError::InUse(_))));
        if in_use { Exit::InUse } else { Exit::Failed }
    });
    ExitCode::from(exit as u8)
}

/// Warnings and errors go to standard error; `REGIHUB_LOG=debug` shows more.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("REGIHUB_LOG").unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
}
