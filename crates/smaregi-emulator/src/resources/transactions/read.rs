//! Lists and single transactions.

use super::{
    super::{
        rows::{array, list_answer, shop},
        sales::layaways::is_layaway,
    },
    extras::Extras,
};
use crate::{
    http::{
        Answer,
        api::Call,
        lists::{self, ListQuery, Query, SortKey, snake},
    },
    problem::Problem,
    state::{Id, Layouts, Sale, SalesBook, Shop, Shown, row_fields},
    time,
};
use serde_json::Value;
use smaregi_catalogue::Field;
use std::ops::RangeInclusive;

/// Windows of the list and their columns; one of them is always given.
const WINDOWS: [(&str, &str); 4] = [
    ("upd_date_time", "updDateTime"),
    ("transaction_date_time", "transactionDateTime"),
    ("terminal_tran_date_time", "terminalTranDateTime"),
    ("sum_date", "sumDate"),
];

pub(crate) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let columns = &call.world.layouts.head;
    lists::check_names(columns, &call.query)?;
    let shop = shop(call)?;
    let (column, ids) = walk(&shop.sales, &call.query)?;
    let list = ListQuery::read(call.endpoint, &call.query).without(&[column, "transactionHeadId", "barcode"]);
    let between = id_range(&call.query);
    let sales = ids.filter(|id| between.contains(id)).filter_map(|id| Some((id, shop.sales.get(id)?)));
    let listed = Listed::by(call);
    let sales = sales.filter(|(_, sale)| listed.takes(&call.world.layouts, sale));
    // A sale may have settled several temporary sales.
    let barcode = call.query.get("barcode");
    let sales = sales.filter(|(_, sale)| {
        barcode.is_none_or(|code| {
            sale.head.text(columns, "barcode").is_some_and(|all| all.split(',').any(|c| c.trim() == code))
        })
    });
    let sales = sales.filter(|(_, sale)| list.accepts(|column| sale.head.text(columns, column)));
    let natural = [column, "transactionHeadId"];
    let sales = list.arrange(sales, &natural, "transactionHeadId", |(id, sale), column| match column {
        "transactionHeadId" => SortKey::of(Some(id.to_string())),
        _ => SortKey::of(sale.head.text(columns, column)),
    });
    let (page, more) = list.cut(sales);
    let frame = Frame::new(call, shop);
    let mut body = String::from("[");
    for (number, (_, sale)) in page.iter().enumerate() {
        if number > 0 {
            body.push(',');
        }
        frame.write(sale, &mut body);
    }
    body.push(']');
    Ok(list_answer(call, &list, body, more))
}

/// Which transactions are rows of a list.
#[derive(Clone, Copy, PartialEq)]
enum Listed {
    All,
    Layaways,
    OthersThanLayaways,
}

impl Listed {
    fn by(call: &Call<'_>) -> Self {
        match call.endpoint.path.as_str() {
            "/transactions/layaways" => Self::Layaways,
            _ if call.inner.settings.sales.layaways.among_transactions => Self::All,
            _ => Self::OthersThanLayaways,
        }
    }

    fn takes(self, layouts: &Layouts, sale: &Sale) -> bool {
        self == Self::All || is_layaway(layouts, sale) == (self == Self::Layaways)
    }
}

/// Ids within the first window given, in its order.
fn walk<'b>(book: &'b SalesBook, query: &Query) -> Result<(&'static str, Box<dyn Iterator<Item = Id> + 'b>), Problem> {
    let day = query.get("sum_date").and_then(time::parse_date).map(|day| ("sumDate", (day, day)));
    let windows = WINDOWS.iter().filter_map(|(name, column)| Some((*column, query.window(name)?)));
    let (column, (from, to)) = windows.chain(day).next().ok_or_else(|| {
        Problem::bad_request("取引日時、端末取引日時、締め日、更新日時のいずれかの範囲を指定してください。")
    })?;
    let index = book.index(column).into_iter().flat_map(move |index| index.range((from, 0)..));
    Ok((column, Box::new(index.take_while(move |(at, _)| *at <= to).map(|(_, id)| *id))))
}

fn id_range(query: &Query) -> RangeInclusive<Id> {
    query.number("transaction_head_id-from").unwrap_or(0)..=query.number("transaction_head_id-to").unwrap_or(Id::MAX)
}

