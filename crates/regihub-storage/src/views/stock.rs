//! Stock: everything a shop sells, with the number it was given.

use super::{LinkInfo, anywhere};
use crate::{
    error::{Result, from_json},
    sql::{Row, Sql, Value},
};
use regihub_domain::{ProductId, Sku, publish::PublishInputs};

#[derive(Clone, Debug, PartialEq)]
pub struct StockRow {
    pub sku: Sku,
    /// As the shop calls it.
    pub name: String,
    pub product: Option<ProductId>,
    /// As Smaregi calls it.
    pub product_name: Option<String>,
    pub product_code: Option<String>,
    /// `None`: unknown or never computed; nothing is sent.
    pub quantity: Option<i64>,
    pub inputs: Option<PublishInputs>,
    pub computed_at: Option<i64>,
    pub dirty_since: Option<i64>,
    pub pushed_quantity: Option<i64>,
    pub pushed_at: Option<i64>,
    /// What the shop said, or why it is not linked with a product.
    pub problem: Option<String>,
    /// When the read began that proved the oldest of its levels.
    pub seen_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StockFilter {
    #[default]
    All,
    /// The shop was last given another number than the one it should have.
    Differing,
    /// Waits to be sent.
    Unpushed,
    Problem,
    Zero,
    Unknown,
}

impl StockFilter {
    fn condition(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Differing => {
                " and b.quantity is not null and (b.pushed_quantity is null or b.pushed_quantity <> b.quantity)"
            }
            Self::Unpushed => " and b.dirty_since is not null",
            Self::Problem => " and (b.problem is not null or l.problem is not null)",
            Self::Zero => " and b.quantity = 0",
            Self::Unknown => " and b.quantity is null",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StockSort {
    #[default]
    Sku,
    /// Smallest number first, unknown ones before zero.
    Quantity,
    /// Last computed first.
    Changed,
}

impl StockSort {
    /// A whole number that grows down the list; `None` where the SKU alone gives the order.
    fn key(self) -> Option<&'static str> {
        match self {
            Self::Sku => None,
            Self::Quantity => Some("coalesce(b.quantity, -1)"),
            Self::Changed => Some("-coalesce(b.computed_at, 0)"),
        }
    }

    fn key_of(self, row: &StockRow) -> i64 {
        match self {
            Self::Sku => 0,
            Self::Quantity => row.quantity.unwrap_or(-1),
            Self::Changed => -row.computed_at.unwrap_or(0),
        }
    }
}

/// Where a page of the list ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockCursor {
    pub key: i64,
    pub sku: Sku,
}

impl StockCursor {
    pub fn after(sort: StockSort, row: &StockRow) -> Self {
        Self { key: sort.key_of(row), sku: row.sku.clone() }
    }
}

#[derive(Clone, Debug, Default)]
pub struct StockQuery {
    /// Found in SKU, names or product code.
    pub search: String,
    pub filter: StockFilter,
    pub sort: StockSort,
    pub after: Option<StockCursor>,
}

/// The shop's items with their numbers. `link` comes out of a [`super::Scope`], so it is the workspace's own.
pub fn list(sql: &mut dyn Sql, link: &LinkInfo, query: &StockQuery, limit: usize) -> Result<Vec<StockRow>> {
    let mut text = String::from(
        "select l.sku, l.name, l.product_id, p.name, p.code, b.quantity, b.inputs, b.computed_at, b.dirty_since,
            b.pushed_quantity, b.pushed_at, coalesce(b.problem, l.problem),
            (select min(v.seen_at) from level v where v.connection_id = $2 and v.product_id = l.product_id)
         from listing l
         left join publication b on b.link_id = $1 and b.sku = l.sku
         left join product p on p.connection_id = $2 and p.product_id = l.product_id
         where l.shop_id = $3",
    );
    let mut values: Vec<Value<'_>> = vec![link.id.into(), link.connection.into(), link.shop.into(), limit.into()];
    text.push_str(query.filter.condition());
    if !query.search.is_empty() {
        values.push(anywhere(&query.search).into());
        let n = values.len();
        text.push_str(&format!(
            r" and (lower(l.sku) like ${n} escape '\' or lower(l.name) like ${n} escape '\'
               or lower(p.name) like ${n} escape '\' or lower(p.code) like ${n} escape '\')"
        ));
    }
    if let Some(after) = &query.after {
        values.push((&after.sku).into());
        let sku = values.len();
        if let Some(key) = query.sort.key() {
            values.push(after.key.into());
            text.push_str(&format!(" and ({key}, l.sku) > (${}, ${sku})", values.len()));
        } else {
            text.push_str(&format!(" and l.sku > ${sku}"));
        }
    }
    let order = query.sort.key().map_or_else(|| "l.sku".to_owned(), |key| format!("{key}, l.sku"));
    text.push_str(&format!(" order by {order} limit $4"));
    sql.rows(&text, &values, stock_row)
}

fn stock_row(row: &mut Row<'_>) -> Result<StockRow> {
    Ok(StockRow {
        sku: row.get()?,
        name: row.get()?,
        product: row.get()?,
        product_name: row.get()?,
        product_code: row.get()?,
        quantity: row.get()?,
        inputs: row.get::<Option<String>>()?.map(|text| from_json("publication.inputs", &text)).transpose()?,
        computed_at: row.get()?,
        dirty_since: row.get()?,
        pushed_quantity: row.get()?,
        pushed_at: row.get()?,
        problem: row.get()?,
        seen_at: row.get()?,
    })
}
