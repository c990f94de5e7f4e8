//! The page that stands instead of one that cannot be shown: what happened, and what to do.

use crate::frame::{Frame, still_page};
use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{StatusCode, header};

/// A sentence about this very refusal, carried from the handler to the page.
#[derive(Clone)]
pub(crate) struct Detail(pub(crate) String);

#[derive(Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage {
    f: Frame,
    status: u16,
    title: String,
    what: String,
    todo: String,
}
still_page!(ErrorPage);

/// A page in place of a bare refusal. An answer that is a page already (a form with its mistake) stays.
pub(crate) fn instead_of(response: Response, frame: Frame) -> Response {
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"));
    if is_page {
        return response;
    }
    let status = response.status();
    let detail = response.extensions().get::<Detail>().map(|Detail(text)| text.clone());
    let html = page(frame, status, detail).render().unwrap_or_else(|_| status.to_string());
    (status, Html(html)).into_response()
}

fn page(f: Frame, status: StatusCode, detail: Option<String>) -> ErrorPage {
    let (title, what, todo) = match status {
        StatusCode::FORBIDDEN => (f.s("error-403-title"), f.s("error-403-what"), f.s("error-403-todo")),
        StatusCode::NOT_FOUND => (f.s("error-404-title"), f.s("error-404-what"), f.s("error-404-todo")),
        StatusCode::SERVICE_UNAVAILABLE => (f.s("error-503-title"), f.s("error-503-what"), f.s("error-503-todo")),
        status if status.is_client_error() => (f.s("error-400-title"), f.s("error-400-what"), f.s("error-400-todo")),
        _ => (f.s("error-500-title"), f.s("error-500-what"), f.s("error-500-todo")),
    };
    ErrorPage { f, status: status.as_u16(), title, what: detail.unwrap_or(what), todo }
}

#[cfg(test)]
pub(crate) fn samples(f: Frame) -> Vec<ErrorPage> {
    [400, 403, 404, 500, 503]
        .into_iter()
        .map(|status| page(f.clone(), StatusCode::from_u16(status).unwrap(), None))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;

    #[tokio::test]
    async fn an_unknown_address_says_what_to_do() {
        let hub = TestHub::signed_in().await;
        let page = hub.get("/nowhere").await;
        assert_eq!(page.status, 404);
        assert!(page.text.contains("見つかりません") && page.text.contains("href=\"/\""), "{}", page.text);
        assert!(hub.get("/nowhere?lang=en").await.text.contains("not found"));
        assert_eq!(hub.get("/events/not-a-number").await.status, 400);
    }

    #[tokio::test]
    async fn a_storage_that_fails_gives_a_page_and_not_a_riddle() {
        let hub = TestHub::with_a_shop().await;
        hub.break_table("publication").await;
        let page = hub.get("/").await;
        assert_eq!(page.status, 500);
        assert!(page.text.contains("<html"));
        assert!(!page.text.contains("publication"), "the inside stays inside: {}", page.text);
    }

    #[tokio::test]
    async fn every_page_is_strict_with_browsers() {
        let hub = TestHub::signed_in().await;
        for path in ["/", "/nowhere"] {
            let page = hub.get(path).await;
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
            assert_eq!(page.headers["cache-control"], "no-store");
            assert_eq!(page.headers["x-content-type-options"], "nosniff");
        }
    }
}
