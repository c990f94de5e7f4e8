//! `/console/mails`: mails that were caught instead of sent.

use crate::{
    console::{
        frame::Frame,
        reply::{Done, Refusal, Reply},
        visit::Visit,
    },
    control::Mail,
};
use askama::Template;
use serde_json::json;

#[derive(Template)]
#[template(path = "console/mails.html")]
struct MailsPage<'v> {
    f: &'v Frame,
    mails: Vec<Mail>,
}

#[derive(Template)]
#[template(path = "console/mail.html")]
struct MailPage<'v> {
    f: &'v Frame,
    mail: Mail,
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let state = visit.state();
    let mails = state.mails.mails();
    match visit.rest.as_slice() {
        [] => visit.page(&MailsPage { f: &visit.f, mails: mails.iter().rev().cloned().collect() }),
        [number] => {
            let number: u64 = number.parse().map_err(|_| Refusal::NotFound)?;
            let mail = mails.iter().find(|mail| mail.number == number).cloned().ok_or(Refusal::NotFound)?;
            visit.page(&MailPage { f: &visit.f, mail })
        }
        _ => Err(Refusal::NotFound),
    }
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    match visit.rest.as_slice() {
        ["clear"] => {
            visit.order("mails/clear", &json!({}))?;
            Ok(Done::new("/console/mails", visit.f.s("mails-cleared")))
        }
        _ => Err(Refusal::NotFound),
    }
}
