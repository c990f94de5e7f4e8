//! What distinguishes one resource from another, as data (`data/tables.json`). Paths and columns are those of the catalogue.

use super::table::Id;
use serde::Deserialize;
use smaregi_catalogue::Product;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// One resource: where its rows are reached, what names a row, and what it has to do with other resources.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableSpec {
    /// Member of a data set, and name in the journal.
    pub(crate) name: String,
    #[serde(default = "pos")]
    pub(crate) product: Product,
    /// Path of the list; empty when the rows are only seen as members of another table's rows.
    #[serde(default)]
    pub(crate) path: String,
    /// Path of one row. Default: the list's path with the key.
    #[serde(default)]
    pub(crate) item: String,
    /// Columns that name a row together.
    pub(crate) key: Vec<String>,
    /// The key is one column of text: a code.
    #[serde(default)]
    pub(crate) text_key: bool,
    /// Path parameters whose column is not their camelCase form.
    #[serde(default)]
    pub(crate) params: BTreeMap<String, String>,
    /// The table whose row stands in the path before this one. Deleting that row deletes these; both have the parent's key column.
    pub(crate) parent: Option<String>,
    /// Number of the very first row (platform-common.md §12: products and categories count from 8000001). Missing: the caller names the row.
    pub(crate) first: Option<Id>,
    /// A table that shares its numbers: no row of one has the number of a row of the other.
    pub(crate) numbers_with: Option<String>,
    /// Numbers a caller may give a row, both ends included. Others do not exist.
    pub(crate) range: Option<(Id, Id)>,
    /// Codes that two rows may not share.
    #[serde(default)]
    pub(crate) unique: Vec<String>,
    #[serde(default)]
    pub(crate) references: Vec<Reference>,
    /// Lists inside a row that are rows of another table.
    #[serde(default)]
    pub(crate) members: Vec<Member>,
    /// Other lists that show the same rows.
    #[serde(default)]
    pub(crate) views: Vec<View>,
    /// Lists that show what lies in one row's column.
    #[serde(default)]
    pub(crate) details: Vec<Details>,
    #[serde(default)]
    pub(crate) bulk: Option<Bulk>,
    /// Query parameters that are not simply a column.
    #[serde(default)]
    pub(crate) filters: BTreeMap<String, Filter>,
    /// Columns by which rows are looked up often, besides key, parent and unique codes.
    #[serde(default)]
    pub(crate) index: Vec<String>,
    /// Further columns, which no answer shows.
    #[serde(default)]
    pub(crate) hidden: Vec<String>,
    /// Nested columns that an answer shows without being asked.
    #[serde(default)]
    pub(crate) shown: Vec<String>,
    /// Removing the last row under a parent is refused with this sentence.
    pub(crate) last_stays: Option<String>,
    /// More rows than this with the same value in a column are refused.
    pub(crate) most_per: Option<MostPer>,
    /// Only rows with these values can be changed.
    #[serde(default)]
    pub(crate) change_when: BTreeMap<String, String>,
    /// Columns that a contract's own settings make mandatory in a create.
    pub(crate) required_by: Option<RequiredBy>,
    /// Whether POST, PUT, PATCH and DELETE are served from this description.
    #[serde(default)]
    pub(crate) writes: Writes,
    /// Why the description is as it is.
    #[serde(default, rename = "note")]
    _note: serde::de::IgnoredAny,
    /// Position in the list of tables.
    #[serde(skip)]
    pub(crate) place: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Writes {
    #[default]
    Data,
    /// A module of `resources` does it.
    Code,
}

/// A column whose values are keys of another table. An unknown one in a body is a 400.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    pub(crate) column: String,
    pub(crate) table: String,
    /// Only for rows with these values.
    #[serde(default)]
    pub(crate) when: BTreeMap<String, String>,
    /// Values that mean something else (`-1`: all stores).
    #[serde(default)]
    pub(crate) except: Vec<String>,
    /// Rows with one of these values cannot be named.
    #[serde(default)]
    pub(crate) unless: BTreeMap<String, String>,
    /// Columns that must hold the same in both rows: this table's column → that table's column.
    #[serde(default)]
    pub(crate) same: BTreeMap<String, String>,
    /// Columns filled from the row that is named: this table's column → that table's column.
    #[serde(default)]
    pub(crate) copies: BTreeMap<String, String>,
    /// The sentence of the refusal, where the real one is known.
    pub(crate) unknown: Option<String>,
    #[serde(default)]
    pub(crate) on_delete: OnDelete,
    /// The sentence of a refused delete, where the real one is known.
    pub(crate) refusal: Option<String>,
    /// The refusal of a delete is not certain; a setting switches it off.
    #[serde(default)]
    pub(crate) doubtful: bool,
}

impl Reference {
    /// Whether a row with these values names a row of that table.
    pub(crate) fn applies<V: AsRef<str>>(&self, value: impl Fn(&str) -> Option<V>) -> bool {
        self.when.iter().all(|(column, wanted)| value(column).is_some_and(|value| value.as_ref() == wanted))
    }
}

/// What becomes of a row when the row it names is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnDelete {
    #[default]
    Keep,
    Clear,
    Delete,
    /// The other row cannot be deleted.
    Refuse,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) table: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct View {
    pub(crate) path: String,
    /// Rows named by such a row of another table are left out.
    pub(crate) without: Option<Join>,
}

