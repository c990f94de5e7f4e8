//! The built-in data is whole, sound and says what the reference says.

use std::collections::BTreeSet;

use smaregi_catalogue::{Catalogue, Confidence, Plan, Product, Sources};

fn sample_path(pattern: &str) -> String {
    pattern.split('/').map(|s| if s.starts_with('{') { "8000001" } else { s }).collect::<Vec<_>>().join("/")
}

#[test]
fn the_counts_are_those_of_the_reference() {
    let catalogue = Catalogue::bundled();
    let count = |product| catalogue.endpoints().iter().filter(|e| e.product == product).count();
    assert_eq!(count(Product::Pos), 253);
    assert_eq!(count(Product::OrderShipment), 13);
    let orders = |name: &str| name.starts_with("Order");
    assert_eq!(catalogue.schemas().filter(|schema| !orders(&schema.name)).count(), 60);
    assert_eq!(catalogue.schemas().filter(|schema| orders(&schema.name)).count(), 8);
    let pos: serde_json::Value = serde_json::from_str(Sources::bundled().pos).expect("JSON");
    assert_eq!(pos["webhooks"].as_array().map(Vec::len), Some(24));
    assert_eq!(pos["enums"].as_object().map(serde_json::Map::len), Some(24));
    assert_eq!(catalogue.webhooks().len(), 24 + 9);
}

#[test]
fn the_built_in_data_has_no_fault() {
    let faults: Vec<String> = Catalogue::bundled().check().iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn all_22_pos_scopes_and_the_five_of_order_management_are_known() {
    let catalogue = Catalogue::bundled();
    let begins = |prefix: &str| catalogue.scopes().iter().filter(|scope| scope.name.starts_with(prefix)).count();
    assert_eq!(begins("pos."), 22);
    assert_eq!(begins("order-shipment."), 5);
    assert!(catalogue.is_scope("pos.stock-changes:read") && catalogue.is_scope("offline_access"));
}

#[test]
fn invented_scopes_and_events_are_refused_and_not_offered() {
    let catalogue = Catalogue::bundled();
    for name in ["pos.stocktaking:write", "pos.purchase_orders:read", "order-shipment.stocks:read", "common.shop:read"]
    {
        assert!(catalogue.is_refused_scope(name) && !catalogue.is_scope(name), "{name}");
    }
    assert!(catalogue.is_refused_webhook("pos:orders"));
    assert!(catalogue.webhook("pos:orders").is_none());
}

#[test]
fn every_endpoint_is_found_by_its_own_path() {
    let catalogue = Catalogue::bundled();
    for endpoint in catalogue.endpoints() {
        let path = sample_path(&endpoint.path);
        let found = catalogue.find(endpoint.product, &endpoint.method, &path).expect(&path);
        assert_eq!(found.endpoint.id(), endpoint.id());
        let names: Vec<&str> = found.params.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, endpoint.path_params);
        assert!(found.params.iter().all(|(_, value)| value == "8000001"));
        assert!(catalogue.path_exists(endpoint.product, &path));
    }
}

#[test]
fn order_management_needs_the_retail_plan_and_products_need_none_in_particular() {
    let catalogue = Catalogue::bundled();
    let orders = catalogue.find(Product::OrderShipment, "POST", "/orders").expect("listed").endpoint;
    assert!(orders.allowed_on(Plan::RetailBusiness) && !orders.allowed_on(Plan::PremiumPlus));
    assert_eq!(orders.confidence, Confidence::Official);
    let products = catalogue.find(Product::Pos, "GET", "/products").expect("listed").endpoint;
    assert!(products.allowed_on(Plan::Standard));
}

#[test]
fn an_accepted_bulk_job_answers_202_and_is_asynchronous() {
    let catalogue = Catalogue::bundled();
    let bulk = catalogue.find(Product::Pos, "PATCH", "/stock/bulk").expect("listed").endpoint;
    assert_eq!((bulk.success_status, bulk.is_async), (202, true));
    let webhook = bulk.webhook.as_ref().expect("fires");
    assert_eq!((webhook.event.as_str(), webhook.action.as_str()), ("pos:stock", "bulk-update"));
}

#[test]
fn inherited_fields_come_first_and_keep_their_order() {
    let full = Catalogue::bundled().schema("ProductFull").expect("listed");
    assert_eq!(full.extends.as_deref(), Some("Product"));
    let names: Vec<&str> = full.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(&names[..3], ["productId", "categoryId", "productCode"]);
    assert_eq!(names.last(), Some(&"orderSetting"));
    let unique: BTreeSet<&&str> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
}

#[test]
fn errors_headers_and_limits_are_there() {
    let catalogue = Catalogue::bundled();
    let title = |status| catalogue.errors().iter().find(|e| e.status == status).map(|e| e.title.as_str());
    assert_eq!(title(404), Some("NotFound"));
    assert!(catalogue.webhook_headers().iter().any(|header| header.name == "smaregi-event-id"));
    assert_eq!(catalogue.sandbox_limit().writes_per_second, 4);
    assert_eq!(catalogue.production_limit().reads_per_second, 50);
}

#[test]
fn the_data_names_no_place_of_the_machine_it_was_written_on() {
    let sources = Sources::bundled();
    for text in [sources.pos, sources.orders, sources.common] {
        for place in ["/tmp/", "/home/", "/root/", "/Users/", "C:\\", "localhost:", "127.0.0.1"] {
            assert!(!text.contains(place), "{place}");
        }
    }
}
