//! One call of the API host.

use super::{Answer, form, limits::Class, lists::Query, person};
use crate::{
    emulator::{Inner, State},
    identity::limits,
    problem::Problem,
    resources::{
        self,
        images::{self, ImageJob},
        orders::wire,
    },
    state::{Token, World},
    time::Seconds,
    webhooks::{Callback, Event},
};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use serde_json::Value;
use smaregi_catalogue::{Catalogue, Endpoint, Found, Product};
use std::sync::Arc;

/// A call that passed the gates, with everything an operation may use.
pub(crate) struct Call<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) world: &'a mut World,
    pub(crate) contract: Arc<str>,
    pub(crate) endpoint: &'a Endpoint,
    /// Path parameters: name and value.
    pub(crate) params: Vec<(&'a str, String)>,
    pub(crate) query: Query,
    pub(crate) body: Value,
    pub(crate) now: Seconds,
    /// Address of the call without query, for `Link`; empty where there are no pages.
    pub(crate) address: String,
    /// Number for the answer of a bulk job.
    pub(crate) request_id: u64,
    pub(crate) events: Vec<Event>,
    pub(crate) callbacks: Vec<Callback>,
    pub(crate) fetches: Vec<ImageJob>,
}

/// What a call sets off when it succeeds.
struct Aftermath {
    events: Vec<Event>,
    callbacks: Vec<Callback>,
    fetches: Vec<ImageJob>,
}

impl Call<'_> {
    pub(crate) fn catalogue(&self) -> &'static Catalogue {
        self.inner.catalogue
    }

    /// A path parameter that is an id. Unreadable ones were refused with 404 before.
    pub(crate) fn id(&self, name: &str) -> u64 {
        let value = self.params.iter().find(|(param, _)| *param == name);
        value.and_then(|(_, text)| text.parse().ok()).unwrap_or(0)
    }

    /// The emulator's own address, as the caller reached it.
    pub(crate) fn base(&self) -> &str {
        let host = self.address.find("://").map_or(0, |scheme| scheme + 3);
        let contract = format!("/{}/", self.contract);
        let end = self.address[host..].find(&contract).map_or(self.address.len(), |end| host + end);
        self.address[..end].trim_end_matches('/')
    }

    pub(crate) fn emit(&mut self, event: &str, action: &str, ids: Vec<Value>) {
        if !ids.is_empty() {
            self.events.push(Event::new(self.contract.clone(), event, action, ids));
        }
    }
}

pub(crate) fn answer(
    inner: &Inner,
    state: &mut State,
    request: &Request<Bytes>,
    contract: &str,
    product: &str,
    rest: &[&str],
) -> Result<Answer, Problem> {
    let now = inner.now();
    let token = bearer(state, request.headers(), now)?;
    let shop = state.world.shop(contract).map(|shop| (shop.id.clone(), shop.spec.plan));
    if token.contract_id != contract {
        return Err(Problem::forbidden("アクセストークンの契約IDとURLの契約IDが一致しません。"));
    }
    let (contract, plan) = shop.ok_or_else(Problem::access_denied)?;
    if !state.world.identities.is_active(&token.client_id, &contract) {
        return Err(Problem::access_denied());
    }
    let member = limits::member(&state.world, &token)?;
    let class = if request.method() == Method::GET { Class::Read } else { Class::Write };
    state.limiter.admit(&inner.settings, &token.client_id, &contract, class, now)?;

    let found = match wire::route(inner, product, request.method().as_str(), rest) {
        Some(found) => found?,
        None => route(inner.catalogue, request.method(), product, rest)?,
    };
    state.count_endpoint(found.endpoint);
    if let Some(scope) = found.endpoint.scope.as_ref().filter(|scope| !token.scopes.contains(scope)) {
        return Err(Problem::missing_scope(scope, &inner.settings));
    }
    if !found.endpoint.allowed_on(plan) {
        return Err(Problem::plan_excludes());
    }
    let mut call = Call {
        inner,
        world: &mut state.world,
        contract,
        endpoint: found.endpoint,
        params: found.params,
        query: Query(form::query(request.uri().query().unwrap_or_default())),
        body: Value::Null,
        now,
        address: if found.endpoint.is_paged() || request.method() != Method::GET {
            address(inner, request)
        } else {
            String::new()
        },
        request_id: state.next_request_id,
        events: Vec::new(),
        callbacks: Vec::new(),
        fetches: Vec::new(),
    };
    if let Some(member) = &member {
        person::check(&mut call, member, request)?;
    }
    resources::check_path(&call)?;
    let product = call.endpoint.product;
    let answer = check_parameters(&mut call, request).and_then(|()| resources::run(&mut call));
    let answer = wire::write(product, &inner.settings.order_shipment, answer);
    let Call { events, callbacks, fetches, .. } = call;
    finish(inner, state, answer, Aftermath { events, callbacks, fetches })
}

