//! Smaregi's rows, as the client gives them, made into the domain's values. Pure; the only place where wire names meet the domain.

use crate::flows::stock::Observed;
use jiff::Timestamp;
use regihub_domain::{
    ProductId, SaleId, StoreId,
    product::Product,
    sale::{Amounts, Dispose, LineKind, Sale, SaleLine},
};
use regihub_storage::{Job, StoreRow};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use smaregi::{DetailDivision, DisposeDivision, Flag, ProductDivision, platform as wire};
use std::collections::BTreeMap;

/// A sale that was read, and what a person should look at, if anything.
#[derive(Clone, Debug, PartialEq)]
pub struct SaleRead {
    pub sale: Sale,
    pub problem: Option<String>,
}

/// A transaction as the domain sees it. The error says which field is to blame.
pub(crate) fn sale(row: &wire::Transaction) -> Result<SaleRead, String> {
    let lines = row.details.iter().map(line).collect::<Result<_, _>>()?;
    let sale = Sale {
        sale_id: SaleId(row.transaction_head_id.clone()),
        store_id: StoreId(row.store_id.clone().ok_or("storeId: missing, so no stock can be explained by this sale")?),
        head_division: row.transaction_head_division.as_ref().map_or("", |division| division.code()).to_owned(),
        cancelled: row.cancel_division == Some(Flag::Yes),
        dispose: dispose(row),
        sold_at: row.terminal_tran_date_time.or(row.transaction_date_time).map_or(0, Timestamp::as_microsecond),
        updated_at: row.upd_date_time.map_or(0, Timestamp::as_microsecond),
        amounts: amounts(row),
        lines,
    };
    let problem = sale.amounts.check_total().err().map(|mismatch| mismatch.to_string());
    Ok(SaleRead { sale, problem })
}

fn dispose(row: &wire::Transaction) -> Dispose {
    match &row.dispose_division {
        Some(DisposeDivision::Disposed) => Dispose::Original,
        Some(DisposeDivision::CounterEntry) => {
            Dispose::CounterEntry(row.dispose_server_transaction_head_id.clone().map(SaleId))
        }
        _ => Dispose::No,
    }
}

/// Source of the parts: platform-pos.md §2.3.
fn amounts(row: &wire::Transaction) -> Amounts {
    let yen = |amount: Option<Decimal>| amount.unwrap_or_default();
    Amounts {
        subtotal: yen(row.subtotal),
        subtotal_discount: yen(row.subtotal_discount_price),
        point_discount: yen(row.point_discount),
        coupon_discount: yen(row.coupon_discount),
        rounding: yen(row.rounding_price),
        tax_exclude: yen(row.tax_exclude),
        commission: yen(row.commission),
        carriage: yen(row.carriage),
        tax_free: yen(row.net_tax_free_general_tax_include)
            + yen(row.net_tax_free_general_tax_exclude)
            + yen(row.net_tax_free_consumable_tax_include)
            + yen(row.net_tax_free_consumable_tax_exclude),
        total: yen(row.total),
    }
}

fn line(row: &wire::TransactionDetail) -> Result<SaleLine, String> {
    let field = |name: &str| format!("details[{}].{name}", row.transaction_detail_id);
    let quantity = row.quantity.unwrap_or_default();
    let whole = (quantity.fract().is_zero()).then(|| quantity.to_i64()).flatten();
    Ok(SaleLine {
        line_id: row.transaction_detail_id.clone(),
        kind: match &row.transaction_detail_division {
            Some(DetailDivision::Normal) => LineKind::Sale,
            Some(DetailDivision::Return) => LineKind::Return,
            _ => LineKind::Department,
        },
        product_id: row.product_id.clone().map(ProductId),
        product_code: row.product_code.clone(),
        name: row.product_name.clone().unwrap_or_default(),
        quantity: whole
            .ok_or_else(|| format!("{}: got {quantity}, expected a whole number of pieces", field("quantity")))?,
        unit_price: row.sales_price.unwrap_or_default(),
        is_parent: matches!(
            row.product_division,
            Some(ProductDivision::BundleParent | ProductDivision::SetParent | ProductDivision::SimpleSetParent)
        ),
    })
}

pub(crate) fn updated_at(row: &wire::Transaction) -> Option<i64> {
    row.upd_date_time.map(Timestamp::as_microsecond)
}

/// A level that was shown; `None` where Smaregi gave no number, which is not zero (I8).
pub(crate) fn observed(row: &wire::Stock) -> Option<Observed> {
    Some(Observed {
        product_id: ProductId(row.product_id.clone()),
        store_id: StoreId(row.store_id.clone()),
        amount: row.stock_amount?,
        own_write: None,
    })
}

pub(crate) fn product(row: &wire::Product) -> Product {
    Product {
        product_id: ProductId(row.product_id.clone()),
        code: row.product_code.clone().unwrap_or_default(),
        name: row.product_name.clone().unwrap_or_default(),
        group_code: row.group_code.clone(),
        color: row.color.clone(),
        size: row.size.clone(),
        price: row.price.map(|price| price.normalize().to_string()),
        stock_managed: row.keeps_stock(),
        updated_at: row.upd_date_time.map_or(0, Timestamp::as_microsecond),
    }
}

pub(crate) fn store(row: &wire::Store) -> StoreRow {
    StoreRow {
        store_id: StoreId(row.store_id.clone()),
        code: row.store_code.clone().unwrap_or_default(),
        name: row.store_name.clone().unwrap_or_default(),
        division: row.division.as_ref().map_or("", |division| division.code()).to_owned(),
    }
}

/// The id inside a row that could not be read, so that its job can be found.
pub(crate) fn id_of_unreadable(row: &wire::Unreadable, member: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(&row.raw).ok()?;
    match value.get(member)? {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Jobs that one list call can answer.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) jobs: Vec<Job>,
    /// First and last id of the call; `None` when the ids are no numbers and must be asked for one by one.
    pub(crate) span: Option<(u64, u64)>,
}

/// Takes from `jobs` those whose numeric ids lie within `width` of the smallest: in a burst ids are dense, so one call answers many.
pub(crate) fn group_by_id(jobs: Vec<Job>, width: u64) -> Group {
    let mut numbered: BTreeMap<u64, Job> = BTreeMap::new();
    let mut odd = vec![];
    for job in jobs {
        match job.key.parse::<u64>() {
            Ok(id) => {
                numbered.insert(id, job);
            }
            Err(_) => odd.push(job),
        }
    }
    let Some((&first, _)) = numbered.first_key_value() else { return Group { jobs: odd, span: None } };
    let behind = numbered.split_off(&first.saturating_add(width));
    drop(behind); // stay where they are, for the next step
    let last = numbered.last_key_value().map_or(first, |(id, _)| *id);
    Group { jobs: numbered.into_values().collect(), span: Some((first, last)) }
}
