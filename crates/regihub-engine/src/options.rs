use std::time::Duration;

/// How the engine paces itself. The defaults suit a shop; tests and the demo shorten some.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// How long the lease of a connection or shop holds without being renewed; it is renewed four times as often. When a node dies, another
    /// takes its work over after this and [`Self::clock_skew`].
    pub lease: Duration,
    /// How far the clocks of two nodes on one database may lie apart.
    pub clock_skew: Duration,
    /// No other process can work on this database (SQLite: its folder is locked by this one), so what a dead process held is taken at once.
    pub alone: bool,
    /// Pause between two calls of one kind while less than a full batch is waiting. The first call after a quiet time is made at once; in a
    /// burst this is what makes few calls carry many records.
    pub linger: Duration,
    /// How often each side is read without being told to (I2).
    pub reconcile_sales: Duration,
    pub reconcile_stock: Duration,
    pub reconcile_products: Duration,
    pub reconcile_orders: Duration,
    pub reconcile_listings: Duration,
    /// Full compare of a shop's numbers with ours.
    pub compare_shop: Duration,
    /// Every level, whatever its update time.
    pub full_stock: Duration,
    /// Every product, whatever its update time; finds deletions nobody told us about.
    pub full_products: Duration,
    /// A reconciler starts this much before the end of its last run, against clocks that differ and late commits.
    pub overlap: Duration,
    /// How long an unclear write is left alone before it is looked up: longer than Smaregi may take to finish it.
    pub lookup_grace: Duration,
    /// Pause after a failed call; doubles with each failure in a row.
    pub backoff: Duration,
    pub backoff_max: Duration,
    /// Unexplained pieces are looked up in the change history after this time, if no sale has explained them by then.
    pub history_delay: Duration,
    /// On the first run, sales this far back are read.
    pub first_sales: Duration,
    /// How often what is too old is tidied away, and the pause between two small steps of it.
    pub tidy_every: Duration,
    pub tidy_pause: Duration,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(20),
            clock_skew: Duration::from_secs(5),
            alone: false,
            linger: Duration::from_millis(200),
            reconcile_sales: Duration::from_secs(60),
            reconcile_stock: Duration::from_secs(60),
            reconcile_products: Duration::from_secs(300),
            reconcile_orders: Duration::from_secs(30),
            reconcile_listings: Duration::from_secs(900),
            compare_shop: Duration::from_secs(600),
            full_stock: Duration::from_secs(6 * 3600),
            full_products: Duration::from_secs(24 * 3600),
            overlap: Duration::from_secs(60),
            lookup_grace: Duration::from_secs(40),
            backoff: Duration::from_secs(1),
            backoff_max: Duration::from_secs(300),
            history_delay: Duration::from_secs(10),
            first_sales: Duration::from_secs(24 * 3600),
            tidy_every: Duration::from_secs(6 * 3600),
            tidy_pause: Duration::from_millis(200),
        }
    }
}

/// Microseconds of a duration, the unit of stored times.
pub(crate) fn us(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
