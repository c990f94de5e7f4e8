//! Lists the stores of a contract: `SMAREGI_CONTRACT=sb_… SMAREGI_CLIENT_ID=… SMAREGI_CLIENT_SECRET=… cargo run -p smaregi --example stores`
//!
//! Talks to the sandbox; the app needs the scope `pos.stores:read`.

use futures_util::StreamExt;
use regihub_ports::{Dice, NetworkOptions, NetworkTransport, SystemClock};
use smaregi::platform::{Client, ClientOptions, Environment, StoreQuery};
use std::{env, error::Error, pin::pin, sync::Arc};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = ClientOptions::new(
        Environment::Sandbox,
        env::var("SMAREGI_CONTRACT")?,
        env::var("SMAREGI_CLIENT_ID")?,
        env::var("SMAREGI_CLIENT_SECRET")?,
        ["pos.stores:read"],
    );
    let transport = Arc::new(NetworkTransport::new(NetworkOptions::default()));
    let client = Client::new(options, transport, Arc::new(SystemClock), Dice::from_os());
    client.check().await?;
    let mut pages = pin!(client.pages(StoreQuery::default()));
    while let Some(page) = pages.next().await {
        for store in page?.value {
            println!("{}\t{}", store.store_id, store.store_name.unwrap_or_default());
        }
    }
    Ok(())
}
