//! `/settings`: connections, shops and links; the switch of each link; addresses to copy. No secret is ever shown.

use crate::frame::{Frame, Hub, Member, PageError, Section, still_page};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, header};
use regihub_domain::{ConnectionId, LinkId, StoreId};
use regihub_storage::{
    Unit,
    views::{
        LinkInfo, Scope,
        settings::{self, ConnectionSettings, ShopSettings},
    },
};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "settings.html")]
pub(crate) struct SettingsPage {
    f: Frame,
    /// How the hub is reached, without a slash at the end.
    base: String,
    found: Found,
}
still_page!(SettingsPage);

#[derive(Default)]
pub(crate) struct Found {
    connections: Vec<ConnectionSettings>,
    shops: Vec<ShopSettings>,
    /// With its name.
    links: Vec<(String, LinkInfo)>,
    store_names: BTreeMap<(ConnectionId, StoreId), String>,
}

pub(super) async fn show(State(hub): State<Hub>, member: Member, headers: HeaderMap) -> Result<Response, PageError> {
    let found = hub.look(member.workspace, find).await?;
    let base = hub.options.public_url.clone().unwrap_or_else(|| guessed_base(&headers));
    member.answer(&SettingsPage { f: member.frame(Section::Settings), base, found })
}

/// Without a configured address: the one this very page was asked at.
fn guessed_base(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}")
}

fn find(unit: &mut Unit<'_>, scope: &Scope) -> regihub_storage::Result<Found> {
    let mut store_names = BTreeMap::new();
    for connection in &scope.connections {
        for (store, name) in settings::store_names(unit.sql(), connection.id)? {
            store_names.insert((connection.id, store), name);
        }
    }
    Ok(Found {
        connections: settings::connections(unit.sql(), scope)?,
        shops: settings::shops(unit.sql(), scope)?,
        links: scope.links.iter().map(|link| (scope.link_name(link), link.clone())).collect(),
        store_names,
    })
}

#[derive(Deserialize)]
pub(super) struct SwitchForm {
    /// `start` or `stop`.
    switch: String,
}

/// `POST /settings/links/{id}`: starts or stops a link.
pub(super) async fn switch_link(
    State(hub): State<Hub>,
    member: Member,
    Path(id): Path<i64>,
    Form(form): Form<SwitchForm>,
) -> Result<Response, PageError> {
    let running = match form.switch.as_str() {
        "start" => true,
        "stop" => false,
        other => {
            let text = member.visitor.language.a("switch-unknown", "got", other);
            return Err(PageError::Refused(StatusCode::UNPROCESSABLE_ENTITY, text));
        }
    };
    let (workspace, id) = (member.workspace, LinkId(id));
    let switched = hub.storage.write(move |unit| {
        let ours = Scope::load(unit.sql(), workspace)?.link(id).is_some();
        if ours {
            unit.setup().set_link_running(id, running)?;
        }
        Ok(ours)
    });
    if !switched.await? {
        return Err(PageError::NotFound);
    }
    hub.engine.set_up_changed().await.map_err(|why| PageError::Refused(StatusCode::SERVICE_UNAVAILABLE, why))?;
    Ok(Redirect::to("/settings#links").into_response())
}

impl SettingsPage {
    fn environment(&self, connection: &ConnectionSettings) -> String {
        match connection.environment.as_str() {
            "production" => self.f.s("environment-production"),
            "sandbox" => self.f.s("environment-sandbox"),
            other => other.to_owned(),
        }
    }

    /// The kind of shop in words; one this page does not know by its own name.
    fn channel(&self, channel: &str) -> String {
        match channel {
            "generic" => self.f.s("channel-generic"),
            other => other.to_owned(),
        }
    }

    fn store(&self, link: &LinkInfo, store: &StoreId) -> String {
        self.found.store_names.get(&(link.connection, store.clone())).cloned().unwrap_or_else(|| store.to_string())
    }

    fn stock_stores(&self, link: &LinkInfo) -> String {
        let names: Vec<String> = link.settings.stock_stores.iter().map(|store| self.store(link, store)).collect();
        names.join(" + ")
    }
}

#[cfg(test)]
pub(crate) fn samples(f: Frame) -> Vec<SettingsPage> {
    use regihub_domain::ShopId;
    use regihub_storage::LinkSettings;
    let connection = |environment: &str| ConnectionSettings {
        id: ConnectionId(1),
        name: "青山本店".into(),
        contract_id: "sb_demo01".into(),
        environment: environment.into(),
        api_base: "https://api.smaregi.dev".into(),
        client_id: "client".into(),
        scopes: "pos.stock:read".into(),
        hook_key: "k1".into(),
        hook_header: "x-regihub-secret".into(),
        reads_per_second: 5,
        writes_per_second: 2,
    };
    let shop = ShopSettings {
        id: ShopId(1),
        name: "オンライン<b>店</b>".into(),
        channel: "generic".into(),
        base_url: "https://shop.example".into(),
        hook_key: "k2".into(),
    };
    let link = |running| LinkInfo {
        id: LinkId(1),
        connection: ConnectionId(1),
        shop: ShopId(1),
        running,
        settings: LinkSettings { stock_stores: vec!["1".into(), "2".into()], order_store: "1".into(), margin: 1 },
    };
    let found = Found {
        connections: ["production", "sandbox", "emulator"].map(connection).into(),
        shops: vec![shop],
        links: vec![("A × B".into(), link(true)), ("A × C".into(), link(false))],
        store_names: BTreeMap::from([((ConnectionId(1), "1".into()), "青山本店".into())]),
    };
    let base = "https://hub.example.jp".to_owned();
    vec![SettingsPage { f: f.clone(), base: base.clone(), found }, SettingsPage { f, base, found: Found::default() }]
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;
    use regihub_domain::LinkId;

    #[tokio::test]
    async fn the_notification_address_can_be_copied_and_no_secret_is_shown() {
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/settings").await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("https://hub.example.jp/hooks/smaregi/hook-key-1"), "{}", page.text);
        assert!(page.text.contains("x-regihub-secret") && page.text.contains("https://api.smaregi.dev"));
        for secret in ["the-hook-secret", "the-client-secret", "the-api-key", "whsec_"] {
            assert!(!page.text.contains(secret), "{secret} is shown");
        }
    }

    #[tokio::test]
    async fn a_link_is_stopped_and_started_by_its_own_people_only() {
        let hub = TestHub::with_a_shop().await;
        let running = async || hub.read(|unit| Ok(unit.setup().links()?[0].running)).await;
        assert_eq!(hub.as_neighbour().await.post("/settings/links/1", "switch=stop").await.status, 404);
        assert!(running().await);
        assert_eq!(hub.post("/settings/links/1", "switch=stop").await.redirect(), "/settings#links");
        assert!(!running().await);
        assert!(hub.get("/").await.text.contains("停止中"));
        hub.post("/settings/links/1", "switch=start").await;
        assert!(running().await);
        assert_eq!(hub.post("/settings/links/1", "switch=maybe").await.status, 422);
        assert_eq!(LinkId(1), hub.read(|unit| Ok(unit.setup().links()?[0].id)).await);
    }
}
