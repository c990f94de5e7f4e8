//! What all lists have in common: filters, order, pages, chosen fields, the `Link` header (platform-common.md §11).

use super::form;
use crate::{
    problem::Problem,
    state::{Columns, Shown},
    time,
};
use smaregi_catalogue::{Endpoint, Format, Param};
use std::{borrow::Cow, cmp::Ordering};

/// Query parameters that are not filters, besides `with_*`.
const STEERING: [&str; 4] = ["fields", "sort", "limit", "page"];

/// Rows that can match, by the best index, and the columns by which they come in order.
pub(crate) type Candidates<'r, T> = (Box<dyn Iterator<Item = T> + 'r>, &'static [&'static str]);

/// The decoded query of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl Query {
    /// An empty value counts as not given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.trim().parse().ok()
    }

    /// Whether `with_…` asks for more than nothing.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value != "none")
    }

    /// The time window on a column, both ends included: (column, from, to).
    pub(crate) fn window(&self, name: &str) -> Option<(i64, i64)> {
        let bound = |suffix: &str| {
            let text = self.get(&format!("{name}-{suffix}"))?;
            time::parse(text).or_else(|| time::parse_date(text))
        };
        Some((bound("from")?, bound("to")?))
    }
}

/// How a list was asked for.
#[derive(Debug)]
pub(crate) struct ListQuery {
    pub(crate) limit: usize,
    pub(crate) page: usize,
    /// (column, descending)
    sort: Vec<(String, bool)>,
    filters: Vec<Filter>,
}

#[derive(Debug)]
struct Filter {
    parameter: String,
    column: String,
    test: Test,
    value: String,
}

#[derive(Debug, PartialEq)]
enum Test {
    Equal,
    From,
    To,
}

impl ListQuery {
    pub(crate) fn read(endpoint: &Endpoint, query: &Query) -> Self {
        let count = |name, default| query.number(name).and_then(|n| usize::try_from(n).ok()).unwrap_or(default);
        let filters = endpoint.query.iter().filter(|param| is_filter(param));
        Self {
            limit: count("limit", 100).clamp(1, 1000),
            page: count("page", 1).max(1),
            sort: query.get("sort").map(sort_keys).unwrap_or_default(),
            filters: filters.filter_map(|param| Filter::of(param, query.get(&param.name)?)).collect(),
        }
    }

    /// Whether a row passes; `value` gives a row's value by column.
    pub(crate) fn accepts<'v, V: AsRef<str> + 'v>(&self, value: impl Fn(&str) -> Option<V>) -> bool {
        self.filters.iter().all(|filter| value(&filter.column).is_some_and(|value| filter.passes(value.as_ref())))
    }

    /// Leaves these parameters to the caller, for whom they are more than a column's value.
    pub(crate) fn without_parameters(mut self, names: &[&str]) -> Self {
        self.filters.retain(|filter| !names.contains(&filter.parameter.as_str()));
        self
    }

    /// Leaves the tests on these columns to the caller, who has an index for them.
    pub(crate) fn without(mut self, columns: &[&str]) -> Self {
        self.filters.retain(|filter| !columns.contains(&filter.column.as_str()));
        self
    }

