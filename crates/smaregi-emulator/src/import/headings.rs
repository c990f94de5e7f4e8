//! From the first line of a file to fields.

use super::{CsvProblem, CsvTable};
use std::{collections::BTreeMap, sync::LazyLock};

type Names = BTreeMap<String, BTreeMap<String, String>>;

/// Japanese name → field, by table; from Smaregi's table descriptions (legacy-api.md §6), as far as the platform has the field.
static JAPANESE: LazyLock<Names> =
    LazyLock::new(|| match serde_json::from_str(include_str!("../../data/csv-headings.json")) {
        Ok(names) => names,
        // The file is part of the program and a test reads it, so this cannot happen in a tested build.
        Err(error) => panic!("the built-in headings cannot be read: {error}"),
    });

/// Columns that the server stamps; a file that was exported has them.
const STAMPS: [&str; 2] = ["insDateTime", "updDateTime"];

/// The field of each column; `None` for columns that are passed over.
pub(super) fn fields(
    table: CsvTable,
    headings: &[String],
    known: impl Fn(&str) -> bool,
) -> Result<Vec<Option<String>>, Vec<CsvProblem>> {
    let japanese = &JAPANESE[table.name()];
    let (mut fields, mut problems): (Vec<Option<String>>, Vec<CsvProblem>) = Default::default();
    for heading in headings {
        let name = heading.trim();
        let problem = |reason: String| CsvProblem { line: 1, field: name.to_owned(), reason };
        let field = japanese.get(name).map_or(name, String::as_str);
        if name.is_empty() {
            problems.push(problem("a column without heading".into()));
        } else if STAMPS.contains(&field) {
            fields.push(None);
        } else if !known(field) {
            problems.push(problem(format!("is no field of {}", table.name())));
        } else if fields.iter().flatten().any(|other| other == field) {
            problems.push(problem(format!("{field} is named twice")));
        } else {
            fields.push(Some(field.to_owned()));
        }
    }
    if problems.is_empty() { Ok(fields) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smaregi_catalogue::{Catalogue, Product};

    #[test]
    fn every_japanese_heading_stands_for_a_field_of_its_table() {
        for table in CsvTable::ALL {
            let found = Catalogue::bundled().find(Product::Pos, "GET", &format!("/{}", table.name())).unwrap();
            let fields = crate::state::row_fields(Catalogue::bundled(), found.endpoint).unwrap();
            for (heading, field) in &JAPANESE[table.name()] {
                let is_code = table == CsvTable::Stock && matches!(field.as_str(), "productCode" | "storeCode");
                assert!(is_code || fields.get(field).is_some(), "{}: {heading} → {field}", table.name());
            }
        }
    }
}
