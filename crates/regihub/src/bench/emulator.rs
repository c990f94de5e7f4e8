//! The emulator: one transaction by id beside a server that only answers, pages of a large shop, start and memory.

use super::{
    load::{Pace, percentile, run_rounds},
    procfs, round,
};
use crate::{
    demo::{Folder, children::Process},
    process,
};
use anyhow::{Context, bail};
use axum::{Router, http::header};
use bytes::Bytes;
use regihub_ports::{AddressPolicy, Clock, NetworkOptions, NetworkTransport, SystemClock, Transport};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc, time::Duration};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Requests of each measurement of single reads
    #[arg(long, default_value_t = 200_000)]
    requests: usize,
    /// Connections of single reads
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// How often single reads and the stub are measured, in turns
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Products of the large shop: 10, 1000 or 100000
    #[arg(long, default_value_t = 100_000)]
    products: usize,
    /// Sales of the large shop
    #[arg(long, default_value_t = 1_000_000)]
    sales: usize,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(clap::Args)]
pub(crate) struct StubArgs {
    #[arg(long)]
    listen: String,
    /// Length of every answer's body
    #[arg(long)]
    bytes: usize,
    #[arg(long)]
    with_parent: bool,
}

const CONTRACT: &str = "sb_bench01";
/// Sales of the shop that single reads are measured on.
const SALES: usize = 1000;
const STARTS: usize = 5;
const IDLE: Duration = Duration::from_secs(3);
/// How long the large shop may take to be made or read.
const PATIENCE: Duration = Duration::from_secs(1200);
/// Pages read of each list.
const PAGES: usize = 20;

