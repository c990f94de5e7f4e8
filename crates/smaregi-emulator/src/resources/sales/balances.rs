//! Points and miles of members: every change makes transactions of its own (platform-pos.md §5).

use super::desk::{Desk, columns, number, sent};
use crate::{
    http::{
        Answer,
        api::Call,
        lists::{self, ListQuery, SortKey},
    },
    problem::Problem,
    resources::{
        bulk,
        rows::{array, list_answer, members, shop},
        transactions::plain_head,
    },
    settings::Settings,
    state::{CUSTOMER_POINTS, CUSTOMERS, Columns, Id, Packed, Sale, SaleTimes},
    time,
};
use serde_json::{Map, Value, json};

/// Largest balance (platform-pos.json, PATCH /customers/point/bulk).
const MOST: i64 = 999_999_999;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Set,
    Add,
}

/// What a member has.
#[derive(Clone, Debug, Default)]
struct Balance {
    point: i64,
    mile: i64,
    /// Last day of the points, `YYYY-MM-DD`.
    until: Option<String>,
}

/// One row for every member, also for those who never had a point. Expired balances of the page are forfeited first.
pub(super) fn list(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let columns = &*shop(call)?.table(CUSTOMER_POINTS).columns.clone();
    lists::check_names(columns, &call.query)?;
    let list = ListQuery::read(call.endpoint, &call.query);
    let (page, more) = {
        let shop = shop(call)?;
        let (customers, points) = (shop.table(CUSTOMERS), shop.table(CUSTOMER_POINTS));
        let wanted = call.query.get("customer_id").map(|id| customers.find(&[id]));
        let ids: Box<dyn Iterator<Item = Id>> = match wanted {
            Some(found) => Box::new(found.into_iter()),
            None => Box::new(customers.rows().keys().copied()),
        };
        let row = |id: Id| (id, points.get(id).cloned().unwrap_or_else(|| no_points(columns, id)));
        let rows = list.arrange(ids.map(row), &["customerId"], "customerId", |(_, row), column| {
            SortKey::of(row.text(columns, column).map(|text| text.into_owned()))
        });
        list.cut(rows)
    };
    let settings = &call.inner.settings;
    let mut desk = Desk::of(call);
    let (mut rows, mut forfeited) = (Vec::new(), Vec::new());
    for (id, row) in page {
        let ids = desk.forfeit(id)?;
        let table = desk.shop()?.table(CUSTOMER_POINTS);
        rows.push(if ids.is_empty() { row } else { table.get(id).cloned().unwrap_or(row) });
        forfeited.extend(ids);
    }
    if settings.sales.point_transaction_events {
        tell(call, &forfeited);
    }
    let shown = lists::shown(columns, &[], &call.query);
    Ok(list_answer(call, &list, array(rows.iter(), columns, &shown), more))
}

fn no_points(columns: &Columns, id: Id) -> Packed {
    let text = |name: &String| match name.as_str() {
        "customerId" => Some(id.to_string()),
        "point" | "mile" => Some("0".to_owned()),
        _ => None,
    };
    let texts: Vec<Option<String>> = columns.names().iter().map(text).collect();
    Packed::from_texts(texts.iter().map(|text| text.as_deref()))
}

pub(super) fn set(call: &mut Call<'_>) -> Result<Answer, Problem> {
    change(call, Write::Set)
}

pub(super) fn add(call: &mut Call<'_>) -> Result<Answer, Problem> {
    change(call, Write::Add)
}

fn change(call: &mut Call<'_>, write: Write) -> Result<Answer, Problem> {
    let (body, customer) = (members(&call.body)?.clone(), call.id("customer_id"));
    let settings = &call.inner.settings;
    let ids = Desk::of(call).change_points(settings, customer, &body, write)?;
    call.emit("pos:customers", "edited", vec![json!(customer.to_string())]);
    if settings.sales.point_transaction_events {
        tell(call, &ids);
    }
    let mut row = Desk::of(call).row(CUSTOMER_POINTS, customer).unwrap_or_default();
    row.retain(|name, _| name != "insDateTime");
    row.insert("transactionHeadIds".into(), ids.iter().map(Id::to_string).collect());
    Ok(Answer::json(200, Value::Object(row).to_string()))
}

pub(super) fn bulk(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let (rows, url) = bulk::job(call, "customerPoints")?;
    let settings = &call.inner.settings;
    let (mut results, mut done, mut made) = (Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        let named = bulk::names(row, &["customerId"]);
        let customer = sent(row, "customerId").and_then(|id| shop(call).ok()?.table(CUSTOMERS).find(&[id]));
        let outcome = match customer {
            Some(customer) => Desk::of(call).change_points(settings, customer, row, Write::Set).map(|ids| {
                done.push(json!(customer.to_string()));
                made.extend(ids);
            }),
            None => Err(Problem::unknown_reference("customerId")),
        };
        results.push((named, outcome));
    }
    call.emit("pos:customers", "bulk-update", done);
    if settings.sales.point_transaction_events {
        tell(call, &made);
    }
    Ok(bulk::accept(call, url, results))
}

fn tell(call: &mut Call<'_>, ids: &[Id]) {
    call.emit("pos:transactions", "created", ids.iter().map(|id| json!(id.to_string())).collect());
}

