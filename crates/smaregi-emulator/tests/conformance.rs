//! Every endpoint of the catalogue answers as the catalogue says, and refuses what it says is refused.

use smaregi_catalogue::{Catalogue, Product};
use smaregi_emulator::conformance;

#[test]
fn every_pos_endpoint_does_what_the_catalogue_says() {
    holds(Product::Pos);
}

#[test]
fn every_order_management_endpoint_does_what_the_catalogue_says() {
    holds(Product::OrderShipment);
}

fn holds(product: Product) {
    let report = conformance::run(Catalogue::bundled(), product);
    assert!(report.missing.is_empty(), "endpoints that answer 501: {:?}", report.missing);
    let problems: Vec<String> = report
        .problems()
        .map(|check| format!("{}, {}: {}", check.endpoint, check.what, check.problem.as_deref().unwrap_or_default()))
        .collect();
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), report.checks.len(), problems.join("\n"));
    assert!(report.checks.len() > 10, "the calls were made");
}
