//! `GET /api/v1/health` and `GET /healthz`: does it work, and how much waits? Open to everybody, so it names nothing.

use crate::{frame::Hub, problem::Problem};
use axum::{Json, extract::State};
use http::StatusCode;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
    /// What has come in or changed and is not worked off yet.
    backlog: Backlog,
    /// Everything that happened before this moment has been read from both sides. Microseconds since 1970, UTC.
    read_up_to: Option<i64>,
    /// When a shop last confirmed a number. Microseconds since 1970, UTC.
    pushed_at: Option<i64>,
}

#[derive(Serialize)]
struct Backlog {
    jobs: i64,
    parked: i64,
    numbers: i64,
    writes: i64,
}

pub(super) async fn show(State(hub): State<Hub>) -> Result<Json<Health>, Problem> {
    let health = hub.storage.read(regihub_storage::views::health::read).await.map_err(|error| {
        tracing::error!(%error, "the health check could not read the storage");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the storage cannot be read")
    })?;
    let (jobs, parked, numbers, writes) = (health.jobs, health.parked, health.numbers, health.writes);
    let backlog = Backlog { jobs, parked, numbers, writes };
    let (read_up_to, pushed_at) = (health.read_up_to, health.pushed_at);
    Ok(Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), backlog, read_up_to, pushed_at }))
}

/// For a supervisor: 200 `ok` while the storage answers, else 503.
pub(super) async fn healthz(State(hub): State<Hub>) -> Result<&'static str, StatusCode> {
    hub.storage
        .read(|unit| unit.sql().one::<i64>("select 1", &[]))
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok("ok\n")
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;

    #[tokio::test]
    async fn anybody_may_ask_how_it_is() {
        let hub = TestHub::with_a_shop().await.stranger();
        hub.notify("e-1", r#"{"contractId":"sb_demo01","event":"pos:stock","action":"edited"}"#).await;
        let answer = hub.get("/api/v1/health").await;
        assert_eq!(answer.status, 200);
        let health: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(health["status"], "ok");
        assert_eq!(health["backlog"]["jobs"], 1);
        assert_eq!(hub.get("/healthz").await.text, "ok\n");
    }

    #[tokio::test]
    async fn an_unknown_endpoint_is_refused_as_json() {
        let hub = TestHub::fresh().await;
        let answer = hub.get("/api/v2/everything").await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
}
