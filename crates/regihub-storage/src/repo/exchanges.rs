//! HTTP requests with their responses (通信ログ): masked, cut, packed.

use crate::{
    body,
    error::Result,
    mask,
    owner::Owner,
    sql::{Row, Sql, params},
};
use regihub_domain::ExchangeId;
use regihub_ports::Exchange;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredExchange {
    pub id: ExchangeId,
    /// When the request was sent, microseconds since 1970, UTC.
    pub at: i64,
    pub owner: Owner,
    pub method: String,
    pub url: String,
    /// `None` when no answer came.
    pub status: Option<i64>,
    pub error: Option<String>,
    pub elapsed_us: i64,
    /// Bytes as sent; larger than the stored body when that was cut.
    pub request_size: i64,
    pub response_size: i64,
    pub request_body: Vec<u8>,
    pub response_body: Vec<u8>,
}

pub struct Exchanges<'a> {
    sql: &'a mut dyn Sql,
}

macro_rules! columns {
    () => {
        "id, at, owner, method, url, status, error, elapsed_us, request_size, response_size, request_body, response_body"
    };
}

impl<'a> Exchanges<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql) -> Self {
        Self { sql }
    }

    /// Keeps an exchange. Known secrets are masked and bodies are cut at [`body::LIMIT`] before they get here.
    pub fn add(&mut self, owner: Owner, exchange: &Exchange) -> Result<ExchangeId> {
        let url = mask::url(&exchange.url);
        let request = body::pack(&mask::body(&exchange.request_body));
        let response = body::pack(&mask::body(&exchange.response_body));
        self.sql.add(
            "insert into exchange (at, owner, method, url, status, error, elapsed_us,
               request_size, response_size, request_body, response_body)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            params![
                exchange.at,
                owner,
                &exchange.method,
                &*url,
                exchange.status.map(i64::from),
                exchange.error.as_deref(),
                exchange.elapsed_us,
                exchange.request_body.len(),
                exchange.response_body.len(),
                request.as_ref(),
                response.as_ref()
            ],
        )
    }

    pub fn get(&mut self, id: ExchangeId) -> Result<Option<StoredExchange>> {
        self.sql.first(concat!("select ", columns!(), " from exchange where id = $1"), params![id], read)
    }

    /// Number of the newest one; 0 when there is none.
    pub fn newest(&mut self) -> Result<i64> {
        self.sql.one("select coalesce(max(id), 0) from exchange", &[])
    }

    /// Newest first; the next page is `before` the last id of this one.
    pub fn list(
        &mut self,
        owner: Option<Owner>,
        before: Option<ExchangeId>,
        limit: usize,
    ) -> Result<Vec<StoredExchange>> {
        let before = before.unwrap_or(ExchangeId(i64::MAX));
        match owner {
            Some(owner) => self.sql.rows(
                concat!("select ", columns!(), " from exchange where owner = $1 and id < $2 order by id desc limit $3"),
                params![owner, before, limit],
                read,
            ),
            None => self.sql.rows(
                concat!("select ", columns!(), " from exchange where id < $1 order by id desc limit $2"),
                params![before, limit],
                read,
            ),
        }
    }
}

fn read(row: &mut Row<'_>) -> Result<StoredExchange> {
    Ok(StoredExchange {
        id: row.get()?,
        at: row.get()?,
        owner: row.get()?,
        method: row.get()?,
        url: row.get()?,
        status: row.get()?,
        error: row.get()?,
        elapsed_us: row.get()?,
        request_size: row.get()?,
        response_size: row.get()?,
        request_body: body::unpack(row.get::<Option<Vec<u8>>>()?)?,
        response_body: body::unpack(row.get::<Option<Vec<u8>>>()?)?,
    })
}
