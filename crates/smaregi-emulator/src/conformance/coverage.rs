//! What is there, by resource and by how sure the catalogue is.

use super::{Report, name};
use crate::resources::confidence_word;
use smaregi_catalogue::{Catalogue, Confidence, Product};
use std::{collections::BTreeMap, fmt};

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageRow {
    pub product: Product,
    pub resource: String,
    pub confidence: Confidence,
    /// How many the catalogue has.
    pub endpoints: usize,
    /// How many of them answer.
    pub emulated: usize,
    /// How many calls were checked.
    pub tests: usize,
}

/// Shown as a Markdown table with a sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    pub rows: Vec<CoverageRow>,
}

/// Sums up reports of [`run`](super::run).
pub fn coverage(catalogue: &Catalogue, reports: &[Report]) -> Coverage {
    let mut rows: BTreeMap<(Product, &str, Confidence), CoverageRow> = BTreeMap::new();
    for endpoint in catalogue.endpoints() {
        let (product, resource, confidence) = (endpoint.product, endpoint.resource.as_str(), endpoint.confidence);
        let row = rows.entry((product, resource, confidence)).or_insert_with(|| CoverageRow {
            product,
            resource: resource.to_owned(),
            confidence,
            endpoints: 0,
            emulated: 0,
            tests: 0,
        });
        let name = name(endpoint);
        let of_endpoint = || reports.iter().flat_map(|report| &report.checks).filter(|check| check.endpoint == name);
        let missing = reports.iter().any(|report| report.missing.contains(&name));
        row.endpoints += 1;
        row.emulated += usize::from(!missing && of_endpoint().next().is_some());
        row.tests += of_endpoint().count();
    }
    Coverage { rows: rows.into_values().collect() }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| product | resource | confidence | endpoints | emulated | tests |")?;
        writeln!(f, "| --- | --- | --- | ---: | ---: | ---: |")?;
        for row in &self.rows {
            let (product, word) = (row.product.segment(), confidence_word(row.confidence));
            let numbers = format!("{} | {} | {}", row.endpoints, row.emulated, row.tests);
            writeln!(f, "| {product} | {} | {word} | {numbers} |", row.resource)?;
        }
        let sum = |number: fn(&CoverageRow) -> usize| self.rows.iter().map(number).sum::<usize>();
        let (endpoints, emulated, tests) = (sum(|row| row.endpoints), sum(|row| row.emulated), sum(|row| row.tests));
        writeln!(f, "| | all | | {endpoints} | {emulated} | {tests} |")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::Check;

    #[test]
    fn the_table_counts_every_endpoint_and_only_those_that_answer_as_emulated() {
        let catalogue = Catalogue::bundled();
        let check = |endpoint: &str| Check { endpoint: endpoint.into(), what: "a valid call".into(), problem: None };
        let report = Report {
            checks: vec![check("pos GET /stock"), check("pos GET /stock"), check("pos GET /adjustments")],
            missing: vec!["pos GET /adjustments".into()],
        };
        let coverage = coverage(catalogue, &[report]);
        let stock = coverage.rows.iter().find(|row| row.resource == "stock" && row.confidence == Confidence::Official);
        assert_eq!(stock.map(|row| (row.emulated, row.tests)), Some((1, 2)));
        assert_eq!(coverage.rows.iter().map(|row| row.endpoints).sum::<usize>(), catalogue.endpoints().len());
        assert!(coverage.to_string().ends_with(&format!("| | all | | {} | 1 | 3 |\n", catalogue.endpoints().len())));
    }
}
