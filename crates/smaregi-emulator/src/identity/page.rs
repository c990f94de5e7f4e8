//! The sign-in pages: plain HTML without script.

use super::{spec::Membership, texts::Texts};
use crate::http::{Answer, form};

const STYLE: &str = "body{font-family:sans-serif;line-height:1.6;margin:0;background:#f3f5f7;color:#1d2733}\
main{max-width:26rem;margin:3rem auto;padding:1.5rem 2rem;background:#fff;border:1px solid #d5dce3;border-radius:.5rem}\
h1{font-size:1.3rem;margin:0 0 .5rem}label{display:block;margin:.8rem 0}input:not([type=radio]){box-sizing:border-box;\
width:100%;padding:.5rem;font:inherit;border:1px solid #8795a1;border-radius:.3rem}button{font:inherit;padding:.5rem 1.2rem;\
margin:.6rem .6rem 0 0;border:1px solid #0b6bcb;border-radius:.3rem;background:#0b6bcb;color:#fff}\
button.quiet{background:#fff;color:#0b4f96}.error{color:#a3160c}.small{font-size:.85rem;color:#4a5866}\
fieldset{border:1px solid #d5dce3;border-radius:.3rem}li{overflow-wrap:anywhere}";

/// No script, no frame, nothing from elsewhere. `form-action` stays open: it would also forbid the way back to the app.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/// What all forms of one request carry.
pub(super) struct Frame<'a> {
    pub(super) texts: &'a Texts,
    /// The query of the authorization request.
    pub(super) request: &'a str,
    pub(super) app_name: &'a str,
}

pub(super) fn sign_in(frame: &Frame<'_>, form_key: &str, email: &str, failed: bool) -> Answer {
    let texts = frame.texts;
    let error =
        if failed { format!("<p class=\"error\" role=\"alert\">{}</p>", texts.wrong_password) } else { String::new() };
    let body = format!(
        "<p>{} <strong>{}</strong></p>{error}<form method=\"post\" action=\"/authorize/login\">{}\
         <label>{} <input type=\"email\" name=\"email\" value=\"{}\" autocomplete=\"username\" required autofocus></label>\
         <label>{} <input type=\"password\" name=\"password\" autocomplete=\"current-password\" required></label>\
         <button>{}</button></form>",
        texts.sign_in_for,
        escape(frame.app_name),
        hidden(frame, form_key),
        texts.email,
        escape(email),
        texts.password,
        texts.sign_in,
    );
    // A status that no browser takes for a reason to ask by itself.
    html(frame, if failed { 403 } else { 200 }, texts.sign_in, &body)
}

/// What is asked for, and on which contracts the person may allow it.
pub(super) struct Consent<'a> {
    pub(super) user: &'a str,
    pub(super) contracts: &'a [Membership],
    /// Scope and its meaning in words.
    pub(super) scopes: &'a [(String, String)],
    /// For the forms of consent and of signing out.
    pub(super) form_keys: [&'a str; 2],
}

pub(super) fn consent(frame: &Frame<'_>, consent: &Consent<'_>) -> Answer {
    let texts = frame.texts;
    let scope = |(name, title): &(String, String)| format!("<li>{} <code>{}</code></li>", escape(title), escape(name));
    let contract = |(number, membership): (usize, &Membership)| {
        let owner = if membership.is_owner { format!(" ({})", texts.owner) } else { String::new() };
        let (id, checked) = (escape(&membership.contract_id), if number == 0 { " checked" } else { "" });
        format!("<label><input type=\"radio\" name=\"contract\" value=\"{id}\"{checked}> {id}{owner}</label>")
    };
    let scopes: String = consent.scopes.iter().map(scope).collect();
    let contracts: String = consent.contracts.iter().enumerate().map(contract).collect();
    let body = format!(
        "<p>{} <strong>{}</strong></p><ul>{scopes}</ul><form method=\"post\" action=\"/authorize/consent\">{}\
         <fieldset><legend>{}</legend>{contracts}</fieldset>\
         <button name=\"decision\" value=\"allow\">{}</button>\
         <button class=\"quiet\" name=\"decision\" value=\"deny\">{}</button></form>{}",
        texts.consent_for,
        escape(frame.app_name),
        hidden(frame, consent.form_keys[0]),
        texts.contract,
        texts.allow,
        texts.deny,
        signed_in(frame, consent.user, consent.form_keys[1]),
    );
    html(frame, 200, texts.consent, &body)
}

pub(super) fn no_contract(frame: &Frame<'_>, user: &str, sign_out_key: &str) -> Answer {
    let body = format!("<p>{}</p>{}", frame.texts.no_contract_help, signed_in(frame, user, sign_out_key));
    html(frame, 403, frame.texts.no_contract, &body)
}

pub(super) fn stale(frame: &Frame<'_>) -> Answer {
    html(frame, 403, frame.texts.stale, &format!("<p>{}</p>", frame.texts.stale_help))
}

pub(super) fn bad_request(frame: &Frame<'_>, status: u16, error: &str, description: &str) -> Answer {
    let (help, error) = (frame.texts.bad_request_help, escape(error));
    let body = format!("<p>{help}</p><p class=\"error\"><code>{error}</code><br>{}</p>", escape(description));
    html(frame, status, frame.texts.bad_request, &body)
}

fn signed_in(frame: &Frame<'_>, user: &str, sign_out_key: &str) -> String {
    let texts = frame.texts;
    format!(
        "<form method=\"post\" action=\"/authorize/logout\">{}<p class=\"small\">{} {}<br>\
         <button class=\"quiet\">{}</button></p></form>",
        hidden(frame, sign_out_key),
        texts.signed_in_as,
        escape(user),
        texts.sign_out
    )
}

fn hidden(frame: &Frame<'_>, form_key: &str) -> String {
    let field = |name, value: &str| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
    field("request", frame.request) + &field("form_key", form_key)
}

fn html(frame: &Frame<'_>, status: u16, title: &str, body: &str) -> Answer {
    let texts = frame.texts;
    let others = frame.request.split('&').filter(|part| !part.is_empty() && !part.starts_with("lang="));
    let others: String = others.map(|part| format!("{part}&")).collect();
    let other = escape(&format!("/authorize?{others}lang={}", form::encode(texts.other_lang)));
    let page = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>{body}\
         <p class=\"small\">{} · <a href=\"{other}\" lang=\"{}\">{}</a></p></main></body></html>",
        texts.lang, texts.note, texts.other_lang, texts.other_name
    );
    let headers = [
        ("content-security-policy", POLICY),
        ("cache-control", "no-store"),
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
    ];
    let headers = headers.map(|(name, value)| (name, value.to_owned())).into();
    Answer { status, content_type: "text/html; charset=utf-8", body: page, headers }
}

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}
