//! The mirror of Smaregi's products and stores.

use crate::{
    error::Result,
    sql::{Row, Sql, list, params},
};
use regihub_domain::{ConnectionId, ExchangeId, ProductId, StoreId, product::Product};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductRow {
    pub product: Product,
    pub deleted: bool,
    /// The exchange that showed it last.
    pub exchange_id: Option<ExchangeId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreRow {
    pub store_id: StoreId,
    pub code: String,
    pub name: String,
    /// `division`: what kind of store it is.
    pub division: String,
}

pub struct Products<'a> {
    sql: &'a mut dyn Sql,
}

macro_rules! products {
    ($more:literal, $which:literal) => {
        concat!(
            "select product_id, code, name, group_code, color, size, price, stock_managed, updated_at",
            $more,
            " from product where connection_id = $1 ",
            $which
        )
    };
}

const SAVE: &str = "insert into product (connection_id, product_id, code, name, group_code, color, size, price,
      stock_managed, updated_at, exchange_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    on conflict (connection_id, product_id) do update set
      code = excluded.code, name = excluded.name, group_code = excluded.group_code, color = excluded.color,
      size = excluded.size, price = excluded.price, stock_managed = excluded.stock_managed,
      updated_at = excluded.updated_at, deleted = 0, exchange_id = excluded.exchange_id";

impl<'a> Products<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql) -> Self {
        Self { sql }
    }

    /// Adds or replaces products; a deleted one comes back. The last of two with the same id counts.
    pub fn save(&mut self, connection: ConnectionId, products: &[Product], exchange: Option<ExchangeId>) -> Result<()> {
        let once: BTreeMap<&ProductId, &Product> = products.iter().map(|p| (&p.product_id, p)).collect();
        let mut values = Vec::with_capacity(once.len() * 11);
        for product in once.values() {
            values.extend([
                connection.into(),
                (&product.product_id).into(),
                (&product.code).into(),
                (&product.name).into(),
                product.group_code.as_deref().into(),
                product.color.as_deref().into(),
                product.size.as_deref().into(),
                product.price.as_deref().into(),
                product.stock_managed.into(),
                product.updated_at.into(),
                exchange.into(),
            ]);
        }
        self.sql.execute_many(SAVE, 11, &values)?;
        Ok(())
    }

    pub fn mark_deleted(&mut self, connection: ConnectionId, products: &[ProductId]) -> Result<()> {
        self.sql.execute(
            "update product set deleted = 1 where connection_id = $1 and product_id {any_text $2}",
            params![connection, list(products)?],
        )?;
        Ok(())
    }

    /// Also finds deleted products.
    pub fn get(&mut self, connection: ConnectionId, product: &ProductId) -> Result<Option<ProductRow>> {
        self.sql.first(
            products!(", deleted, exchange_id", "and product_id = $2"),
            params![connection, product],
            read_row,
        )
    }

    /// Those that are known, by id; also deleted ones.
    pub fn get_many(&mut self, connection: ConnectionId, products: &[ProductId]) -> Result<Vec<ProductRow>> {
        self.sql.rows(
            products!(", deleted, exchange_id", "and product_id {any_text $2} order by product_id"),
            params![connection, list(products)?],
            read_row,
        )
    }

    /// Products with one of these codes, without deleted ones. Smaregi lets several products share a code.
    pub fn by_codes(&mut self, connection: ConnectionId, codes: &[String]) -> Result<Vec<Product>> {
        self.sql.rows(
            products!("", "and deleted = 0 and code {any_text $2} order by code, product_id"),
            params![connection, list(codes)?],
            read,
        )
    }

    /// Without deleted ones.
    pub fn ids(&mut self, connection: ConnectionId) -> Result<Vec<ProductId>> {
        self.sql.rows(
            "select product_id from product where connection_id = $1 and deleted = 0 order by product_id",
            params![connection],
            |row| row.get(),
        )
    }

    /// The next ids behind `after`, in the order of their text, without deleted ones: for walks that must not hold them all.
    pub fn ids_after(&mut self, connection: ConnectionId, after: &ProductId, limit: usize) -> Result<Vec<ProductId>> {
        self.sql.rows(
            "select product_id from product where connection_id = $1 and product_id > $2 and deleted = 0
             order by product_id limit $3",
            params![connection, after, limit],
            |row| row.get(),
        )
    }

    /// Without deleted ones.
    pub fn count(&mut self, connection: ConnectionId) -> Result<i64> {
        self.sql.one("select count(*) from product where connection_id = $1 and deleted = 0", params![connection])
    }

    /// Adds or replaces stores.
    pub fn save_stores(&mut self, connection: ConnectionId, stores: &[StoreRow]) -> Result<()> {
        for store in stores {
            self.sql.execute(
                "insert into store (connection_id, store_id, code, name, division) values ($1, $2, $3, $4, $5)
                 on conflict (connection_id, store_id) do update set
                   code = excluded.code, name = excluded.name, division = excluded.division",
                params![connection, &store.store_id, &store.code, &store.name, &store.division],
            )?;
        }
        Ok(())
    }

    pub fn stores(&mut self, connection: ConnectionId) -> Result<Vec<StoreRow>> {
        self.sql.rows(
            "select store_id, code, name, division from store where connection_id = $1 order by store_id",
            params![connection],
            |row| Ok(StoreRow { store_id: row.get()?, code: row.get()?, name: row.get()?, division: row.get()? }),
        )
    }
}

fn read_row(row: &mut Row<'_>) -> Result<ProductRow> {
    Ok(ProductRow { product: read(row)?, deleted: row.get()?, exchange_id: row.get()? })
}

fn read(row: &mut Row<'_>) -> Result<Product> {
    Ok(Product {
        product_id: row.get()?,
        code: row.get()?,
        name: row.get()?,
        group_code: row.get()?,
        color: row.get()?,
        size: row.get()?,
        price: row.get()?,
        stock_managed: row.get()?,
        updated_at: row.get()?,
    })
}
