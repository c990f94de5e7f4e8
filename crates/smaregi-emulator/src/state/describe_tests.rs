//! The built-in tables fit each other and the catalogue.

use super::*;
use crate::{http::lists::camel, resources::operation, state::Layouts};
use smaregi_catalogue::{Catalogue, Endpoint};

/// Query parameters that are no filters.
const STEERING: [&str; 4] = ["fields", "sort", "limit", "page"];

fn endpoints_of(spec: &TableSpec) -> impl Iterator<Item = &'static Endpoint> + use<'_> {
    let all = Catalogue::bundled().endpoints().iter();
    all.filter(|endpoint| operation(endpoint).is_some_and(|operation| operation.spec.name == spec.name))
}

#[test]
fn every_table_named_exists_and_no_name_comes_twice() {
    let known = |name: &str| assert!(tables().get(name).is_some(), "{name}");
    for spec in tables().iter() {
        spec.parent.iter().for_each(|parent| known(parent));
        spec.references.iter().for_each(|reference| known(&reference.table));
        spec.members.iter().for_each(|member| known(&member.table));
        spec.required_by.iter().for_each(|rule| known(&rule.table));
        spec.views.iter().filter_map(|view| view.without.as_ref()).for_each(|join| known(&join.table));
        assert!(!spec.key.is_empty(), "{}", spec.name);
    }
    assert_eq!(tables().names.len(), tables().list.len());
}

#[test]
fn every_column_named_is_a_column() {
    let layouts = Layouts::bundled();
    for spec in tables().iter() {
        let columns = |name: &str| layouts.table(tables().get(name).unwrap()).columns.names().to_vec();
        let own = columns(&spec.name);
        let mut named: Vec<&str> = spec.key.iter().chain(&spec.unique).chain(&spec.index).map(String::as_str).collect();
        named.extend(spec.params.values().chain(spec.change_when.keys()).map(String::as_str));
        named.extend(spec.parent_column());
        named.extend(spec.most_per.iter().map(|most| most.column.as_str()));
        named.extend(spec.details.iter().map(|details| details.column.as_str()));
        for reference in &spec.references {
            named.extend(
                reference.when.keys().chain(reference.copies.keys()).chain(reference.same.keys()).map(String::as_str),
            );
            named.push(&reference.column);
            let theirs = columns(&reference.table);
            for column in reference.copies.values().chain(reference.unless.keys()).chain(reference.same.values()) {
                assert!(theirs.contains(column), "{}: {column} of {}", spec.name, reference.table);
            }
        }
        for name in named {
            assert!(own.iter().any(|column| column == name), "{}: {name} is not one of {own:?}", spec.name);
        }
        for member in &spec.members {
            let child = tables().get(&member.table).unwrap();
            assert_eq!(child.parent.as_ref(), Some(&spec.name), "{}", member.name);
        }
    }
}

#[test]
fn every_path_named_is_in_the_catalogue() {
    for spec in tables().iter() {
        let has = |path: &str| {
            let all = Catalogue::bundled().endpoints();
            all.iter().any(|endpoint| endpoint.product == spec.product && endpoint.path == path)
        };
        let bulk = spec.bulk.iter().map(|bulk| &bulk.path);
        let lists = spec.views.iter().map(|view| &view.path).chain(spec.details.iter().map(|details| &details.path));
        for path in bulk.chain(lists).chain([&spec.path].into_iter().filter(|path| !path.is_empty())) {
            assert!(has(path), "{}: {path}", spec.name);
        }
        let is_member = tables().iter().flat_map(|parent| &parent.members).any(|member| member.table == spec.name);
        let is_inner = spec.path.is_empty() && spec.writes == Writes::Code;
        assert!(is_member || is_inner || endpoints_of(spec).next().is_some(), "{} is reached by nothing", spec.name);
    }
}

#[test]
fn every_filter_of_a_list_is_a_column_or_described() {
    let layouts = Layouts::bundled();
    for spec in tables().iter() {
        for endpoint in endpoints_of(spec).filter(|endpoint| endpoint.method == "GET") {
            let of_row = spec.details.iter().any(|details| details.path == endpoint.path);
            let filters = endpoint.query.iter().map(|param| param.name.as_str());
            let filters = filters.filter(|name| !STEERING.contains(name) && !name.starts_with("with_"));
            for name in filters.filter(|_| !of_row) {
                let stem = name.strip_suffix("-from").or_else(|| name.strip_suffix("-to")).unwrap_or(name);
                let known =
                    layouts.table(spec).columns.place(&camel(stem)).is_some() || spec.filters.contains_key(name);
                assert!(known, "{}: nothing says what {name} tests", endpoint.id());
            }
        }
    }
}

#[test]
fn a_misspelled_member_of_a_description_is_an_error() {
    assert!(Tables::parse(r#"[{"name": "x", "key": ["xId"], "path": "/x"}]"#).is_ok());
    assert!(Tables::parse(r#"[{"name": "x", "keys": ["xId"], "path": "/x"}]"#).is_err());
}

#[test]
fn a_product_other_than_pos_has_tables_of_its_own() {
    let stores = tables().of_param(Product::OrderShipment, "store_id").map(|spec| spec.name.as_str());
    assert_eq!(stores, Some("orderStores"));
    assert_eq!(tables().of_param(Product::Pos, "store_id").map(|spec| spec.name.as_str()), Some("stores"));
    assert!(tables().of_param(Product::Pos, "no").is_none(), "labels and attributes both end with {{no}}");
}