/// Rows of another table: those in which every column has this value (`{…}`: a path parameter's).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Join {
    pub(crate) table: String,
    /// Holds the key of the row that is meant.
    pub(crate) column: String,
    #[serde(rename = "where")]
    pub(crate) values: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Details {
    pub(crate) path: String,
    pub(crate) column: String,
}

/// A job of many rows (platform-common.md §13.1).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bulk {
    pub(crate) path: String,
    /// Member of the body that lists the rows.
    pub(crate) member: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub(crate) enum Filter {
    /// The value lies between the values of two columns; a missing value is open.
    Within(String, String),
    /// A row of this table names the row and has the value in this column.
    Has {
        table: String,
        column: String,
    },
    Column(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MostPer {
    pub(crate) column: String,
    pub(crate) rows: usize,
}

/// Rows of a settings table that name mandatory columns.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequiredBy {
    pub(crate) table: String,
    /// Column that holds the name.
    pub(crate) names: String,
    #[serde(rename = "where")]
    pub(crate) values: BTreeMap<String, String>,
}

fn pos() -> Product {
    Product::Pos
}

/// All tables.
#[derive(Debug)]
pub(crate) struct Tables {
    list: Vec<TableSpec>,
    names: BTreeMap<String, usize>,
    /// Path parameters that name a row of a table.
    params: BTreeMap<Product, BTreeMap<String, usize>>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| match Tables::parse(include_str!("../../data/tables.json")) {
    Ok(tables) => tables,
    // The file is part of the program and a test reads it, so this cannot happen in a tested build.
    Err(error) => panic!("the built-in tables cannot be read: {error}"),
});

pub(crate) fn tables() -> &'static Tables {
    &TABLES
}

pub(crate) fn spec(name: &str) -> Option<&'static TableSpec> {
    tables().get(name)
}

impl Tables {
    fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let mut list: Vec<TableSpec> = serde_json::from_str(text)?;
        for (place, spec) in list.iter_mut().enumerate() {
            spec.place = place;
            if spec.item.is_empty() && spec.key.len() == 1 && !spec.path.is_empty() {
                let param = spec.params.iter().find(|(_, column)| **column == spec.key[0]);
                let param = param.map_or_else(|| crate::http::lists::snake(&spec.key[0]), |(param, _)| param.clone());
                spec.item = format!("{}/{{{param}}}", spec.path);
            }
        }
        let names = list.iter().map(|spec| (spec.name.clone(), spec.place)).collect();
        let params = [Product::Pos, Product::OrderShipment].map(|product| (product, unambiguous(&list, product)));
        let params = params.into_iter().collect();
        Ok(Self { names, params, list })
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, TableSpec> {
        self.list.iter()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&TableSpec> {
        self.names.get(name).map(|place| &self.list[*place])
    }

    /// The table whose row this path parameter names.
    pub(crate) fn of_param(&self, product: Product, param: &str) -> Option<&TableSpec> {
        self.params.get(&product)?.get(param).map(|place| &self.list[*place])
    }

    /// Tables with the columns that name rows of `table`, and what happens there when such a row goes.
    pub(crate) fn naming<'t>(&'t self, table: &'t TableSpec) -> impl Iterator<Item = (&'t TableSpec, &'t Reference)> {
        let of = move |spec: &'t TableSpec| spec.references.iter().map(move |reference| (spec, reference));
        self.list.iter().flat_map(of).filter(move |(_, reference)| reference.table == table.name)
    }

    pub(crate) fn children<'t>(&'t self, table: &'t TableSpec) -> impl Iterator<Item = &'t TableSpec> {
        self.list.iter().filter(move |spec| spec.parent.as_ref() == Some(&table.name))
    }
}

/// A parameter such as `{no}` that ends the paths of several tables names rows of none of them by itself.
fn unambiguous(list: &[TableSpec], product: Product) -> BTreeMap<String, usize> {
    let (mut found, mut twice) = (BTreeMap::new(), BTreeSet::new());
    for spec in list.iter().filter(|spec| spec.product == product) {
        let Some(param) = spec.own_param() else { continue };
        if found.insert(param.to_owned(), spec.place).is_some() {
            twice.insert(param);
        }
    }
    found.retain(|param, _| !twice.contains(param.as_str()));
    found
}

impl TableSpec {
    /// Whether the row's number is its key, so that no index is needed to find it.
    pub(crate) fn is_plain(&self) -> bool {
        self.key.len() == 1 && !self.text_key
    }

    /// The column of a path parameter.
    pub(crate) fn column(&self, param: &str) -> String {
        self.params.get(param).cloned().unwrap_or_else(|| crate::http::lists::camel(param))
    }

    /// The column that names the parent.
    pub(crate) fn parent_column(&self) -> Option<&'static str> {
        self.parent_spec()?.key.first().map(String::as_str)
    }

    pub(crate) fn parent_spec(&self) -> Option<&'static TableSpec> {
        self.parent.as_deref().and_then(spec)
    }

    /// The path parameter that alone names a row.
    fn own_param(&self) -> Option<&str> {
        let (_, last) = self.item.rsplit_once('/')?;
        (self.key.len() == 1).then(|| last.strip_prefix('{')?.strip_suffix('}')).flatten()
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

#[cfg(test)]
#[path = "describe_tests.rs"]
mod tests;
