//! The test bench in a browser, under `/console/`: what `/control` offers, for people.
//!
//! A page is one module in `pages`, one template in `templates/console`, its texts in `texts/`, and one line in [`PAGES`]. `show` reads the state and
//! answers with the page; `act` takes an order from a form, gives it to the control interface, and says where the person goes on. A refused order
//! shows the page again, with the reason and with what was entered. No page needs script.
//!
//! Who may come in is decided in `door`.

mod assets;
mod door;
mod frame;
mod look;
mod multipart;
mod outside;
mod pages;
mod reply;
#[cfg(test)]
mod tests;
mod visit;
mod words;

pub(crate) use door::Door;
use door::Entry;
use frame::Frame;
use pages::{
    apps, aside, clock, closing, documents, faults, goods, mails, order_stores, orders, overview, people, requests,
    sales, stock, stocktaking, tills, webhooks,
};
use reply::{Done, Refusal, Reply};
use visit::Visit;
use words::Language;

use crate::{emulator::Emulator, http::form, webhooks::WebhookChaos};
use bytes::Bytes;
use http::{Method, Request, Response, header};

/// A page of the console.
struct Page {
    /// Behind `/console/`, and behind `menu-` in the texts.
    name: &'static str,
    /// Heading in the menu, behind `group-` in the texts.
    group: &'static str,
    show: fn(&Visit<'_>) -> Result<Reply, Refusal>,
    act: fn(&Visit<'_>) -> Result<Done, Refusal>,
}

/// All pages in the order of the menu.
#[rustfmt::skip]
const PAGES: [Page; 18] = [
    Page { name: "overview", group: "parties", show: overview::show, act: overview::act },
    Page { name: "apps", group: "parties", show: apps::show, act: apps::act },
    Page { name: "people", group: "parties", show: people::show, act: people::act },
    Page { name: "tills", group: "floor", show: tills::show, act: tills::act },
    Page { name: "sales", group: "floor", show: sales::show, act: sales::act },
    Page { name: "aside", group: "floor", show: aside::show, act: aside::act },
    Page { name: "closing", group: "floor", show: closing::show, act: closing::act },
    Page { name: "goods", group: "floor", show: goods::show, act: goods::act },
    Page { name: "stock", group: "floor", show: stock::show, act: stock::act },
    Page { name: "stocktaking", group: "floor", show: stocktaking::show, act: stocktaking::act },
    Page { name: "documents", group: "floor", show: documents::show, act: documents::act },
    Page { name: "orders", group: "orders", show: orders::show, act: orders::act },
    Page { name: "order-stores", group: "orders", show: order_stores::show, act: order_stores::act },
    Page { name: "requests", group: "bench", show: requests::show, act: requests::act },
    Page { name: "webhooks", group: "bench", show: webhooks::show, act: webhooks::act },
    Page { name: "faults", group: "bench", show: faults::show, act: faults::act },
    Page { name: "clock", group: "bench", show: clock::show, act: clock::act },
    Page { name: "mails", group: "bench", show: mails::show, act: mails::act },
];

/// Fields that belong to the frame, not to a page.
const OWN_FIELDS: [&str; 5] = ["token", "lang", "contract", "notice", "refresh"];
const REFRESH_SECONDS: u32 = 5;

/// Where a page is found.
fn address(name: &str) -> String {
    if name == "overview" { "/console/".into() } else { format!("/console/{name}") }
}

/// Whether a request is for the console.
pub(crate) fn is_asked(path: &str) -> bool {
    path == "/console" || path.starts_with("/console/")
}

/// Answers one request under `/console`. `on_loopback`: only this machine can reach the socket it came from.
pub(crate) fn answer(emulator: &Emulator, request: &Request<Bytes>, on_loopback: bool) -> Response<Bytes> {
    let door = emulator.inner.console.get_or_init(Door::default);
    let path = request.uri().path().to_owned();
    let rest: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).skip(1).collect();
    if let ["assets", name] = rest.as_slice() {
        return assets::file(name).unwrap_or_else(|| Reply::See(address("overview"))).into_response(&[]);
    }
    let is_order = match *request.method() {
        Method::GET | Method::HEAD => false,
        Method::POST => true,
        _ => return outside::error(&Frame::default(), 405).into_response(&[]),
    };
    let query = form::pairs(request.uri().query().unwrap_or_default());
    let fields = if is_order { sent_fields(request) } else { query };
    let mut cookies = Vec::new();
    let mut f = frame(emulator, request, &fields, &mut cookies);
    let now = emulator.inner.clock.now().as_second();
    let entry = door.entry(emulator.settings(), request, on_loopback, now);
    let reply = match (entry, rest.as_slice()) {
        (Entry::Closed, _) => outside::closed(&f),
        (_, ["login"]) if is_order => outside::log_in(emulator, door, request, &f, &fields, now, &mut cookies),
        (Entry::LogInFirst, _) => outside::login_page(&f, None),
        (Entry::Open { .. }, ["login"]) => Reply::See(address("overview")),
        (Entry::Open { token, logged_in }, rest) => {
            f.token = token;
            f.is_logged_in = logged_in;
            inside(emulator, door, request, f, rest.to_vec(), fields, &mut cookies)
        }
    };
    reply.into_response(&cookies)
}

fn sent_fields(request: &Request<Bytes>) -> Vec<(String, String)> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let body = request.body();
    multipart::fields(kind, body).unwrap_or_else(|| form::pairs(&String::from_utf8_lossy(body)))
}

