//! 取引: everything that moves money or points (platform-pos §2).

use super::{
    Answer, Client, Error, ListQuery, PageRequest, Query,
    list::paged,
    query::{check_window, segment},
};
use crate::{
    codes::{
        DetailDivision, DisposeDivision, Flag, HeadDivision, ProductDivision, SellDivision, SumDivision, TaxDivision,
        TaxRounding,
    },
    time,
    wire::row,
};
use http::Method;
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde_json::{Value, json};

const READ: &str = "pos.transactions:read";
const WRITE: &str = "pos.transactions:write";
/// With details a page is shorter (platform-pos §1).
const MAX_LIMIT_WITH_DETAILS: u32 = 100;

row! {
    /// 取引. Amounts are yen. Only head division 1 is a sale; what has `cancel_division` yes was undone. Members without a field here are skipped: the raw
    /// answer is in the exchange.
    #[derive(Clone, Debug, PartialEq)]
    Transaction {
        keys { transaction_head_id: String, }
        values {
            /// When the server received it. Not the time of the sale.
            transaction_date_time: Timestamp,
            transaction_head_division: HeadDivision,
            /// 取消区分
            cancel_division: Flag,
            /// (The lower-case s is Smaregi's.)
            unit_non_discountsubtotal: Decimal,
            unit_discountsubtotal: Decimal,
            unit_staff_discountsubtotal: Decimal,
            unit_bargain_discountsubtotal: Decimal,
            /// 小計: lines after their own discounts.
            subtotal: Decimal,
            subtotal_for_discount: Decimal,
            subtotal_discount_price: Decimal,
            subtotal_discount_rate: Decimal,
            point_discount: Decimal,
            coupon_discount: Decimal,
            total: Decimal,
            tax_include: Decimal,
            tax_exclude: Decimal,
            rounding_division: String,
            rounding_price: Decimal,
            cash_total: Decimal,
            credit_total: Decimal,
            deposit: Decimal,
            deposit_cash: Decimal,
            deposit_credit: Decimal,
            change: Decimal,
            tip_cash: Decimal,
            tip_credit: Decimal,
            /// Pieces of lines that are not returns.
            amount: Decimal,
            return_amount: Decimal,
            cost_total: Decimal,
            sales_head_division: Flag,
            in_tax_sales_total: Decimal,
            out_tax_sales_total: Decimal,
            non_tax_sales_total: Decimal,
            non_sales_target_total: Decimal,
            /// 付与ポイント
            new_point: Decimal,
            /// 使用ポイント
            spend_point: Decimal,
            point: Decimal,
            total_point: Decimal,
            store_id: String,
            store_code: String,
            terminal_id: String,
            customer_id: String,
            customer_code: String,
            terminal_tran_id: String,
            /// When the sale happened on the terminal.
            terminal_tran_date_time: Timestamp,
            sum_division: SumDivision,
            adjustment_date_time: Timestamp,
            /// 締め日; none until the day is closed.
            sum_date: Date,
            customer_rank: String,
            customer_group_id: String,
            customer_group_id2: String,
            customer_group_id3: String,
            customer_group_id4: String,
            customer_group_id5: String,
            staff_id: String,
            staff_code: String,
            staff_name: String,
            payment_count: String,
            slip_number: String,
            card_company: String,
            memo: String,
            receipt_memo: String,
            /// 送料
            carriage: Decimal,
            /// 手数料
            commission: Decimal,
            guest_numbers: Decimal,
            guest_numbers_male: Decimal,
            guest_numbers_female: Decimal,
            guest_numbers_unknown: Decimal,
            tax_free_sales_division: String,
            net_tax_free_general_tax_include: Decimal,
            net_tax_free_general_tax_exclude: Decimal,
            net_tax_free_consumable_tax_include: Decimal,
            net_tax_free_consumable_tax_exclude: Decimal,
            /// Separated by commas.
            tags: String,
            /// 1 points like cash, 2 like a discount.
            point_spend_division: String,
            /// 返品取引区分
            return_sales: Flag,
            /// 打消区分
            dispose_division: DisposeDivision,
            /// On a counter-entry: the id of the original.
            dispose_server_transaction_head_id: String,
            cancel_date_time: Timestamp,
            sell_division: SellDivision,
            tax_rate: Decimal,
            tax_rounding: TaxRounding,
            discount_rounding_division: TaxRounding,
            /// The number on the receipt.
            transaction_uuid: String,
            exchange_ticket_no: String,
            /// Of the temporary sales (仮販売) it settled, separated by commas.
            barcode: String,
            upd_date_time: Timestamp,
        }
        nested {
            /// 会員. Comes with [`TransactionParts::customer`].
            customer: Option<TransactionCustomer>,
        }
        parts {
            /// Empty when not asked for.
            details: TransactionDetail,
            /// Payments that are neither cash nor credit; empty when not asked for.
            deposit_others: DepositOther,
        }
    }
}

