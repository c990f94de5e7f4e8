//! One look at a page or one order given on it: everything a page may ask about it.

use super::{
    frame::Frame,
    reply::{Refusal, Reply},
};
use crate::{
    emulator::{Emulator, State},
    state::Shop,
};
use askama::Template;
use bytes::Bytes;
use http::{Request, Response, header};
use serde_json::Value;
use std::{fmt::Display, str::FromStr, sync::MutexGuard};

pub(crate) struct Visit<'r> {
    pub(crate) emulator: &'r Emulator,
    pub(crate) f: Frame,
    /// Behind the page's name: `/console/sales/12/cancel` → `12`, `cancel`.
    pub(crate) rest: Vec<&'r str>,
    /// Of the query, or of the form of an order.
    pub(crate) fields: Vec<(String, String)>,
    /// Scheme and host under which this person reaches the emulator.
    pub(crate) base: String,
}

impl Visit<'_> {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.emulator.state()
    }

    /// The field's text without blanks around it; empty when it was not sent.
    pub(crate) fn text(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// Every value of a repeated field.
    pub(crate) fn all<'v>(&'v self, name: &'v str) -> impl Iterator<Item = &'v str> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known == name)
    }

    /// A number that has to be there. `label` is the text beside the field.
    pub(crate) fn number<T: FromStr>(&self, name: &str, label: &str) -> Result<T, Refusal> {
        let text = self.text(name);
        let plain: String = text.chars().filter(|c| *c != ',').map(narrow).collect();
        plain.parse().map_err(|_| self.refused(self.f.b("number-wanted", "label", self.f.s(label), "got", text)))
    }

    pub(crate) fn refused(&self, text: impl Into<String>) -> Refusal {
        Refusal::Refused(text.into())
    }

    /// The contract that the person works on.
    pub(crate) fn contract(&self) -> Result<String, Refusal> {
        self.f.contract.clone().ok_or(Refusal::NoContract)
    }

    /// Reads from the data of the contract.
    pub(crate) fn in_shop<T>(&self, read: impl FnOnce(&Shop, &State) -> T) -> Result<T, Refusal> {
        let contract = self.contract()?;
        let state = self.state();
        let shop = state.world.shop(&contract).ok_or(Refusal::NoContract)?;
        Ok(read(shop, &state))
    }

    /// Gives an order to the control interface, as any program would: what the console can do, a script can do too.
    pub(crate) fn order(&self, path: &str, body: &Value) -> Result<Value, Refusal> {
        let request = Request::post(format!("/control/{path}")).body(Bytes::from(body.to_string()));
        self.control(request)
    }

    /// Asks the control interface.
    pub(crate) fn ask(&self, path: &str) -> Result<Value, Refusal> {
        self.control(Request::get(format!("/control/{path}")).body(Bytes::new()))
    }

    fn control(&self, request: http::Result<Request<Bytes>>) -> Result<Value, Refusal> {
        let mut request = request.map_err(|error| self.refused(error.to_string()))?;
        if let Some(key) = &self.emulator.settings().control_key
            && let Ok(value) = format!("Bearer {key}").parse()
        {
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        let response: Response<Bytes> = self.emulator.handle(&request);
        let body: Value = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        if response.status().is_success() {
            return Ok(body);
        }
        let detail = body["detail"].as_str().or(body["title"].as_str()).unwrap_or("?");
        Err(self.refused(self.f.a("order-refused", "detail", detail)))
    }

    /// The page; with 422 when it shows why an order was refused.
    pub(crate) fn page(&self, template: &impl Template) -> Result<Reply, Refusal> {
        let status = if self.f.trouble.is_some() { 422 } else { 200 };
        Ok(Reply::Page { status, html: template.render()? })
    }
}

/// Japanese keyboards write full-width digits easily.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        '−' | '－' => '-',
        other => other,
    }
}

/// One entry of a choice.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) text: String,
    pub(crate) chosen: bool,
}

impl Choice {
    pub(crate) fn new(value: impl Display, text: impl Into<String>, chosen: &str) -> Self {
        let value = value.to_string();
        Self { chosen: value == chosen, text: text.into(), value }
    }
}
