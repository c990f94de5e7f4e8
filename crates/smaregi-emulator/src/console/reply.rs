//! What pages answer with, and how it is written as HTTP.

use super::frame::Notice;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

/// The answer to a look at a page.
#[derive(Debug)]
pub(crate) enum Reply {
    Page {
        status: u16,
        html: String,
    },
    /// Go on there.
    See(String),
    /// A file to keep.
    Download {
        name: String,
        body: Bytes,
    },
    Asset {
        kind: &'static str,
        body: Bytes,
    },
}

/// An order was carried out.
pub(crate) struct Done {
    /// Where the person goes on.
    pub(crate) to: String,
    pub(crate) notice: Option<Notice>,
}

impl Done {
    pub(crate) fn new(to: impl Into<String>, text: impl Into<String>) -> Self {
        Self { to: to.into(), notice: Some(Notice { text: text.into(), link: None }) }
    }

    /// The person sees by themselves what was done.
    pub(crate) fn quiet(to: impl Into<String>) -> Self {
        Self { to: to.into(), notice: None }
    }

    pub(crate) fn link(mut self, address: impl Into<String>, text: impl Into<String>) -> Self {
        if let Some(notice) = &mut self.notice {
            notice.link = Some((address.into(), text.into()));
        }
        self
    }
}

/// Why there is no page, or an order was not carried out.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Also for orders that no page takes.
    NotFound,
    /// The page is about a contract, and there is none yet.
    NoContract,
    /// A sentence for the person. The page is shown again with it, and with what was entered.
    Refused(String),
    Broken(askama::Error),
}

impl From<askama::Error> for Refusal {
    fn from(error: askama::Error) -> Self {
        Self::Broken(error)
    }
}

/// Scripts, styles and pictures only from ourselves, none inline; nobody may frame a page.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

impl Reply {
    pub(super) fn into_response(self, cookies: &[String]) -> Response<Bytes> {
        let mut builder = Response::builder()
            .header(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY)
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .header(header::REFERRER_POLICY, "same-origin");
        for cookie in cookies {
            builder = builder.header(header::SET_COOKIE, cookie);
        }
        let (status, kind, caching, body) = match self {
            Self::Page { status, html } => (status, "text/html; charset=utf-8", "no-store", Bytes::from(html)),
            Self::See(to) => {
                builder = builder.header(header::LOCATION, to);
                (303, "text/plain", "no-store", Bytes::new())
            }
            Self::Download { name, body } => {
                builder = builder.header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""));
                (200, "application/json", "no-store", body)
            }
            Self::Asset { kind, body } => (200, kind, "public, max-age=31536000, immutable", body),
        };
        let response = builder.status(status).header(header::CONTENT_TYPE, kind).header(header::CACHE_CONTROL, caching);
        response.body(body).unwrap_or_else(|_| {
            let mut broken = Response::new(Bytes::new());
            *broken.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            broken.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            broken
        })
    }
}
