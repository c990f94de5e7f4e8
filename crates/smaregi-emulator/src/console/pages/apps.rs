//! `/console/apps`: the developer's apps, their keys, and where their webhooks go.

use crate::{
    console::{
        frame::Frame,
        reply::{Done, Refusal, Reply},
        visit::Visit,
    },
    control::parties,
    http::form,
    spec::AppSpec,
};
use askama::Template;
use serde_json::json;
use smaregi_catalogue::{Catalogue, Confidence};
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "console/apps.html")]
struct AppsPage<'v> {
    f: &'v Frame,
    apps: Vec<AppSpec>,
}

#[derive(Template)]
#[template(path = "console/app.html")]
struct AppPage<'v> {
    f: &'v Frame,
    base: &'v str,
    /// As it is entered now; on a refusal not as it is stored.
    app: AppSpec,
    /// Client id of an app that exists; else a new one is entered.
    known: Option<String>,
    headers: String,
    scopes: Vec<ScopeGroup>,
    events: Vec<EventChoice>,
}

/// `pos.products` with the boxes for `:read` and `:write`.
struct ScopeGroup {
    name: String,
    title: String,
    boxes: Vec<ScopeBox>,
}

struct ScopeBox {
    scope: String,
    /// Behind the colon; all of it for scopes without one.
    part: String,
    is_on: bool,
}

struct EventChoice {
    event: String,
    title: String,
    is_on: bool,
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let entered = visit.f.trouble.is_some();
    match visit.rest.as_slice() {
        [] if !entered => {
            let apps = visit.state().world.apps().cloned().collect();
            visit.page(&AppsPage { f: &visit.f, apps })
        }
        [] => visit.page(&page(visit, read(visit), None)),
        ["new"] => {
            let scopes = all_scopes(visit.emulator.inner.catalogue);
            visit.page(&page(visit, AppSpec { scopes, ..AppSpec::default() }, None))
        }
        [id] => {
            let id = form::decode(id, false);
            let stored = visit.state().world.app(&id).cloned().ok_or(Refusal::NotFound)?;
            let app = if entered { read(visit) } else { stored };
            visit.page(&page(visit, AppSpec { client_id: id.clone(), ..app }, Some(id)))
        }
        _ => Err(Refusal::NotFound),
    }
}

fn page<'v>(visit: &'v Visit<'_>, app: AppSpec, known: Option<String>) -> AppPage<'v> {
    let catalogue = visit.emulator.inner.catalogue;
    let headers = app.webhook_headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    AppPage {
        f: &visit.f,
        base: &visit.base,
        headers,
        scopes: scopes(catalogue, &app),
        events: events(catalogue, &app),
        app,
        known,
    }
}

/// Scopes of user tokens are asked for by signing in, and cannot harm here.
fn all_scopes(catalogue: &Catalogue) -> Vec<String> {
    let sure = catalogue.scopes().iter().filter(|scope| scope.confidence != Confidence::Unverified);
    sure.map(|scope| scope.name.clone()).collect()
}

fn scopes(catalogue: &Catalogue, app: &AppSpec) -> Vec<ScopeGroup> {
    let mut groups: BTreeMap<&str, ScopeGroup> = BTreeMap::new();
    for scope in catalogue.scopes() {
        let (name, part) = scope.name.split_once(':').unwrap_or((&scope.name, &scope.name));
        let group = groups.entry(name).or_insert_with(|| ScopeGroup {
            name: name.into(),
            // One title for reading and writing.
            title: scope.title_ja.trim_end_matches("の参照").to_owned(),
            boxes: Vec::new(),
        });
        let is_on = app.scopes.contains(&scope.name);
        group.boxes.push(ScopeBox { scope: scope.name.clone(), part: part.into(), is_on });
    }
    groups.into_values().collect()
}

fn events(catalogue: &Catalogue, app: &AppSpec) -> Vec<EventChoice> {
    let choice = |webhook: &smaregi_catalogue::Webhook| EventChoice {
        event: webhook.event.clone(),
        title: webhook.title_ja.clone().unwrap_or_default(),
        is_on: app.webhook_events.contains(&webhook.event),
    };
    catalogue.webhooks().iter().map(choice).collect()
}

/// The app as it was entered.
fn read(visit: &Visit<'_>) -> AppSpec {
    let header = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        (name.trim().to_owned(), value.trim().to_owned())
    };
    let url = visit.text("webhook_url");
    AppSpec {
        client_id: visit.text("client_id").into(),
        client_secret: visit.text("client_secret").into(),
        scopes: visit.all("scope").map(Into::into).collect(),
        webhook_url: (!url.is_empty()).then(|| url.into()),
        webhook_headers: visit.text("headers").lines().filter(|line| !line.trim().is_empty()).map(header).collect(),
        webhook_events: visit.all("event").map(Into::into).collect(),
    }
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let mut app = read(visit);
    match visit.rest.as_slice() {
        ["add"] => {
            if visit.state().world.app(&app.client_id).is_some() {
                return Err(visit.refused(visit.f.a("app-exists", "app", &app.client_id)));
            }
        }
        [id, "save"] => {
            app.client_id = form::decode(id, false);
            if visit.state().world.app(&app.client_id).is_none() {
                return Err(Refusal::NotFound);
            }
        }
        _ => return Err(Refusal::NotFound),
    }
    check(visit, &app)?;
    let made = visit.order("apps", &json!(app))?;
    let id = made["client_id"].as_str().unwrap_or_default();
    Ok(Done::new(format!("/console/apps/{}", form::encode(id)), visit.f.s("app-saved")))
}

/// What the control interface would refuse too, told in the person's language.
fn check(visit: &Visit<'_>, app: &AppSpec) -> Result<(), Refusal> {
    let f = &visit.f;
    if !app.client_id.is_empty() && !parties::is_name(&app.client_id) {
        return Err(visit.refused(f.a("client-id-wrong", "got", &app.client_id)));
    }
    if let Some(url) = app.webhook_url.as_deref().filter(|url| !parties::is_address(url)) {
        return Err(visit.refused(f.a("webhook-url-wrong", "got", url)));
    }
    match app.webhook_headers.iter().find(|(name, value)| !parties::is_header(name, value)) {
        Some((name, value)) => Err(visit.refused(f.b("webhook-header-wrong", "name", name, "value", value))),
        None => Ok(()),
    }
}
