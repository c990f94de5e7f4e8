//! What stands around every page: who looks, what a refusal looks like, what browsers are told.

use super::{Hub, PageError, Section, visitor::visitor};
use crate::pages::error_page;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use tower_http::csrf::CsrfLayer;

/// Forms may only come from our own pages. Judged by `Sec-Fetch-Site` and `Origin`; no tokens.
///
/// # Panics
/// When `public_url` is not an origin.
pub(crate) fn csrf_layer(public_url: Option<&str>) -> CsrfLayer {
    match public_url {
        None => CsrfLayer::new(),
        Some(url) => CsrfLayer::new()
            .add_trusted_origin(url)
            .unwrap_or_else(|error| panic!("public_url must look like https://hub.example.jp: {error}")),
    }
}

/// Scripts, styles and pictures only from ourselves, none inline; nobody may frame a page.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Around every page: finds out who looks, turns refusals into pages, adds the headers that keep browsers strict.
pub(crate) async fn around_pages(State(hub): State<Hub>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let (visitor, trouble) = visitor(&hub, &head).await;
    let frame = visitor.frame(Section::None);
    let mut response = match trouble {
        Some(error) => PageError::from(error).into_response(),
        None => {
            head.extensions.insert(visitor);
            next.run(Request::from_parts(head, body)).await
        }
    };
    if response.status().is_client_error() || response.status().is_server_error() {
        response = error_page::instead_of(response, frame);
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
