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

/// Endpoints by product and count of segments; within each, the most literal path first.
#[derive(Debug)]
pub(crate) struct Routes(BTreeMap<(Product, usize), Vec<Route>>);

/// One endpoint with its path taken apart.
#[derive(Debug)]
struct Route {
    /// Place in the list of endpoints.
    at: usize,
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Literal(String),
    Parameter,
}

impl Route {
    fn new(at: usize, path: &str) -> Self {
        let segment = |text: &str| match name_of(text) {
            Some(_) => Segment::Parameter,
            None => Segment::Literal(text.to_owned()),
        };
        Self { at, segments: segments(path).map(segment).collect() }
    }

    fn fits(&self, path: &[&str]) -> bool {
        self.segments.iter().zip(path).all(|(segment, value)| match segment {
            Segment::Parameter => !value.is_empty(),
            Segment::Literal(text) => text == value,
        })
    }
}

impl Routes {
    pub(crate) fn new(endpoints: &[Endpoint]) -> Self {
        let mut routes: BTreeMap<(Product, usize), Vec<Route>> = BTreeMap::new();
        for (at, endpoint) in endpoints.iter().enumerate() {
            let route = Route::new(at, &endpoint.path);
            routes.entry((endpoint.product, route.segments.len())).or_default().push(route);
        }
        for list in routes.values_mut() {
            // `false` (literal) sorts before `true` (parameter), leftmost segment first.
            let is_parameter = |segment: &Segment| matches!(segment, Segment::Parameter);
            list.sort_by_key(|route| route.segments.iter().map(is_parameter).collect::<Vec<_>>());
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
        self.find_segments(endpoints, product, method, &segments(path).collect::<Vec<_>>())
    }

    pub(crate) fn find_segments<'a>(
        &self,
        endpoints: &'a [Endpoint],
        product: Product,
        method: &str,
        path: &[&str],
    ) -> Option<Found<'a>> {
        let mut candidates = self.candidates(product, path).map(|route| &endpoints[route.at]);
        let endpoint = candidates.find(|endpoint| endpoint.method == method)?;
        let pairs = segments(&endpoint.path).zip(path);
        let params = pairs.filter_map(|(segment, value)| Some((name_of(segment)?, percent_decoded(value)))).collect();
        Some(Found { endpoint, params })
    }

    pub(crate) fn exists(&self, product: Product, path: &str) -> bool {
        self.candidates(product, &segments(path).collect::<Vec<_>>()).next().is_some()
    }

    fn candidates(&self, product: Product, path: &[&str]) -> impl Iterator<Item = &Route> {
        let list = self.0.get(&(product, path.len())).map_or(&[][..], Vec::as_slice);
        list.iter().filter(move |route| route.fits(path))
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

/// Turns `%E3%81%82` into text; what is not a sound escape stays as it is.
fn percent_decoded(value: &str) -> String {
    if !value.contains('%') {
        return value.to_owned();
    }
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