/// Only what was done and written down is told to the world.
fn finish(
    inner: &Inner,
    state: &mut State,
    answer: Result<Answer, Problem>,
    after: Aftermath,
) -> Result<Answer, Problem> {
    state.world.save()?;
    let answer = answer?;
    if !after.callbacks.is_empty() || !after.fetches.is_empty() {
        state.next_request_id += 1;
    }
    // Reads have nothing to tell, and need not wake who tells it.
    if !(after.events.is_empty() && after.callbacks.is_empty()) {
        inner.publish(state, after.events, after.callbacks);
    }
    images::begin(inner, state, after.fetches);
    Ok(answer)
}

/// The token behind `Authorization: Bearer …`; several blanks are tolerated (§2).
pub(crate) fn bearer(state: &State, headers: &HeaderMap, now: Seconds) -> Result<Arc<Token>, Problem> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = value.and_then(|value| value.split_once(' ')).ok_or_else(Problem::access_denied)?;
    let known = state.world.token(token.trim()).filter(|token| token.expires > now);
    match known {
        Some(token) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.clone()),
        _ => Err(Problem::access_denied()),
    }
}

/// The text behind `Authorization: Bearer`, whether it is a token or not.
pub(crate) fn bearer_text(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn route(
    catalogue: &'static Catalogue,
    method: &Method,
    product: &str,
    rest: &[&str],
) -> Result<Found<'static>, Problem> {
    let product = Product::from_segment(product).ok_or_else(Problem::no_such_path)?;
    if let Some(found) = catalogue.find_segments(product, method.as_str(), rest) {
        return Ok(found);
    }
    if !catalogue.path_exists(product, &format!("/{}", rest.join("/"))) {
        return Err(Problem::no_such_path());
    }
    let known = |method: &&str| catalogue.find_segments(product, method, rest).is_some();
    let allow: Vec<&str> = ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(known).collect();
    Err(Problem::method_not_allowed(&allow.join(", ")))
}

fn check_parameters(call: &mut Call<'_>, request: &Request<Bytes>) -> Result<(), Problem> {
    let first = |problems: Vec<smaregi_catalogue::Problem>| match problems.into_iter().next() {
        Some(problem) => Err(Problem::bad_request(problem.message_ja)),
        None => Ok(()),
    };
    if call.endpoint.method == "GET" {
        wire::read(call)?;
        // The body of a GET is ignored (§2).
        return first(call.endpoint.check_query(call.catalogue(), &call.query.0));
    }
    if call.endpoint.method == "DELETE" {
        return Ok(());
    }
    call.body = read_body(request.body())?;
    // 受注管理 has real JSON numbers (platform-orders.md §1).
    if call.inner.settings.strict_numbers && call.endpoint.product == Product::Pos {
        refuse_numbers(&call.body)?;
    }
    wire::read(call)?;
    let rules = wire::body_rules(call);
    if rules.request.is_some() {
        first(rules.check_request(call.catalogue(), &call.body))?;
    }
    Ok(())
}

pub(super) fn read_body(bytes: &Bytes) -> Result<Value, Problem> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let body = serde_json::from_slice(bytes).map_err(|_| Problem::bad_request("リクエストボディのJSONが不正です。"))?;
    // Real clients send `null` where there is nothing to say (§2).
    Ok(if body == Value::Null { Value::Object(serde_json::Map::new()) } else { body })
}

fn refuse_numbers(value: &Value) -> Result<(), Problem> {
    match value {
        Value::Number(_) => Err(Problem::bad_request("数値は文字列で指定してください。")),
        Value::Array(items) => items.iter().try_for_each(refuse_numbers),
        Value::Object(members) => members.values().try_for_each(refuse_numbers),
        _ => Ok(()),
    }
}

fn address(inner: &Inner, request: &Request<Bytes>) -> String {
    let base = inner.settings.public_base_url.clone().unwrap_or_else(|| {
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
        format!("{}://{}", request.uri().scheme_str().unwrap_or("http"), host.unwrap_or("localhost"))
    });
    format!("{}{}", base.trim_end_matches('/'), request.uri().path())
}
