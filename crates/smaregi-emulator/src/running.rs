//! An emulator on a free port, for tests that want a real address.

use crate::{
    emulator::{Emulator, EmulatorBuilder},
    http::server::serve,
    sample::Profile,
    spec::EmulatorError,
};
use regihub_ports::{AddressPolicy, Dice, NetworkOptions, NetworkTransport};
use std::{io, net::SocketAddr, sync::Arc};
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::{AbortHandle, JoinHandle},
};

/// An emulator that serves on a loopback port and sends its webhooks. Dropping it closes the port at once.
///
/// ```
/// use bytes::Bytes;
/// use regihub_ports::{NetworkOptions, NetworkTransport, AddressPolicy, Transport};
/// use smaregi_emulator::{AppSpec, ContractSpec, Emulator, sample::Profile};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let running = Emulator::builder().seed(1).build()?.serve_on_free_port().await?;
/// running.emulator().add_contract(ContractSpec::new("sb_test01"))?;
/// running.emulator().add_app(AppSpec {
///     client_id: "app".into(),
///     client_secret: "secret".into(),
///     scopes: vec!["pos.products:read".into()],
///     ..AppSpec::default()
/// })?;
/// running.emulator().load_profile("sb_test01", Profile::Ten, 1)?;
///
/// // From here on it is an address like any other. Your client's settings: API and id host = running.url().
/// let network = NetworkTransport::new(NetworkOptions { addresses: AddressPolicy::Any, ..NetworkOptions::default() });
/// let ask = http::Request::post(format!("{}/app/sb_test01/token", running.url()))
///     .header("authorization", "Basic YXBwOnNlY3JldA==")
///     .header("content-type", "application/x-www-form-urlencoded")
///     .body(Bytes::from("grant_type=client_credentials&scope=pos.products:read"))?;
/// let answer = network.send(ask).await.map_err(|error| error.message)?;
/// let token: serde_json::Value = serde_json::from_slice(answer.body())?;
/// let ask = http::Request::get(format!("{}/sb_test01/pos/products?limit=3", running.url()))
///     .header("authorization", format!("Bearer {}", token["access_token"].as_str().unwrap_or_default()))
///     .body(Bytes::new())?;
/// let answer = network.send(ask).await.map_err(|error| error.message)?;
/// let products: Vec<serde_json::Value> = serde_json::from_slice(answer.body())?;
/// assert_eq!(products.len(), 3);
/// running.stop().await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Running {
    emulator: Emulator,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
    deliveries: AbortOnDrop,
}

#[derive(Debug)]
struct AbortOnDrop(Vec<AbortHandle>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

impl Running {
    /// The emulator behind the port: tills, truth, faults.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:port`, without a slash at the end: token host, API host and control interface.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets the requests under way finish, then closes the port. The emulator itself lives on with its other handles.
    ///
    /// # Errors
    /// When the listener failed before.
    pub async fn stop(self) -> io::Result<()> {
        let Self { stop, server, deliveries, .. } = self;
        let _ = stop.send(());
        let ended = server.await;
        drop(deliveries);
        ended.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

impl Emulator {
    /// Serves on a free loopback port and starts the delivery of webhooks, to any address.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn serve_on_free_port(&self) -> io::Result<Running> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let network = NetworkOptions { addresses: AddressPolicy::Any, ..NetworkOptions::default() };
        let deliveries = self.start_delivery(Arc::new(NetworkTransport::new(network)));
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(self.clone(), listener, async { drop(stopped.await) }));
        let deliveries = AbortOnDrop(vec![deliveries.abort_handle(), server.abort_handle()]);
        Ok(Running { emulator: self.clone(), address, stop, server, deliveries })
    }

    /// Fills a contract with a sample shop. The same seed gives the same shop.
    ///
    /// # Errors
    /// When the contract does not exist or the journal cannot be written.
    pub fn load_profile(&self, contract: &str, profile: Profile, seed: u64) -> Result<(), EmulatorError> {
        let dice = Dice::from_seed(seed);
        profile.pieces(&dice).try_for_each(|piece| self.load_dataset(contract, &piece))
    }
}

impl EmulatorBuilder {
    /// Everything random comes from this seed: tokens, event ids, faults.
    pub fn seed(self, seed: u64) -> Self {
        self.dice(Dice::from_seed(seed))
    }
}
