//! From a real path to the endpoint.

use std::collections::BTreeMap;

use crate::model::{Endpoint, Product};

/// An endpoint with the values its path parameters have in a real path.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    /// The endpoint.
    pub endpoint: &'a Endpoint,
    /// Name and percent-decoded value, in the order of the path.
    pub params: Vec<(&'a str, String)>,
}

impl Found<'_> {
    /// The value of a path parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }
}

/// Endpoint numbers by product and count of segments; within each, the most literal path first.
#[derive(Debug)]
pub(crate) struct Routes(BTreeMap<(Product, usize), Vec<usize>>);

impl Routes {
    pub(crate) fn new(endpoints: &[Endpoint]) -> Self {
        let mut routes: BTreeMap<(Product, usize), Vec<usize>> = BTreeMap::new();
        for (at, endpoint) in endpoints.iter().enumerate() {
            routes.entry((endpoint.product, segments(&endpoint.path).count())).or_default().push(at);
        }
        for list in routes.values_mut() {
            // `false` (literal) sorts before `true` (parameter), leftmost segment first.
            list.sort_by_key(|&at| segments(&endpoints[at].path).map(|s| name_of(s).is_some()).collect::<Vec<_>>());
        }
        Self(routes)
    }

    pub(crate) fn find<'a>(
        &self,
        endpoints: &'a [Endpoint],
        product: Product,
        method: &str,
        path: &str,
    ) -> Option<Found<'a>> {
        let same_method = self.candidates(endpoints, product, path).filter(|endpoint| endpoint.method == method);
        let endpoint = same_method.into_iter().next()?;
        let pairs = segments(&endpoint.path).zip(segments(path));
        let params = pairs.filter_map(|(segment, value)| Some((name_of(segment)?, percent_decoded(value)))).collect();
        Some(Found { endpoint, params })
    }

    pub(crate) fn exists(&self, endpoints: &[Endpoint], product: Product, path: &str) -> bool {
        self.candidates(endpoints, product, path).next().is_some()
    }

    fn candidates<'a>(
        &self,
        endpoints: &'a [Endpoint],
        product: Product,
        path: &str,
    ) -> impl Iterator<Item = &'a Endpoint> {
        let list = self.0.get(&(product, segments(path).count())).map_or(&[][..], Vec::as_slice);
        list.iter().map(|&at| &endpoints[at]).filter(move |endpoint| fits(&endpoint.path, path))
    }
}

/// The segments of a path; one slash at the end is ignored.
pub(crate) fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path).split('/')
}

/// The name inside the braces of a parameter segment.
pub(crate) fn name_of(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn fits(pattern: &str, path: &str) -> bool {
    segments(pattern).zip(segments(path)).all(|(segment, value)| match name_of(segment) {
        Some(_) => !value.is_empty(),
        None => segment == value,
    })
}

/// Turns `%E3%81%82` into text; what is not a sound escape stays as it is.
fn percent_decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape = tail.get(..2).filter(|_| *first == b'%');
        let decoded = escape.and_then(|two| std::str::from_utf8(two).ok()).filter(|two| !two.starts_with('+'));
        match decoded.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| value.to_owned())
}
