//! 会員 (platform-pos §5). Points are not part of the member's row.

use super::{Answer, Client, Error, ListQuery, PageRequest, Query, list::paged, query::segment, write::write_body};
use crate::{
    codes::{CustomerStatus, Flag},
    wire::row,
};
use http::Method;
use jiff::{Timestamp, civil::Date};
use std::fmt;

row! {
    /// 会員
    #[derive(Clone, PartialEq)]
    Customer {
        keys { customer_id: String, }
        values {
            /// Unique; what the member's barcode carries.
            customer_code: String,
            customer_no: String,
            /// 会員ランク: its code.
            rank: String,
            first_name: String,
            last_name: String,
            first_kana: String,
            last_kana: String,
            post_code: String,
            address: String,
            phone_number: String,
            fax_number: String,
            mobile_number: String,
            mail_address: String,
            mail_address2: String,
            mail_address3: String,
            company_name: String,
            department_name: String,
            /// 0 unknown, 1 male, 2 female.
            sex: String,
            birth_date: Date,
            entry_date: Date,
            leave_date: Date,
            point_expire_date: Date,
            last_come_date_time: Timestamp,
            mail_receive_flag: Flag,
            note: String,
            note2: String,
            status: CustomerStatus,
            store_id: String,
            ins_date_time: Timestamp,
            upd_date_time: Timestamp,
        }
        rest { other }
    }
}

/// Members are people: a log line names them by id only.
impl fmt::Debug for Customer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Customer")
            .field("customer_id", &self.customer_id)
            .field("upd_date_time", &self.upd_date_time)
            .finish_non_exhaustive()
    }
}

/// There is no search by name, telephone or e-mail.
#[derive(Clone, Debug, Default)]
pub struct CustomerQuery {
    pub customer_code: Option<String>,
    pub customer_no: Option<String>,
    pub customer_id_from: Option<String>,
    pub customer_id_to: Option<String>,
    /// Both or none, at most 31 calendar days apart.
    pub upd_from: Option<Timestamp>,
    pub upd_to: Option<Timestamp>,
    pub page: PageRequest,
    pub sort: Option<String>,
}

impl ListQuery for CustomerQuery {
    type Row = Customer;
    const SCOPE: &'static str = "pos.customers:read";

    fn path(&self) -> String {
        "/customers".to_owned()
    }

    fn fill(&self, query: &mut Query) -> Result<(), Error> {
        query.put_some("customer_code", self.customer_code.as_deref());
        query.put_some("customer_no", self.customer_no.as_deref());
        query.put_some("customer_id-from", self.customer_id_from.as_deref());
        query.put_some("customer_id-to", self.customer_id_to.as_deref());
        query.updated(self.upd_from, self.upd_to)
    }

    paged!(sorted);
}

write_body! {
    /// What a member shall become. A new one needs a code and both names, and whatever the contract's own settings demand.
    #[derive(Clone, Default, PartialEq)]
    CustomerWrite {
        customer_code: String = "customerCode",
        customer_no: String = "customerNo",
        rank: String = "rank",
        first_name: String = "firstName",
        last_name: String = "lastName",
        first_kana: String = "firstKana",
        last_kana: String = "lastKana",
        post_code: String = "postCode",
        address: String = "address",
        phone_number: String = "phoneNumber",
        fax_number: String = "faxNumber",
        mobile_number: String = "mobileNumber",
        mail_address: String = "mailAddress",
        mail_address2: String = "mailAddress2",
        mail_address3: String = "mailAddress3",
        company_name: String = "companyName",
        department_name: String = "departmentName",
        /// "0" unknown, "1" male, "2" female.
        sex: String = "sex",
        birth_date: Date = "birthDate",
        entry_date: Date = "entryDate",
        leave_date: Date = "leaveDate",
        /// "0" or "1".
        mail_receive_flag: String = "mailReceiveFlag",
        note: String = "note",
        note2: String = "note2",
        status: String = "status",
        store_id: String = "storeId",
    }
}

impl Client {
    /// 会員一覧: one page.
    pub async fn customers(&self, query: &CustomerQuery) -> Result<Answer<Vec<Customer>>, Error> {
        self.list(query).await
    }

    /// 会員取得
    pub async fn customer(&self, customer_id: &str) -> Result<Answer<Customer>, Error> {
        self.read(format!("/customers/{}", segment(customer_id)), Query::default(), "pos.customers:read").await
    }

    /// 会員登録. Not idempotent: after an unclear outcome look for the `customerCode` first.
    pub async fn create_customer(&self, customer: &CustomerWrite) -> Result<Answer<Customer>, Error> {
        self.write(Method::POST, "/customers".to_owned(), &customer.to_body(), "pos.customers:write").await
    }

    /// 会員更新: only what is set or cleared changes.
    pub async fn update_customer(
        &self,
        customer_id: &str,
        customer: &CustomerWrite,
    ) -> Result<Answer<Customer>, Error> {
        let path = format!("/customers/{}", segment(customer_id));
        self.write(Method::PATCH, path, &customer.to_body(), "pos.customers:write").await
    }
}
