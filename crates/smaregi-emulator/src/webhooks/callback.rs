//! Callbacks of asynchronous operations. POS has three styles of them (platform-common.md §13).

use super::Delivery;
use crate::{http::form, settings::CsvCallback};
use serde_json::{Value, json};

/// The result of a job, sent to the address the caller gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Callback {
    url: String,
    content_type: &'static str,
    headers: Vec<(String, String)>,
    body: String,
}

impl Callback {
    /// A bulk job: a JSON array of objects, each with `requestId` (§13.1).
    pub(crate) fn json(url: impl Into<String>, rows: Vec<Value>) -> Self {
        let body = Value::Array(rows).to_string();
        Self { url: url.into(), content_type: "application/json;charset=UTF-8", headers: Vec::new(), body }
    }

    /// An image: a form of `proc_name`, `state` and `params`, the last a JSON array (§13.3).
    pub(crate) fn form(url: impl Into<String>, proc_name: &str, state: Option<&str>, params: &Value) -> Self {
        let fields = [("proc_name", proc_name), ("state", state.unwrap_or_default()), ("params", &params.to_string())];
        Self { url: url.into(), content_type: FORM, headers: Vec::new(), body: form::write(&fields) }
    }

    /// A CSV job: the code in a header, and the addresses of the files or what went wrong (§13.2).
    pub(crate) fn csv(url: impl Into<String>, style: CsvCallback, job: &CsvJob<'_>) -> Self {
        let headers = vec![("request-code".to_owned(), job.request_code.to_owned())];
        let (name, result) = match &job.result {
            Ok(files) => ("file_url", json!(files)),
            Err(message) => ("message", json!(message)),
        };
        let state = job.state.unwrap_or_default();
        let (content_type, body) = match style {
            CsvCallback::Json => {
                let mut body = json!({ "request_code": job.request_code, "proc_name": PROC_CSV, "state": state });
                body[name] = result;
                ("application/json;charset=UTF-8", body.to_string())
            }
            CsvCallback::Form => {
                let text = result.as_str().map_or_else(|| result.to_string(), Into::into);
                let fields =
                    [("request_code", job.request_code), ("proc_name", PROC_CSV), ("state", state), (name, &text)];
                (FORM, form::write(&fields))
            }
        };
        Self { url: url.into(), content_type, headers, body }
    }

    pub(super) fn into_delivery(self, event_id: String) -> Delivery {
        let content_type = ("content-type".to_owned(), self.content_type.to_owned());
        let headers = [content_type].into_iter().chain(self.headers).collect();
        Delivery::new(self.url, headers, self.body, "callback", event_id)
    }
}

const FORM: &str = "application/x-www-form-urlencoded;charset=UTF-8";
const PROC_CSV: &str = "get_transaction_detail_list";

/// What became of a CSV job.
#[derive(Clone, Debug)]
pub(crate) struct CsvJob<'a> {
    pub(crate) request_code: &'a str,
    pub(crate) state: Option<&'a str>,
    /// Addresses of the compressed files, or what went wrong.
    pub(crate) result: Result<Vec<String>, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_styles_look_as_the_reference_shows_them() {
        let bulk = Callback::json("http://x/", vec![json!({ "requestId": 1 })]);
        assert_eq!((bulk.content_type, bulk.body.as_str()), ("application/json;charset=UTF-8", r#"[{"requestId":1}]"#));
        let params = json!([{ "id": "1", "productId": "8000001" }]);
        let image = Callback::form("http://x/", "callback_product_image_check", Some("s 1"), &params);
        assert_eq!(image.content_type, "application/x-www-form-urlencoded;charset=UTF-8");
        assert_eq!(
            form::pairs(&image.body),
            [("proc_name", "callback_product_image_check"), ("state", "s 1"), ("params", &params.to_string())]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        let done = CsvJob { request_code: "R1", state: None, result: Ok(vec!["http://x/1.csv.gz".into()]) };
        let csv = Callback::csv("http://x/", CsvCallback::Json, &done);
        assert_eq!(csv.headers, [("request-code".to_owned(), "R1".to_owned())]);
        assert_eq!(
            csv.body,
            r#"{"request_code":"R1","proc_name":"get_transaction_detail_list","state":"","file_url":["http://x/1.csv.gz"]}"#
        );
        let failed = CsvJob { result: Err("too many rows".into()), ..done };
        let csv = Callback::csv("http://x/", CsvCallback::Form, &failed);
        assert!(csv.body.ends_with("&message=too%20many%20rows"), "{}", csv.body);
    }
}
