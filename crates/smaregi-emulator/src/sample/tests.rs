use super::*;
use smaregi_catalogue::{Catalogue, Product};
use std::collections::{BTreeMap, BTreeSet};

fn chain() -> Value {
    apparel_chain(&Dice::from_seed(7))
}

fn rows<'a>(chain: &'a Value, key: &str) -> &'a [Value] {
    chain[key].as_array().unwrap()
}

fn ids<'a>(chain: &'a Value, list: &str, key: &str) -> BTreeSet<&'a str> {
    let found = rows(chain, list);
    let ids: BTreeSet<_> = found.iter().map(|row| row[key].as_str().unwrap()).collect();
    assert_eq!(ids.len(), found.len(), "{key} of {list} must be unique");
    ids
}

#[test]
fn every_product_code_is_unique_printable_ascii_of_at_most_20_characters() {
    let chain = chain();
    let codes = ids(&chain, "products", "productCode");
    assert!((120..=160).contains(&codes.len()), "{} products", codes.len());
    assert!(codes.contains("TS-100-WH-M"));
    for code in codes {
        assert!(code.len() <= 20 && code.bytes().all(|b| (0x20..=0x7e).contains(&b)), "{code}");
    }
}

#[test]
fn every_reference_points_at_a_row_that_exists() {
    let chain = chain();
    let stores = ids(&chain, "stores", "storeId");
    let categories = ids(&chain, "categories", "categoryId");
    let products = ids(&chain, "products", "productId");
    ids(&chain, "terminals", "terminalId");
    ids(&chain, "customers", "customerId");
    ids(&chain, "customers", "customerCode");
    for product in rows(&chain, "products") {
        assert!(categories.contains(product["categoryId"].as_str().unwrap()), "{product}");
        assert!(product["groupCode"].as_str().is_none_or(|group| products.contains(group)), "{product}");
    }
    for list in ["terminals", "customers", "stock"] {
        assert!(rows(&chain, list).iter().all(|row| stores.contains(row["storeId"].as_str().unwrap())), "{list}");
    }
    assert!(rows(&chain, "stock").iter().all(|row| products.contains(row["productId"].as_str().unwrap())));
}

#[test]
fn a_group_is_one_model_in_different_colours_and_sizes() {
    let chain = chain();
    let mut groups: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for product in rows(&chain, "products") {
        if let Some(group) = product["groupCode"].as_str() {
            groups.entry(group).or_default().push(product);
        }
    }
    assert!(groups.len() > 20);
    for members in groups.values() {
        assert!(members.len() > 1);
        let looks: BTreeSet<_> = members.iter().map(|m| (m["color"].to_string(), m["size"].to_string())).collect();
        assert_eq!(looks.len(), members.len(), "{members:?}");
        assert!(members.iter().all(|m| m["supplierProductNo"] == members[0]["supplierProductNo"]));
    }
}

#[test]
fn the_assortment_shows_both_tax_rates_uncounted_goods_and_goods_that_never_arrived() {
    let chain = chain();
    let stocked: BTreeSet<_> = rows(&chain, "stock").iter().map(|row| row["productId"].as_str().unwrap()).collect();
    let products = rows(&chain, "products");
    let count = |rule: &dyn Fn(&Value) -> bool| products.iter().filter(|product| rule(product)).count();
    assert_eq!(count(&|p| p["reduceTaxId"] == REDUCED_TAX), 10);
    assert_eq!(count(&|p| p["stockControlDivision"] == "1"), 4);
    let never = |p: &Value| p["stockControlDivision"] == "0" && !stocked.contains(p["productId"].as_str().unwrap());
    assert_eq!(count(&never), 4);
}

#[test]
fn stock_is_small_in_shops_and_larger_in_the_warehouse() {
    let chain = chain();
    for row in rows(&chain, "stock") {
        let most = if row["storeId"] == "4" { 120 } else { 40 };
        let amount: i64 = row["stockAmount"].as_str().unwrap().parse().unwrap();
        assert!((0..=most).contains(&amount), "{row}");
    }
    assert!(rows(&chain, "stock").iter().any(|row| row["stockAmount"] == "0"));
}

