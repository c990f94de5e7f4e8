//! The program under test, started as a person starts it, and the hands of the till and the goods-in desk.

use bytes::Bytes;
use regihub_ports::{AddressPolicy, NetworkOptions, NetworkTransport, Transport};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

pub const LOGIN: &str = "demo";
pub const PASSWORD: &str = "demo-password";

/// A started program. Ends when this value is dropped; the processes of the demo end with it.
struct Program(Child);

impl Program {
    /// Starts it and waits until it has said all of `awaited`, each in a line of its own and in this order. Gives the word behind each.
    fn start<const N: usize>(arguments: &[&str], folder: &Path, awaited: [&str; N]) -> (Self, [String; N]) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_regihub"))
            .args(arguments)
            .arg("--data")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starting the program");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let program = Self(child);
        let told = awaited.map(|before| {
            let word = |line: String| Some(line.split_once(before)?.1.split_whitespace().next()?.to_owned());
            lines.find_map(word).unwrap_or_else(|| panic!("the program ended without saying “{before}”"))
        });
        // Somebody must go on reading, or the program would wait for it.
        std::thread::spawn(move || lines.for_each(drop));
        (program, told)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A hub that nobody has set up yet.
pub struct FreshHub {
    _program: Program,
    pub url: String,
    /// The one-time code it printed.
    pub code: String,
}

impl FreshHub {
    pub fn start(folder: &Path) -> Self {
        let arguments = ["serve", "--listen", "127.0.0.1:0"];
        let (program, [url, code]) =
            Program::start(&arguments, &folder.join("fresh"), ["listening on ", "enter the code "]);
        Self { _program: program, url, code }
    }
}

/// Emulator, hub and shop at work. Goods move every few seconds by themselves, as in a real business.
pub struct Demo {
    _program: Program,
    transport: NetworkTransport,
    emulator: String,
    pub hub: String,
    pub shop: String,
}

impl Demo {
    pub fn start(folder: &Path) -> Self {
        let awaited = ["(emulator)", "(hub)", "Web shop"];
        let (program, [emulator, hub, shop]) = Program::start(&["demo"], &folder.join("demo"), awaited);
        let transport =
            NetworkTransport::new(NetworkOptions { addresses: AddressPolicy::Any, ..NetworkOptions::default() });
        let emulator = emulator.trim_end_matches("/control/state").to_owned();
        Self { _program: program, transport, emulator, hub, shop }
    }

    /// Somebody in a store does something: `sell-random`, `sell`, `receive` …
    pub async fn in_store(&self, what: &str, how: &Value) -> Value {
        let request = http::Request::post(format!("{}/control/{what}", self.emulator))
            .header("content-type", "application/json")
            .body(Bytes::from(how.to_string()))
            .expect("a request");
        let answer = self.transport.send(request).await.expect("the emulator answers");
        let text = String::from_utf8_lossy(answer.body());
        assert!(answer.status().is_success(), "{what}: {} {text}", answer.status());
        serde_json::from_str(&text).expect("JSON")
    }
}

/// The emulator by itself, with the sample shop and one app whose webhooks nobody takes.
pub struct Emulator {
    _program: Program,
    transport: NetworkTransport,
    pub url: String,
}

impl Emulator {
    pub fn start(folder: &Path) -> Self {
        let arguments =
            ["emulator", "--listen", "127.0.0.1:0", "--sample", "--webhook-url", "http://127.0.0.1:9/webhooks"];
        let (program, [url]) = Program::start(&arguments, &folder.join("emulator"), ["listening on "]);
        let transport =
            NetworkTransport::new(NetworkOptions { addresses: AddressPolicy::Any, ..NetworkOptions::default() });
        Self { _program: program, transport, url }
    }

    /// An app calls the API without a token; gives the status.
    pub async fn call(&self, path: &str) -> u16 {
        let request = http::Request::get(format!("{}{path}", self.url)).body(Bytes::new()).expect("a request");
        self.transport.send(request).await.expect("the emulator answers").status().as_u16()
    }

    /// An app hands over a mail instead of sending it.
    pub async fn mail(&self) {
        let mail = r#"{"from":"app@example.com","to":"shop@example.com","subject":"在庫の差異","body":"TS-100-WH-S"}"#;
        let request =
            http::Request::post(format!("{}/control/mails", self.url)).body(Bytes::from_static(mail.as_bytes()));
        let answer = self.transport.send(request.expect("a request")).await.expect("the emulator answers");
        assert!(answer.status().is_success());
    }
}

/// A folder that is gone at the end.
pub struct TempFolder(PathBuf);

impl TempFolder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("regihub-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
