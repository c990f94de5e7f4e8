//! An emulator with the shop in it, and a caller.

use super::{
    sample::MOMENT,
    shop::{Example, seed},
};
use crate::{AppSpec, ContractSpec, Emulator, LimitSettings, Plan, Settings, http::form};
use bytes::Bytes;
use http::{Request, header};
use regihub_ports::{Dice, VirtualClock};
use serde_json::{Value, json};
use smaregi_catalogue::{Catalogue, Product};
use std::sync::Arc;

const CONTRACT: &str = "sb_check";
const CHEAP_CONTRACT: &str = "sb_cheap";
/// `app:secret`
const CREDENTIALS: &str = "Basic YXBwOnNlY3JldA==";

/// A shop on an emulator of its own, and a token for everything.
pub(super) struct Bench {
    emulator: Emulator,
    token: String,
}

/// Status and body of an answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn detail(&self) -> &str {
        self.body["detail"].as_str().unwrap_or_default()
    }
}

impl Bench {
    /// # Errors
    /// When the shop cannot be set up; says why.
    pub(super) fn new(catalogue: &'static Catalogue) -> Result<Self, String> {
        let fail = |error: crate::EmulatorError| error.to_string();
        let settings =
            Settings { limits: LimitSettings { enabled: false, ..LimitSettings::default() }, ..Settings::default() };
        let start = MOMENT.parse().map_err(|error| format!("{error}"))?;
        let clock = Arc::new(VirtualClock::starting_at(start));
        let emulator =
            Emulator::builder().clock(clock).dice(Dice::from_seed(1)).settings(settings).build().map_err(fail)?;
        emulator.add_contract(ContractSpec::new(CONTRACT)).map_err(fail)?;
        emulator
            .add_contract(ContractSpec { contract_id: CHEAP_CONTRACT.into(), plan: Plan::Standard })
            .map_err(fail)?;
        let scopes = catalogue.scopes().iter().map(|scope| scope.name.clone()).collect();
        let app = AppSpec { client_id: "app".into(), client_secret: "secret".into(), scopes, ..AppSpec::default() };
        emulator.add_app(app).map_err(fail)?;
        emulator.load_dataset(CONTRACT, &json!(seed().rows)).map_err(fail)?;
        let mut bench = Self { emulator, token: String::new() };
        bench.token = bench.token(catalogue, CONTRACT, "").ok_or("no token")?;
        Ok(bench)
    }

    /// A token for all scopes but one.
    fn token(&self, catalogue: &Catalogue, contract: &str, without: &str) -> Option<String> {
        let scopes = catalogue.scopes().iter().filter(|scope| !scope.user_only && scope.name != without);
        let scopes: Vec<&str> = scopes.map(|scope| scope.name.as_str()).collect();
        let body = format!("grant_type=client_credentials&scope={}", form::encode(&scopes.join(" ")));
        let request = Request::post(format!("/app/{contract}/token"))
            .header(header::AUTHORIZATION, CREDENTIALS)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(body));
        let answer: Value = serde_json::from_slice(self.emulator.handle(&request.ok()?).body()).ok()?;
        Some(answer["access_token"].as_str()?.to_owned())
    }

    pub(super) fn call(&self, product: Product, example: &Example) -> Answer {
        self.call_as(CONTRACT, &self.token, product, example)
    }

    pub(super) fn call_without_scope(
        &self,
        catalogue: &Catalogue,
        scope: &str,
        product: Product,
        example: &Example,
    ) -> Answer {
        let token = self.token(catalogue, CONTRACT, scope).unwrap_or_default();
        self.call_as(CONTRACT, &token, product, example)
    }

    pub(super) fn call_on_cheap_plan(&self, catalogue: &Catalogue, product: Product, example: &Example) -> Answer {
        let token = self.token(catalogue, CHEAP_CONTRACT, "").unwrap_or_default();
        self.call_as(CHEAP_CONTRACT, &token, product, example)
    }

    fn call_as(&self, contract: &str, token: &str, product: Product, example: &Example) -> Answer {
        let pairs = example.query.iter().map(|(name, value)| format!("{}={}", form::encode(name), form::encode(value)));
        let query: Vec<String> = pairs.collect();
        let uri = format!("/{contract}/{}{}?{}", product.segment(), example.path, query.join("&"));
        let body = example.body.as_ref().map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let request = Request::builder().method(example.method.as_str()).uri(uri);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}")).body(body);
        let Ok(request) = request else { return Answer { status: 0, body: Value::Null } };
        let response = self.emulator.handle(&request);
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        Answer { status: response.status().as_u16(), body }
    }
}