/// For somebody who may come in.
fn inside(
    emulator: &Emulator,
    door: &Door,
    request: &Request<Bytes>,
    mut f: Frame,
    rest: Vec<&str>,
    fields: Vec<(String, String)>,
    cookies: &mut Vec<String>,
) -> Reply {
    let is_order = request.method() == Method::POST;
    let sent = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    if is_order && !(door::is_from_here(request) && door::is_token(sent("token"), &f.token)) {
        return outside::error(&f, 403);
    }
    let (name, rest) = match rest.as_slice() {
        [] => ("overview", Vec::new()),
        ["logout"] if is_order => {
            cookies.push(door.log_out(request.headers()));
            return Reply::See(address("overview"));
        }
        [name, rest @ ..] => (*name, rest.to_vec()),
    };
    let Some(page) = PAGES.iter().find(|page| page.name == name) else { return outside::error(&f, 404) };
    f.page = page.name;
    f.notice = sent("notice").and_then(|number| door.pick_up(number.parse().ok()?));
    let mut visit = Visit { emulator, f, rest, fields, base: base(emulator, request) };
    if !is_order {
        return settle(&visit, (page.show)(&visit));
    }
    match (page.act)(&visit) {
        Ok(Done { to, notice: None }) => Reply::See(to),
        Ok(Done { to, notice: Some(notice) }) => {
            let joint = if to.contains('?') { '&' } else { '?' };
            Reply::See(format!("{to}{joint}notice={}", door.leave(notice)))
        }
        Err(Refusal::Refused(reason)) => {
            visit.f.trouble = Some(reason);
            // What stands behind the page's own address is the order.
            visit.rest.pop();
            settle(&visit, (page.show)(&visit))
        }
        Err(refusal) => settle(&visit, Err(refusal)),
    }
}

fn settle(visit: &Visit<'_>, shown: Result<Reply, Refusal>) -> Reply {
    match shown {
        Ok(reply) => reply,
        Err(Refusal::NotFound) => outside::error(&visit.f, 404),
        Err(Refusal::NoContract) => outside::no_contract(&visit.f),
        Err(Refusal::Refused(reason)) => outside::refused(&visit.f, reason),
        Err(Refusal::Broken(error)) => {
            tracing::error!(%error, "a page of the console could not be rendered");
            outside::error(&visit.f, 500)
        }
    }
}

/// Language and contract: as asked for just now, else as asked for last, else by the browser, else the first.
fn frame(
    emulator: &Emulator,
    request: &Request<Bytes>,
    fields: &[(String, String)],
    cookies: &mut Vec<String>,
) -> Frame {
    let asked = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let mut keep = |name: &str, value: &str| {
        let value = form::encode(value);
        cookies.push(format!("emulator_{name}={value}; Path=/console; Max-Age=31536000; HttpOnly; SameSite=Strict"));
    };
    let remembered = |name: &str| door::cookie(request.headers(), name).map(|value| form::decode(value, false));
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let asked_language = asked("lang").and_then(Language::from_code);
    if let Some(language) = asked_language {
        keep("language", language.code());
    }
    let language = asked_language
        .or_else(|| Language::from_code(&remembered("emulator_language")?))
        .or_else(|| accepted.and_then(Language::accepted))
        .unwrap_or_default();
    let state = emulator.state();
    let contracts: Vec<String> = state.world.shops().map(|shop| shop.spec.contract_id.clone()).collect();
    let contract = contract(request, asked("contract"), remembered("emulator_contract"), &contracts);
    if asked("contract").is_some()
        && let Some(contract) = &contract
    {
        keep("contract", contract);
    }
    let storm = [state.outbox.chaos != WebhookChaos::default(), state.maintenance.on];
    let disturbances = state.faults.len() + storm.iter().filter(|on| **on).count();
    Frame {
        language,
        now: emulator.inner.now(),
        address: own_address(request, fields),
        contract,
        contracts,
        disturbances,
        refresh: asked("refresh").map(|_| REFRESH_SECONDS),
        ..Frame::default()
    }
}

/// The contract that was asked for, else the one chosen last, else the first. An order names its contract, and never falls on another one.
fn contract(
    request: &Request<Bytes>,
    asked: Option<&str>,
    remembered: Option<String>,
    all: &[String],
) -> Option<String> {
    let known = |name: &String| all.contains(name);
    let asked = asked.map(str::to_owned).filter(known);
    if request.method() == Method::POST {
        return asked;
    }
    asked.or_else(|| remembered.filter(known)).or_else(|| all.first().cloned())
}

/// The address of the page, without what belongs to the frame and, after an order, without the order's name.
fn own_address(request: &Request<Bytes>, fields: &[(String, String)]) -> String {
    let path = request.uri().path();
    if request.method() == Method::POST {
        return path.rsplit_once('/').map_or(path, |(page, _)| page).to_owned();
    }
    let kept = fields.iter().filter(|(name, _)| !OWN_FIELDS.contains(&name.as_str()));
    let query: Vec<String> =
        kept.map(|(name, value)| format!("{}={}", form::encode(name), form::encode(value))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

fn base(emulator: &Emulator, request: &Request<Bytes>) -> String {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let outside = emulator.settings().public_base_url.clone().unwrap_or_else(|| format!("http://{host}"));
    outside.trim_end_matches('/').to_owned()
}
