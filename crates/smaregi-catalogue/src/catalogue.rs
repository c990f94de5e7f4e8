//! The whole catalogue: read once, then only asked.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::fault::{CatalogueError, Fault};
use crate::field::{Fields, Members, Schema};
use crate::model::*;
use crate::raw::{CommonFile, ProductFile};
use crate::read::{self, Reader};
use crate::route::{Found, Routes};

/// The three data files as text.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// `platform-pos.json`
    pub pos: &'a str,
    /// `platform-orders.json`
    pub orders: &'a str,
    /// `platform-common.json`
    pub common: &'a str,
}

impl Sources<'static> {
    /// The data files built into the program.
    pub fn bundled() -> Self {
        Self {
            pos: include_str!("../data/platform-pos.json"),
            orders: include_str!("../data/platform-orders.json"),
            common: include_str!("../data/platform-common.json"),
        }
    }
}

/// Everything known about Smaregi's platform API. Parsed once, never changed.
#[derive(Debug)]
pub struct Catalogue {
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) schemas: BTreeMap<String, Schema>,
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) refused_webhooks: Vec<String>,
    pub(crate) user_notification: Webhook,
    pub(crate) webhook_headers: Vec<Header>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) refused_scopes: Vec<String>,
    errors: Vec<ErrorAnswer>,
    sandbox_limit: RateLimit,
    production_limit: RateLimit,
    routes: Routes,
    pub(crate) reading_faults: Vec<Fault>,
}

static BUNDLED: LazyLock<Catalogue> = LazyLock::new(|| match Catalogue::parse(&Sources::bundled()) {
    Ok(catalogue) => catalogue,
    // The files are part of the program and a test reads them, so this cannot happen in a tested build.
    Err(error) => panic!("the built-in catalogue cannot be read: {error}"),
});

impl Catalogue {
    /// The catalogue built into the program; parsed on first use.
    pub fn bundled() -> &'static Catalogue {
        &BUNDLED
    }

    /// Reads the three files. Data that can be read but contradicts itself is found by [`Catalogue::check`].
    ///
    /// # Errors
    /// When a file is not JSON of the expected form; the error names the file and the JSON path.
    pub fn parse(sources: &Sources<'_>) -> Result<Catalogue, CatalogueError> {
        let pos: ProductFile = read::file("platform-pos.json", sources.pos)?;
        let orders: ProductFile = read::file("platform-orders.json", sources.orders)?;
        let common: CommonFile = read::file("platform-common.json", sources.common)?;
        let mut reader = Reader::default();
        reader.enums(pos.enums);
        reader.enums(orders.enums);
        let schemas = reader.schemas(vec![pos.schemas, orders.schemas]);
        let pos_endpoints = pos.endpoints.into_iter().map(|data| (Product::Pos, data));
        let order_endpoints = orders.endpoints.into_iter().map(|data| (Product::OrderShipment, data));
        let endpoints: Vec<Endpoint> =
            pos_endpoints.chain(order_endpoints).map(|(product, data)| reader.endpoint(product, data)).collect();
        let events = pos.webhooks.into_iter().chain(orders.webhooks).chain(common.webhooks);
        let webhooks = events.map(|data| reader.webhook(data)).collect();
        let user_notification = reader.webhook(common.user_notification);
        Ok(Catalogue {
            routes: Routes::new(&endpoints),
            endpoints,
            schemas,
            webhooks,
            refused_webhooks: common.refused_webhooks,
            user_notification,
            webhook_headers: common.webhook_headers,
            scopes: common.scopes,
            refused_scopes: common.refused_scopes,
            errors: common.errors,
            sandbox_limit: common.rate_limits.sandbox,
            production_limit: common.rate_limits.production,
            reading_faults: reader.faults,
        })
    }

    /// All endpoints, POS first, in the order of the data.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The endpoint for a method and a real path below the product segment (`/stock/8000001/add`).
    ///
    /// Literal segments win over parameters: `POST /products/bulk` is never the product "bulk". One slash at the
    /// end is ignored, as real clients send it (platform-common.md §2).
    pub fn find(&self, product: Product, method: &str, path: &str) -> Option<Found<'_>> {
        self.routes.find(&self.endpoints, product, method, path)
    }

    /// As [`Catalogue::find`], for a path that was taken apart already (`["stock", "8000001", "add"]`).
    pub fn find_segments(&self, product: Product, method: &str, segments: &[&str]) -> Option<Found<'_>> {
        self.routes.find_segments(&self.endpoints, product, method, segments)
    }

    /// Whether any method exists on this path: tells 405 from 404.
    pub fn path_exists(&self, product: Product, path: &str) -> bool {
        self.routes.exists(product, path)
    }

    /// A schema with the inherited fields filled in.
    pub fn schema(&self, name: &str) -> Option<&Schema> {
        self.schemas.get(name)
    }

    /// All schemas by name.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        self.schemas.values()
    }

    /// The fields of some members, or `None` when nobody has seen them.
    pub fn fields<'a>(&'a self, members: &'a Members) -> Option<&'a Fields> {
        match members {
            Members::Unseen => None,
            Members::Schema(name) => self.schema(name).map(|schema| &schema.fields),
            Members::Fields(fields) => Some(fields),
        }
    }

    /// A webhook event by name, or the user notification `AppSubscription`.
    pub fn webhook(&self, event: &str) -> Option<&Webhook> {
        self.webhooks.iter().chain([&self.user_notification]).find(|webhook| webhook.event == event)
    }

    /// All webhook events an app can subscribe to (the user notification is not one of them).
    pub fn webhooks(&self) -> &[Webhook] {
        &self.webhooks
    }

    /// The notification about contracts that start or stop using the app (platform-common.md §14).
    pub fn user_notification(&self) -> &Webhook {
        &self.user_notification
    }

    /// Headers of a webhook request, without the app's own ones.
    pub fn webhook_headers(&self) -> &[Header] {
        &self.webhook_headers
    }

    /// Whether this event name circulates but contradicts an official one (platform-common.md §16.6).
    pub fn is_refused_webhook(&self, event: &str) -> bool {
        self.refused_webhooks.iter().any(|refused| refused == event)
    }

    /// All scopes.
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// Whether the service knows this scope.
    pub fn is_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.name == name)
    }

    /// Whether this scope name circulates but was invented (platform-common.md §7.6).
    pub fn is_refused_scope(&self, name: &str) -> bool {
        self.refused_scopes.iter().any(|refused| refused == name)
    }

    /// The error answers that are known, by status.
    pub fn errors(&self) -> &[ErrorAnswer] {
        &self.errors
    }

    /// Requests per second of one app on one sandbox contract.
    pub fn sandbox_limit(&self) -> RateLimit {
        self.sandbox_limit
    }

    /// Requests per second of one app on one production contract.
    pub fn production_limit(&self) -> RateLimit {
        self.production_limit
    }

    /// Looks for contradictions in the data. The built-in data has none.
    pub fn check(&self) -> Vec<Fault> {
        crate::audit::audit(self)
    }
}