    /// Brings rows into the wanted order. `natural` names the columns by which they already come.
    pub(crate) fn arrange<'r, T: 'r>(
        &self,
        rows: impl Iterator<Item = T> + 'r,
        natural: &[&str],
        primary: &str,
        key: impl Fn(&T, &str) -> SortKey<'r>,
    ) -> Box<dyn Iterator<Item = T> + 'r> {
        self.arrange_by(rows, natural, &[primary], key)
    }

    /// The same for rows that several columns name together.
    pub(crate) fn arrange_by<'r, T: 'r, N: AsRef<str>>(
        &self,
        rows: impl Iterator<Item = T> + 'r,
        natural: &[&str],
        primary: &[N],
        key: impl Fn(&T, &str) -> SortKey<'r>,
    ) -> Box<dyn Iterator<Item = T> + 'r> {
        if self.comes_in_order(natural, primary) {
            return Box::new(rows);
        }
        let is_default = self.sort.is_empty();
        let first = if is_default { primary.first().map_or("", AsRef::as_ref) } else { &self.sort[0].0 };
        let others: Vec<(&str, bool)> =
            self.sort.iter().skip(1).map(|(column, down)| (column.as_str(), *down)).collect();
        // Rows that come by their keys stay in that order among equals, without a look at the keys.
        let by_key = primary.iter().map(AsRef::as_ref).eq(natural.iter().copied());
        let last =
            primary.iter().skip(usize::from(is_default)).filter(|_| !by_key).map(|column| (column.as_ref(), false));
        let others: Vec<(&str, bool)> = others.into_iter().chain(last).collect();
        let down = self.sort.first().is_some_and(|(_, down)| *down);
        let order = |a: &Keyed<'r, T>, b: &Keyed<'r, T>| {
            let first = if down { b.first.cmp(&a.first) } else { a.first.cmp(&b.first) };
            first.then_with(|| compare(&others, &a.others, &b.others)).then_with(|| a.number.cmp(&b.number))
        };
        // Only what comes up to the end of the wanted page, and one more, is kept and put in order.
        let needed = self.page.saturating_mul(self.limit).saturating_add(1);
        let (room, mut bounded) = (needed.saturating_mul(2), false);
        let mut kept: Vec<Keyed<'r, T>> = Vec::new();
        for (number, row) in rows.enumerate() {
            let keys = others.iter().map(|(column, _)| key(&row, column)).collect();
            let keyed = Keyed { first: key(&row, first), others: keys, number, row };
            if bounded && order(&keyed, &kept[needed - 1]) == Ordering::Greater {
                continue;
            }
            kept.push(keyed);
            if kept.len() >= room {
                kept.select_nth_unstable_by(needed - 1, order);
                kept.truncate(needed);
                bounded = true;
            }
        }
        kept.sort_unstable_by(order);
        Box::new(kept.into_iter().map(|keyed| keyed.row))
    }

    /// Whether rows that come by the columns `natural` are in the wanted order already.
    fn comes_in_order<N: AsRef<str>>(&self, natural: &[&str], primary: &[N]) -> bool {
        if self.sort.is_empty() {
            let mut columns = primary.iter().map(AsRef::as_ref).zip(natural);
            return primary.len() <= natural.len() && columns.all(|(column, natural)| column == *natural);
        }
        let mut columns = self.sort.iter().zip(natural);
        self.sort.len() <= natural.len() && columns.all(|((column, down), natural)| column == natural && !down)
    }

    /// Whether rows that come by the columns `natural` need neither a test nor another order: then a page can be cut without looking at rows.
    pub(crate) fn is_plain(&self, natural: &[&str], primary: &str) -> bool {
        self.filters.is_empty() && self.comes_in_order(natural, &[primary])
    }

    /// The wanted page, and whether there is another one after it.
    pub(crate) fn cut<T>(&self, rows: impl Iterator<Item = T>) -> (Vec<T>, bool) {
        let mut page: Vec<T> = rows.skip((self.page - 1).saturating_mul(self.limit)).take(self.limit + 1).collect();
        let more = page.len() > self.limit;
        page.truncate(self.limit);
        (page, more)
    }

    /// `<…>; rel="prev", <…>; rel="next"`; `None` when there is neither.
    pub(crate) fn link(&self, address: &str, query: &Query, more: bool) -> Option<String> {
        let to = |page: usize, rel: &str| {
            let others = query.0.iter().filter(|(name, _)| name != "page");
            let others = others.map(|(name, value)| format!("{}={}", form::encode(name), form::encode(value)));
            let text: Vec<String> = others.chain([format!("page={page}")]).collect();
            format!("<{address}?{}>; rel=\"{rel}\"", text.join("&"))
        };
        let prev = (self.page > 1).then(|| to(self.page - 1, "prev"));
        let next = more.then(|| to(self.page + 1, "next"));
        let links: Vec<String> = prev.into_iter().chain(next).collect();
        (!links.is_empty()).then(|| links.join(", "))
    }
}

/// Which columns an answer shows: those of `fields`, without the nested ones that no `with_*` asked for.
pub(crate) fn shown(columns: &Columns, nested: &[String], query: &Query) -> Shown {
    let chosen: Option<Vec<&str>> = query.get("fields").map(|list| list.split(',').map(str::trim).collect());
    Shown::only(columns, |name| {
        if nested.iter().any(|n| n == name) {
            return query.wants(&format!("with_{}", snake(name)));
        }
        chosen.as_ref().is_none_or(|chosen| chosen.contains(&name))
    })
}

/// A name in `fields` or `sort` that does not exist is refused.
pub(crate) fn check_names(columns: &Columns, query: &Query) -> Result<(), Problem> {
    let sort = query.get("sort").map(sort_keys).unwrap_or_default();
    let fields = query.get("fields").unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let fields = fields.map(|name| ("fields", name));
    for (parameter, name) in sort.iter().map(|(name, _)| ("sort", name.as_str())).chain(fields) {
        if columns.place(name).is_none() {
            return Err(Problem::field(parameter, &format!("{name}は指定できません。")));
        }
    }
    Ok(())
}

