//! What the tests of the program share: a temporary folder, the program itself, one connection, plain HTTP.
#![allow(dead_code)] // each test file uses its own part

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
};

pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_regihub"))
}

/// Where notifications of the one connection go.
#[derive(Clone)]
pub struct Hook {
    pub path: String,
    pub secret: String,
}

pub fn add_connection(folder: &Path) -> Hook {
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

/// A running hub; killed when dropped.
pub struct Hub {
    pub child: Child,
    pub address: String,
}

impl Hub {
    pub fn start(folder: &Path) -> Self {
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

    pub fn kill(&mut self) {
        self.child.kill().expect("killing the hub");
        self.child.wait().expect("waiting for the killed hub");
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A stock notification as Smaregi sends it.
pub fn notification(hook: &Hook, id: &str) -> String {
    let body = r#"{"contractId":"sb_demo01","event":"pos:stock","action":"edited","ids":[{"id":"1","productId":"8000001","storeId":"1"}]}"#;
    format!(
        "POST {} HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\nsmaregi-contract-id: sb_demo01\r\nsmaregi-event: pos:stock\r\n\
         smaregi-event-id: {id}\r\nX-Regihub-Secret: {}\r\ncontent-length: {}\r\n\r\n{body}",
        hook.path,
        hook.secret,
        body.len()
    )
}

/// Sends a request over a connection that stays open; gives the status, or `None` when the hub is gone.
pub fn send(stream: &mut TcpStream, request: &str) -> Option<u16> {
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = vec![];
    let mut some = [0; 4096];
    loop {
        let read = stream.read(&mut some).ok().filter(|read| *read > 0)?;
        answer.extend_from_slice(&some[..read]);
        let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|value| value.trim().parse().ok())
            .unwrap_or(0);
        if answer.len() >= head + 4 + length {
            return text.get(9..12)?.parse().ok();
        }
    }
}

static FOLDERS: AtomicU64 = AtomicU64::new(0);

/// Removed when dropped.
pub struct TempFolder(PathBuf);

impl TempFolder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!(
            "regihub-test-{}-{}",
            std::process::id(),
            FOLDERS.fetch_add(1, Ordering::Relaxed)
        ));
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
