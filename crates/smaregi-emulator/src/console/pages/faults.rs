//! `/console/faults`: the fault panel. What calls suffer, what webhooks suffer, and one button that ends it all.

use crate::{
    console::{
        frame::Frame,
        reply::{Done, Refusal, Reply},
        visit::{Choice, Visit},
    },
    faults::{FaultAction, FaultRule},
    webhooks::WebhookChaos,
};
use askama::Template;
use serde_json::{Value, json};

const ADDRESS: &str = "/console/faults";
/// What a call can suffer: a status, or the name of an action.
const KINDS: [&str; 9] = ["429", "500", "502", "503", "504", "401", "slow", "drop_before", "commit_then_drop"];
const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];

#[derive(Template)]
#[template(path = "console/faults.html")]
struct FaultsPage<'v> {
    f: &'v Frame,
    rules: Vec<Rule>,
    kinds: Vec<Choice>,
    methods: Vec<Choice>,
    /// Path part, times, percent, milliseconds, seconds until a client may come back: as entered, or as they usually are.
    path: &'v str,
    times: String,
    percent: String,
    ms: String,
    retry_after: &'v str,
    chaos: Vec<ChaosRow>,
    delay_ms: String,
    is_calm: bool,
    maintenance: bool,
    /// Client ids whose tokens can be expired.
    apps: Vec<String>,
}

struct Rule {
    what: String,
    whom: String,
    how_often: String,
}

/// One way to disturb webhooks.
struct ChaosRow {
    /// `drop`, `delay`, …
    name: &'static str,
    next: String,
    percent: String,
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    if !visit.rest.is_empty() {
        return Err(Refusal::NotFound);
    }
    let f = &visit.f;
    let state = visit.state();
    let (faults, chaos, maintenance) = (state.faults.clone(), state.outbox.chaos, state.maintenance.on);
    let apps = state.world.apps().map(|app| app.client_id.clone()).collect();
    drop(state);
    let entered = |name: &str, usual: &str| {
        if visit.has(name) { visit.text(name).to_owned() } else { usual.to_owned() }
    };
    visit.page(&FaultsPage {
        f,
        rules: faults.iter().map(|rule| tell(f, rule)).collect(),
        kinds: KINDS.iter().map(|kind| Choice::new(kind, kind_text(f, kind), visit.text("kind"))).collect(),
        methods: METHODS.iter().map(|method| Choice::new(method, *method, visit.text("method"))).collect(),
        path: visit.text("path"),
        times: entered("times", "1"),
        percent: entered("percent", "100"),
        ms: entered("ms", "5000"),
        retry_after: visit.text("retry_after"),
        chaos: chaos_rows(visit, &chaos),
        delay_ms: entered("delay_ms", &if chaos.delay_ms == 0 { 5000 } else { chaos.delay_ms }.to_string()),
        is_calm: f.disturbances == 0,
        maintenance,
        apps,
    })
}

fn kind_text(f: &Frame, kind: &str) -> String {
    if kind.starts_with(|sign: char| sign.is_ascii_digit()) {
        f.a("fault-status", "status", kind)
    } else {
        f.of("hit-", kind)
    }
}

fn tell(f: &Frame, rule: &FaultRule) -> Rule {
    let what = match &rule.action {
        FaultAction::Status { status, .. } => f.a("fault-status", "status", status.to_string()),
        FaultAction::CommitThenDrop => f.of("hit-", "commit_then_drop"),
        FaultAction::DropBefore => f.of("hit-", "drop_before"),
        FaultAction::Slow { ms } => f.a("fault-slow", "ms", *ms),
    };
    let whom = match (&rule.method, &rule.path) {
        (None, None) => f.s("fault-every-call"),
        (method, path) => [method.as_deref(), path.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" "),
    };
    let how_often = match rule.times {
        Some(times) => f.b("fault-times", "times", times, "percent", rule.percent),
        None => f.a("fault-endless", "percent", rule.percent),
    };
    Rule { what, whom, how_often }
}

