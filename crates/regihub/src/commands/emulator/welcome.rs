//! What the emulator says when it is ready: where it is, who may call, and the first lines to try.

use smaregi_emulator::Emulator;
use std::{fmt::Write, net::SocketAddr, path::Path};

/// Scopes of the first token: what the first lines need.
const FIRST_SCOPES: &str = "pos.products:read pos.stock:read pos.transactions:read";

pub(super) fn text(emulator: &Emulator, address: SocketAddr, data: Option<&Path>) -> String {
    let url = format!("http://{address}");
    let mut text = String::new();
    let _ = writeln!(text, "\n  in place of                       use");
    let _ = writeln!(text, "  https://id.smaregi.(dev|jp)       {url}    (tokens, sign-in)");
    let _ = writeln!(text, "  https://api.smaregi.(dev|jp)      {url}    (API)");
    let _ = writeln!(text, "  the shop, the admin screen        {url}/control/…\n");
    for contract in emulator.contracts() {
        let truth = emulator.truth(&contract.contract_id).unwrap_or_default();
        let count = |table: &str| truth.rows.get(table).copied().unwrap_or(0);
        let _ = writeln!(
            text,
            "  contract  {}    {} products, {} stores, {} members, {} sales",
            contract.contract_id,
            count("products"),
            count("stores"),
            count("customers"),
            truth.sales
        );
    }
    for app in emulator.apps() {
        let hook = app.webhook_url.as_deref().unwrap_or("nowhere (--webhook-url)");
        let _ = writeln!(
            text,
            "  app       client id {}    client secret {}    webhooks to {hook}",
            app.client_id, app.client_secret
        );
    }
    match data {
        Some(folder) => drop(writeln!(text, "  state     kept in {}", folder.display())),
        None => drop(writeln!(text, "  state     in memory only (--data keeps it)")),
    }
    text.push_str(&first_lines(emulator, &url));
    text
}

/// Lines for a shell: a token, a list, a sale, and what was told to the app.
fn first_lines(emulator: &Emulator, url: &str) -> String {
    let (contracts, apps) = (emulator.contracts(), emulator.apps());
    let (Some(contract), Some(app)) = (contracts.first(), apps.first()) else { return String::new() };
    let contract = &contract.contract_id;
    format!(
        r#"
Try in another terminal:

TOKEN=$(curl -s -u {id}:{secret} -d grant_type=client_credentials -d 'scope={FIRST_SCOPES}' {url}/app/{contract}/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -s -H "Authorization: Bearer $TOKEN" '{url}/{contract}/pos/products?limit=3'
curl -s -d '{{"contract":"{contract}","count":1}}' {url}/control/sell-random
curl -s {url}/control/deliveries
"#,
        id = app.client_id,
        secret = app.client_secret,
    )
}
