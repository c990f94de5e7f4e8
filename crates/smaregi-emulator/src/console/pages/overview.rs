//! `/console/`: contracts and their plans, where the hosts are, snapshots.

use crate::{
    console::{
        frame::Frame,
        reply::{Done, Refusal, Reply},
        visit::{Choice, Visit},
    },
    control::parties,
    settings::Environment,
};
use askama::Template;
use bytes::Bytes;
use serde_json::{Value, json};

const PLANS: [&str; 5] = ["standard", "premium", "premium_plus", "food_business", "retail_business"];
const ADDRESS: &str = "/console/";

#[derive(Template)]
#[template(path = "console/overview.html")]
struct OverviewPage<'v> {
    f: &'v Frame,
    base: &'v str,
    environment: Environment,
    contracts: Vec<Contract>,
    /// Plans for a new contract.
    plans: Vec<Choice>,
    new_contract: &'v str,
    /// An app to try a call with: client id and secret.
    app: Option<(String, String)>,
    pending: usize,
}

struct Contract {
    id: String,
    plans: Vec<Choice>,
    stores: u64,
    products: u64,
    members: u64,
    sales: u64,
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    match visit.rest.as_slice() {
        [] => {}
        ["snapshot.json"] => return Ok(snapshot(visit)),
        _ => return Err(Refusal::NotFound),
    }
    let told = visit.ask("contracts")?;
    let contracts = told.as_array().into_iter().flatten().map(|told| contract(&visit.f, told)).collect();
    let state = visit.state();
    let app = state.world.apps().next().map(|app| (app.client_id.clone(), app.client_secret.clone()));
    let pending = state.outbox.pending();
    drop(state);
    visit.page(&OverviewPage {
        f: &visit.f,
        base: &visit.base,
        environment: visit.emulator.settings().environment,
        contracts,
        plans: plans(&visit.f, visit.text("plan")),
        new_contract: visit.text("contract_id"),
        app,
        pending,
    })
}

fn contract(f: &Frame, told: &Value) -> Contract {
    let count = |name: &str| told[name].as_u64().unwrap_or(0);
    Contract {
        id: told["contract_id"].as_str().unwrap_or_default().to_owned(),
        plans: plans(f, told["plan"].as_str().unwrap_or_default()),
        stores: count("stores"),
        products: count("products"),
        members: count("customers"),
        sales: count("sales"),
    }
}

/// The most complete plan is chosen where nothing else is.
fn plans(f: &Frame, chosen: &str) -> Vec<Choice> {
    let chosen = if chosen.is_empty() { PLANS[4] } else { chosen };
    PLANS.iter().map(|plan| Choice::new(plan, f.of("plan-", plan), chosen)).collect()
}

fn snapshot(visit: &Visit<'_>) -> Reply {
    let at: String = visit.f.full(&visit.f.now).chars().filter(char::is_ascii_digit).collect();
    let body = Bytes::from(visit.emulator.snapshot().to_string());
    Reply::Download { name: format!("emulator-{at}.json"), body }
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let f = &visit.f;
    match visit.rest.as_slice() {
        ["add"] => {
            let contract = visit.text("contract_id");
            if !parties::is_name(contract) {
                return Err(visit.refused(f.a("contract-id-wrong", "got", contract)));
            }
            if visit.state().world.shop(contract).is_some() {
                return Err(visit.refused(f.a("contract-exists", "contract", contract)));
            }
            let order = json!({ "contract_id": contract, "plan": visit.text("plan"), "sample": visit.has("sample") });
            visit.order("contracts", &order)?;
            Ok(Done::new(ADDRESS, f.a("contract-added", "contract", contract)))
        }
        ["plan"] => {
            let (contract, plan) = (visit.text("contract_id"), visit.text("plan"));
            visit.order("contracts", &json!({ "contract_id": contract, "plan": plan }))?;
            let plan = f.of("plan-", plan);
            Ok(Done::new(ADDRESS, f.b("contract-plan-changed", "contract", contract, "plan", plan)))
        }
        ["sample"] => {
            let contract = visit.text("contract_id");
            visit.order("sample", &json!({ "contract": contract }))?;
            Ok(Done::new(ADDRESS, f.a("contract-sample-loaded", "contract", contract)))
        }
        ["reset"] => {
            visit.order("reset", &json!({}))?;
            Ok(Done::new(ADDRESS, f.s("reset-done")))
        }
        ["load"] => load(visit),
        _ => Err(Refusal::NotFound),
    }
}

fn load(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let text = visit.text("snapshot");
    if text.is_empty() {
        return Err(visit.refused(visit.f.s("snapshot-missing")));
    }
    let snapshot: Value = serde_json::from_str(text)
        .map_err(|error| visit.refused(visit.f.a("snapshot-unreadable", "detail", error.to_string())))?;
    if snapshot.get("entries").is_none() {
        return Err(visit.refused(visit.f.s("snapshot-foreign")));
    }
    visit.order("load", &snapshot)?;
    Ok(Done::new(ADDRESS, visit.f.s("snapshot-loaded")))
}
