//! `/console/people`: who can sign in, and which apps the contract uses.

use crate::{
    console::{
        frame::Frame,
        reply::{Done, Refusal, Reply},
        visit::Visit,
    },
    identity::{Membership, UserSpec},
};
use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

const ADDRESS: &str = "/console/people";

#[derive(Template)]
#[template(path = "console/people.html")]
struct PeoplePage<'v> {
    f: &'v Frame,
    people: Vec<Person>,
    uses: Vec<Use>,
    email: &'v str,
    name: &'v str,
    user_id: &'v str,
    is_owner: bool,
}

struct Person {
    email: String,
    name: String,
    /// On the chosen contract.
    membership: Option<Membership>,
}

/// An app and how the chosen contract uses it.
struct Use {
    app: String,
    /// `none`, `active`, `stopped` or `ended`.
    status: &'static str,
    plan: String,
    price: i64,
}

impl Use {
    fn tone(&self) -> &'static str {
        match self.status {
            "active" => "good",
            "stopped" => "bad",
            _ => "idle",
        }
    }
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    if !visit.rest.is_empty() {
        return Err(Refusal::NotFound);
    }
    let contract = visit.contract()?;
    let person = |user: UserSpec| Person {
        membership: user.memberships.into_iter().find(|membership| membership.contract_id == contract),
        email: user.email,
        name: user.name,
    };
    visit.page(&PeoplePage {
        f: &visit.f,
        people: users(visit)?.into_iter().map(person).collect(),
        uses: uses(visit, &contract)?,
        email: visit.text("email"),
        name: visit.text("name"),
        user_id: visit.text("user_id"),
        is_owner: visit.has("is_owner"),
    })
}

fn users(visit: &Visit<'_>) -> Result<Vec<UserSpec>, Refusal> {
    let told = visit.ask("users")?;
    Ok(told.as_array().into_iter().flatten().filter_map(|user| UserSpec::deserialize(user).ok()).collect())
}

fn uses(visit: &Visit<'_>, contract: &str) -> Result<Vec<Use>, Refusal> {
    let (apps, subscriptions) = (visit.ask("apps")?, visit.ask("subscriptions")?);
    let read = |app: &Value| {
        let app = app["client_id"].as_str()?;
        let own = |one: &&Value| one["contract_id"] == contract && one["client_id"] == app;
        let own = subscriptions.as_array().into_iter().flatten().find(own).unwrap_or(&Value::Null);
        Some(Use {
            app: app.to_owned(),
            status: match own["status"].as_str() {
                Some("active") => "active",
                Some("stopped") => "stopped",
                Some(_) => "ended",
                None => "none",
            },
            plan: own["plan"]["name"].as_str().unwrap_or_default().to_owned(),
            price: own["plan"]["price"].as_i64().unwrap_or(0),
        })
    };
    Ok(apps.as_array().into_iter().flatten().filter_map(read).collect())
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let [deed] = visit.rest.as_slice() else { return Err(Refusal::NotFound) };
    let contract = visit.contract()?;
    match *deed {
        "add" => add(visit, contract),
        "remove" => {
            visit.order("users/remove", &json!({ "email": visit.text("email") }))?;
            Ok(Done::new(ADDRESS, visit.f.s("person-removed")))
        }
        "start" | "change-plan" | "end" | "force-stop" | "cancel-force-stop" => {
            let mut order = json!({ "client_id": visit.text("app"), "contract_id": contract, "action": deed });
            if !visit.text("plan").is_empty() {
                let price =
                    if visit.text("price").is_empty() { 0 } else { visit.number::<i64>("price", "use-price")? };
                order["plan"] =
                    json!({ "name": visit.text("plan"), "price": price, "unit_price": price, "quantity": 1 });
            }
            visit.order("subscriptions", &order)?;
            Ok(Done::new(ADDRESS, visit.f.s("use-changed")).link("/console/webhooks", visit.f.s("menu-webhooks")))
        }
        _ => Err(Refusal::NotFound),
    }
}

/// A new person, or a known one who joins the contract too; what is known of other contracts stays.
fn add(visit: &Visit<'_>, contract: String) -> Result<Done, Refusal> {
    let (email, password) = (visit.text("email"), visit.text("password"));
    if email.is_empty() || password.is_empty() {
        return Err(visit.refused(visit.f.s("person-incomplete")));
    }
    let known = users(visit)?;
    let count = known.len();
    let old = known.into_iter().find(|user| user.email.eq_ignore_ascii_case(email)).unwrap_or_default();
    let mut memberships: Vec<Membership> =
        old.memberships.into_iter().filter(|membership| membership.contract_id != contract).collect();
    let user_id = visit.text("user_id");
    memberships.push(Membership {
        contract_id: contract,
        user_id: if user_id.is_empty() { format!("u{:04}", count + 1) } else { user_id.to_owned() },
        is_owner: visit.has("is_owner"),
        ..Membership::default()
    });
    let name = if visit.text("name").is_empty() { email } else { visit.text("name") };
    let user = UserSpec {
        email: email.to_owned(),
        password: password.to_owned(),
        name: name.to_owned(),
        email_verified: true,
        memberships,
    };
    visit.order("users", &json!(user))?;
    Ok(Done::new(ADDRESS, visit.f.a("person-added", "email", email)))
}