pub(crate) async fn run(args: &Args) -> anyhow::Result<Vec<Value>> {
    let folder = Folder::choose(None)?;
    // Counting and refusing stay on; only the number is out of the way.
    let settings = folder.path().join("settings.json");
    std::fs::write(&settings, r#"{"limits":{"read_per_s":100000000,"write_per_s":100000000}}"#)?;
    let mut rows = starts(folder.path()).await?;
    rows.extend(single_reads(args, folder.path()).await?);
    if args.sales > 0 {
        rows.extend(large_shop(args, folder.path()).await?);
    }
    Ok(rows)
}

/// From the start of the process until it listens, and memory while idle.
async fn starts(folder: &Path) -> anyhow::Result<Vec<Value>> {
    let data = folder.join("thousand").display().to_string();
    let mut rows = vec![];
    for (what, kept) in
        [("start, 1 000 products made anew, in memory", None), ("start, 1 000 products from --data", Some(&data))]
    {
        let (mut times, mut idle) = (vec![], 0.0);
        if kept.is_some() {
            emulator(folder, "1000", 0, kept).await?.stop().await?;
        }
        for _ in 0..STARTS {
            let began = SystemClock.now_us();
            let process = emulator(folder, "1000", 0, kept).await?;
            times.push(SystemClock.now_us() - began);
            SystemClock.sleep(IDLE).await;
            idle = procfs::memory(process.id().unwrap_or(0))?.now;
            process.stop().await?;
        }
        times.sort_unstable();
        let ms = |us: i64| round(us as f64 / 1000.0);
        rows.push(json!({
            "what": what, "runs": STARTS, "min_ms": ms(times[0]), "median_ms": ms(times[STARTS / 2]), "max_ms": ms(times[STARTS - 1]),
            "idle_memory_mib": round(idle),
        }));
    }
    Ok(rows)
}

/// One transaction by id, and the stub with answers of the same length, in turns.
async fn single_reads(args: &Args, folder: &Path) -> anyhow::Result<Vec<Value>> {
    let process = emulator(folder, "1000", SALES, None).await?;
    let caller = Caller::sign_in(&process).await?;
    let length = caller.get("/transactions/1").await?.len();
    let listen = ["bench", "stub", "--listen", "127.0.0.1:0", "--bytes", &length.to_string()].map(str::to_owned);
    let stub = Process::start("stub", folder, &listen).await?;
    let requests: Vec<Vec<u8>> =
        (1..=SALES).map(|id| caller.raw(&format!("/transactions/{id}")).into_bytes()).collect();
    let requests = Arc::new(requests);
    let mut rows = vec![];
    for _ in 0..args.runs {
        let nothing = measure(args, &stub, &requests).await?;
        let mut row = measure(args, &process, &requests).await?;
        let per_second = |row: &Value| row["per_second"].as_f64().unwrap_or(0.0);
        row["what"] = json!("one transaction by id");
        row["bytes"] = json!(length);
        row["ratio_to_stub"] = json!((100.0 * per_second(&row) / per_second(&nothing).max(1.0)).round() / 100.0);
        rows.extend([nothing, row]);
    }
    stub.stop().await?;
    process.stop().await?;
    Ok(rows)
}

async fn measure(args: &Args, process: &Process, requests: &Arc<Vec<Vec<u8>>>) -> anyhow::Result<Value> {
    let pid = process.id().unwrap_or(0);
    let rounds = (args.requests / requests.len()).max(1);
    let before = procfs::cpu_seconds(pid)?;
    let outcome = run_rounds(process.address(), requests.clone(), rounds, args.connections, Pace::Closed).await?;
    let used = procfs::cpu_seconds(pid)? - before;
    let mut latencies = outcome.latencies;
    latencies.sort_unstable();
    let done = outcome.acknowledged.len();
    Ok(json!({
        "what": "stub", "connections": args.connections, "requests": done, "refused": outcome.refused,
        "per_second": (done as f64 / outcome.seconds).round(), "cpu_us_per_request": round(used * 1e6 / done.max(1) as f64),
        "p50_ms": percentile(&latencies, 50.0), "p99_ms": percentile(&latencies, 99.0), "memory_mib": round(procfs::memory(pid)?.now),
    }))
}

/// A large shop: how long it takes to make, what it weighs, and what pages of its lists cost.
async fn large_shop(args: &Args, folder: &Path) -> anyhow::Result<Vec<Value>> {
    let products = args.products.to_string();
    let began = SystemClock.now_us();
    let alone = emulator(folder, &products, 0, None).await?;
    let seconds = round((SystemClock.now_us() - began) as f64 / 1e6);
    let memory = procfs::memory(alone.id().unwrap_or(0))?;
    let mut rows = vec![json!({
        "what": "products made", "products": args.products, "seconds": seconds, "memory_mib": round(memory.now), "peak_mib": round(memory.peak),
    })];
    alone.stop().await?;
    let began = SystemClock.now_us();
    let process = emulator(folder, &products, args.sales, None).await?;
    let seconds = round((SystemClock.now_us() - began) as f64 / 1e6);
    let memory = procfs::memory(process.id().unwrap_or(0))?;
    rows.push(json!({
        "what": "products and sales made", "products": args.products, "sales": args.sales, "seconds": seconds,
        "memory_mib": round(memory.now), "peak_mib": round(memory.peak),
    }));
    let caller = Caller::sign_in(&process).await?;
    for list in lists(args) {
        rows.push(page_cost(&process, &caller, &list).await?);
    }
    process.stop().await?;
    Ok(rows)
}

/// Lists of pages of 1 000, each from the beginning and far behind, sorted and filtered.
fn lists(args: &Args) -> Vec<String> {
    let last_page = |rows: usize| (rows / 1000).max(1);
    let (products, sales) = (last_page(args.products), last_page(args.sales / 3));
    let (window, sales_window) = (last_days("upd_date_time"), last_days("transaction_date_time"));
    vec![
        "/products?limit=1000".into(),
        format!("/products?limit=1000&page={products}"),
        "/products?limit=1000&sort=productCode:desc".into(),
        "/products?limit=1000&category_id=8000005".into(),
        "/products?limit=1000&fields=productId,productCode,price".into(),
        format!("/products?limit=1000&{window}"),
        "/stock?limit=1000".into(),
        "/customers?limit=1000".into(),
        format!("/transactions?limit=1000&{sales_window}"),
        format!("/transactions?limit=1000&page={sales}&{sales_window}"),
        format!("/transactions?limit=100&with_details=all&{sales_window}"),
    ]
}

/// The longest window that is allowed (platform-common.md §11.5), up to now. A third of the sales lie in it.
fn last_days(column: &str) -> String {
    let now = SystemClock.now();
    let text =
        |days: i64| (now - jiff::SignedDuration::from_hours(24 * days)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    format!("{column}-from={}&{column}-to={}", text(30), text(0))
}

async fn page_cost(process: &Process, caller: &Caller, list: &str) -> anyhow::Result<Value> {
    let pid = process.id().unwrap_or(0);
    let length = caller.get(list).await?.len();
    let (before, began) = (procfs::cpu_seconds(pid)?, SystemClock.now_us());
    for _ in 0..PAGES {
        caller.get(list).await?;
    }
    let (used, passed) = (procfs::cpu_seconds(pid)? - before, SystemClock.now_us() - began);
    Ok(json!({
        "what": format!("GET {list}"), "kib": length / 1024, "cpu_ms_per_page": round(used * 1e3 / PAGES as f64),
        "ms_per_page": round(passed as f64 / 1e3 / PAGES as f64),
    }))
}

/// Starts an emulator with a sample shop.
async fn emulator(folder: &Path, profile: &str, sales: usize, data: Option<&String>) -> anyhow::Result<Process> {
    let (sales, settings) = (sales.to_string(), folder.join("settings.json").display().to_string());
    let fixed = ["emulator", "--listen", "127.0.0.1:0", "--contract", CONTRACT, "--settings", &settings];
    let shop = ["--profile", profile, "--past-sales", &sales];
    let data = data.into_iter().flat_map(|data| ["--data", data]);
    let args: Vec<String> = fixed.into_iter().chain(shop).chain(data).map(str::to_owned).collect();
    Process::start_within(PATIENCE, "emulator", folder, &args).await
}

/// Calls the API with a token.
struct Caller {
    transport: NetworkTransport,
    url: String,
    token: String,
}

impl Caller {
    async fn sign_in(process: &Process) -> anyhow::Result<Self> {
        let options = NetworkOptions { addresses: AddressPolicy::Any, timeout: PATIENCE, ..NetworkOptions::default() };
        let mut caller =
            Self { transport: NetworkTransport::new(options), url: process.url.clone(), token: String::new() };
        let scope = "pos.products:read pos.stock:read pos.customers:read pos.transactions:read";
        let form =
            format!("grant_type=client_credentials&client_id=demo-client&client_secret=demo-secret&scope={scope}");
        let request = http::Request::post(format!("{}/app/{CONTRACT}/token", caller.url));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(Bytes::from(form))?;
        let answer: Value = serde_json::from_slice(&caller.send(request).await?)?;
        caller.token = answer["access_token"].as_str().context("no token was given")?.to_owned();
        Ok(caller)
    }

    async fn get(&self, path: &str) -> anyhow::Result<Bytes> {
        let request = http::Request::get(format!("{}/{CONTRACT}/pos{path}", self.url));
        self.send(request.header("authorization", format!("Bearer {}", self.token)).body(Bytes::new())?).await
    }

    async fn send(&self, request: http::Request<Bytes>) -> anyhow::Result<Bytes> {
        let address = request.uri().to_string();
        let answer = self.transport.send(request).await.with_context(|| format!("calling {address}"))?;
        let status = answer.status();
        if !status.is_success() {
            bail!("{address}: {status} {}", String::from_utf8_lossy(answer.body()));
        }
        Ok(answer.into_body())
    }

    /// A GET ready for the wire, for the load generator.
    fn raw(&self, path: &str) -> String {
        format!("GET /{CONTRACT}/pos{path} HTTP/1.1\r\nhost: emulator\r\nauthorization: Bearer {}\r\n\r\n", self.token)
    }
}

/// A server that answers everything with the same bytes.
pub(crate) async fn stub(args: &StubArgs) -> anyhow::Result<Vec<Value>> {
    let body = Bytes::from(vec![b' '; args.bytes]);
    let answer = move || std::future::ready(([(header::CONTENT_TYPE, "application/json")], body.clone()));
    let (listener, _) = process::listen("stub", &args.listen).await?;
    let router = Router::new().fallback(answer);
    axum::serve(listener, router).with_graceful_shutdown(process::asked_to_end(args.with_parent)).await?;
    Ok(vec![])
}
