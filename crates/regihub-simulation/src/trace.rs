use bytes::Bytes;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Which way a request went.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Hub to Smaregi.
    Smaregi,
    /// Hub to a shop, by its host.
    Shop(String),
    /// Smaregi or a shop to the hub.
    Hook,
}

/// One request and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// True time at which the request left, microseconds since 1970, UTC.
    pub at: i64,
    pub way: Way,
    pub method: String,
    /// Path and query.
    pub path: String,
    pub request: Bytes,
    /// The status as its sender saw it, or what broke.
    pub outcome: String,
    /// Of the answer's body, so that two runs can be compared.
    pub answer_hash: u64,
}

impl Line {
    /// Whether it was this operation, by method and a part of the path.
    pub fn is(&self, method: &str, part: &str) -> bool {
        self.method == method && self.path.contains(part)
    }

    /// Whether this was a write to Smaregi's stock.
    pub fn writes_stock(&self) -> bool {
        self.way == Way::Smaregi && self.method == "POST" && self.path.contains("/stock/")
    }

    /// Whether this pushed a number for `sku` to a shop.
    pub fn pushes(&self, sku: &str) -> bool {
        self.is("PUT", "/v1/stock") && self.items().iter().any(|item| item["sku"] == sku)
    }

    /// The items of a push.
    pub fn items(&self) -> Vec<serde_json::Value> {
        let body: serde_json::Value = serde_json::from_slice(&self.request).unwrap_or_default();
        body["items"].as_array().cloned().unwrap_or_default()
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, way) = (self.at, &self.way);
        write!(f, "{at} {way:?} {} {} -> {} {:016x}", self.method, self.path, self.outcome, self.answer_hash)
    }
}

/// Everything that was sent, in the order in which it ended. Clones are the same trace.
#[derive(Clone, Default)]
pub struct Trace(Arc<Mutex<Vec<Line>>>);

impl Trace {
    pub(crate) fn add(&self, line: Line) {
        tracing::debug!("{line}");
        self.lock().push(line);
    }

    pub fn len(&self) -> usize {
        self.lock().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lines from number `first` on.
    pub fn since(&self, first: usize) -> Vec<Line> {
        self.lock()[first..].to_vec()
    }

    /// How many lines there are from number `first` on that are so.
    pub fn count(&self, first: usize, is_so: impl Fn(&Line) -> bool) -> usize {
        self.lock()[first..].iter().filter(|line| is_so(line)).count()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// FNV-1a: small, and the same on every machine.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
