//! I1: what was acknowledged survives `kill -9`. The hub is killed at random moments under load, and everything it had answered with 200 is
//! counted in what it left behind.

use regihub_ports::{Clock, Dice, SystemClock};
use regihub_storage::{Location, MasterKey, Mode, Options, Storage};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

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
        hub.child.kill().expect("killing the hub");
        hub.child.wait().expect("waiting for the killed hub");
        acknowledged.extend(load.end());
    }
    let kept = messages_in(folder.path()).await;
    let lost: Vec<&String> = acknowledged.difference(&kept).collect();
    println!("killed {ROUNDS} times: {} acknowledged, {} kept, {} lost", acknowledged.len(), kept.len(), lost.len());
    assert!(acknowledged.len() > 100, "the load was too small to prove anything: {}", acknowledged.len());
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
}

#[test]
fn a_second_hub_on_the_same_folder_is_refused() {
    let folder = TempFolder::new();
    add_connection(folder.path());
    let mut first = Hub::start(folder.path());
    let second = program()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .output()
        .expect("starting a second hub");
    first.child.kill().expect("ending the first hub");
    first.child.wait().expect("waiting for the first hub");
    let said = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(4), "{said}");
    assert!(said.contains(&folder.path().display().to_string()), "the message names the folder: {said}");
}

/// Where notifications of the one connection go.
#[derive(Clone)]
struct Hook {
    path: String,
    secret: String,
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_regihub"))
}

fn add_connection(folder: &Path) -> Hook {
    let output = program()
        .args([
            "connection",
            "add",
            "--json",
            "--name",
            "テスト",
            "--contract",
            "sb_demo01",
            "--environment",
            "sandbox",
        ])
        .args([
            "--client-id",
            "id",
            "--client-secret",
            "secret",
            "--api-base",
            "http://127.0.0.1:9",
            "--token-base",
            "http://127.0.0.1:9",
            "--data",
        ])
        .arg(folder)
        .output()
        .expect("adding a connection");
    let said: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    Hook { path: said["hook_path"].as_str().unwrap().into(), secret: said["hook_secret"].as_str().unwrap().into() }
}

struct Hub {
    child: Child,
    address: String,
}

impl Hub {
    fn start(folder: &Path) -> Self {
        let mut child = program()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starting the hub");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_once("listening on http://").map(|(_, address)| address.trim().to_owned()))
            .expect("the hub says where it listens");
        Self { child, address }
    }
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
        if stop.load(Ordering::Relaxed) || post(&mut stream, hook, &id).is_none() {
            return;
        }
        acknowledged.lock().unwrap().insert(id);
    }
}

/// Posts one notification; `None` when the hub is gone.
fn post(stream: &mut TcpStream, hook: &Hook, id: &str) -> Option<()> {
    let body = r#"{"contractId":"sb_demo01","event":"pos:stock","action":"edited","ids":[{"id":"1","productId":"8000001","storeId":"1"}]}"#;
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\nsmaregi-contract-id: sb_demo01\r\nsmaregi-event: pos:stock\r\n\
         smaregi-event-id: {id}\r\nX-Regihub-Secret: {}\r\ncontent-length: {}\r\n\r\n{body}",
        hook.path,
        hook.secret,
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = vec![];
    let mut byte = [0; 512];
    while !answer.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = stream.read(&mut byte).ok().filter(|read| *read > 0)?;
        answer.extend_from_slice(&byte[..read]);
    }
    answer.starts_with(b"HTTP/1.1 200").then_some(())
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

struct TempFolder(PathBuf);

impl TempFolder {
    fn new() -> Self {
        let path =
            std::env::temp_dir().join(format!("regihub-kill-{}-{:?}", std::process::id(), std::thread::current().id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
