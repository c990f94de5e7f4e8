//! `/files`: what the emulator made or fetched and others download by its address. No token is asked for: whoever has the address may read.

use super::gzip::gzip;
use crate::{
    emulator::{Inner, State},
    problem::Problem,
    resources::{images, sales::csv},
};
use bytes::Bytes;
use http::{Method, Request, Response, header};

/// A file on its way out.
struct File {
    content_type: String,
    content: Vec<u8>,
    /// Offered under this name.
    name: Option<String>,
}

pub(super) fn answer(
    inner: &Inner,
    state: &State,
    request: &Request<Bytes>,
    rest: &[&str],
) -> Result<Response<Bytes>, Problem> {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return Err(Problem::method_not_allowed("GET"));
    }
    match rest {
        [contract, "csv", code, file] => {
            let number = file.strip_suffix(".csv.gz").and_then(|number| number.parse().ok());
            let text = number.and_then(|number| csv::file(inner, &state.world, contract, code, number));
            let text = text.ok_or_else(Problem::no_such_path)?;
            let content = gzip(text.as_bytes()).map_err(|error| Problem::internal(&error.to_string()))?;
            let name = Some(format!("transaction_details_{file}"));
            Ok(sent(File { content_type: "application/gzip".into(), content, name }))
        }
        [contract, kind, product] => match images::kept(&state.world, contract, kind, product) {
            Some(images::Kept::Here { content_type, content }) => Ok(sent(File { content_type, content, name: None })),
            Some(images::Kept::Elsewhere(url)) => redirect(&url),
            None => Err(Problem::no_such_path()),
        },
        _ => Err(Problem::no_such_path()),
    }
}

fn sent(file: File) -> Response<Bytes> {
    let response = Response::builder()
        .header(header::CONTENT_TYPE, file.content_type)
        // What was fetched from somewhere else is an image and never a page of this host.
        .header("x-content-type-options", "nosniff");
    let named = file.name.map(|name| format!("attachment; filename=\"{name}\""));
    let response = named.into_iter().fold(response, |r, named| r.header(header::CONTENT_DISPOSITION, named));
    response.body(Bytes::from(file.content)).unwrap_or_default()
}

fn redirect(url: &str) -> Result<Response<Bytes>, Problem> {
    let response = Response::builder().status(302).header(header::LOCATION, url).body(Bytes::new());
    response.map_err(|_| Problem::no_such_path())
}
