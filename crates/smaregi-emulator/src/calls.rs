//! How often each operation was called.

use smaregi_catalogue::Endpoint;
use std::collections::BTreeMap;

/// Counts since the start. Operations of the catalogue are counted without making a text of them: this happens with every call.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    endpoints: BTreeMap<(&'static str, &'static str), u64>,
    others: BTreeMap<String, u64>,
}

impl Calls {
    pub(crate) fn count_endpoint(&mut self, endpoint: &'static Endpoint) {
        *self.endpoints.entry((&endpoint.path, &endpoint.method)).or_default() += 1;
    }

    /// Something that is no operation of the catalogue.
    pub(crate) fn count(&mut self, operation: String) {
        *self.others.entry(operation).or_default() += 1;
    }

    /// By method and path, as `GET /stock`.
    pub(crate) fn report(&self) -> BTreeMap<String, u64> {
        let named = self.endpoints.iter().map(|((path, method), count)| (format!("{method} {path}"), *count));
        named.chain(self.others.iter().map(|(name, count)| (name.clone(), *count))).collect()
    }
}
