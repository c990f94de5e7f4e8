//! The demo's processes: each is this very program with another command, on a loopback port of its own.

use anyhow::{Context, bail};
use std::{fs::File, path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdin, Command},
};

/// How long a process may take until it listens.
const START: Duration = Duration::from_secs(30);
/// How long it may take to end in good order.
const END: Duration = Duration::from_secs(20);

/// A running process. It ends when this value is dropped or when the demo ends, however it ends: its standard input closes then.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    /// `http://127.0.0.1:port`
    pub(crate) url: String,
}

impl Process {
    /// Starts `regihub <args>` and waits until it listens. What it complains about goes to `<folder>/<name>.log`.
    pub(crate) async fn start(name: &'static str, folder: &Path, args: &[String]) -> anyhow::Result<Self> {
        Self::start_within(START, name, folder, args).await
    }

    /// As [`Process::start`], for one that has much to read or make before it listens.
    pub(crate) async fn start_within(
        patience: Duration,
        name: &'static str,
        folder: &Path,
        args: &[String],
    ) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("finding this program")?;
        let log = folder.join(format!("{name}.log"));
        let complaints = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| format!("opening {}", log.display()))?;
        let mut child = Command::new(program)
            .args(args)
            .arg("--with-parent")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(complaints)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("the child has no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let url = match tokio::time::timeout(patience, first_address(&mut lines)).await {
            Ok(Ok(Some(url))) => url,
            _ => bail!("{name} did not start; see {}", log.display()),
        };
        // Keep reading, so that the child never waits for somebody to read what it says.
        tokio::spawn(async move { while matches!(lines.next_line().await, Ok(Some(_))) {} });
        Ok(Self { name, child, input, url })
    }

    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// `127.0.0.1:port`
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Asks the process to end and waits for it.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.input.take());
        let ended = tokio::time::timeout(END, self.child.wait()).await;
        let status = ended.with_context(|| format!("{} does not end", self.name))??;
        if status.success() { Ok(()) } else { bail!("{} ended with {status}", self.name) }
    }
}

async fn first_address(
    lines: &mut tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
) -> anyhow::Result<Option<String>> {
    while let Some(line) = lines.next_line().await? {
        if let Some((_, url)) = line.split_once("listening on ") {
            return Ok(Some(url.trim().to_owned()));
        }
    }
    Ok(None)
}

/// A loopback port that is free now, for a process whose address others must know before it starts.
pub(crate) fn free_address() -> anyhow::Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
    Ok(listener.local_addr()?.to_string())
}
