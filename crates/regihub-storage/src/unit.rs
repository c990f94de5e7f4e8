//! One unit of work: everything done through it happens together or not at all.

use crate::{error::Result, error::StorageError, repo::*, seal::MasterKey, sql::Sql};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Handed to the closures of [`crate::Storage::write`] and [`crate::Storage::read`].
pub struct Unit<'a> {
    sql: &'a mut dyn Sql,
    keys: &'a MasterKey,
    appended: u64,
}

macro_rules! rooms {
    ($($(#[$doc:meta])* $name:ident -> $room:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub fn $name(&mut self) -> $room<'_> {
            $room::new(self.sql)
        }
    )+};
}

impl<'a> Unit<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql, keys: &'a MasterKey) -> Self {
        Self { sql, keys, appended: 0 }
    }

    /// Raw notifications.
    pub fn inbox(&mut self) -> Inbox<'_> {
        Inbox::new(self.sql, &mut self.appended)
    }

    /// Workspaces, connections, shops and links.
    pub fn setup(&mut self) -> Setup<'_> {
        Setup::new(self.sql, self.keys)
    }

    rooms! {
        /// What may have changed and has to be looked at.
        jobs -> Jobs,
        /// Small facts by name.
        facts -> Facts,
        /// HTTP requests with their responses (通信ログ).
        exchanges -> Exchanges,
        /// Users and their sessions.
        accounts -> Accounts,
        /// The mirror of Smaregi's products and stores.
        products -> Products,
        /// Point-of-sale transactions (取引).
        sales -> Sales,
        /// Levels and movements (在庫数, 在庫変動).
        stock -> StockLedger,
        /// What a shop sells.
        listings -> Listings,
        /// Published stock numbers.
        publications -> Publications,
        /// Orders of shops (受注).
        orders -> Orders,
        /// Durable intents to write to Smaregi.
        intents -> Intents,
    }

    /// The database itself, for the read models in [`crate::views`].
    pub fn sql(&mut self) -> &mut dyn Sql {
        self.sql
    }

    /// Inbox rows added by this unit.
    pub(crate) fn appended(&self) -> u64 {
        self.appended
    }
}

/// Runs `work`; a panic inside becomes an error, so that it cannot take other work with it.
pub(crate) fn run_guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(StorageError::Backend(format!("a unit of work panicked: {}", text.unwrap_or("no message"))))
    })
}
