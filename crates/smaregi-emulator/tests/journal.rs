//! What is on disk: kept, refused when damaged, cut where a crash tore it, rewritten when it is mostly history.

mod bench;

use bench::{Bench, SHIRT, build, folder, relaxed};
use serde_json::json;
use smaregi_emulator::{Emulator, EmulatorError};
use std::{fs, path::Path};

fn state(emulator: &Emulator) -> Vec<u8> {
    let mut text = Vec::new();
    emulator.write_snapshot(&mut text).unwrap();
    text
}

fn refused(dir: &Path) -> EmulatorError {
    Emulator::builder().data_dir(Some(dir.into())).build().expect_err("it must not start")
}

/// A folder with some history; gives the journal's path and what the state was.
fn lived_in(name: &str) -> (std::path::PathBuf, std::path::PathBuf, Vec<u8>) {
    let dir = folder(name);
    let bench = Bench::on(relaxed(), Some(&dir));
    for price in 1000..1010 {
        bench.patch(&format!("/products/{SHIRT}"), json!({ "price": price.to_string() }));
    }
    (dir.clone(), dir.join("journal.jsonl"), state(&bench.emulator))
}

#[tokio::test(start_paused = true)]
async fn a_line_torn_by_a_crash_is_cut_off_and_writing_goes_on_behind_it() {
    let (dir, journal, before) = lived_in("torn");
    let whole = fs::read(&journal).unwrap();
    fs::write(&journal, [&whole[..], br#"[{"row":{"contract":"sb_te"#].concat()).unwrap();
    let emulator = build(relaxed(), Some(&dir));
    assert!(state(&emulator) == before);
    assert!(fs::read(&journal).unwrap() == whole, "the good part was not touched");
    emulator.receive(bench::CONTRACT, SHIRT, 1, 3).unwrap();
    let after = state(&emulator);
    drop(emulator);
    assert!(state(&build(relaxed(), Some(&dir))) == after);
    fs::remove_dir_all(dir).unwrap();
}

#[tokio::test(start_paused = true)]
async fn damage_anywhere_even_in_the_last_line_is_refused_and_kept_for_a_look() {
    let (dir, journal, _) = lived_in("damage");
    let text = fs::read_to_string(&journal).unwrap();
    let lines = text.lines().count();
    for damaged in
        [text.replacen("\n[", "\nX[", 1), format!("{}X\n", text.trim_end()), text.replacen("\"row\"", "\"rwo\"", 1)]
    {
        fs::write(&journal, &damaged).unwrap();
        let error = refused(&dir);
        let EmulatorError::Journal { path, line, reason } = &error else { panic!("{error}") };
        assert!(
            path.ends_with("journal.jsonl") && (2..=lines).contains(line) && reason.contains("left as it is"),
            "{error}"
        );
        assert!(fs::read_to_string(&journal).unwrap() == damaged, "the file was touched");
    }
    fs::remove_dir_all(dir).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_journal_or_snapshot_of_a_newer_version_says_so() {
    let (dir, journal, snapshot) = lived_in("newer");
    let text = fs::read_to_string(&journal).unwrap();
    let newer = text.replacen(r#""version":1"#, r#""version":2"#, 1);
    fs::write(&journal, &newer).unwrap();
    let error = refused(&dir).to_string();
    assert!(error.contains("line 1") && error.contains("newer emulator (version 2)"), "{error}");
    assert!(fs::read_to_string(&journal).unwrap() == newer);
    fs::write(&journal, text.replacen("regihub-emulator-journal", "somebody-elses-log", 1)).unwrap();
    assert!(refused(&dir).to_string().contains("somebody-elses-log"));

    let emulator = build(relaxed(), None);
    let before = state(&emulator);
    let text = String::from_utf8(snapshot).unwrap();
    let error = |text: String| emulator.read_snapshot(text.as_bytes()).unwrap_err().to_string();
    assert!(error(text.replacen(r#""version":1"#, r#""version":2"#, 1)).contains("newer emulator (version 2)"));
    assert!(error(text.replacen(r#""row""#, r#""rwo""#, 1)).contains("entries["));
    let cut: String = text.chars().take(text.len() / 3).collect();
    assert!(error(cut).contains("line"));
    assert!(state(&emulator) == before, "nothing was changed");
    fs::remove_dir_all(dir).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_journal_of_the_first_release_without_its_head_is_read() {
    let (dir, journal, before) = lived_in("headless");
    let text = fs::read_to_string(&journal).unwrap();
    let (head, rest) = text.split_once('\n').unwrap();
    assert!(head.contains("regihub-emulator-journal"));
    fs::write(&journal, rest).unwrap();
    assert!(state(&build(relaxed(), Some(&dir))) == before);
    fs::remove_dir_all(dir).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_mostly_history_is_rewritten_and_others_are_left_alone() {
    let (dir, journal, before) = lived_in("history");
    let length = fs::metadata(&journal).unwrap().len();
    drop(build(relaxed(), Some(&dir)));
    assert_eq!(fs::metadata(&journal).unwrap().len(), length, "ten old prices are no reason to rewrite everything");
    let text = fs::read_to_string(&journal).unwrap();
    let last = text.lines().last().unwrap();
    let padded = text.clone() + &format!("{last}\n").repeat(11_000);
    fs::write(&journal, &padded).unwrap();
    assert!(state(&build(relaxed(), Some(&dir))) == before);
    assert!(fs::metadata(&journal).unwrap().len() < length + 1000, "eleven thousand times the same is history");
    assert!(state(&build(relaxed(), Some(&dir))) == before);
    fs::remove_dir_all(dir).unwrap();
}