row! {
    /// 取引明細: a line.
    #[derive(Clone, Debug, PartialEq)]
    TransactionDetail {
        keys { transaction_detail_id: String, }
        values {
            /// Of options, bundle and set children.
            parent_transaction_detail_id: String,
            transaction_detail_division: DetailDivision,
            /// None for department sales and products Smaregi does not know.
            product_id: String,
            product_code: String,
            product_name: String,
            color: String,
            size: String,
            group_code: String,
            tax_division: TaxDivision,
            /// The list price.
            price: Decimal,
            /// What was charged for one piece.
            sales_price: Decimal,
            unit_discount_price: Decimal,
            unit_discount_rate: Decimal,
            cost: Decimal,
            quantity: Decimal,
            unit_non_discount_sum: Decimal,
            unit_discount_sum: Decimal,
            unit_discounted_sum: Decimal,
            cost_sum: Decimal,
            category_id: String,
            category_name: String,
            sales_division: Flag,
            product_division: ProductDivision,
            /// Yes: consumed by a set (在庫引当), not sold.
            inventory_reservation_division: Flag,
            point_not_applicable: Flag,
            calc_discount: Flag,
            tax_free_division: String,
            tax_free_commodity_price: Decimal,
            tax_free: Decimal,
            product_bundle_group_id: String,
            discount_price_proportional: Decimal,
            discount_point_proportional: Decimal,
            discount_coupon_proportional: Decimal,
            tax_include_proportional: Decimal,
            tax_exclude_proportional: Decimal,
            product_bundle_proportional: Decimal,
            staff_discount_proportional: Decimal,
            bargain_discount_proportional: Decimal,
            rounding_price_proportional: Decimal,
            apply_staff_discount_price: Decimal,
            apply_bargain_discount_price: Decimal,
            /// The rate that was applied, in percent.
            tax_rate: Decimal,
            standard_tax_rate: Decimal,
            modified_tax_rate: Decimal,
            /// None: the standard rate.
            reduce_tax_id: String,
            reduce_tax_name: String,
            reduce_tax_rate: Decimal,
            memo: String,
        }
        parts {
            discounts: LineDiscount,
        }
    }
}

row! {
    /// 明細値引. Comes with [`TransactionParts::discounts`].
    #[derive(Clone, Debug, PartialEq)]
    LineDiscount {
        values {
            discount_division: String,
            discount_division_name: String,
            /// 1 値引, 2 割引.
            award_type: String,
            award_value: Decimal,
            discount_price: Decimal,
        }
    }
}

row! {
    /// 会員 of a single transaction.
    #[derive(Clone, Debug, PartialEq)]
    TransactionCustomer {
        values {
            customer_id: String,
            customer_code: String,
        }
    }
}

row! {
    /// その他支払い
    #[derive(Clone, Debug, PartialEq)]
    DepositOther {
        values {
            no: String,
            payment_method_id: String,
            payment_method_code: String,
            payment_method_name: String,
            /// The amount paid this way, in yen.
            deposit_others: Decimal,
            payment_unit_price: Decimal,
            payment_change_flag: Flag,
            payment_division: String,
            payment_securities_flag: Flag,
            slip_number: String,
        }
    }
}

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
