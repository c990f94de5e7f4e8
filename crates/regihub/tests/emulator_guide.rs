//! docs/emulator.md, line by line: every `sh` block is run, in order, in one shell; both languages have the same ones.

mod support;

use std::{
    io::Read,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};
use support::TempFolder;

const ENGLISH: &str = include_str!("../../../docs/emulator.md");
const JAPANESE: &str = include_str!("../../../docs/emulator.ja.md");

/// What stands behind the opening fence, and the lines of the block.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        match line.strip_prefix("```") {
            Some(kind) if !open => {
                blocks.push((kind.trim().to_owned(), String::new()));
                open = true;
            }
            Some(_) => open = false,
            None if open => {
                let (_, block) = blocks.last_mut().expect("a block is open");
                block.push_str(line);
                block.push('\n');
            }
            None => {}
        }
    }
    blocks
}

#[test]
fn both_languages_show_the_same_commands() {
    assert_eq!(blocks(ENGLISH), blocks(JAPANESE));
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// One script of all blocks, with a line before each by which its output is found again.
fn script(emulator: u16, receiver: u16) -> String {
    let mut script = String::from(
        "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n\
         ready() { for _ in $(seq 200); do curl -s -o /dev/null \"$1\" && return 0; sleep 0.1; done; return 1; }\n",
    );
    for (number, (kind, block)) in
        blocks(ENGLISH).into_iter().enumerate().filter(|(_, (kind, _))| kind.starts_with("sh"))
    {
        script.push_str(&format!("echo; echo '=== {number}'\n"));
        match kind.as_str() {
            "sh background" => {
                let port = if block.contains(" receive ") { 8091 } else { 8090 };
                script.push_str(&format!("{} > {port}.txt 2>&1 &\nready http://127.0.0.1:{port}/\n", block.trim_end()));
            }
            _ => script.push_str(&block),
        }
    }
    // The guide relies on the default address.
    let script = script.replace("regihub emulator --profile", "regihub emulator --listen 127.0.0.1:8090 --profile");
    let script = script.replace("import --csv products.csv", "import --csv products.csv --url http://127.0.0.1:8090");
    script.replace(":8090", &format!(":{emulator}")).replace(":8091", &format!(":{receiver}"))
}

/// Runs the guide; what it said, and what the receiver printed.
fn run(folder: &Path) -> (String, String) {
    let programs = Path::new(env!("CARGO_BIN_EXE_regihub")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("bash")
        .args(["-c", &script(free_port(), free_port())])
        .current_dir(folder)
        .env("PATH", path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the guide needs bash and curl");
    let (mut said, mut complained) = (String::new(), String::new());
    shell.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    shell.stderr.take().unwrap().read_to_string(&mut complained).unwrap();
    let status = shell.wait().unwrap();
    let received = std::fs::read_to_string(folder.join("8091.txt")).unwrap_or_default();
    assert!(status.success(), "{status}\n{said}\n{complained}\n{received}");
    (said, received)
}

#[test]
fn the_guide_leads_from_nothing_to_the_first_webhook() {
    let folder = TempFolder::new();
    let (said, received) = run(folder.path());
    for wanted in [
        r#""productCode":"MY-1""#,
        r#""transactionHeadId":"1""#,
        r#""quantity":"2""#,
        r#""outcome":"delivered""#,
        "products: 2 new, 0 changed",
        "429\n",
        "401\n",
        r#""missing_scope_status": 401"#,
    ] {
        assert!(said.contains(wanted), "{wanted} is missing in\n{said}");
    }
    for event in ["pos:products", "pos:transactions", "pos:stock"] {
        assert!(received.contains(&format!("smaregi-event: {event}")), "{event} is missing in\n{received}");
    }
}
