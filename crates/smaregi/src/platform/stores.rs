//! 店舗, レジ端末, 支払方法: what a sale refers to.

use super::{Answer, Client, Error, ListQuery, PageRequest, Query, list::paged};
use crate::{
    codes::{Flag, SellDivision, StoreDivision},
    wire::row,
};
use jiff::Timestamp;
use rust_decimal::Decimal;

row! {
    /// 店舗 or 倉庫.
    #[derive(Clone, Debug, PartialEq)]
    Store {
        keys { store_id: String, }
        values {
            store_code: String,
            store_name: String,
            store_abbr: String,
            division: StoreDivision,
            sell_division: SellDivision,
            /// 休止
            pause_flag: Flag,
            /// 0 manual closing, 1 automatic.
            sum_proc_division: String,
            /// `HHMM`, Japan time.
            sum_date_change_time: String,
            display_sequence: i64,
            upd_date_time: Timestamp,
        }
        rest { other }
    }
}

row! {
    /// レジ端末. The members are inferred from what a terminal's update takes.
    #[derive(Clone, Debug, PartialEq)]
    Terminal {
        keys { terminal_id: String, }
        values {
            store_id: String,
            terminal_name: String,
            /// 0 in use, 1 stopped.
            use_stop_division: Flag,
        }
        rest { other }
    }
}

row! {
    /// 支払方法. Cash and credit are not in this list: they have their own fields in a transaction.
    #[derive(Clone, Debug, PartialEq)]
    PaymentMethod {
        keys { payment_method_id: String, }
        values {
            payment_method_code: String,
            payment_method_name: String,
            /// Face value of one voucher, in yen.
            unit_price: Decimal,
            display_flag: Flag,
            change_flag: Flag,
            upd_date_time: Timestamp,
        }
        rest { other }
    }
}

#[derive(Clone, Debug, Default)]
pub struct StoreQuery {
    pub page: PageRequest,
    pub sort: Option<String>,
}

impl ListQuery for StoreQuery {
    type Row = Store;
    const SCOPE: &'static str = "pos.stores:read";

    fn path(&self) -> String {
        "/stores".to_owned()
    }

    fn fill(&self, _: &mut Query) -> Result<(), Error> {
        Ok(())
    }

    paged!(sorted);
}

#[derive(Clone, Debug, Default)]
pub struct TerminalQuery {
    pub page: PageRequest,
    pub sort: Option<String>,
}

impl ListQuery for TerminalQuery {
    type Row = Terminal;
    const SCOPE: &'static str = "pos.stores:read";

    fn path(&self) -> String {
        "/terminals".to_owned()
    }

    fn fill(&self, _: &mut Query) -> Result<(), Error> {
        Ok(())
    }

    paged!(sorted);
}

#[derive(Clone, Debug, Default)]
pub struct PaymentMethodQuery {
    pub payment_method_code: Option<String>,
    pub page: PageRequest,
    pub sort: Option<String>,
}

impl ListQuery for PaymentMethodQuery {
    type Row = PaymentMethod;
    const SCOPE: &'static str = "pos.transactions:read";

    fn path(&self) -> String {
        "/payment_methods".to_owned()
    }

    fn fill(&self, query: &mut Query) -> Result<(), Error> {
        query.put_some("payment_method_code", self.payment_method_code.as_deref());
        Ok(())
    }

    paged!(sorted);
}

impl Client {
    /// 店舗一覧: one page.
    pub async fn stores(&self, query: &StoreQuery) -> Result<Answer<Vec<Store>>, Error> {
        self.list(query).await
    }

    /// レジ端末一覧: one page.
    pub async fn terminals(&self, query: &TerminalQuery) -> Result<Answer<Vec<Terminal>>, Error> {
        self.list(query).await
    }

    /// 支払方法一覧: one page.
    pub async fn payment_methods(&self, query: &PaymentMethodQuery) -> Result<Answer<Vec<PaymentMethod>>, Error> {
        self.list(query).await
    }
}
