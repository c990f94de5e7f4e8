use crate::{BoxFuture, Transport, TransportError, TransportErrorKind};
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

/// Which addresses may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressPolicy {
    /// Only addresses of the public internet: a shop's URL cannot be used to reach the machine's own network (SSRF).
    PublicOnly,
    /// Loopback and private addresses too: demo, emulator, shops inside the house.
    Any,
}

#[derive(Clone, Debug)]
pub struct NetworkOptions {
    pub addresses: AddressPolicy,
    pub connect_timeout: Duration,
    /// For the whole exchange, body included.
    pub timeout: Duration,
    /// A longer answer is cut off with an error, so memory stays bounded.
    pub max_response: usize,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            addresses: AddressPolicy::PublicOnly,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            max_response: 64 * 1024 * 1024,
        }
    }
}

/// The world, through reqwest: no redirects, one pool, bounded answers, checked addresses.
#[derive(Clone)]
pub struct NetworkTransport {
    client: reqwest::Client,
    options: NetworkOptions,
}

impl NetworkTransport {
    #[allow(clippy::disallowed_methods)] // the one place where an HTTP client is made
    pub fn new(options: NetworkOptions) -> Self {
        // Two libraries in one program may both try to install the provider; the first one wins and both are the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("Regihub/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(options.connect_timeout)
            .timeout(options.timeout)
            .dns_resolver(Arc::new(CheckedResolver(options.addresses)))
            .tcp_nodelay(true)
            .build()
            .expect("the HTTP client has only constant settings");
        Self { client, options }
    }
}

impl Transport for NetworkTransport {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            // An address written as a number never passes the resolver, so it is checked here.
            if let Some(ip) = literal_address(request.uri()) {
                check_address(self.options.addresses, ip)?;
            }
            let request = reqwest::Request::try_from(request).map_err(|e| not_sent(&e))?;
            let mut answer = self.client.execute(request).await.map_err(from_reqwest)?;
            let mut response = Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                *headers = answer.headers().clone();
            }
            let mut body = BytesMut::new();
            while let Some(chunk) = answer.chunk().await.map_err(from_reqwest)? {
                if body.len() + chunk.len() > self.options.max_response {
                    let message = format!("the answer is longer than {} bytes", self.options.max_response);
                    return Err(TransportError { kind: TransportErrorKind::Unclear, message });
                }
                body.extend_from_slice(&chunk);
            }
            response.body(body.freeze()).map_err(|e| not_sent(&e))
        })
    }
}

fn from_reqwest(error: reqwest::Error) -> TransportError {
    let kind = if error.is_connect() || error.is_builder() {
        TransportErrorKind::NotSent
    } else {
        TransportErrorKind::Unclear
    };
    TransportError { kind, message: chain(&error) }
}

fn not_sent(error: &dyn std::error::Error) -> TransportError {
    TransportError { kind: TransportErrorKind::NotSent, message: chain(error) }
}

/// The whole chain of causes in one line; reqwest hides the reason in the sources.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn literal_address(uri: &http::Uri) -> Option<IpAddr> {
    let host = uri.host()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn check_address(policy: AddressPolicy, ip: IpAddr) -> Result<(), TransportError> {
    if policy == AddressPolicy::Any || is_public(ip) {
        return Ok(());
    }
    let message = format!(
        "{ip} is not an address of the public internet; allow private addresses for this shop or connection if it is meant"
    );
    Err(TransportError { kind: TransportErrorKind::NotSent, message })
}

struct CheckedResolver(AddressPolicy);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            for address in &found {
                check_address(policy, address.ip())?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => v6.to_ipv4().map_or_else(|| is_public_v6(v6), is_public_v4),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmarking = a == 198 && (b == 18 || b == 19);
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_unspecified()
        || ip.is_broadcast()
        || ip.is_multicast()
        || ip.is_documentation()
        || shared
        || benchmarking
        || a == 0
        || a >= 240)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let first = ip.segments()[0];
    // 2000::/3 is all that is routed; 2001:db8::/32 is for documents, 2002::/16 and 64:ff9b::/96 wrap IPv4 addresses.
    let documentation = first == 0x2001 && ip.segments()[1] == 0x0db8;
    (first & 0xe000) == 0x2000 && !documentation && first != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_url_cannot_reach_the_house() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["8.8.8.8", "203.104.0.1", "2400:3200::1"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[tokio::test]
    async fn a_private_address_is_refused_before_anything_is_sent() {
        let transport = NetworkTransport::new(NetworkOptions::default());
        let request = Request::get("http://127.0.0.1:9/").body(Bytes::new()).unwrap();
        let error = transport.send(request).await.unwrap_err();
        assert_eq!(error.kind, TransportErrorKind::NotSent);
        assert!(error.message.contains("127.0.0.1"));
    }
}