pub(crate) fn get(call: &Call<'_>) -> Result<Answer, Problem> {
    lists::check_names(&call.world.layouts.head, &call.query)?;
    let shop = shop(call)?;
    let param = call.params.first().map_or("transaction_id", |(name, _)| *name);
    let sale = shop.sales.get(call.id(param)).ok_or_else(|| Problem::not_found(param))?;
    let mut body = String::new();
    Frame::new(call, shop).write(sale, &mut body);
    Ok(Answer::json(200, body))
}

pub(crate) fn details(call: &Call<'_>) -> Result<Answer, Problem> {
    let layouts = &call.world.layouts;
    lists::check_names(&layouts.line, &call.query)?;
    let sale = shop(call)?.sales.get(call.id("transaction_id")).ok_or_else(|| Problem::not_found("transaction_id"))?;
    let list = ListQuery::read(call.endpoint, &call.query);
    let key = |line: &&crate::state::Packed, column: &str| SortKey::of(line.text(&layouts.line, column));
    let lines = list.arrange(sale.lines.iter(), &["transactionDetailId"], "transactionDetailId", key);
    let (page, more) = list.cut(lines);
    let hidden: Vec<String> = line_extras(layouts, &call.query);
    let chosen: Option<Vec<&str>> = call.query.get("fields").map(|list| list.split(',').map(str::trim).collect());
    let shown = Shown::only(&layouts.line, |name| {
        !hidden.iter().any(|h| h == name) && chosen.as_ref().is_none_or(|chosen| chosen.contains(&name))
    });
    Ok(list_answer(call, &list, array(page.into_iter(), &layouts.line, &shown), more))
}

/// Lists inside a line that nobody asked for.
fn line_extras(layouts: &Layouts, query: &Query) -> Vec<String> {
    let asked = |name: &str| match name {
        "discounts" => query.wants("with_discounts"),
        "productAttributes" => query.wants("with_detail_product_attributes"),
        _ => query.get("with_details") != Some("summary"),
    };
    layouts.line_nested.iter().filter(|name| !asked(name)).cloned().collect()
}

/// How the transactions of one answer are shown.
struct Frame<'c> {
    layouts: &'c Layouts,
    head: Shown,
    /// Objects and lists beside the head that were asked for.
    asked: Vec<&'c Field>,
    extras: Extras<'c>,
}

impl<'c> Frame<'c> {
    fn new(call: &'c Call<'_>, shop: &'c Shop) -> Self {
        let layouts = &*call.world.layouts;
        let hidden = line_extras(layouts, &call.query);
        let fields = row_fields(call.inner.catalogue, call.endpoint).into_iter().flatten();
        // One layaway has no parameter for what makes it one, so it always says it.
        let own = if call.endpoint.path.ends_with("/{layaway_id}") { "layaways" } else { "" };
        let asked = |field: &&Field| {
            let wanted = field.name == own || call.query.wants(&format!("with_{}", snake(&field.name)));
            layouts.head.place(&field.name).is_none() && wanted
        };
        let line = Shown::only(&layouts.line, |name| !hidden.iter().any(|h| h == name));
        let (catalogue, settings) = (call.inner.catalogue, &call.inner.settings);
        Self {
            layouts,
            head: lists::shown(&layouts.head, &[], &call.query),
            asked: fields.filter(asked).collect(),
            extras: Extras { catalogue, settings, layouts, shop, line },
        }
    }

    fn write(&self, sale: &Sale, out: &mut String) {
        sale.head.write(&self.layouts.head, &self.head, out);
        out.pop();
        for field in &self.asked {
            if !out.ends_with('{') {
                out.push(',');
            }
            out.push('"');
            out.push_str(&field.name);
            out.push_str("\":");
            out.push_str(&self.extras.write(field, sale));
        }
        out.push('}');
    }
}

/// Head, lines and payments, without the lists inside the lines.
pub(crate) fn whole(layouts: &Layouts, sale: &Sale) -> String {
    let mut out = String::new();
    sale.head.write(&layouts.head, &Shown::only(&layouts.head, |_| true), &mut out);
    out.pop();
    let hidden = &layouts.line_nested;
    let line = Shown::only(&layouts.line, |name| !hidden.iter().any(|h| h == name));
    out.push_str(",\"details\":");
    out.push_str(&array(sale.lines.iter(), &layouts.line, &line));
    out.push_str(",\"depositOthers\":");
    out.push_str(&array(sale.deposits.iter(), &layouts.deposit, &Shown::only(&layouts.deposit, |_| true)));
    out.push('}');
    out
}

/// A transaction for people who look from inside.
pub(crate) fn render(layouts: &Layouts, sale: &Sale) -> Value {
    serde_json::from_str(&whole(layouts, sale)).unwrap_or(Value::Null)
}