#[test]
fn every_row_passes_as_an_answer_of_smaregi() {
    let chain = chain();
    let catalogue = Catalogue::bundled();
    for list in ["stores", "terminals", "categories", "products", "customers", "stock"] {
        let found = catalogue.find(Product::Pos, "GET", &format!("/{list}")).unwrap();
        assert_eq!(found.endpoint.check_response(catalogue, &chain[list]), [], "{list}");
    }
    let at_scale = products_at_scale(20).collect();
    let products = catalogue.find(Product::Pos, "GET", "/products").unwrap();
    assert_eq!(products.endpoint.check_response(catalogue, &at_scale), []);
}

#[test]
fn one_seed_gives_one_chain() {
    assert_eq!(chain(), chain());
    assert_ne!(chain(), apparel_chain(&Dice::from_seed(8)));
}

#[test]
fn every_value_is_a_string_or_null() {
    let chain = chain();
    for (_, list) in chain.as_object().unwrap() {
        for row in list.as_array().unwrap() {
            assert!(row.as_object().unwrap().values().all(|value| value.is_string() || value.is_null()), "{row}");
        }
    }
}

#[test]
fn rows_at_scale_have_unique_codes_and_known_parents() {
    let rows: Vec<_> = products_at_scale(1_005).collect();
    let ids: BTreeSet<_> = rows.iter().map(|row| row["productId"].as_str().unwrap()).collect();
    let codes: BTreeSet<_> = rows.iter().map(|row| row["productCode"].as_str().unwrap()).collect();
    assert_eq!((ids.len(), codes.len()), (1_005, 1_005));
    assert!(rows.iter().all(|row| ids.contains(row["groupCode"].as_str().unwrap())));
    assert!(codes.iter().all(|code| code.len() <= 20));
}

/// Everything a profile loads, by table.
fn whole(profile: Profile, seed: u64) -> BTreeMap<String, Vec<Value>> {
    let mut tables: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for piece in profile.pieces(&Dice::from_seed(seed)) {
        for (table, rows) in piece.as_object().unwrap() {
            assert!(rows.as_array().unwrap().len() <= 1000);
            tables.entry(table.clone()).or_default().extend(rows.as_array().unwrap().iter().cloned());
        }
    }
    tables
}

#[test]
fn a_profile_has_what_its_number_promises() {
    for profile in [Profile::Ten, Profile::Thousand] {
        let shop = whole(profile, 3);
        assert_eq!(shop["products"].len(), profile.products());
        assert_eq!(shop["customers"].len(), profile.members());
        let texts = |list: &str, name: &str| {
            let texts: BTreeSet<String> = shop[list].iter().map(|row| row[name].as_str().unwrap().to_owned()).collect();
            texts
        };
        let (ids, codes) = (texts("products", "productId"), texts("products", "productCode"));
        assert_eq!((ids.len(), codes.len()), (profile.products(), profile.products()), "codes are unique");
        assert!(codes.iter().all(|code| code.len() <= 20));
        assert!(shop["products"].iter().all(|row| row["groupCode"].as_str().is_none_or(|group| ids.contains(group))));
        assert!(texts("stock", "productId").is_subset(&ids));
        assert!(texts("stock", "storeId").is_subset(&texts("stores", "storeId")));
        assert!(texts("products", "categoryId").is_subset(&texts("categories", "categoryId")));
    }
}

#[test]
fn every_row_of_the_largest_profile_passes_as_an_answer_of_smaregi() {
    let catalogue = Catalogue::bundled();
    // Behind the hundred pieces of products come those of members and stock.
    for piece in Profile::HundredThousand.pieces(&Dice::from_seed(3)).step_by(37).take(5) {
        for (table, rows) in piece.as_object().unwrap() {
            let found = catalogue.find(Product::Pos, "GET", &format!("/{table}")).unwrap();
            assert_eq!(found.endpoint.check_response(catalogue, rows), [], "{table}");
        }
    }
}

#[test]
fn one_seed_gives_one_profile_and_another_seed_another() {
    assert_eq!(whole(Profile::Thousand, 3), whole(Profile::Thousand, 3));
    assert_ne!(whole(Profile::Thousand, 3), whole(Profile::Thousand, 4));
}

#[test]
fn a_profile_is_named_by_its_number_of_products() {
    assert_eq!("100000".parse(), Ok(Profile::HundredThousand));
    assert!("500".parse::<Profile>().unwrap_err().contains("10, 1000 or 100000"));
}
