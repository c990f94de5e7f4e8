//! The table of settings in docs/emulator.md says what `Settings` says.

use serde_json::Value;
use smaregi_emulator::Settings;
use std::collections::BTreeMap;

const DOCS: [(&str, &str); 2] = [
    ("docs/emulator.md", include_str!("../../../docs/emulator.md")),
    ("docs/emulator.ja.md", include_str!("../../../docs/emulator.ja.md")),
];

/// Path and default of every setting.
fn leaves(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                leaves(&if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, value, found);
            }
        }
        Value::Null => drop(found.insert(path.to_owned(), String::new())),
        value => drop(found.insert(path.to_owned(), format!("`{value}`"))),
    }
}

/// Path and default of every row between the marks.
fn rows(text: &str) -> BTreeMap<String, String> {
    let table = text.split_once("<!-- settings -->").and_then(|(_, rest)| rest.split_once("<!-- /settings -->"));
    let (table, _) = table.expect("the marks around the table");
    let row = |line: &str| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let path = cells.next()?.strip_prefix('`')?.strip_suffix('`')?.to_owned();
        let default = cells.next()?.to_owned();
        let meaning = cells.next()?;
        assert!(!meaning.is_empty(), "{path} is not explained");
        Some((path, default))
    };
    table.lines().filter_map(row).collect()
}

#[test]
fn every_setting_stands_in_both_guides_with_its_default() {
    let mut settings = BTreeMap::new();
    leaves("", &serde_json::to_value(Settings::default()).unwrap(), &mut settings);
    for (name, text) in DOCS {
        let rows = rows(text);
        let missing: Vec<String> = settings
            .iter()
            .filter(|(path, default)| rows.get(*path) != Some(default))
            .map(|(path, default)| format!("| `{path}` | {default} | … |"))
            .collect();
        let unknown: Vec<&String> = rows.keys().filter(|path| !settings.contains_key(*path)).collect();
        assert!(missing.is_empty(), "{name}: missing, or with another default:\n{}", missing.join("\n"));
        assert!(unknown.is_empty(), "{name}: no such settings: {unknown:?}");
    }
}
