//! What every long-running command needs: a runtime, a listener, a sign of life for its parent, an orderly end.

use anyhow::Context;
use std::{future::Future, io::Write, net::SocketAddr};
use tokio::{io::AsyncReadExt, net::TcpListener};

pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    let outcome = runtime.block_on(work);
    // Somebody may still wait for a line on standard input; the end of the program must not wait for it.
    runtime.shutdown_background();
    outcome
}

/// Binds the address and says so on standard output in one line that people and parents can read.
pub(crate) async fn listen(what: &str, address: &str) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; is something else using it?"))?;
    let bound = listener.local_addr()?;
    say(&format!("{what}: listening on http://{bound}"));
    Ok((listener, bound))
}

/// A line on standard output. Whoever read it may be gone; a server must not end because of that.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Resolves when the process is asked to end: ctrl-c, a termination signal, or, for a child of the demo, the end of its parent.
pub(crate) async fn asked_to_end(with_parent: bool) {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(_) => return std::future::pending().await,
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        () = parent_gone(), if with_parent => {}
    }
}

/// The parent holds the other end of standard input; it closes however the parent ends.
async fn parent_gone() {
    let mut nothing = [0; 64];
    let mut input = tokio::io::stdin();
    while input.read(&mut nothing).await.is_ok_and(|read| read > 0) {}
}
