use super::{
    Error, ErrorKind,
    client::Client,
    fault::{self, Problem},
    retry,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use regihub_ports::{Exchange, TransportError};
use serde::Deserialize;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;

const SECOND_US: i64 = 1_000_000;
/// A token is renewed so long before it expires (platform-common §20, rule 2).
const MARGIN_US: i64 = 60 * SECOND_US;

/// The app access token (platform-common §4): one per client and its clones, fetched by one caller while the others wait.
#[derive(Default)]
pub(crate) struct TokenKeeper {
    slot: Mutex<Slot>,
    /// Fetches that ended, well or not.
    fetches: AtomicU64,
}

#[derive(Default)]
struct Slot {
    token: Option<Token>,
    /// How the last fetch failed, for those who waited for it.
    failure: Option<Error>,
}

#[derive(Clone)]
pub(crate) struct Token {
    /// `Bearer …`, marked as sensitive.
    pub(crate) header: HeaderValue,
    renew_at_us: i64,
}

impl TokenKeeper {
    /// A token that is good for at least a moment.
    pub(crate) async fn get(&self, client: &Client) -> Result<Token, Error> {
        let seen = self.fetches.load(Ordering::SeqCst);
        let mut slot = self.slot.lock().await;
        if let Some(token) = &slot.token
            && client.now_us() < token.renew_at_us
        {
            return Ok(token.clone());
        }
        if self.fetches.load(Ordering::SeqCst) != seen
            && let Some(failure) = &slot.failure
        {
            return Err(failure.clone());
        }
        let fetched = fetch(client).await;
        *slot = match &fetched {
            Ok(token) => Slot { token: Some(token.clone()), failure: None },
            Err(error) => Slot { token: None, failure: Some(error.clone()) },
        };
        self.fetches.fetch_add(1, Ordering::SeqCst);
        fetched
    }

    /// The API host refused this token. A newer one stays.
    pub(crate) async fn forget(&self, refused: &Token) {
        let mut slot = self.slot.lock().await;
        if slot.token.as_ref().is_some_and(|token| token.header == refused.header) {
            slot.token = None;
        }
    }
}

/// Asking twice does no harm, so a token call is repeated like a read.
async fn fetch(client: &Client) -> Result<Token, Error> {
    let mut attempt = 1;
    loop {
        client.write_turn_for_token().await;
        let request = request(client)?;
        let (outcome, mut record) = client.transmit(request).await;
        record.response_body = masked(&record.response_body);
        client.observe(&record);
        let error = match read(client, &outcome, &record) {
            Ok(token) => return Ok(token),
            Err(error) => error.with_exchange(record),
        };
        if attempt >= client.options().max_attempts || !error.is_transient() {
            return Err(error);
        }
        let Some(pause) = retry::pause(&error, attempt, client.dice()) else { return Err(error) };
        client.sleep(pause).await;
        attempt += 1;
    }
}

fn request(client: &Client) -> Result<Request<Bytes>, Error> {
    let options = client.options();
    let mut body = super::Query::default();
    body.put("grant_type", "client_credentials");
    body.put("scope", options.scopes.join(" "));
    let contract = super::query::segment(&options.contract_id);
    let credentials = STANDARD.encode(format!("{}:{}", options.client_id, options.client_secret));
    let mut authorization = HeaderValue::try_from(format!("Basic {credentials}"))
        .map_err(|_| Error::refused_unsent("client id and secret do not fit into a header"))?;
    authorization.set_sensitive(true);
    Request::builder()
        .method(Method::POST)
        .uri(format!("{}/app/{contract}/token", options.token_base))
        .header(header::AUTHORIZATION, authorization)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(Bytes::from(body.as_str().trim_start_matches('?').to_owned()))
        .map_err(|error| {
            Error::refused_unsent(format!("token_base {:?} is not an address: {error}", options.token_base))
        })
}

#[derive(Deserialize)]
struct Granted {
    #[serde(deserialize_with = "crate::wire::required")]
    access_token: String,
    /// Seconds. "May change, so always read it"; an hour is what is documented.
    #[serde(default, deserialize_with = "crate::wire::optional")]
    expires_in: Option<i64>,
}

fn read(client: &Client, outcome: &Result<Response<Bytes>, TransportError>, record: &Exchange) -> Result<Token, Error> {
    let response = match outcome {
        Ok(response) => response,
        // The call the token was for never left, whatever became of the token call.
        Err(error) => {
            return Err(Error::new(
                ErrorKind::NotSent,
                format!("no token: Smaregi's token host gave no answer: {error}"),
            ));
        }
    };
    if !response.status().is_success() {
        let mut error = refusal(client, response.status().as_u16(), response.body());
        error.retry_after = fault::retry_after(response.headers(), record.at);
        return Err(error);
    }
    let unreadable = |_| Error::new(ErrorKind::NotSent, "no token: what the token host answered is not a token");
    let granted: Granted = serde_json::from_slice(response.body()).map_err(unreadable)?;
    let mut header = HeaderValue::try_from(format!("Bearer {}", granted.access_token))
        .map_err(|_| Error::new(ErrorKind::NotSent, "no token: the token does not fit into a header"))?;
    header.set_sensitive(true);
    let life_us = granted.expires_in.unwrap_or(3600).clamp(1, 366 * 24 * 3600) * SECOND_US;
    // A token with a very short life is used for half of it.
    Ok(Token { header, renew_at_us: client.now_us() + life_us - MARGIN_US.min(life_us / 2) })
}

/// platform-common §9.2: decide on the status and, if present, on `error`.
fn refusal(client: &Client, status: u16, body: &[u8]) -> Error {
    let problem = Problem::read(body);
    let scopes = client.options().scopes.join(" ");
    let contract = &client.options().contract_id;
    let (kind, what) = match (status, problem.error.as_deref()) {
        (_, Some("invalid_scope")) => (
            ErrorKind::Forbidden { scope: Some(scopes.clone()) },
            format!("one of the scopes {scopes} is unknown, not enabled for the app, or not approved by the contract"),
        ),
        (401, _) | (_, Some("invalid_client")) => (
            ErrorKind::Unauthorised,
            "client id or client secret is wrong, or belongs to the other environment".to_owned(),
        ),
        (403, _) => (ErrorKind::Forbidden { scope: None }, format!("the app is not active on the contract {contract}")),
        (404, _) => (ErrorKind::NotFound, format!("the token host does not know the contract {contract}")),
        (429, _) => (ErrorKind::RateLimited, "too many requests".to_owned()),
        // Transient, and the call the token was for was not sent.
        (408 | 500.., _) => (ErrorKind::NotSent, "the token host has a problem".to_owned()),
        _ => (ErrorKind::Refused, "the token host refused the request".to_owned()),
    };
    Error::new(kind, format!("no token: {what}: HTTP {status}{}", problem.tail()))
}

/// The answer without what must not be kept: members that carry a token or a secret, or all of it when it is not a JSON object.
fn masked(body: &Bytes) -> Bytes {
    if body.is_empty() {
        return Bytes::new();
    }
    let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else {
        return Bytes::from(format!("({} bytes, not shown)", body.len()));
    };
    for (name, value) in &mut members {
        let name = name.to_ascii_lowercase();
        if (name.contains("token") && name != "token_type") || name.contains("secret") {
            *value = Value::from("***");
        }
    }
    Bytes::from(Value::Object(members).to_string())
}
