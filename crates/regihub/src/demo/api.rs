//! JSON calls to the demo's own processes.

use anyhow::{Context, bail};
use bytes::Bytes;
use regihub_ports::{AddressPolicy, NetworkOptions, NetworkTransport, Transport};
use serde_json::Value;

/// One of the processes and the key to its control interface.
#[derive(Clone)]
pub(crate) struct Api {
    transport: NetworkTransport,
    url: String,
    key: Option<String>,
}

impl Api {
    pub(crate) fn new(url: &str, key: Option<&str>) -> Self {
        let options = NetworkOptions { addresses: AddressPolicy::Any, ..NetworkOptions::default() };
        Self { transport: NetworkTransport::new(options), url: url.to_owned(), key: key.map(str::to_owned) }
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let (status, value) = self.call(http::Method::GET, path, Bytes::new()).await?;
        if status.is_success() { Ok(value) } else { bail!("GET {path}: {status} {value}") }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (status, value) = self.try_post(path, body).await?;
        if status.is_success() { Ok(value) } else { bail!("POST {path}: {status} {value}") }
    }

    /// The answer whatever its status: a purchase may well be refused.
    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> anyhow::Result<(http::StatusCode, Value)> {
        self.call(http::Method::POST, path, Bytes::from(body.to_string())).await
    }

    async fn call(&self, method: http::Method, path: &str, body: Bytes) -> anyhow::Result<(http::StatusCode, Value)> {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        request = request.header("content-type", "application/json");
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let answer =
            self.transport.send(request.body(body)?).await.with_context(|| format!("calling {}{path}", self.url))?;
        let value = if answer.body().is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(answer.body()).unwrap_or(Value::Null)
        };
        Ok((answer.status(), value))
    }
}
