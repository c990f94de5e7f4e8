//! `POST /hooks/null/{hook_key}`: all of the notification endpoint but the storing. Baseline of the benchmark; off unless asked for.

use super::{Refusal, read_body, smaregi};
use http::{Request, StatusCode};

pub(super) async fn receive(request: Request<axum::body::Body>) -> Result<StatusCode, Refusal> {
    let (head, body) = request.into_parts();
    let body = read_body(&head.headers, body).await?;
    smaregi::parse(&body)?;
    Ok(StatusCode::OK)
}