fn chaos_rows(visit: &Visit<'_>, chaos: &WebhookChaos) -> Vec<ChaosRow> {
    let row = |name: &'static str, next: u64, percent: u64| {
        let entered = |part: &str, now: u64| {
            let field = format!("{name}_{part}");
            if visit.has(&field) { visit.text(&field).to_owned() } else { now.to_string() }
        };
        ChaosRow { name, next: entered("next", next), percent: entered("percent", percent) }
    };
    vec![
        row("drop", chaos.drop_next, chaos.drop_percent),
        row("delay", chaos.delay_next, chaos.delay_percent),
        row("duplicate", chaos.duplicate_next, chaos.duplicate_percent),
        row("reorder", chaos.reorder_next, chaos.reorder_percent),
    ]
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let f = &visit.f;
    match visit.rest.as_slice() {
        ["calm"] => {
            visit.order("calm", &json!({}))?;
            Ok(Done::new(ADDRESS, f.s("fault-calmed")))
        }
        ["add"] => {
            visit.order("faults", &json!({ "rules": [rule(visit)?] }))?;
            Ok(Done::new(ADDRESS, f.s("fault-added")))
        }
        ["remove"] => {
            let place: usize = visit.number("place", "fault-number")?;
            let mut rules = visit.state().faults.clone();
            if place < rules.len() {
                rules.remove(place);
            }
            visit.order("faults", &json!({ "clear": true, "rules": rules }))?;
            Ok(Done::new(ADDRESS, f.s("fault-removed")))
        }
        ["webhooks"] => {
            visit.order("webhooks", &chaos(visit)?)?;
            Ok(Done::new(ADDRESS, f.s("fault-webhooks-set")))
        }
        ["maintenance"] => {
            let mut order = json!({ "on": visit.has("on") });
            if !visit.text("retry_after").is_empty() {
                order["retry_after"] = json!(visit.number::<u64>("retry_after", "fault-retry-after")?);
            }
            visit.order("maintenance", &order)?;
            let told = if visit.has("on") { f.s("maintenance-started") } else { f.s("maintenance-stopped") };
            Ok(Done::new(ADDRESS, told))
        }
        ["tokens"] => {
            let mut whose = json!({ "refresh": visit.has("refresh") });
            if !visit.text("client_id").is_empty() {
                whose["client_id"] = json!(visit.text("client_id"));
            }
            let told = visit.order("tokens/expire", &whose)?;
            let count = told["expired"].as_u64().unwrap_or(0);
            Ok(Done::new(ADDRESS, f.a("tokens-expired", "count", count)))
        }
        _ => Err(Refusal::NotFound),
    }
}

/// The rule as it was entered, as the control interface takes it.
fn rule(visit: &Visit<'_>) -> Result<Value, Refusal> {
    let kind = visit.text("kind");
    if !KINDS.contains(&kind) {
        return Err(visit.refused(visit.f.a("fault-kind-unknown", "kind", kind)));
    }
    let action = match kind {
        "slow" => json!({ "kind": kind, "ms": visit.number::<u64>("ms", "fault-ms")? }),
        "drop_before" | "commit_then_drop" => json!({ "kind": kind }),
        status => {
            let mut action = json!({ "kind": "status", "status": status.parse::<u16>().unwrap_or(500) });
            if !visit.text("retry_after").is_empty() {
                action["retry_after"] = json!(visit.number::<u64>("retry_after", "fault-retry-after")?);
            }
            action
        }
    };
    let mut rule = json!({ "percent": percent(visit, "percent")?, "action": action });
    if !visit.text("times").is_empty() {
        rule["times"] = json!(visit.number::<u64>("times", "fault-next")?.max(1));
    }
    for name in ["method", "path"] {
        if !visit.text(name).is_empty() {
            rule[name] = json!(visit.text(name));
        }
    }
    Ok(rule)
}

fn chaos(visit: &Visit<'_>) -> Result<Value, Refusal> {
    let mut chaos = json!({ "delay_ms": visit.number::<u64>("delay_ms", "fault-ms")? });
    for name in ["drop", "delay", "duplicate", "reorder"] {
        let (next, share) = (format!("{name}_next"), format!("{name}_percent"));
        chaos[&next] = json!(visit.number::<u64>(&next, "fault-next")?);
        chaos[&share] = json!(percent(visit, &share)?);
    }
    Ok(chaos)
}

fn percent(visit: &Visit<'_>, name: &str) -> Result<u64, Refusal> {
    let percent: u64 = visit.number(name, "fault-percent")?;
    if percent <= 100 { Ok(percent) } else { Err(visit.refused(visit.f.a("percent-wanted", "got", visit.text(name)))) }
}
