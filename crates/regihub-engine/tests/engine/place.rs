//! One database, a Smaregi of a few lines, and nodes that share both.

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use regihub_domain::ConnectionId;
use regihub_engine::{Engine, EngineOptions, EngineParts, Transports, kinds};
use regihub_ports::{BoxFuture, Dice, SharedClock, Transport, TransportError, VirtualClock};
use regihub_storage::*;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// The default, which the stories count on.
pub const LEASE: Duration = Duration::from_secs(20);

pub struct Place {
    pub storage: Storage,
    pub smaregi: Smaregi,
    pub clock: SharedClock,
    pub connection: ConnectionId,
    folder: PathBuf,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Place {
    pub async fn new() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("regihub-nodes-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let location = Location::Sqlite(folder.clone());
        let options = Options { location, mode: Mode::Inline, master_key: MasterKey::from_bytes([7; 32]) };
        let storage = Storage::open(options).unwrap();
        let began: Timestamp = "2026-11-21T10:00:00+09:00".parse().unwrap();
        let clock: SharedClock = Arc::new(VirtualClock::starting_at(began));
        let connection = storage.write(add_connection).await.unwrap();
        Self { storage, smaregi: Smaregi::default(), clock, connection, folder }
    }

    /// Starts a node that knows of no other.
    pub async fn node(&self, name: &str) -> Arc<Engine> {
        self.start(name, EngineOptions::default()).await
    }

    /// Starts a node that knows that there is no other.
    pub async fn only_node(&self, name: &str) -> Arc<Engine> {
        self.start(name, EngineOptions { alone: true, ..EngineOptions::default() }).await
    }

    /// Starts a node that tidies up every twenty minutes.
    pub async fn tidy_node(&self, name: &str) -> Arc<Engine> {
        let tidy_every = Duration::from_secs(1200);
        self.start(name, EngineOptions { alone: true, tidy_every, ..EngineOptions::default() }).await
    }

    async fn start(&self, name: &str, options: EngineOptions) -> Arc<Engine> {
        let smaregi = Arc::new(self.smaregi.clone());
        let parts = EngineParts {
            storage: self.storage.clone(),
            clock: self.clock.clone(),
            dice: Dice::from_seed(u64::from(name.as_bytes()[0])),
            options,
            transports: Transports { smaregi: smaregi.clone(), shops: smaregi },
        };
        Engine::start(parts).await.unwrap()
    }

    pub async fn pass(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    /// A web order takes a piece out of Smaregi's stock. Its number is also the tag of the write.
    pub async fn order(&self, number: &'static str) {
        let (connection_id, now) = (self.connection, self.clock.now_us());
        let new = NewIntent {
            connection_id,
            tag: number.into(),
            shop_id: regihub_domain::ShopId(1),
            order_id: number.into(),
            line_id: "1".into(),
            product_id: "8".into(),
            store_id: "1".into(),
            delta: -1,
            run_after: now,
            created_at: now,
        };
        self.storage.write(move |unit| unit.intents().plan(&new)).await.unwrap();
    }

    pub async fn state(&self, number: &'static str) -> IntentState {
        self.storage.read(move |unit| unit.intents().get_by_tag(number)).await.unwrap().unwrap().state
    }

    /// Smaregi has notified another node of a sale, and that node has sorted the message.
    pub async fn sorted_by_another_node(&self, sale: &'static str) {
        let wish = Dirty {
            owner: Owner::Connection(self.connection),
            kind: kinds::SALE.into(),
            key: sale.into(),
            priority: kinds::priority(kinds::SALE),
            at: self.clock.now_us(),
            inbox_id: None,
        };
        self.storage.write(move |unit| unit.jobs().mark(&[wish])).await.unwrap();
    }

    /// Another node has taken everything, as it may once a lease is over; it never renews.
    pub async fn taken_by(&self, holder: &'static str) {
        let now = self.clock.now_us();
        let terms = Terms { length: 20_000_000, skew: 0, alone: true };
        let taken = self.storage.write(move |unit| {
            for lease in unit.leases().all()? {
                unit.leases().take(lease.owner, holder, now, terms)?;
            }
            Ok(())
        });
        taken.await.unwrap();
    }

    pub async fn holder(&self) -> String {
        let owner = Owner::Connection(self.connection);
        let leases = self.storage.read(|unit| unit.leases().all()).await.unwrap();
        leases.into_iter().find(|lease| lease.owner == owner).unwrap().holder
    }

    /// From now on the table of leases cannot be written; everything else can.
    pub async fn forbid_renewal(&self, forbidden: bool) {
        let sql = match forbidden {
            true => "create trigger no_renewal before update on lease begin select raise(abort, 'not now'); end",
            false => "drop trigger no_renewal",
        };
        self.storage.write(|unit| unit.sql().execute(sql, &[])).await.unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn add_connection(unit: &mut Unit<'_>) -> Result<ConnectionId> {
    let workspace_id = unit.setup().add_workspace("みほん", 0)?;
    let new = NewConnection {
        workspace_id,
        name: "スマレジ".into(),
        contract_id: "c".into(),
        environment: "production".into(),
        api_base: "http://smaregi.test".into(),
        token_base: "http://smaregi.test".into(),
        client_id: "hub".into(),
        client_secret: Secret::new("secret"),
        scopes: "pos.stock:read pos.stock:write".into(),
        hook_key: "key".into(),
        hook_header: "X-Secret".into(),
        hook_secret: Secret::new("secret"),
        reads_per_second: 50,
        writes_per_second: 50,
    };
    unit.setup().add_connection(&new, 0)
}

/// Has nothing to tell but what was written to it.
#[derive(Clone, Default)]
pub struct Smaregi(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    written: Vec<String>,
    calls: Vec<String>,
    keep_answers_back: bool,
    /// By the end of a path: status and body.
    says: BTreeMap<&'static str, (u16, Value)>,
}

impl Smaregi {
    /// Memos of all stock writes, in their order.
    pub fn written(&self) -> Vec<String> {
        self.memory().written.clone()
    }

    pub fn calls(&self) -> usize {
        self.memory().calls.len()
    }

    pub fn calls_since(&self, first: usize) -> Vec<String> {
        self.memory().calls[first..].to_vec()
    }

    /// Writes are done, but nobody hears of it.
    pub fn keep_answers_back(&self, back: bool) {
        self.memory().keep_answers_back = back;
    }

    /// From now on the answer to every path that ends like this.
    pub fn says(&self, end: &'static str, status: u16, body: Value) {
        self.memory().says.insert(end, (status, body));
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request<Bytes>) -> (u16, Value) {
        let path = request.uri().path();
        self.memory().calls.push(request.uri().to_string());
        let said = self.memory().says.iter().find(|(end, _)| path.ends_with(*end)).map(|(_, answer)| answer.clone());
        said.unwrap_or_else(|| (200, self.usual(request)))
    }

    fn usual(&self, request: &Request<Bytes>) -> Value {
        let mut memory = self.memory();
        let path = request.uri().path();
        if path.ends_with("/token") {
            return json!({ "access_token": "t", "expires_in": 3600, "token_type": "Bearer", "scope": "" });
        }
        if path.ends_with("/add") {
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            memory.written.push(body["stockHistory"]["memo"].as_str().unwrap().to_owned());
            let (id, left) = (memory.written.len(), 100 - memory.written.len());
            return json!({ "productId": "8", "storeId": "1", "stockAmount": left.to_string(), "stockHistory": { "id": id.to_string() } });
        }
        if path.contains("/stock/changes/") {
            let row = |(n, memo): (usize, &String)| json!({ "id": (n + 1).to_string(), "amount": "-1", "memo": memo });
            return memory.written.iter().enumerate().map(row).collect();
        }
        json!([])
    }
}

impl Transport for Smaregi {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, std::result::Result<Response<Bytes>, TransportError>> {
        let answer = self.answer(&request);
        let lost = request.uri().path().ends_with("/add") && self.memory().keep_answers_back;
        Box::pin(async move {
            if lost {
                std::future::pending::<()>().await;
            }
            let (status, body) = answer;
            Ok(Response::builder().status(status).body(body.to_string().into()).expect("a valid status"))
        })
    }
}
