//! 取引 as it is read: the head, its lines and its payments (platform-pos §2.1 to §2.6).

use crate::{
    codes::{
        DetailDivision, DisposeDivision, Flag, HeadDivision, ProductDivision, SellDivision, SumDivision, TaxDivision,
        TaxRounding,
    },
    wire::row,
};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;

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
            /// 会員. Comes with [`TransactionParts::customer`](super::TransactionParts::customer).
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
    /// 明細値引. Comes with [`TransactionParts::discounts`](super::TransactionParts::discounts).
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
