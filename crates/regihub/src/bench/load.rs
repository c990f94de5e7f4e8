//! A load generator that costs little: keep-alive connections, requests made in advance, answers read no further than their status.

use anyhow::{Context, bail};
use regihub_ports::{Clock, SystemClock};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Longest answer, head included.
const MOST_ANSWER: usize = 16 * 1024;

/// What came back.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Microseconds from sending to the end of the answer, in no order.
    pub(crate) latencies: Vec<u32>,
    /// Indexes of the requests answered with 200.
    pub(crate) acknowledged: Vec<usize>,
    pub(crate) refused: usize,
    pub(crate) seconds: f64,
}

/// How requests are spaced.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// Each connection sends the next one as soon as it has its answer.
    Closed,
    /// So many a second over all connections, whatever the answers do: a slow answer does not excuse the next request from being late.
    Open { per_second: u32 },
}

/// Sends every request once over `connections` connections. A connection that breaks ends its part; what it had in flight counts as not acknowledged.
pub(crate) async fn run(
    address: &str,
    requests: Arc<Vec<Vec<u8>>>,
    connections: usize,
    pace: Pace,
) -> anyhow::Result<Outcome> {
    run_rounds(address, requests, 1, connections, pace).await
}

/// As [`run`], with every request sent `rounds` times, one round after the other.
pub(crate) async fn run_rounds(
    address: &str,
    requests: Arc<Vec<Vec<u8>>>,
    rounds: usize,
    connections: usize,
    pace: Pace,
) -> anyhow::Result<Outcome> {
    let next = Arc::new(AtomicUsize::new(0));
    let began = SystemClock.now_us();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        tasks.spawn(connection(stream, (requests.clone(), rounds), next.clone(), pace, began));
    }
    let mut whole = Outcome::default();
    while let Some(part) = tasks.join_next().await {
        let part = part?;
        whole.latencies.extend(part.latencies);
        whole.acknowledged.extend(part.acknowledged);
        whole.refused += part.refused;
    }
    whole.seconds = (SystemClock.now_us() - began) as f64 / 1e6;
    Ok(whole)
}

async fn connection(
    mut stream: TcpStream,
    (requests, rounds): (Arc<Vec<Vec<u8>>>, usize),
    next: Arc<AtomicUsize>,
    pace: Pace,
    began: i64,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut buffer = vec![0; MOST_ANSWER];
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= requests.len() * rounds {
            return outcome;
        }
        let request = &requests[index % requests.len()];
        let due = match pace {
            Pace::Closed => SystemClock.now_us(),
            Pace::Open { per_second } => {
                began + i64::try_from(index).unwrap_or(0) * 1_000_000 / i64::from(per_second.max(1))
            }
        };
        let early = due - SystemClock.now_us();
        if early > 0 {
            SystemClock.sleep(Duration::from_micros(early.unsigned_abs())).await;
        }
        match exchange(&mut stream, request, &mut buffer).await {
            Ok(200) => {
                outcome.acknowledged.push(index);
                outcome.latencies.push(u32::try_from(SystemClock.now_us() - due).unwrap_or(u32::MAX));
            }
            Ok(_) => outcome.refused += 1,
            Err(_) => return outcome,
        }
    }
}

/// Sends one request; gives the status of its answer once the answer is complete.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut [u8]) -> anyhow::Result<u16> {
    stream.write_all(request).await?;
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            bail!("the connection was closed");
        }
        filled += read;
        let Some(head) = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head])?;
        let length: usize = text
            .lines()
            .find_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")))
            .and_then(|(_, value)| value.trim().parse().ok())
            .unwrap_or(0);
        if filled >= head + 4 + length {
            return Ok(text.get(9..12).unwrap_or_default().parse()?);
        }
    }
}

/// The p-th percentile of latencies in milliseconds.
pub(crate) fn percentile(sorted: &[u32], percent: f64) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    let last = sorted.len() - 1;
    let index = ((percent / 100.0) * last as f64).round() as usize;
    f64::from(sorted[index.min(last)]) / 1000.0
}
