//! Our own style sheet, script and icon, part of the program. Their addresses carry a hash of the content, so browsers may keep them.

use crate::frame::Hub;
use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::header;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const STYLE: &str = include_str!("../assets/app.css");
const SCRIPT: &str = include_str!("../assets/app.js");
const ICON: &str = include_str!("../assets/icon.svg");

/// A changed file gets another address.
static MARK: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest([STYLE, SCRIPT, ICON].concat());
    hex::encode(&digest[..6])
});

/// Where a page finds a file: `/assets/app.css?v=…`.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{name}?v={}", *MARK)
}

pub(crate) fn routes() -> Router<Hub> {
    Router::new()
        .route("/assets/app.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/assets/app.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/assets/icon.svg", get(|| async { file("image/svg+xml", ICON) }))
}

fn file(kind: &'static str, content: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestHub;

    #[tokio::test]
    async fn every_file_a_page_names_is_there() {
        let hub = TestHub::signed_in().await;
        let page = hub.get("/").await;
        for name in ["app.css", "app.js", "icon.svg"] {
            assert!(page.text.contains(&address(name)), "the page names {name}");
            let answer = hub.get(&address(name)).await;
            assert_eq!(answer.status, 200);
            assert!(answer.headers["cache-control"].to_str().unwrap().contains("immutable"));
        }
    }

    #[test]
    fn the_script_stays_small_enough_to_read() {
        assert!(SCRIPT.lines().count() <= 150);
    }
}
