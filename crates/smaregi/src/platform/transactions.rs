//! 取引: everything that moves money or points (platform-pos §2). What comes back is in `transaction.rs`.

use super::{
    Answer, Client, Error, ListQuery, PageRequest, Query, Transaction,
    list::paged,
    query::{check_window, segment},
};
use crate::{codes::HeadDivision, time};
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

const READ: &str = "pos.transactions:read";
const WRITE: &str = "pos.transactions:write";
/// With details a page is shorter (platform-pos §1).
const MAX_LIMIT_WITH_DETAILS: u32 = 100;

/// A span of time in one of the four fields that the list can be cut by. One of them has to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub field: WindowField,
    pub from: Timestamp,
    /// Included. At most 31 calendar days of Japan with both ends counted; [`crate::windows`] splits longer spans.
    pub to: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowField {
    /// Last change: for catching up.
    UpdDateTime,
    /// The sale on the terminal.
    TerminalTranDateTime,
    /// Receipt by the server.
    TransactionDateTime,
    /// 締め日: the days in Japan of `from` and `to`.
    SumDate,
}

impl WindowField {
    /// Name in the query and in `sort`.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::UpdDateTime => ("upd_date_time", "updDateTime"),
            Self::TerminalTranDateTime => ("terminal_tran_date_time", "terminalTranDateTime"),
            Self::TransactionDateTime => ("transaction_date_time", "transactionDateTime"),
            Self::SumDate => ("sum_date", "sumDate"),
        }
    }
}

impl Window {
    fn fill(self, query: &mut Query) -> Result<(), Error> {
        check_window("window", self.from, self.to)?;
        let write = |at| match self.field {
            WindowField::SumDate => time::japan_date(at).to_string(),
            _ => time::japan_time(at),
        };
        let (name, _) = self.field.names();
        query.put(&format!("{name}-from"), write(self.from));
        query.put(&format!("{name}-to"), write(self.to));
        Ok(())
    }
}

/// Asks for transactions; start from [`TransactionQuery::new`].
#[derive(Clone, Debug)]
pub struct TransactionQuery {
    pub window: Window,
    pub head_id_from: Option<String>,
    pub head_id_to: Option<String>,
    pub store_id: Option<String>,
    /// For example [`HeadDivision::Normal`] for sales only.
    pub head_division: Option<HeadDivision>,
    /// The sale that settled the temporary sale (仮販売) with this barcode.
    pub barcode: Option<String>,
    /// The number on the receipt.
    pub transaction_uuid: Option<String>,
    pub customer_code: Option<String>,
    /// Lines. A page then has at most 100 rows.
    pub with_details: bool,
    pub with_deposit_others: bool,
    /// The field of the window has to come first (platform-pos §2.7), which is what `None` does, followed by the id.
    pub sort: Option<String>,
    pub page: PageRequest,
}

impl TransactionQuery {
    /// All transactions of the window with lines and payments, 100 on a page.
    pub fn new(window: Window) -> Self {
        Self {
            window,
            head_id_from: None,
            head_id_to: None,
            store_id: None,
            head_division: None,
            barcode: None,
            transaction_uuid: None,
            customer_code: None,
            with_details: true,
            with_deposit_others: true,
            sort: None,
            page: PageRequest::first(MAX_LIMIT_WITH_DETAILS),
        }
    }
}

impl ListQuery for TransactionQuery {
    type Row = Transaction;
    const SCOPE: &'static str = READ;

    fn path(&self) -> String {
        "/transactions".to_owned()
    }

    fn fill(&self, query: &mut Query) -> Result<(), Error> {
        self.window.fill(query)?;
        query.put_some("transaction_head_id-from", self.head_id_from.as_deref());
        query.put_some("transaction_head_id-to", self.head_id_to.as_deref());
        query.put_some("transaction_head_division", self.head_division.as_ref().map(HeadDivision::code));
        query.put_some("store_id", self.store_id.as_deref());
        query.put_some("barcode", self.barcode.as_deref());
        query.put_some("transaction_uuid", self.transaction_uuid.as_deref());
        query.put_some("customer_code", self.customer_code.as_deref());
        query.with("with_details", self.with_details);
        query.with("with_deposit_others", self.with_deposit_others);
        if self.sort.is_none() {
            let (_, field) = self.window.field.names();
            query.put("sort", format!("{field},transactionHeadId"));
        }
        Ok(())
    }

    fn max_limit(&self) -> u32 {
        if self.with_details { MAX_LIMIT_WITH_DETAILS } else { PageRequest::MAX_LIMIT }
    }

    paged!(sorted);
}

/// What a single transaction shall come with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionParts {
    pub details: bool,
    pub deposit_others: bool,
    /// Discounts of the lines.
    pub discounts: bool,
    /// The member: only then a single read surely names the `customerCode` (platform-pos §2.6).
    pub customer: bool,
}

impl Default for TransactionParts {
    /// What the list gives: lines and payments.
    fn default() -> Self {
        Self { details: true, deposit_others: true, discounts: false, customer: false }
    }
}

impl Client {
    /// 取引一覧: one page.
    pub async fn transactions(&self, query: &TransactionQuery) -> Result<Answer<Vec<Transaction>>, Error> {
        self.list(query).await
    }

    /// 取引取得
    pub async fn transaction(
        &self,
        transaction_head_id: &str,
        parts: TransactionParts,
    ) -> Result<Answer<Transaction>, Error> {
        let mut query = Query::default();
        query.with("with_details", parts.details);
        query.with("with_deposit_others", parts.deposit_others);
        query.with("with_discounts", parts.discounts);
        query.with("with_customer", parts.customer);
        self.read(format!("/transactions/{}", segment(transaction_head_id)), query, READ).await
    }

    /// 取引登録. `body` in Smaregi's names; numbers in it are sent as strings. Not idempotent: after an unclear outcome look for the `terminalTranId` first.
    pub async fn create_transaction(&self, body: &Value) -> Result<Answer<Transaction>, Error> {
        self.write(Method::POST, "/transactions".to_owned(), body, WRITE).await
    }

    /// 取引取消: the sale itself becomes cancelled. Outside payment systems refund nothing.
    pub async fn cancel_transaction(&self, transaction_head_id: &str) -> Result<Answer<Option<Transaction>>, Error> {
        let path = format!("/transactions/{}/cancel", segment(transaction_head_id));
        self.write_maybe_silent(Method::POST, path, &json!({}), WRITE).await
    }

    /// 取引打消 (返品取消): a counter-entry with its own id is made. The members of `body` are not confirmed (platform-pos §13).
    pub async fn dispose_transaction(
        &self,
        transaction_head_id: &str,
        body: &Value,
    ) -> Result<Answer<Option<Transaction>>, Error> {
        let path = format!("/transactions/{}/dispose", segment(transaction_head_id));
        self.write_maybe_silent(Method::POST, path, body, WRITE).await
    }
}
