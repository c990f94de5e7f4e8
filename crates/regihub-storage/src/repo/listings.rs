//! Everything a shop sells, and the Smaregi product each item is linked with.

use crate::{
    error::{Result, StorageError},
    sql::{Row, Sql, list, params},
};
use regihub_domain::{ProductId, ShopId, Sku};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingRow {
    pub sku: Sku,
    pub name: String,
    /// `None` while nothing in Smaregi has this code.
    pub product_id: Option<ProductId>,
    /// 余裕数 of this item alone; `None` uses the link's.
    pub margin: Option<i64>,
    pub problem: Option<String>,
}

pub struct Listings<'a> {
    sql: &'a mut dyn Sql,
}

macro_rules! listings {
    ($which:literal) => {
        concat!("select sku, name, product_id, margin, problem from listing where shop_id = $1 ", $which)
    };
}

/// The margin is a person's setting: reading the shop again with `None` keeps it.
const SAVE: &str = "insert into listing (shop_id, sku, name, product_id, margin, problem, seen_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (shop_id, sku) do update set
      name = excluded.name, product_id = excluded.product_id, margin = coalesce(excluded.margin, listing.margin),
      problem = excluded.problem, seen_at = excluded.seen_at";

impl<'a> Listings<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql) -> Self {
        Self { sql }
    }

    /// Adds or replaces listings, seen at `now` (microseconds since 1970, UTC). A margin of `None` leaves the one that is stored;
    /// [`Listings::set_margin`] removes it. The last of two with the same SKU counts.
    pub fn save(&mut self, shop: ShopId, listings: &[ListingRow], now: i64) -> Result<()> {
        let once: BTreeMap<&Sku, &ListingRow> = listings.iter().map(|l| (&l.sku, l)).collect();
        let mut values = Vec::with_capacity(once.len() * 7);
        for listing in once.values() {
            values.extend([
                shop.into(),
                (&listing.sku).into(),
                (&listing.name).into(),
                listing.product_id.as_ref().into(),
                listing.margin.into(),
                listing.problem.as_deref().into(),
                now.into(),
            ]);
        }
        self.sql.execute_many(SAVE, 7, &values)?;
        Ok(())
    }

    pub fn get(&mut self, shop: ShopId, sku: &Sku) -> Result<Option<ListingRow>> {
        self.sql.first(listings!("and sku = $2"), params![shop, sku], read)
    }

    pub fn all(&mut self, shop: ShopId) -> Result<Vec<ListingRow>> {
        self.sql.rows(listings!("order by sku"), params![shop], read)
    }

    /// Listings that are linked with one of these products, by SKU.
    pub fn by_products(&mut self, shop: ShopId, products: &[ProductId]) -> Result<Vec<ListingRow>> {
        // Sorted here: asked to sort, SQLite walks through all listings of the shop by SKU instead of seeking the products.
        let mut found =
            self.sql.rows(listings!("and product_id {any_text $2}"), params![shop, list(products)?], read)?;
        found.sort_unstable_by(|a, b| a.sku.cmp(&b.sku));
        Ok(found)
    }

    /// # Errors
    /// `NotFound` when the shop has no such item.
    pub fn set_margin(&mut self, shop: ShopId, sku: &Sku, margin: Option<i64>) -> Result<()> {
        let changed = self
            .sql
            .execute("update listing set margin = $3 where shop_id = $1 and sku = $2", params![shop, sku, margin])?;
        if changed == 0 { Err(StorageError::not_found("listing", sku)) } else { Ok(()) }
    }

    /// Removes what was last seen before `seen_before` (microseconds since 1970, UTC); tells how many.
    pub fn remove_unseen(&mut self, shop: ShopId, seen_before: i64) -> Result<usize> {
        let removed =
            self.sql.execute("delete from listing where shop_id = $1 and seen_at < $2", params![shop, seen_before])?;
        Ok(removed as usize)
    }
}

fn read(row: &mut Row<'_>) -> Result<ListingRow> {
    Ok(ListingRow {
        sku: row.get()?,
        name: row.get()?,
        product_id: row.get()?,
        margin: row.get()?,
        problem: row.get()?,
    })
}
