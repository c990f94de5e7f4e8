//! From a real path to the operation.

use smaregi_catalogue::{Catalogue, Product};

fn id(method: &str, path: &str) -> Option<String> {
    Catalogue::bundled().find(Product::Pos, method, path).map(|found| found.endpoint.id())
}

#[test]
fn bulk_is_never_taken_for_a_product() {
    assert_eq!(id("PATCH", "/products/bulk").as_deref(), Some("PATCH /products/bulk"));
    assert_eq!(id("PATCH", "/products/8000001").as_deref(), Some("PATCH /products/{product_id}"));
    assert_eq!(id("GET", "/transactions/layaways").as_deref(), Some("GET /transactions/layaways"));
    assert_eq!(id("GET", "/transactions/25").as_deref(), Some("GET /transactions/{transaction_id}"));
    assert_eq!(id("POST", "/stock/add/bulk").as_deref(), Some("POST /stock/add/bulk"));
    assert_eq!(id("GET", "/losses/divisions").as_deref(), Some("GET /losses/divisions"));
}

#[test]
fn a_slash_at_the_end_is_ignored_as_real_clients_send_it() {
    assert_eq!(id("GET", "/products/").as_deref(), Some("GET /products"));
    assert_eq!(id("GET", "/products//"), None);
}

#[test]
fn several_parameters_come_in_the_order_of_the_path_and_decoded() {
    let catalogue = Catalogue::bundled();
    let path = "/products/8000001/prices/1/-1/2026-11-21";
    let found = catalogue.find(Product::Pos, "DELETE", path).expect("listed");
    let params: Vec<(&str, &str)> = found.params.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let expected =
        [("product_id", "8000001"), ("price_division", "1"), ("store_id", "-1"), ("start_date", "2026-11-21")];
    assert_eq!(params, expected);
    let found = catalogue.find(Product::Pos, "GET", "/customer_ranks/%E9%87%91%20100%").expect("listed");
    assert_eq!(found.param("customer_rank_code"), Some("金 100%"));
}

#[test]
fn a_path_without_this_method_is_told_from_no_path_at_all() {
    let catalogue = Catalogue::bundled();
    assert!(catalogue.find(Product::Pos, "DELETE", "/stock").is_none());
    assert!(catalogue.path_exists(Product::Pos, "/stock"));
    assert!(!catalogue.path_exists(Product::Pos, "/daily_sum"));
    assert!(!catalogue.path_exists(Product::OrderShipment, "/products"));
}

#[test]
fn the_products_are_told_apart_by_their_segment() {
    assert_eq!(Product::from_segment("order-shipment"), Some(Product::OrderShipment));
    assert_eq!(Product::from_segment("waiter"), None);
    let catalogue = Catalogue::bundled();
    let pos = catalogue.find(Product::Pos, "GET", "/stores/1").expect("listed");
    let orders = catalogue.find(Product::OrderShipment, "GET", "/stores/1").expect("listed");
    assert_eq!(pos.endpoint.scope.as_deref(), Some("pos.stores:read"));
    assert_eq!(orders.endpoint.scope.as_deref(), Some("order-shipment.stores:read"));
}
