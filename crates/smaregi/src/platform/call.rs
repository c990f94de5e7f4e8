use super::{Error, ErrorKind, Query, client::Client, fault, query::segment, retry, token::Token};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use regihub_ports::Exchange;
use serde_json::Value;
use std::fmt;

/// One call of the API, ready to be sent as often as needed.
#[derive(Debug)]
pub(crate) struct Call {
    method: Method,
    /// Below `/{contract}/pos`, with a leading slash; ids are encoded already.
    path: String,
    query: Query,
    body: Option<Bytes>,
    /// What the operation needs.
    pub(crate) scope: &'static str,
}

impl Call {
    pub(crate) fn get(path: String, query: Query, scope: &'static str) -> Self {
        Self { method: Method::GET, path, query, body: None, scope }
    }

    pub(crate) fn write(method: Method, path: String, body: &Value, scope: &'static str) -> Self {
        Self { method, path, query: Query::default(), body: Some(Bytes::from(body.to_string())), scope }
    }

    pub(crate) fn writes(&self) -> bool {
        self.method != Method::GET
    }

    /// An empty id would turn "this product" into "all products", and dots would climb out of the path.
    fn check_path(&self, contract: &str) -> Result<(), Error> {
        let lost = |segment| matches!(segment, "" | "." | "..");
        if lost(contract) {
            return Err(Error::refused_unsent(format!("contract_id {contract:?} is not an id ({self})")));
        }
        if self.path.split('/').skip(1).any(lost) {
            return Err(Error::refused_unsent(format!("an id is empty or only dots ({self})")));
        }
        Ok(())
    }

    fn request(&self, client: &Client, token: &Token) -> Result<Request<Bytes>, Error> {
        let options = client.options();
        let contract = segment(&options.contract_id);
        let uri = format!("{}/{contract}/pos{}{}", options.api_base, self.path, self.query.as_str());
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(uri)
            .header(header::AUTHORIZATION, &token.header)
            .header(header::ACCEPT, "application/json");
        if self.body.is_some() {
            request = request.header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        request.body(self.body.clone().unwrap_or_default()).map_err(|error| {
            Error::refused_unsent(format!("api_base {:?} is not an address: {error} ({self})", options.api_base))
        })
    }
}

/// `POST /stock/8000001/add`: enough for a message, without personal data of a query or body.
impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)
    }
}

impl Client {
    /// Sends a call until it succeeds, may not be repeated, or was sent often enough. Returns the record of the exchange that succeeded.
    pub(crate) async fn call(&self, call: &Call) -> Result<Exchange, Error> {
        call.check_path(&self.options().contract_id)?;
        let mut attempt = 1;
        let mut renewed = false;
        loop {
            let token = self.turn_with_token(call.writes()).await?;
            let (outcome, record) = self.transmit(call.request(self, &token)?).await;
            self.observe(&record);
            let Some(error) = fault::judge(call, &outcome, &record) else { return Ok(record) };
            if error.kind == ErrorKind::Unauthorised && !renewed {
                self.forget(&token).await;
                renewed = true;
                continue;
            }
            let pause = retry::pause(&error, attempt, self.dice());
            if error.kind == ErrorKind::RateLimited {
                self.budget(call.writes()).pause(pause.unwrap_or(retry::LONGEST_PAUSE));
            }
            let repeat = attempt < self.options().max_attempts && retry::may_repeat(call.writes(), &error.kind);
            match pause {
                // The budget itself waits out a 429: whoever is most urgent goes first afterwards.
                Some(_) if repeat && error.kind == ErrorKind::RateLimited => {}
                Some(pause) if repeat => self.sleep(pause).await,
                _ => return Err(error),
            }
            attempt += 1;
        }
    }
}