/// A row on its way into order.
struct Keyed<'r, T> {
    first: SortKey<'r>,
    /// Of the other wanted columns and the primary key.
    others: Vec<SortKey<'r>>,
    /// Place in which it came.
    number: usize,
    row: T,
}

/// Numbers by value, then texts; missing values first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SortKey<'r> {
    Missing,
    Number(i64),
    Text(Cow<'r, str>),
}

impl<'r> SortKey<'r> {
    pub(crate) fn of(value: Option<impl Into<Cow<'r, str>>>) -> Self {
        let Some(value) = value else { return Self::Missing };
        let value = value.into();
        value.parse().map_or_else(|_| Self::Text(value), Self::Number)
    }
}

/// `stockAmount` → `stock_amount`.
pub(crate) fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// `stock_amount` → `stockAmount`.
pub(crate) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

fn is_filter(param: &Param) -> bool {
    !STEERING.contains(&param.name.as_str()) && !param.name.starts_with("with_")
}

fn sort_keys(text: &str) -> Vec<(String, bool)> {
    let keys = text.split(',').map(str::trim).filter(|key| !key.is_empty());
    keys.map(|key| match key.split_once(':') {
        Some((name, direction)) => (name.to_owned(), direction.eq_ignore_ascii_case("desc")),
        None => (key.to_owned(), false),
    })
    .collect()
}

fn compare(wanted: &[(&str, bool)], a: &[SortKey<'_>], b: &[SortKey<'_>]) -> Ordering {
    let each = wanted.iter().zip(a.iter().zip(b));
    each.fold(Ordering::Equal, |so_far, ((_, descending), (a, b))| {
        so_far.then_with(|| if *descending { b.cmp(a) } else { a.cmp(b) })
    })
}

impl Filter {
    fn of(param: &Param, value: &str) -> Option<Self> {
        let (name, test) = match param.name.rsplit_once('-') {
            Some((name, "from")) => (name, Test::From),
            Some((name, "to")) => (name, Test::To),
            _ => (param.name.as_str(), Test::Equal),
        };
        // Times are kept in one form, so that comparing the texts compares the times.
        let value = match param.format {
            Some(Format::DateTime) => time::format(time::parse(value)?),
            _ => value.trim().to_owned(),
        };
        Some(Self { parameter: param.name.clone(), column: camel(name), test, value })
    }

    fn passes(&self, value: &str) -> bool {
        let order = match (value.parse::<i64>(), self.value.parse::<i64>()) {
            (Ok(value), Ok(wanted)) if self.test != Test::Equal => value.cmp(&wanted),
            _ => value.cmp(self.value.as_str()),
        };
        match self.test {
            Test::Equal => order == Ordering::Equal,
            Test::From => order != Ordering::Less,
            Test::To => order != Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_queries_are_the_snake_form_of_the_columns() {
        assert_eq!(snake("terminalTranDateTime"), "terminal_tran_date_time");
        assert_eq!(camel("terminal_tran_date_time"), "terminalTranDateTime");
    }

    #[test]
    fn rows_come_in_the_wanted_order_with_the_primary_key_as_last_word() {
        let list = |sort: &str, limit, page| ListQuery { limit, page, sort: sort_keys(sort), filters: vec![] };
        let rows = [(1, "b"), (2, "a"), (3, "b"), (10, "a")];
        let page = |sort: &str, limit, page| {
            let list = list(sort, limit, page);
            let rows = list.arrange(rows.into_iter(), &["id"], "id", |row, column| match column {
                "id" => SortKey::Number(row.0),
                _ => SortKey::Text(row.1.into()),
            });
            list.cut(rows).0.into_iter().map(|row| row.0).collect::<Vec<_>>()
        };
        let order = |sort: &str| page(sort, 10, 1);
        assert_eq!(order(""), [1, 2, 3, 10]);
        assert_eq!(order("code"), [2, 10, 1, 3]);
        assert_eq!(order("code:desc,id:desc"), [3, 1, 10, 2]);
        let pages = (1..=4).flat_map(|number| page("code:desc", 1, number));
        assert_eq!(pages.collect::<Vec<_>>(), order("code:desc"), "pages together are the whole list");
    }

    #[test]
    fn the_link_header_keeps_the_other_parameters() {
        let query = Query(vec![("limit".into(), "2".into()), ("page".into(), "2".into()), ("q".into(), "+".into())]);
        let list = ListQuery { limit: 2, page: 2, sort: vec![], filters: vec![] };
        assert_eq!(
            list.link("http://x/pos/stock", &query, true).unwrap(),
            "<http://x/pos/stock?limit=2&q=%2B&page=1>; rel=\"prev\", <http://x/pos/stock?limit=2&q=%2B&page=3>; rel=\"next\""
        );
    }
}
