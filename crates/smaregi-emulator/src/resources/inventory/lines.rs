//! Reading a body: its members, the rows of its lists, and what a row takes from the product master.

use super::{Clerk, Document};
use crate::{
    money,
    problem::Problem,
    resources::{maker::text_of, transactions::Sold},
    state::{Id, MOST},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Room between the row numbers of two documents, so that no two rows have the same number (our choice; real numbers are not known).
const ROWS_PER_DOCUMENT: u64 = 1000;

/// The largest quantity of the reference, also for rows whose bounds it does not give.
const MOST_PIECES: i64 = 99_999;

/// Number of a document's row; `place` counts from 0.
pub(super) fn line_id(document: Id, place: usize) -> Value {
    let first = document.saturating_sub(1).saturating_mul(ROWS_PER_DOCUMENT);
    json!((first + place as u64 + 1).to_string())
}

/// A member's value; `None` when it is missing, null or empty.
pub(super) fn text(row: &Document, name: &str) -> Option<String> {
    row.get(name).filter(|value| !value.is_null()).map(text_of).filter(|text| !text.is_empty())
}

pub(super) fn required(row: &Document, name: &str) -> Result<String, Problem> {
    text(row, name).ok_or_else(|| Problem::field(name, "必須項目です。"))
}

/// A number of a stored row; 0 when there is none. A data set may hold anything, so it is kept within what stock can be.
pub(super) fn number(row: &Document, name: &str) -> i64 {
    text(row, name).and_then(|text| text.parse().ok()).unwrap_or(0).clamp(-MOST, MOST)
}

/// A member that is an id of an existing row.
pub(super) fn id(row: &Document, name: &str) -> Id {
    text(row, name).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The rows of a nested column.
pub(super) fn rows_of(document: &Document, name: &str) -> Vec<Document> {
    let rows = document.get(name).and_then(Value::as_array).into_iter().flatten();
    rows.filter_map(Value::as_object).cloned().collect()
}

/// The rows a body sends; `None` when it does not send the list.
pub(super) fn sent<'b>(body: &'b Document, name: &str, most: usize) -> Result<Option<Vec<&'b Document>>, Problem> {
    let Some(rows) = body.get(name).filter(|rows| !rows.is_null()) else { return Ok(None) };
    let rows: Option<Vec<&Document>> = rows.as_array().and_then(|rows| rows.iter().map(Value::as_object).collect());
    let rows = rows.ok_or_else(|| Problem::field(name, "オブジェクトの配列で指定してください。"))?;
    check_count(name, rows.len(), most)?;
    Ok(Some(rows))
}

/// The rows of a list that may not be empty.
pub(super) fn sent_some<'b>(body: &'b Document, name: &str, most: usize) -> Result<Vec<&'b Document>, Problem> {
    sent(body, name, most)?.filter(|rows| !rows.is_empty()).ok_or_else(|| Problem::field(name, "必須項目です。"))
}

pub(super) fn check_count(name: &str, rows: usize, most: usize) -> Result<(), Problem> {
    match rows > most {
        true => Err(Problem::field(name, &format!("{most}件以内で指定してください。"))),
        false => Ok(()),
    }
}

/// The same product, store or row twice is refused.
pub(super) fn check_unique<T: Ord>(field: &str, keys: impl IntoIterator<Item = T>) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    match keys.into_iter().all(|key| seen.insert(key)) {
        true => Ok(()),
        false => Err(Problem::field(field, "重複しています。")),
    }
}

/// Dates of a stored document, in the form of its columns: the second may not lie before the first.
pub(super) fn check_period(document: &Document, from: &str, to: &str) -> Result<(), Problem> {
    match (text(document, from), text(document, to)) {
        (Some(first), Some(last)) if last < first => {
            Err(Problem::field(to, &format!("{from}以降の日付を指定してください。")))
        }
        _ => Ok(()),
    }
}

/// Copies members that the body sends.
pub(super) fn copy(body: &Document, names: &[&str], document: &mut Document) {
    for name in names {
        if let Some(value) = body.get(*name) {
            document.insert((*name).to_owned(), value.clone());
        }
    }
}

/// Copies members that always have a value: null does not clear them.
pub(super) fn copy_values(body: &Document, names: &[&str], document: &mut Document) {
    names.iter().filter(|name| text(body, name).is_some()).for_each(|name| copy(body, &[*name], document));
}

/// Sets a member that has no value yet.
pub(super) fn default(document: &mut Document, name: &str, value: impl Into<Value>) {
    if text(document, name).is_none() {
        document.insert(name.to_owned(), value.into());
    }
}

/// What a row takes from the product master.
pub(super) struct Goods {
    pub(super) id: Id,
    pub(super) cost: String,
    pub(super) price: String,
    pub(super) tax_division: String,
    /// Percent, as of now.
    pub(super) tax_rate: String,
}

impl Clerk<'_> {
    /// The product a row names; unknown ones are a 400.
    pub(super) fn goods(&self, row: &Document) -> Result<Goods, Problem> {
        let id = required(row, "productId")?.parse().map_err(|_| Problem::unknown_reference("productId"))?;
        let product = Sold::find(self.shop()?, id).ok_or_else(|| Problem::unknown_reference("productId"))?;
        // 非課税 has no tax; a reduced rate comes from the product or its category.
        let untaxed = product.tax_division == "2";
        let rate = if untaxed { 0 } else { money::rate_of(product.reduce_tax_id.as_deref()) };
        Ok(Goods {
            id,
            cost: product.cost.unwrap_or_else(|| "0".into()),
            price: product.price.to_string(),
            tax_division: product.tax_division,
            tax_rate: rate.to_string(),
        })
    }

    /// Pieces; below zero only if the contract is set so.
    pub(super) fn pieces(&self, row: &Document, name: &str) -> Result<Option<i64>, Problem> {
        self.pieces_after(row, name, None)
    }

    /// The same for pieces that may come on top of some that are known already, or be taken back from them.
    pub(super) fn pieces_after(&self, row: &Document, name: &str, before: Option<i64>) -> Result<Option<i64>, Problem> {
        let Some(text) = text(row, name) else { return Ok(None) };
        let pieces: i64 = text.parse().map_err(|_| Problem::field(name, "整数で指定してください。"))?;
        let pieces = pieces.saturating_add(before.unwrap_or(0));
        match pieces {
            _ if !(-MOST_PIECES..=MOST_PIECES).contains(&pieces) => {
                Err(Problem::field(name, &format!("{MOST_PIECES}以下で指定してください。")))
            }
            ..0 if !self.settings().negative_quantities => Err(Problem::field(name, "0以上で指定してください。")),
            _ => Ok(Some(pieces)),
        }
    }

    pub(super) fn required_pieces(&self, row: &Document, name: &str) -> Result<i64, Problem> {
        self.pieces(row, name)?.ok_or_else(|| Problem::field(name, "必須項目です。"))
    }

    /// When a row of a document was written.
    pub(super) fn stamp(&self, row: &mut Document) {
        default(row, "insDateTime", self.moment());
        row.insert("updDateTime".into(), self.moment());
    }
}
