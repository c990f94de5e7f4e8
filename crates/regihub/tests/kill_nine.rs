//! I1: what was acknowledged survives `kill -9`. The hub is killed at random moments under load, and everything it had answered with 200 is
//! counted in what it left behind.

mod support;

use regihub_ports::{Clock, Dice, SystemClock};
use regihub_storage::{Location, MasterKey, Mode, Options, Storage};
use std::{
    collections::BTreeSet,
    net::TcpStream,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use support::{Hook, Hub, TempFolder, add_connection, notification, send};

const ROUNDS: u64 = 6;
const CONNECTIONS: usize = 16;

#[tokio::test]
async fn what_was_acknowledged_survives_kill_nine() {
    let folder = TempFolder::new();
    let hook = add_connection(folder.path());
    let dice = Dice::from_seed(9);
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let mut hub = Hub::start(folder.path());
        let load = Load::start(&hub.address, &hook, round);
        SystemClock.sleep(Duration::from_millis(30 + dice.below(500))).await;
        hub.kill();
        acknowledged.extend(load.end());
    }
    let kept = messages_in(folder.path()).await;
    let lost: Vec<&String> = acknowledged.difference(&kept).collect();
    println!("killed {ROUNDS} times: {} acknowledged, {} kept, {} lost", acknowledged.len(), kept.len(), lost.len());
    assert!(acknowledged.len() > 100, "the load was too small to prove anything: {}", acknowledged.len());
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
}

/// Senders that post until the hub is gone, and the ids it acknowledged.
struct Load {
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
    stop: Arc<AtomicBool>,
    senders: Vec<std::thread::JoinHandle<()>>,
}

impl Load {
    fn start(address: &str, hook: &Hook, round: u64) -> Self {
        let (acknowledged, stop): (Arc<Mutex<BTreeSet<String>>>, Arc<AtomicBool>) = Default::default();
        let senders = (0..CONNECTIONS)
            .map(|sender| {
                let (address, hook, acknowledged, stop) =
                    (address.to_owned(), hook.clone(), acknowledged.clone(), stop.clone());
                std::thread::spawn(move || {
                    send_until_gone(&address, &hook, &format!("{round}-{sender}"), &acknowledged, &stop)
                })
            })
            .collect();
        Self { acknowledged, stop, senders }
    }

    fn end(self) -> BTreeSet<String> {
        self.stop.store(true, Ordering::Relaxed);
        for sender in self.senders {
            sender.join().expect("a sender ended badly");
        }
        std::mem::take(&mut self.acknowledged.lock().unwrap())
    }
}

fn send_until_gone(address: &str, hook: &Hook, name: &str, acknowledged: &Mutex<BTreeSet<String>>, stop: &AtomicBool) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    for number in 0.. {
        let id = format!("{name}-{number}");
        if stop.load(Ordering::Relaxed) || send(&mut stream, &notification(hook, &id)) != Some(200) {
            return;
        }
        acknowledged.lock().unwrap().insert(id);
    }
}

async fn messages_in(folder: &Path) -> BTreeSet<String> {
    let master_key = MasterKey::load_or_create(&folder.join("master.key"), &Dice::from_os()).expect("the key");
    let storage =
        Storage::open(Options { location: Location::Sqlite(folder.to_owned()), mode: Mode::Threads, master_key })
            .expect("the folder opens");
    let mut kept = BTreeSet::new();
    let mut before = None;
    loop {
        let page = storage.read(move |unit| unit.inbox().list(None, before, 5000)).await.expect("reading the inbox");
        before = page.last().map(|message| message.id);
        kept.extend(page.into_iter().filter_map(|message| message.message_id));
        if before.is_none() {
            break;
        }
    }
    storage.close().await;
    kept
}
