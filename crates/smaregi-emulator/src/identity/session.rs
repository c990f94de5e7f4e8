//! Who sits at the browser: a signed cookie, and the proof that a form came from our own page.

use super::sign::{Signer, hex};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use regihub_ports::Dice;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

const COOKIE: &str = "smaregi_emulator_session";

/// Kept by the browser; nothing is kept here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session {
    /// New at every sign-in, so that a cookie planted before is worth nothing.
    nonce: String,
    /// E-mail address; `None`: nobody signed in yet.
    pub(super) user: Option<String>,
    /// Seconds since 1970, UTC.
    expires: i64,
}

impl Session {
    pub(super) fn new(dice: &Dice, user: Option<String>, expires: i64) -> Self {
        Self { nonce: hex(&dice.bytes::<16>()), user, expires }
    }

    pub(super) fn read(headers: &HeaderMap, signer: &Signer, now: i64) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
        let (content, signature) = value.split_once('.')?;
        same(signature, &hex(&signer.digest(&["session", content]))).then_some(())?;
        let session: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(content).ok()?).ok()?;
        (session.expires > now).then_some(session)
    }

    /// Value of `Set-Cookie`. Not readable by scripts, not sent with forms of other sites; it comes along when an app leads the browser here.
    pub(super) fn cookie(&self, signer: &Signer) -> String {
        let content = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default());
        let signature = hex(&signer.digest(&["session", &content]));
        format!("{COOKIE}={content}.{signature}; Path=/authorize; HttpOnly; SameSite=Lax")
    }

    /// What a form has to bring back: only our page for this browser, form and request knows it.
    pub(super) fn form_key(&self, signer: &Signer, form: &str, request: &str) -> String {
        hex(&signer.digest(&["form", &self.nonce, form, request]))
    }

    pub(super) fn owns(&self, signer: &Signer, form: &str, request: &str, key: &str) -> bool {
        same(key, &self.form_key(signer, form, request))
    }
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
