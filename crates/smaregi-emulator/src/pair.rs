//! Sandbox and production in one process, as a developer has them: two worlds with their own contracts, keys and limits, told apart by the host
//! name (platform-common.md §1: `.dev` is the sandbox, `.jp` is production).

use crate::{Emulator, EmulatorTransport, http::host};
use axum::{Router, extract::Request};
use bytes::Bytes;
use http::Response;
use regihub_ports::{BoxFuture, Transport, TransportError};
use tower::ServiceExt;

/// Two emulators behind one address.
#[derive(Clone, Debug)]
pub struct EmulatorPair {
    pub sandbox: Emulator,
    pub production: Emulator,
}

impl EmulatorPair {
    /// The emulator a host name belongs to: the one whose settings list it; then production for `….jp`, else the sandbox.
    pub fn of_host(&self, name: &str) -> &Emulator {
        if self.is_production(name) { &self.production } else { &self.sandbox }
    }

    fn is_production(&self, name: &str) -> bool {
        let lists = |emulator: &Emulator| {
            let hosts = &emulator.settings().hosts;
            hosts.id.iter().chain(&hosts.api).any(|listed| listed.eq_ignore_ascii_case(name))
        };
        lists(&self.production) || (!lists(&self.sandbox) && name.to_ascii_lowercase().ends_with(".jp"))
    }

    /// Both on one address.
    pub fn router(&self) -> Router {
        let (pair, sandbox, production) = (self.clone(), self.sandbox.router(), self.production.router());
        Router::new().fallback(move |request: Request| {
            let is_production = pair.is_production(host(&request).unwrap_or_default());
            let router = if is_production { production.clone() } else { sandbox.clone() };
            router.oneshot(request)
        })
    }
}

impl Transport for EmulatorPair {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let emulator = self.of_host(host(&request).unwrap_or_default()).clone();
        Box::pin(async move { EmulatorTransport(emulator).send(request).await })
    }
}