impl Desk<'_> {
    fn balance(&self, customer: Id) -> Result<Balance, Problem> {
        let table = self.shop()?.table(CUSTOMER_POINTS);
        let Some(row) = table.get(customer) else { return Ok(Balance::default()) };
        let number = |name: &str| row.number(&table.columns, name).unwrap_or(0);
        let until = row.text(&table.columns, "pointExpireDate").map(|text| text.into_owned());
        Ok(Balance { point: number("point"), mile: number("mile"), until })
    }

    /// What is left of a balance today, and how many points are lost.
    fn left(&self, balance: &Balance) -> (Balance, i64) {
        let today = time::format_date(self.now);
        let is_over = balance.until.as_ref().is_some_and(|until| *until < today) && balance.point > 0;
        if is_over { (Balance { point: 0, ..balance.clone() }, balance.point) } else { (balance.clone(), 0) }
    }

    /// ポイント失効 of what expired; gives the transactions it made.
    fn forfeit(&mut self, customer: Id) -> Result<Vec<Id>, Problem> {
        let before = self.balance(customer)?;
        let (after, lost) = self.left(&before);
        if lost == 0 {
            return Ok(Vec::new());
        }
        self.store_balance(customer, &after)?;
        Ok(vec![self.point_row(customer, "8", &before, &after)])
    }

    /// Sets or adds points and miles. Nothing is changed when it is refused.
    fn change_points(
        &mut self,
        settings: &Settings,
        customer: Id,
        body: &Map<String, Value>,
        write: Write,
    ) -> Result<Vec<Id>, Problem> {
        let before = self.balance(customer)?;
        let (left, lost) = self.left(&before);
        let target = |name: &str, now: i64| {
            let Some(sent) = number(body, name)? else { return Ok(now) };
            let target = if write == Write::Add { now + sent } else { sent };
            match target {
                _ if target > MOST => {
                    Err(Problem::field(name, &format!("更新後の値は{MOST}以下である必要があります。")))
                }
                _ if target < 0 && sent < 0 && !settings.sales.negative_points => {
                    Err(Problem::field(name, "残高が不足しています。"))
                }
                _ => Ok(target),
            }
        };
        let until = match body.get("pointExpireDate") {
            None => left.until.clone(),
            Some(_) => sent(body, "pointExpireDate"),
        };
        let after = Balance { point: target("point", left.point)?, mile: target("mile", left.mile)?, until };
        let mut ids = Vec::new();
        if lost > 0 {
            ids.push(self.point_row(customer, "8", &before, &left));
        }
        let points = Balance { mile: left.mile, ..after.clone() };
        if points.point != left.point {
            ids.push(self.point_row(customer, if points.point > left.point { "6" } else { "7" }, &left, &points));
        }
        if after.mile != left.mile {
            ids.push(self.point_row(customer, if after.mile > left.mile { "13" } else { "14" }, &points, &after));
        }
        self.store_balance(customer, &after)?;
        Ok(ids)
    }

    fn store_balance(&mut self, customer: Id, balance: &Balance) -> Result<(), Problem> {
        let old = self.row(CUSTOMER_POINTS, customer).and_then(|row| row.get("insDateTime").cloned());
        let row = columns([
            ("customerId", json!(customer.to_string())),
            ("mile", json!(balance.mile.to_string())),
            ("point", json!(balance.point.to_string())),
            ("pointExpireDate", json!(balance.until)),
            ("insDateTime", old.filter(|old| !old.is_null()).unwrap_or_else(|| self.at())),
            ("updDateTime", self.at()),
        ]);
        self.store(CUSTOMER_POINTS, customer, &row)
    }

    /// The transaction of a change. It is never closed: no till adjusts it (platform-pos.md §2.2).
    fn point_row(&mut self, customer: Id, division: &str, before: &Balance, after: &Balance) -> Id {
        let at = time::format(self.now);
        let Some(shop) = self.world.shop(&self.contract) else { return 0 };
        let customers = shop.table(CUSTOMERS);
        let of_customer = |name: &str| {
            let text = customers.get(customer)?.text(&customers.columns, name)?;
            Some(text.into_owned())
        };
        let id = shop.sales.next_id();
        let (points, miles) = (after.point - before.point, after.mile - before.mile);
        let mut values = vec![
            ("transactionHeadId", id.to_string()),
            ("transactionDateTime", at.clone()),
            ("terminalTranDateTime", at.clone()),
            ("updDateTime", at),
            ("transactionHeadDivision", division.to_owned()),
            ("subtotal", "0".to_owned()),
            ("total", "0".to_owned()),
            ("sumDivision", "0".to_owned()),
            ("customerId", customer.to_string()),
            ("newPoint", points.max(0).to_string()),
            ("spendPoint", (-points).max(0).to_string()),
            ("point", before.point.to_string()),
            ("totalPoint", after.point.to_string()),
            ("currentMile", before.mile.to_string()),
            ("earnMile", miles.to_string()),
            ("totalMile", after.mile.to_string()),
        ];
        let copied = [("customerCode", of_customer("customerCode")), ("storeId", of_customer("storeId"))];
        values.extend(copied.into_iter().filter_map(|(name, text)| Some((name, text?))));
        let times = SaleTimes { received: self.now, sold: self.now, updated: self.now, summed: None };
        let head = plain_head(&self.world.layouts, &values);
        let (lines, deposits, moved) = Default::default();
        self.store_sale(id, Sale { head, lines, deposits, moved, times });
        id
    }
}
