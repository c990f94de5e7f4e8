//! Products of Smaregi: keeps the mirror and links what shops sell by its code.

use crate::flows::publish;
use regihub_domain::{ConnectionId, ExchangeId, ProductId, Sku, product::Product};
use regihub_storage::{Link, ListingRow, Result, Unit};
use std::collections::BTreeSet;

/// Stores products as they were read and links or unlinks the listings that carry their code.
pub fn apply(
    unit: &mut Unit<'_>,
    connection: ConnectionId,
    links: &[Link],
    products: &[Product],
    exchange: Option<ExchangeId>,
    now: i64,
) -> Result<()> {
    unit.products().save(connection, products, exchange)?;
    let mut touched = BTreeSet::new();
    for link in links.iter().filter(|link| link.connection_id == connection) {
        let mut changed: Vec<ListingRow> = vec![];
        for product in products {
            let Some(listing) = unit.listings().get(link.shop_id, &Sku(product.code.clone()))? else { continue };
            let linked = linked_with(&listing, product);
            if linked.product_id != listing.product_id || linked.problem != listing.problem {
                touched.insert(product.product_id.clone());
                changed.push(linked);
            }
        }
        unit.listings().save(link.shop_id, &changed, now)?;
    }
    publish::recompute(unit, links, connection, &touched, publish::Send::IfChanged, now)?;
    Ok(())
}

/// A listing as it stands once its code names this product. Only products whose stock is managed are published.
pub fn linked_with(listing: &ListingRow, product: &Product) -> ListingRow {
    let mut linked = listing.clone();
    if product.stock_managed {
        linked.product_id = Some(product.product_id.clone());
        linked.problem = None;
    } else {
        linked.product_id = None;
        linked.problem = Some("Smaregi does not manage the stock of this product".into());
    }
    linked
}

/// Takes deleted products out of the mirror; their listings stay, unlinked, and nothing more is pushed for them.
pub fn apply_deleted(
    unit: &mut Unit<'_>,
    connection: ConnectionId,
    links: &[Link],
    products: &[ProductId],
    now: i64,
) -> Result<()> {
    unit.products().mark_deleted(connection, products)?;
    for link in links.iter().filter(|link| link.connection_id == connection) {
        let listings: Vec<ListingRow> = unit
            .listings()
            .by_products(link.shop_id, products)?
            .into_iter()
            .map(|listing| ListingRow {
                product_id: None,
                problem: Some("the product was deleted in Smaregi".into()),
                ..listing
            })
            .collect();
        unit.listings().save(link.shop_id, &listings, now)?;
    }
    Ok(())
}
