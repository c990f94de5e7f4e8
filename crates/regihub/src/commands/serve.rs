//! `regihub serve`: the hub.

use super::setup::open_storage;
use crate::{Exit, engine_handle::Handle, process};
use regihub_engine::{Engine, EngineOptions, EngineParts, Transports};
use regihub_ports::{AddressPolicy, Dice, NetworkOptions, NetworkTransport, SystemClock};
use regihub_server::{App, ServerOptions};
use regihub_storage::Storage;
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder that holds everything: database, keys
    #[arg(long, env = "REGIHUB_DATA", default_value = "regihub-data")]
    pub(crate) data: PathBuf,
    /// Address to listen on
    #[arg(long, env = "REGIHUB_LISTEN", default_value = "127.0.0.1:8080")]
    listen: String,
    /// PostgreSQL instead of SQLite: postgres://user:password@host/database
    #[arg(long, env = "REGIHUB_DATABASE_URL")]
    pub(crate) database: Option<String>,
    /// How this hub is reached from outside, for example https://hub.example.jp
    #[arg(long, env = "REGIHUB_PUBLIC_URL")]
    public_url: Option<String>,
    /// Allow shops and connections on private addresses (10.x, 192.168.x, this machine)
    #[arg(long, env = "REGIHUB_ALLOW_PRIVATE_ADDRESSES")]
    allow_private_addresses: bool,
    /// Read both sides this often without being told to; the demo shortens it
    #[arg(long = "reconcile-seconds", env = "REGIHUB_RECONCILE_SECONDS", value_name = "SECONDS")]
    reconcile: Option<u64>,
    /// End when the parent process does
    #[arg(long, hide = true)]
    with_parent: bool,
    /// Open the benchmark's baseline route
    #[arg(long, hide = true)]
    bench_routes: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<Exit> {
    let dice = Dice::from_os();
    let storage = open_storage(&args.data, args.database.as_deref(), &dice)?;
    let clock = Arc::new(SystemClock);
    let engine = Engine::start(EngineParts {
        storage: storage.clone(),
        clock: clock.clone(),
        dice: dice.fork(),
        options: engine_options(&args),
        transports: transports(&args),
    })
    .await?;
    let options = ServerOptions {
        secure_cookies: args.public_url.as_deref().is_some_and(|url| url.starts_with("https://")),
        public_url: args.public_url.clone(),
        setup_code: setup_code(&storage, &dice).await?,
        bench_routes: args.bench_routes,
    };
    let (listener, address) = process::listen("regihub", &args.listen).await?;
    if let Some(code) = &options.setup_code {
        process::say(&format!("regihub: no administrator yet. Open http://{address}/setup and enter the code {code}"));
    }
    let handle = Arc::new(Handle(engine.clone()));
    let app = regihub_server::router(App { storage: storage.clone(), clock, dice, engine: handle, options });
    serve_until_asked(listener, app, args.with_parent).await?;
    engine.stop().await;
    storage.close().await;
    Ok(Exit::Done)
}

/// How long open pages (live updates never end by themselves) may hold up the end.
const PATIENCE: Duration = Duration::from_secs(2);

async fn serve_until_asked(
    listener: tokio::net::TcpListener,
    app: axum::Router,
    with_parent: bool,
) -> anyhow::Result<()> {
    // With the address of the caller, which the log-in's throttle counts by.
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let (tell, mut told) = tokio::sync::watch::channel(false);
    let graceful = async move {
        let _ = told.wait_for(|asked| *asked).await;
    };
    let mut server = std::pin::pin!(axum::serve(listener, service).with_graceful_shutdown(graceful).into_future());
    tokio::select! {
        outcome = &mut server => return Ok(outcome?),
        () = process::asked_to_end(with_parent) => {}
    }
    let _ = tell.send(true);
    // Whoever is still connected after that is cut off: what was acknowledged is durable already.
    let _ = tokio::time::timeout(PATIENCE, server).await;
    Ok(())
}

fn engine_options(args: &Args) -> EngineOptions {
    // SQLite's folder is locked by this process, so nobody else can hold a lease.
    let mut options = EngineOptions { alone: args.database.is_none(), ..EngineOptions::default() };
    if let Some(seconds) = args.reconcile {
        let every = Duration::from_secs(seconds.max(1));
        options.reconcile_sales = every;
        options.reconcile_stock = every;
        options.reconcile_orders = every;
        options.reconcile_products = every;
        options.compare_shop = every * 5;
        options.overlap = Duration::from_secs(10);
        options.lookup_grace = Duration::from_secs(3);
        options.history_delay = Duration::from_secs(5);
        options.backoff_max = Duration::from_secs(5);
    }
    options
}

fn transports(args: &Args) -> Transports {
    let addresses = if args.allow_private_addresses { AddressPolicy::Any } else { AddressPolicy::PublicOnly };
    let options = NetworkOptions { addresses, ..NetworkOptions::default() };
    let network = Arc::new(NetworkTransport::new(options));
    Transports { smaregi: network.clone(), shops: network }
}

/// Who knows this code may make the first user; it changes at every start and is gone once there is one.
async fn setup_code(storage: &Storage, dice: &Dice) -> anyhow::Result<Option<String>> {
    let users = storage.read(|unit| unit.accounts().user_count()).await?;
    let digits = || (0..4).map(|_| char::from(b'0' + u8::try_from(dice.below(10)).unwrap_or(0))).collect::<String>();
    Ok((users == 0).then(|| format!("{}-{}-{}", digits(), digits(), digits())))
}
