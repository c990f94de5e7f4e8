//! `GET /api/v1/stock/{link}/{sku}`: everything behind one published number, for scripts. Uses the session of the pages.

use crate::{
    auth,
    frame::{Hub, Server},
    problem::Problem,
};
use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use http::StatusCode;
use regihub_domain::{LinkId, Sku};
use regihub_storage::{
    StorageError,
    views::{
        Scope,
        why::{self, Why, WhyPaging},
    },
};

pub(super) async fn show(
    State(hub): State<Hub>,
    Path((link, sku)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Why>, Problem> {
    let Ok(link) = link.parse().map(LinkId) else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, format!("link: got {link:?}, a whole number is allowed")));
    };
    let unauthorized =
        || Problem::new(StatusCode::UNAUTHORIZED, "sign in first; the session cookie is missing or has expired");
    let token_hash = auth::token_hash_in(&headers, hub.options.secure_cookies).ok_or_else(unauthorized)?;
    match find(&hub, token_hash, link, Sku(sku)).await {
        Ok(Found::Why(why)) => Ok(Json(*why)),
        Ok(Found::Stranger) => Err(unauthorized()),
        Ok(Found::Nothing) => {
            Err(Problem::new(StatusCode::NOT_FOUND, "no such link, or its shop does not sell this SKU"))
        }
        Err(error) => {
            tracing::error!(%error, "an API answer could not be read");
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the storage cannot be read"))
        }
    }
}

enum Found {
    Stranger,
    Nothing,
    Why(Box<Why>),
}

async fn find(hub: &Server, token_hash: String, link: LinkId, sku: Sku) -> Result<Found, StorageError> {
    let now = hub.clock.now_us();
    hub.storage
        .read(move |unit| {
            let Some((user, _)) = unit.accounts().session(&token_hash, now)? else { return Ok(Found::Stranger) };
            let scope = Scope::load(unit.sql(), user.workspace_id)?;
            let Some(link) = scope.link(link) else { return Ok(Found::Nothing) };
            let why = why::find(unit.sql(), link, &sku, &WhyPaging::default())?;
            Ok(why.map_or(Found::Nothing, |why| Found::Why(Box::new(why))))
        })
        .await
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;

    #[tokio::test]
    async fn a_script_reads_what_the_page_shows() {
        let hub = TestHub::with_a_shop().await;
        let answer = hub.get("/api/v1/stock/1/TS-1").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let why: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(why["publication"]["quantity"], 3);
        assert_eq!(why["stores"][0]["level"]["amount"], 5);
        assert_eq!(why["demand"][0]["state"], "sent");
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_as_json() {
        let hub = TestHub::with_a_shop().await;
        assert_eq!(hub.get("/api/v1/stock/x/TS-1").await.status, 400);
        assert_eq!(hub.get("/api/v1/stock/1/NOTHING").await.status, 404);
        assert_eq!(hub.as_neighbour().await.get("/api/v1/stock/1/TS-1").await.status, 404);
        let refused = hub.stranger().get("/api/v1/stock/1/TS-1").await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.headers["content-type"], "application/problem+json");
    }
}
