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
    let ids = ids.filter(|id| between.contains(id));
    let listed = Listed::by(call);
    let barcode = call.query.get("barcode");
    let found = |id: Id| Some((id, shop.sales.get(id)?));
    if listed == Listed::All && barcode.is_none() && list.is_plain(&["transactionHeadId"], "transactionHeadId") {
        // Only the sales of the wanted page are looked at; late reports of offline tills lie elsewhere by time than by number.
        let mut ids: Vec<Id> = ids.collect();
        ids.sort_unstable();
        let (page, more) = list.cut(ids.into_iter());
        let page: Vec<(Id, &Sale)> = page.into_iter().filter_map(found).collect();
        return Ok(list_answer(call, &list, written_list(call, shop, &page), more));
    }
    let sales = ids.filter_map(found).filter(|(_, sale)| listed.takes(&call.world.layouts, sale));
    // A sale may have settled several temporary sales.
    let sales = sales.filter(|(_, sale)| {
        barcode.is_none_or(|code| {
            sale.head.text(columns, "barcode").is_some_and(|all| all.split(',').any(|c| c.trim() == code))
        })
    });
    let sales = sales.filter(|(_, sale)| list.accepts(|column| sale.head.text(columns, column)));
    let natural = [column, "transactionHeadId"];
    let sales = list.arrange(sales, &natural, "transactionHeadId", |(id, sale), column| match column {
        "transactionHeadId" => i64::try_from(*id).map_or(SortKey::Missing, SortKey::Number),
        _ => SortKey::of(sale.head.text(columns, column)),
    });
    let (page, more) = list.cut(sales);
    Ok(list_answer(call, &list, written_list(call, shop, &page), more))
}

fn written_list(call: &Call<'_>, shop: &Shop, page: &[(Id, &Sale)]) -> String {
    let frame = Frame::new(call, shop);
    let mut body = String::from("[");
    for (number, (_, sale)) in page.iter().enumerate() {
        if number > 0 {
            body.push(',');
        }
        frame.write(sale, &mut body);
    }
    body.push(']');
    body
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
    Ok((column, Box::new(book.between(column, from, to))))
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
    let primary = "transactionDetailId";
    let lines = list
        .arrange(sale.lines.iter(), &[primary], primary, |line, column| SortKey::of(line.text(&layouts.line, column)));
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

fn shown_line(layouts: &Layouts, query: &Query) -> Shown {
    let hidden = line_extras(layouts, query);
    Shown::only(&layouts.line, |name| !hidden.iter().any(|h| h == name))
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
        // Without any `with_…` no name needs to be looked at.
        let asks = call.query.0.iter().any(|(name, _)| name.starts_with("with_"));
        // One layaway has no parameter for what makes it one, so it always says it.
        let own = if call.endpoint.path.ends_with("/{layaway_id}") { "layaways" } else { "" };
        let fields = row_fields(call.inner.catalogue, call.endpoint).filter(|_| asks || !own.is_empty());
        let asked = |field: &&Field| {
            let wanted = field.name == own || call.query.wants(&format!("with_{}", snake(&field.name)));
            layouts.head.place(&field.name).is_none() && wanted
        };
        // Lines are shown with a `with_…` only.
        let line = if asks { shown_line(layouts, &call.query) } else { Shown::default() };
        let (catalogue, settings) = (call.inner.catalogue, &call.inner.settings);
        Self {
            layouts,
            head: lists::shown(&layouts.head, &[], &call.query),
            asked: fields.into_iter().flatten().filter(asked).collect(),
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
