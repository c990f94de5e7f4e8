//! Pages for those who are not in: the log-in, the closed door, and what went wrong.

use super::{
    address,
    door::{self, Door, Key},
    frame::Frame,
    reply::Reply,
};
use crate::emulator::Emulator;
use askama::Template;
use bytes::Bytes;
use http::Request;

#[derive(Template)]
#[template(path = "console/login.html")]
struct LoginPage<'f> {
    f: &'f Frame,
    trouble: Option<String>,
}

#[derive(Template)]
#[template(path = "console/error.html")]
struct ErrorPage<'f> {
    f: &'f Frame,
    status: u16,
    title: String,
    what: String,
    todo: String,
    /// Where it goes on: address and text.
    way: Option<(String, String)>,
}

/// A template that cannot be rendered has nothing to say; only memory can be the reason.
fn page(status: u16, template: &impl Template) -> Reply {
    Reply::Page { status, html: template.render().unwrap_or_else(|error| error.to_string()) }
}

/// 401 is for clients that can answer a challenge; a browser gets the form.
pub(super) fn login_page(f: &Frame, trouble: Option<String>) -> Reply {
    let f = Frame { is_outside: true, ..f.clone() };
    let status = if trouble.is_some() { 403 } else { 200 };
    page(status, &LoginPage { f: &f, trouble })
}

pub(super) fn log_in(
    emulator: &Emulator,
    door: &Door,
    request: &Request<Bytes>,
    f: &Frame,
    fields: &[(String, String)],
    now: i64,
    cookies: &mut Vec<String>,
) -> Reply {
    if !door::is_from_here(request) {
        return error(f, 403);
    }
    let key = fields.iter().find(|(name, _)| name == "key").map_or("", |(_, value)| value.as_str());
    match door.log_in(emulator.settings(), key, now) {
        Key::Right { cookie } => {
            cookies.push(cookie);
            Reply::See(address("overview"))
        }
        Key::Wrong => login_page(f, Some(f.s("login-wrong"))),
        Key::TooOften => login_page(f, Some(f.s("login-too-often"))),
    }
}

/// Neither on loopback nor with a key.
pub(super) fn closed(f: &Frame) -> Reply {
    told(f, 403, "closed", None)
}

pub(super) fn error(f: &Frame, status: u16) -> Reply {
    let name = match status {
        403 => "error-403",
        404 => "error-404",
        405 => "error-405",
        _ => "error-500",
    };
    told(f, status, name, Some((address("overview"), f.s("error-home"))))
}

/// Most pages are about a contract.
pub(super) fn no_contract(f: &Frame) -> Reply {
    told(f, 200, "no-contract", Some((address("overview"), f.s("no-contract-go"))))
}

/// An order was refused, and its page cannot be shown either.
pub(super) fn refused(f: &Frame, reason: String) -> Reply {
    let way = Some((address("overview"), f.s("error-home")));
    page(422, &ErrorPage { f, status: 422, title: f.s("refused-title"), what: reason, todo: f.s("refused-todo"), way })
}

fn told(f: &Frame, status: u16, name: &str, way: Option<(String, String)>) -> Reply {
    let f = Frame { is_outside: f.token.is_empty(), ..f.clone() };
    let text = |part: &str| f.s(&format!("{name}-{part}"));
    page(status, &ErrorPage { title: text("title"), what: text("what"), todo: text("todo"), f: &f, status, way })
}
