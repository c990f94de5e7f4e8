//! What a transaction can show beside its head on request: `with_…` (platform-pos.md §2.7).
//!
//! Coupons stay empty: a registration cannot carry them. `recordedStaff` is a parameter of the reference whose answer was not seen.

use super::super::{
    rows::array,
    sales::layaways::{pick_up_shown, shown as layaway_shown},
};
use crate::{
    settings::Settings,
    state::{CUSTOMERS, Layouts, STORES, Sale, Shop, Shown},
};
use serde_json::{Map, Value, json};
use smaregi_catalogue::{Catalogue, Field, Kind, Members};

/// Divisions of 入金 and 出金, which have an attribute.
const MONEY_MOVES: [i64; 2] = [2, 3];
const GROUPS: [&str; 5] =
    ["customerGroupId", "customerGroupId2", "customerGroupId3", "customerGroupId4", "customerGroupId5"];

/// Where to look things up.
pub(super) struct Extras<'c> {
    pub(super) catalogue: &'static Catalogue,
    pub(super) settings: &'c Settings,
    pub(super) layouts: &'c Layouts,
    pub(super) shop: &'c Shop,
    /// Columns of a line.
    pub(super) line: Shown,
}

impl Extras<'_> {
    /// The JSON text of one member.
    pub(super) fn write(&self, field: &Field, sale: &Sale) -> String {
        let layouts = self.layouts;
        let id = sale.head.number(&layouts.head, "transactionHeadId").map_or(0, i64::unsigned_abs);
        let layaway = || layaway_shown(self.shop, &self.settings.sales.layaways, id);
        let pick_up = || pick_up_shown(self.shop, id);
        let list = |row: Option<Value>| Value::Array(row.into_iter().collect()).to_string();
        match (field.name.as_str(), &field.kind) {
            ("details", _) => array(sale.lines.iter(), &layouts.line, &self.line),
            ("depositOthers", _) => {
                array(sale.deposits.iter(), &layouts.deposit, &Shown::only(&layouts.deposit, |_| true))
            }
            ("layaways", _) => list(layaway()),
            ("layawayPickUps", _) => list(pick_up()),
            ("layaway", _) => layaway().unwrap_or_default().to_string(),
            ("layawayPickUp", _) => pick_up().unwrap_or_default().to_string(),
            ("moneyControl", _) => self.money_control(sale).to_string(),
            ("customerGroups", Kind::List(of)) => match &**of {
                Kind::Object(members) => self.customer_groups(members, sale).to_string(),
                _ => "[]".into(),
            },
            ("store", Kind::Object(members)) => self.master(STORES, "storeId", members, sale).to_string(),
            ("customer", Kind::Object(members)) => self.master(CUSTOMERS, "customerId", members, sale).to_string(),
            ("staff", Kind::Object(members)) => self.master("staffs", "staffId", members, sale).to_string(),
            (_, Kind::List(_)) => "[]".into(),
            _ => "null".into(),
        }
    }

    /// 入出金. Which attributes there are was not seen; a registration cannot carry one.
    fn money_control(&self, sale: &Sale) -> Value {
        let head = &self.layouts.head;
        let division = sale.head.number(head, "transactionHeadDivision");
        if !division.is_some_and(|division| MONEY_MOVES.contains(&division)) {
            return Value::Null;
        }
        let id = sale.head.text(head, "transactionHeadId");
        json!({ "transactionHeadId": id, "attributeDivision": null, "attributeDivisionName": null })
    }

    fn customer_groups(&self, members: &Members, sale: &Sale) -> Value {
        let rows = GROUPS.iter().map(|column| self.master("customerGroups", column, members, sale));
        rows.filter(|row| !row.is_null()).collect()
    }

    /// The row of another table a sale points to, in the members the answer has.
    fn master(&self, table: &str, id: &str, members: &Members, sale: &Sale) -> Value {
        let table = self.shop.table(table);
        let row = sale.head.number(&self.layouts.head, id).and_then(|id| table.get(id.unsigned_abs()));
        let (Some(row), Some(fields)) = (row, self.catalogue.fields(members)) else { return Value::Null };
        let member = |field: &Field| {
            let value = row.raw(&table.columns, &field.name).and_then(|raw| serde_json::from_str(raw).ok());
            (field.name.clone(), value.unwrap_or(Value::Null))
        };
        Value::Object(fields.iter().map(member).collect::<Map<_, _>>())
    }
}
