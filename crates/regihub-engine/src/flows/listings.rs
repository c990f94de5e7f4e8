//! What a shop sells, linked with Smaregi's products by code.

use crate::flows::{products_in::linked_with, publish};
use regihub_channels::ShopProduct;
use regihub_domain::{ProductId, product::Product};
use regihub_storage::{Link, ListingRow, Result, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// Stores a page of the shop's product list for one link.
pub fn apply(unit: &mut Unit<'_>, link: &Link, links: &[Link], page: &[ShopProduct], now: i64) -> Result<()> {
    let codes: Vec<String> = page.iter().map(|product| product.sku.0.clone()).collect();
    let mut by_code: BTreeMap<String, Vec<Product>> = BTreeMap::new();
    for product in unit.products().by_codes(link.connection_id, &codes)? {
        by_code.entry(product.code.clone()).or_default().push(product);
    }
    let mut touched: BTreeSet<ProductId> = BTreeSet::new();
    let mut rows = Vec::with_capacity(page.len());
    for product in page {
        let known = unit.listings().get(link.shop_id, &product.sku)?;
        let row = listing(product, known.as_ref().and_then(|row| row.margin), by_code.get(product.sku.as_str()));
        if known.is_none_or(|known| known.product_id != row.product_id) {
            touched.extend(row.product_id.clone());
        }
        rows.push(row);
    }
    unit.listings().save(link.shop_id, &rows, now)?;
    publish::recompute(unit, links, link.connection_id, &touched, publish::Send::IfChanged, now)?;
    Ok(())
}

fn listing(product: &ShopProduct, margin: Option<i64>, found: Option<&Vec<Product>>) -> ListingRow {
    let unlinked = |problem: &str| ListingRow {
        sku: product.sku.clone(),
        name: product.name.clone(),
        product_id: None,
        margin,
        problem: Some(problem.into()),
    };
    match found.map(Vec::as_slice) {
        None | Some([]) => unlinked("no Smaregi product has this code"),
        Some([one]) => linked_with(&unlinked(""), one),
        Some(_) => unlinked("several Smaregi products have this code"),
    }
}
