//! Pages, and why one cannot be shown.

use crate::pages::error_page;
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use regihub_storage::StorageError;

/// A page: a template that can also give single regions of itself.
pub(crate) trait Page: Template {
    /// The inside of the region marked `data-live="{name}"`.
    fn fragment(&self, name: &str) -> Option<askama::Result<String>>;
}

/// A page whose region `live` (a block of that name) is fetched again when something changed.
macro_rules! live_page {
    ($page:ty) => {
        impl $crate::frame::Page for $page {
            fn fragment(&self, name: &str) -> Option<askama::Result<String>> {
                (name == "live").then(|| askama::Template::render(&self.as_live()))
            }
        }
    };
}
pub(crate) use live_page;

/// A page without live regions.
macro_rules! still_page {
    ($page:ty) => {
        impl $crate::frame::Page for $page {
            fn fragment(&self, _: &str) -> Option<askama::Result<String>> {
                None
            }
        }
    };
}
pub(crate) use still_page;

/// Why a page cannot be shown. [`around_pages`] turns it into one that says so.
#[derive(Debug)]
pub(crate) enum PageError {
    SignInFirst {
        set_up: bool,
    },
    /// Also for what belongs to another workspace: nobody learns that it exists.
    NotFound,
    Storage(StorageError),
    /// A sentence for the person, already in their language.
    Refused(StatusCode, String),
    Template(askama::Error),
}

impl From<StorageError> for PageError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::Template(error)
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            PageError::SignInFirst { set_up: true } => Redirect::to("/setup").into_response(),
            PageError::SignInFirst { set_up: false } => Redirect::to("/login").into_response(),
            PageError::NotFound => StatusCode::NOT_FOUND.into_response(),
            PageError::Refused(status, text) => {
                let mut response = status.into_response();
                response.extensions_mut().insert(error_page::Detail(text));
                response
            }
            PageError::Storage(error) => {
                tracing::error!(%error, "a page could not be read");
                match error {
                    StorageError::NotFound { .. } => StatusCode::NOT_FOUND,
                    StorageError::Busy(_) | StorageError::Full(_) | StorageError::Closed => {
                        StatusCode::SERVICE_UNAVAILABLE
                    }
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                }
                .into_response()
            }
            PageError::Template(error) => {
                tracing::error!(%error, "a page could not be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
