//! A place of its own for each test, gone afterwards.

use regihub_domain::{ConnectionId, ShopId, WorkspaceId};
use regihub_storage::*;
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    SqliteThreads,
    SqliteInline,
    Postgres,
}

pub struct Place {
    pub kind: Kind,
    /// Folder of SQLite, or schema of PostgreSQL.
    name: String,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Place {
    pub fn new(kind: Kind) -> Self {
        let name = format!("regihub_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        if kind == Kind::Postgres {
            administrate(&format!("drop schema if exists {name} cascade; create schema {name}"))
                .unwrap_or_else(|error| panic!("PostgreSQL at {} failed: {error}; {HOW}", server()));
        }
        let place = Self { kind, name };
        let _ = std::fs::remove_dir_all(place.folder());
        place
    }

    pub fn folder(&self) -> PathBuf {
        std::env::temp_dir().join(&self.name)
    }

    pub fn open(&self) -> Storage {
        self.try_open().unwrap()
    }

    pub fn try_open(&self) -> Result<Storage> {
        let location = match self.kind {
            Kind::Postgres => {
                let url = server();
                let sign = if url.contains('?') { '&' } else { '?' };
                Location::Postgres(format!("{url}{sign}options=-c%20search_path%3D{}", self.name))
            }
            _ => Location::Sqlite(self.folder()),
        };
        let mode = if self.kind == Kind::SqliteInline { Mode::Inline } else { Mode::Threads };
        Storage::open(Options { location, mode, master_key: MasterKey::from_bytes([7; 32]) })
    }

    /// The schema on PostgreSQL.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The blocking client must not be used on a thread of the test's runtime.
fn administrate(sql: &str) -> std::result::Result<(), String> {
    let (url, sql) = (server(), sql.to_owned());
    let run = move || postgres::Client::connect(&url, postgres::NoTls)?.batch_execute(&sql);
    std::thread::spawn(run).join().map_err(|_| "panic".to_owned())?.map_err(|error| error.to_string())
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.kind == Kind::Postgres {
            // What is left behind here disturbs nobody: the next place has another name.
            let _ = administrate(&format!("drop schema if exists {} cascade", self.name));
        }
        let _ = std::fs::remove_dir_all(self.folder());
    }
}

const HOW: &str = "run scripts/test, which starts a PostgreSQL, or set REGIHUB_TEST_POSTGRES";

/// The PostgreSQL of the tests.
pub fn server() -> String {
    std::env::var("REGIHUB_TEST_POSTGRES").unwrap_or_else(|_| panic!("REGIHUB_TEST_POSTGRES is not set: {HOW}"))
}

pub const SECOND: i64 = 1_000_000;
/// The moment at which most stories begin, microseconds since 1970, UTC.
pub const NOON: i64 = 1_795_000_000 * SECOND;
pub const SMAREGI: ConnectionId = ConnectionId(1);
pub const SHOP: ShopId = ShopId(1);

pub fn message(id: &str) -> NewMessage {
    NewMessage {
        received_at: NOON,
        owner: Owner::Connection(SMAREGI),
        event: "pos:transactions".into(),
        action: "created".into(),
        message_id: Some(id.into()),
        headers: "{}".into(),
        body: bytes::Bytes::from_static(b"{\"contractId\":\"sb_skc130x6\"}"),
        verdict: Verdict::Jobs(vec![]),
    }
}

pub fn connection(workspace_id: WorkspaceId, hook_key: &str) -> NewConnection {
    NewConnection {
        workspace_id,
        name: "本店".into(),
        contract_id: "sb_skc130x6".into(),
        environment: "sandbox".into(),
        api_base: "https://api.smaregi.dev".into(),
        token_base: "https://id.smaregi.dev".into(),
        client_id: "client".into(),
        client_secret: "very-secret-client-text".into(),
        scopes: "pos.stock:read pos.stock:write".into(),
        hook_key: hook_key.into(),
        hook_header: "X-Regihub".into(),
        hook_secret: "very-secret-hook-text".into(),
        reads_per_second: 5,
        writes_per_second: 2,
    }
}

pub fn shop(workspace_id: WorkspaceId, hook_key: &str) -> NewShop {
    NewShop {
        workspace_id,
        name: "オンラインショップ".into(),
        channel: "demo".into(),
        base_url: "https://shop.example".into(),
        api_key: "very-secret-api-key".into(),
        hook_key: hook_key.into(),
        hook_secret: "very-secret-shop-hook".into(),
    }
}
