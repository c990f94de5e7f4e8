//! `regihub emulator receive`: takes webhooks and shows them.

use crate::{Exit, process};
use axum::{Router, body::Bytes, extract::Request};
use http::StatusCode;
use std::fmt::Write;

/// Takes every request, prints it and answers 200: to see what an app would get
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8091")]
    listen: String,
    /// Answer with this status instead
    #[arg(long, default_value_t = 200)]
    status: u16,
}

/// Longest body that is taken. Bytes.
const MOST_BODY: usize = 4 * 1024 * 1024;

pub(crate) async fn run(args: Args) -> anyhow::Result<Exit> {
    let status = StatusCode::from_u16(args.status)
        .map_err(|_| anyhow::anyhow!("--status: got {}, allowed is 100 to 999", args.status))?;
    let (listener, _) = process::listen("receiver", &args.listen).await?;
    let router = Router::new().fallback(move |request: Request| show(request, status));
    axum::serve(listener, router).with_graceful_shutdown(process::asked_to_end(false)).await?;
    Ok(Exit::Done)
}

async fn show(request: Request, status: StatusCode) -> StatusCode {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE };
    process::say(&text(&parts, &body));
    status
}

fn text(parts: &http::request::Parts, body: &Bytes) -> String {
    let mut text = format!("\n{} {}", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        let _ = write!(text, "\n{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    let _ = write!(text, "\n\n{}", String::from_utf8_lossy(body));
    text
}
