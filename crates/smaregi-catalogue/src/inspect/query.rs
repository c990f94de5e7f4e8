//! Query parameters: names, values, paging, sorting, chosen fields, date windows.

use jiff::Timestamp;

use super::moment;
use super::text::{Broken, Rules, shown};
use crate::catalogue::Catalogue;
use crate::field::{Fields, Format, Kind};
use crate::model::{Body, Endpoint, Param};
use crate::problem::{Problem, Rule};

/// The longest window, counting both ends as calendar days (platform-common.md §11.5).
const LONGEST_WINDOW_DAYS: i32 = 31;

pub(crate) struct Query<'a> {
    endpoint: &'a Endpoint,
    answer_fields: Option<&'a Fields>,
    pairs: &'a [(String, String)],
    problems: Vec<Problem>,
}

impl<'a> Query<'a> {
    pub(crate) fn check(
        catalogue: &'a Catalogue,
        endpoint: &'a Endpoint,
        pairs: &'a [(String, String)],
    ) -> Vec<Problem> {
        let answer_fields = endpoint.response.as_ref().and_then(|shape| match &shape.body {
            Body::Empty => None,
            Body::Object(members) | Body::List(members) => catalogue.fields(members),
        });
        let mut query = Self { endpoint, answer_fields, pairs, problems: Vec::new() };
        query.names();
        for param in &endpoint.query {
            query.param(param);
        }
        query.limit_cap();
        query.groups();
        query.windows();
        query.problems
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn report(&mut self, name: &str, broken: Broken) {
        self.problems.push(Problem::new(name, broken.rule, broken.en, broken.ja));
    }

    /// Every name is known and comes once (platform-common.md §11.4: no repeated parameters in POS).
    fn names(&mut self) {
        for (at, (name, _)) in self.pairs.iter().enumerate() {
            let earlier = self.pairs.iter().take(at).any(|(other, _)| other == name);
            let known = self.endpoint.query.iter().any(|param| param.name == *name);
            if earlier {
                self.report(
                    name,
                    Broken::new(Rule::DuplicateParameter, "is given twice", "重複して指定されています。"),
                );
            } else if !known {
                let en = format!("is not a parameter of {}{}", self.endpoint.id(), self.hint(name));
                self.report(name, Broken::new(Rule::UnknownParameter, en, "存在しないパラメーターです。"));
            }
        }
    }

    /// The name that was probably meant: `storeId` for `store_id`.
    fn hint(&self, name: &str) -> String {
        let plain = |text: &str| text.replace(['_', '-'], "").to_lowercase();
        let meant = self.endpoint.query.iter().find(|param| plain(&param.name) == plain(name));
        meant.map(|param| format!("; did you mean {}?", param.name)).unwrap_or_default()
    }

    fn param(&mut self, param: &Param) {
        let Some(value) = self.value(&param.name) else {
            if param.required {
                self.report(&param.name, Broken::new(Rule::Required, "is required", "必須項目です。"));
            }
            return;
        };
        let whole = matches!(param.kind, Kind::Integer).then_some(Format::Int);
        let mut rules = Rules::from(param);
        rules.format = rules.format.or(whole);
        let broken = match param.name.as_str() {
            "sort" => self.sort(param, value),
            "fields" => self.fields(value),
            _ => rules.broken_by(value),
        };
        if let Some(broken) = broken {
            self.report(&param.name, broken);
        }
    }

    /// `field`, `field:asc` or `field:desc`, several joined by commas (platform-common.md §11.2).
    fn sort(&self, param: &Param, value: &str) -> Option<Broken> {
        value.split(',').find_map(|part| {
            let (name, order) = part.split_once(':').unwrap_or((part, "asc"));
            if !matches!(order, "asc" | "desc") || !is_camel_case(name) {
                let en = format_args!("has the part {}; it must be a field, field:asc or field:desc", shown(part))
                    .to_string();
                return Some(Broken::new(Rule::Format, en, "並び順の形式が正しくありません。"));
            }
            let known = match (&param.sort_keys, self.answer_fields) {
                (Some(keys), _) => keys.iter().any(|key| key == name),
                (None, Some(fields)) => fields.get(name).is_some(),
                (None, None) => true,
            };
            (!known).then(|| {
                let allowed =
                    param.sort_keys.as_ref().map(|keys| format!("; allowed: {}", keys.join(", "))).unwrap_or_default();
                let en =
                    format_args!("names {}, by which this list cannot be sorted{allowed}", shown(name)).to_string();
                Broken::new(Rule::Enum, en, format_args!("{name}では並び替えできません。"))
            })
        })
    }

    /// Top-level names only; objects and lists cannot be chosen (platform-common.md §11.3).
    fn fields(&self, value: &str) -> Option<Broken> {
        let fields = self.answer_fields?;
        let refused = value.split(',').find(|name| {
            !fields.get(name).is_some_and(|field| !matches!(field.kind, Kind::Object(_) | Kind::List(_)))
        })?;
        let en = format_args!("names {}, which cannot be chosen", shown(refused)).to_string();
        Some(Broken::new(Rule::UnknownField, en, format_args!("{}は指定できません。", shown(refused))))
    }

    /// Details make rows large: with them `limit` may be at most 100 (POS guide §1).
    fn limit_cap(&mut self) {
        let Some(limit) = self.value("limit").and_then(|value| value.parse::<u32>().ok()) else { return };
        for param in &self.endpoint.query {
            let Some(cap) = param.caps_limit else { continue };
            if limit > cap && self.value(&param.name).is_some_and(|value| value != "none") {
                let en = format!("is {limit}; with {} at most {cap} is allowed", param.name);
                let ja = format!("{}を指定した場合は{cap}以下で指定してください。", param.name);
                self.report("limit", Broken::new(Rule::MinMax, en, ja));
            }
        }
    }

    fn groups(&mut self) {
        let given = |names: &[String]| names.iter().filter(|name| self.value(name).is_some()).count();
        let rules = [
            (&self.endpoint.at_least_one_of, given(&self.endpoint.at_least_one_of) == 0, "at least", "いずれか"),
            (&self.endpoint.exactly_one_of, given(&self.endpoint.exactly_one_of) != 1, "exactly", "いずれか一つだけ"),
        ];
        for (names, broken, en, ja) in rules {
            if let (true, Some(first)) = (broken, names.first()) {
                let list = names.join(", ");
                let en = format!("or another date condition is needed; give {en} one of: {list}");
                self.report(first, Broken::new(Rule::Window, en, format_args!("{list}の{ja}を指定してください。")));
            }
        }
    }

    fn windows(&mut self) {
        for param in &self.endpoint.query {
            let (Some(stem), Some(format)) = (param.name.strip_suffix("-from"), param.format) else { continue };
            let to_name = format!("{stem}-to");
            let broken = match (self.value(&param.name), self.value(&to_name)) {
                (None, None) => None,
                (Some(from), Some(to)) => window(format, from, to),
                (one, _) => {
                    let missing = if one.is_some() { &to_name } else { &param.name };
                    let en = format_args!("needs both bounds; {missing} is missing").to_string();
                    Some(Broken::new(Rule::Window, en, format_args!("{missing}も指定してください。")))
                }
            };
            if let Some(broken) = broken {
                self.report(&param.name, broken);
            }
        }
    }
}

/// Both bounds are given; a bound that is no date has its own problem already.
fn window(format: Format, from: &str, to: &str) -> Option<Broken> {
    let moment = |text: &str| -> Option<(Timestamp, jiff::civil::Date)> {
        let moment = match format {
            Format::Date => moment::date_time(&format!("{text}T00:00:00+09:00")),
            _ => moment::date_time(text),
        }?;
        Some((moment, moment::day_in_japan(moment)?))
    };
    let ((start, first), (end, last)) = (moment(from)?, moment(to)?);
    if end < start {
        let en = format_args!("is {from} and ends before, at {to}").to_string();
        return Some(Broken::new(Rule::Window, en, "開始は終了以前で指定してください。"));
    }
    let days = (last - first).get_days() + 1;
    (days > LONGEST_WINDOW_DAYS).then(|| {
        let en = format!("to {to} spans {days} days; at most {LONGEST_WINDOW_DAYS} are allowed, both ends counted");
        Broken::new(Rule::Window, en, format_args!("期間は{LONGEST_WINDOW_DAYS}日以内で指定してください。"))
    })
}

fn is_camel_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(|b| b.is_ascii_alphanumeric())
}
