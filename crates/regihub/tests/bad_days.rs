//! What a shop keeper meets on a bad day: each time a clear word, an exit code, and nothing lost.

mod support;

use std::{io::Write, net::TcpStream, process::Output};
use support::{Hub, TempFolder, add_connection, notification, program, send};

fn serve(folder: &TempFolder) -> Output {
    program()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .output()
        .expect("starting the hub")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_second_hub_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let folder = TempFolder::new();
    let hook = add_connection(folder.path());
    let first = Hub::start(folder.path());
    let second = serve(&folder);
    assert_eq!(second.status.code(), Some(4), "{}", said(&second));
    assert!(said(&second).contains(&folder.path().display().to_string()), "names the folder: {}", said(&second));
    let mut stream = TcpStream::connect(&first.address).expect("the first hub still listens");
    assert_eq!(send(&mut stream, &notification(&hook, "after")), Some(200));
}

#[test]
fn a_damaged_database_is_named_and_left_as_it_is() {
    let folder = TempFolder::new();
    add_connection(folder.path());
    let file = folder.path().join("regihub.db");
    let before = std::fs::read(&file).expect("the database");
    let mut damaged = before.clone();
    damaged[..64].fill(0x55);
    std::fs::write(&file, &damaged).expect("damaging it");
    let output = serve(&folder);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("damaged"), "{}", said(&output));
    assert_eq!(std::fs::read(&file).expect("the database"), damaged, "a damaged file is evidence and is not touched");
    std::fs::write(&file, before).expect("the backup");
    let mut hub = Hub::start(folder.path());
    hub.kill();
}

#[test]
fn a_database_that_another_program_holds_is_waited_for_and_nothing_is_acknowledged_meanwhile() {
    let folder = TempFolder::new();
    let hook = add_connection(folder.path());
    let hub = Hub::start(folder.path());
    let mut stream = TcpStream::connect(&hub.address).expect("the hub listens");
    assert_eq!(send(&mut stream, &notification(&hook, "before")), Some(200));
    let other = rusqlite::Connection::open(folder.path().join("regihub.db")).expect("another program");
    other.execute_batch("begin immediate").expect("it takes the write lock");
    assert_eq!(send(&mut stream, &notification(&hook, "meanwhile")), Some(503), "not stored, so not acknowledged");
    other.execute_batch("rollback").expect("it lets go");
    assert_eq!(send(&mut stream, &notification(&hook, "after")), Some(200));
}

#[test]
fn a_key_that_does_not_fit_the_database_is_refused_with_what_to_do() {
    let folder = TempFolder::new();
    add_connection(folder.path());
    std::fs::write(folder.path().join("master.key"), "00".repeat(32)).expect("another key");
    let output = serve(&folder);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("key"), "{}", said(&output));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let folder = TempFolder::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let output = program()
        .args(["serve", "--listen", &address, "--data"])
        .arg(folder.path())
        .output()
        .expect("starting the hub");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains(&address), "{}", said(&output));
}

#[test]
fn a_wrong_environment_on_the_command_line_says_what_is_allowed() {
    let folder = TempFolder::new();
    let output = program()
        .args([
            "connection",
            "add",
            "--name",
            "本店",
            "--contract",
            "abc",
            "--environment",
            "live",
            "--client-id",
            "id",
            "--client-secret",
            "s",
            "--data",
        ])
        .arg(folder.path())
        .output()
        .expect("adding a connection");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("live") && said(&output).contains("production or sandbox"), "{}", said(&output));
}

#[test]
fn noise_on_the_notification_address_stops_nobody() {
    let folder = TempFolder::new();
    let hook = add_connection(folder.path());
    let hub = Hub::start(folder.path());
    for noise in [
        "",
        "GET / HTTP/9.9\r\n\r\n",
        "POST /hooks/smaregi/x HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(&hub.address).expect("the hub listens");
        let _ = stream.write_all(noise.as_bytes());
    }
    let mut stream = TcpStream::connect(&hub.address).expect("the hub listens");
    assert_eq!(send(&mut stream, &notification(&hook, "real")), Some(200));
}

#[test]
fn days_to_keep_old_data_are_remembered_and_a_slip_is_refused() {
    let folder = TempFolder::new();
    let retention = |more: &[&str]| {
        let output = program().arg("retention").arg("--data").arg(folder.path()).args(more).output();
        output.expect("the command runs")
    };
    let slip = retention(&["--messages", "365000"]);
    assert_eq!(slip.status.code(), Some(1));
    assert!(said(&slip).contains("--messages: got 365000, allowed are 0 (for ever) to 36500"), "{}", said(&slip));
    assert!(retention(&["--messages", "60", "--ledger", "0"]).status.success());
    let kept = String::from_utf8_lossy(&retention(&["--json"]).stdout).into_owned();
    assert_eq!(kept.trim(), r#"{"messages":60,"exchanges":30,"pushes":180,"ledger":0}"#);
}
