//! Rows of a table: which are new, which change, and whether every value may be so.

use super::{Checked, CsvError, CsvProblem, CsvTable, Imported, headings, sheet};
use crate::{
    emulator::Inner,
    problem::Problem,
    resources::maker::RowMaker,
    state::{Entry, Id, Packed, Shop, Table, TableSpec, World, spec},
};
use serde_json::{Map, Value, json};
use smaregi_catalogue::{Endpoint, Product};
use std::{collections::BTreeMap, sync::Arc};

/// Largest number a row of a file may have: 15 digits (platform-pos.md §3).
const LARGEST_ID: Id = 999_999_999_999_999;

/// What is needed to check one row after the other.
struct Checker<'a> {
    inner: &'a Inner,
    shop: &'a Shop,
    spec: &'static TableSpec,
    table: &'a Table,
    maker: RowMaker<'a>,
    create: Option<&'static Endpoint>,
    change: Option<&'static Endpoint>,
    next_id: Id,
    /// Keys and codes of this file: what it was and its line.
    seen: BTreeMap<(String, String), u64>,
}

pub(super) fn check(
    inner: &Inner,
    world: &World,
    contract: &Arc<str>,
    table: CsvTable,
    bytes: &[u8],
) -> Result<Checked, CsvError> {
    let sheet = sheet::read(bytes)?;
    let unknown = || CsvError::whole(format!("{} are not emulated", table.name()));
    let spec = spec(table.name()).ok_or_else(unknown)?;
    let shop = world.shop(contract).ok_or_else(unknown)?;
    let columns = &world.layouts.table(spec).columns;
    let fields = headings::fields(table, &sheet.headings, |field| columns.place(field).is_some());
    let fields = fields.map_err(CsvError::of)?;
    let mut checker = Checker::new(inner, world, shop, spec);
    let (mut entries, mut ids, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    let (mut created, mut changed) = (0, 0);
    for line in sheet.lines {
        let cells = line.cells.into_iter();
        let row: Map<String, Value> =
            cells.filter_map(|(place, cell)| Some((fields.get(place)?.clone()?, json!(cell)))).collect();
        match checker.row(line.number, row) {
            Ok((id, row, is_new)) => {
                if is_new {
                    created += 1
                } else {
                    changed += 1
                }
                ids.push(json!(id.to_string()));
                entries.push(Entry::Row { contract: contract.clone(), table: spec, id, row });
            }
            Err(wrong) => problems.extend(wrong),
        }
    }
    if problems.is_empty() {
        Ok(Checked { entries, ids, imported: Imported { table, created, changed } })
    } else {
        Err(CsvError::of(problems))
    }
}

impl<'a> Checker<'a> {
    fn new(inner: &'a Inner, world: &'a World, shop: &'a Shop, spec: &'static TableSpec) -> Self {
        let find =
            |method: &str, path: &str| inner.catalogue.find(Product::Pos, method, path).map(|found| found.endpoint);
        let table = shop.table_of(spec);
        Self {
            inner,
            shop,
            spec,
            table,
            maker: RowMaker::new(inner.catalogue, &inner.settings, spec, world.layouts.table(spec)),
            create: find("POST", &spec.path),
            change: find("PATCH", &format!("{}/1", spec.path)),
            next_id: table.next_id(),
            seen: BTreeMap::new(),
        }
    }

    /// Number and content of the row, and whether it is new.
    fn row(&mut self, line: u64, row: Map<String, Value>) -> Result<(Id, Packed, bool), Vec<CsvProblem>> {
        let problem = |field: &str, reason: String| vec![CsvProblem { line, field: field.to_owned(), reason }];
        let (mut body, key) = (row, &self.spec.key[0]);
        let named = match body.shift_remove(key) {
            Some(value) => {
                let text = value.as_str().unwrap_or_default();
                let id = text.parse::<Id>().ok().filter(|id| (1..=LARGEST_ID).contains(id));
                Some(id.ok_or_else(|| problem(key, format!("got {text}, wanted a whole number of at most 15 digits")))?)
            }
            None => self.owner_by_code(&body),
        };
        let existing = named.filter(|id| self.table.get(*id).is_some());
        let id = named.unwrap_or(self.next_id);
        self.next_id = self.next_id.max(id.saturating_add(1));
        let texts = [(key.clone(), id.to_string())].into_iter();
        let codes =
            self.spec.unique.iter().filter_map(|name| Some((name.clone(), body.get(name)?.as_str()?.to_owned())));
        for (name, text) in texts.chain(codes).collect::<Vec<_>>() {
            if let Some(earlier) = self.seen.insert((name.clone(), text.clone()), line) {
                return Err(problem(&name, format!("{text} stands in line {earlier} already")));
            }
        }
        self.check(line, existing, &body)?;
        let forced = vec![(key.clone(), id.to_string())];
        let now = self.inner.now();
        Ok(match existing.and_then(|id| self.table.get(id)) {
            Some(old) => (id, self.maker.change(self.shop, old, &body, now), false),
            None => (id, self.maker.create(self.shop, &forced, &body, now), true),
        })
    }

    /// The row with one of the codes.
    fn owner_by_code(&self, body: &Map<String, Value>) -> Option<Id> {
        let codes = self.spec.unique.iter().filter_map(|name| Some((name, body.get(name)?.as_str()?)));
        codes.filter_map(|(name, code)| self.table.owner_of(name, code)).next()
    }

    /// As the operation that creates or changes such a row would.
    fn check(&self, line: u64, existing: Option<Id>, body: &Map<String, Value>) -> Result<(), Vec<CsvProblem>> {
        let endpoint = if existing.is_some() { self.change } else { self.create };
        let body_value = Value::Object(body.clone());
        let broken =
            endpoint.map(|endpoint| endpoint.check_request(self.inner.catalogue, &body_value)).unwrap_or_default();
        let told = |problem: smaregi_catalogue::Problem| {
            let reason =
                problem.message_en.strip_prefix(&problem.field).unwrap_or(&problem.message_en).trim().to_owned();
            CsvProblem { line, field: problem.field, reason }
        };
        let broken: Vec<CsvProblem> = broken.into_iter().map(told).collect();
        if !broken.is_empty() {
            return Err(broken);
        }
        let refused = |problem: Problem| vec![self.refusal(line, body, &problem.detail.unwrap_or_default())];
        self.maker.check(self.shop, existing, &Vec::new(), body).map_err(refused)
    }

    /// A refusal of the API names its field in brackets.
    fn refusal(&self, line: u64, body: &Map<String, Value>, detail: &str) -> CsvProblem {
        let (field, reason) = detail.strip_prefix('[').and_then(|rest| rest.split_once("] ")).unwrap_or(("", detail));
        let value = body.get(field).and_then(Value::as_str).unwrap_or_default();
        let names_another = self.spec.references.iter().any(|reference| reference.column == field);
        let reason = match (names_another, self.spec.unique.iter().any(|name| name == field)) {
            (true, _) => format!("{value} does not exist"),
            (_, true) => format!("{value} belongs to another row"),
            _ => reason.to_owned(),
        };
        CsvProblem { line, field: field.to_owned(), reason }
    }
}
