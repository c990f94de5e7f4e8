//! What the emulator signs: access tokens, the cookies of its log-in page. The key is its own and kept with its state.

use crate::{
    emulator::{Inner, State},
    problem::Problem,
    settings::TokenAlgorithm,
    state::{Entry, IdentityEntry, Token},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// Bytes of a signature with RSA of 2,048 bits.
const RSA_LENGTH: usize = 256;

pub(crate) struct Signer {
    key: String,
    algorithm: TokenAlgorithm,
}

impl Signer {
    /// The key is drawn when it is first needed.
    pub(crate) fn of(inner: &Inner, state: &mut State) -> Result<Self, Problem> {
        let key = match state.world.identities.key() {
            Some(key) => key.to_owned(),
            None => {
                let key = hex(&inner.dice.bytes::<32>());
                state.world.record(Entry::Identity(IdentityEntry::Key(key.clone())));
                state.world.save()?;
                key
            }
        };
        Ok(Self { key, algorithm: inner.settings.token.algorithm })
    }

    /// `header.claims.signature`.
    pub(crate) fn jwt(&self, claims: &Value) -> String {
        let (header, length) = match self.algorithm {
            TokenAlgorithm::RS256 => (r#"{"typ":"JWT","alg":"RS256"}"#, RSA_LENGTH),
            TokenAlgorithm::HS256 => (r#"{"typ":"JWT","alg":"HS256"}"#, 32),
        };
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims.to_string().as_bytes()));
        let mut signature = self.digest(&[&signed]).to_vec();
        for part in 1_u8.. {
            if signature.len() >= length {
                break;
            }
            signature.extend(self.digest(&[&signed, &part.to_string()]));
        }
        format!("{signed}.{}", encode(&signature))
    }

    /// A digest of some texts that only this emulator can make.
    pub(super) fn digest(&self, parts: &[&str]) -> [u8; 32] {
        let key = unhex(&self.key);
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
        for (number, part) in parts.iter().enumerate() {
            if number > 0 {
                mac.update(&[0]); // no two lists of texts look the same
            }
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

/// The key in hexadecimal digits, for tests that verify HS256 tokens.
pub(crate) fn hex_key(inner: &Inner, state: &mut State) -> Result<String, Problem> {
    Signer::of(inner, state).map(|signer| signer.key)
}

/// For whom an access token is.
pub(crate) struct AccessToken<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) contract_id: &'a str,
    /// E-mail address of the person behind a user token.
    pub(crate) user: Option<&'a str>,
    /// The contract, or `{contract}:{user}`.
    pub(crate) subject: &'a str,
    pub(crate) scopes: &'a [String],
}

/// Issues a token with the claims of real ones (platform-common.md §4) and gives the members of the answer. The caller saves.
pub(crate) fn issue_access_token(inner: &Inner, state: &mut State, wanted: &AccessToken<'_>) -> Result<Value, Problem> {
    let signer = Signer::of(inner, state)?;
    let (now, lifetime) = (inner.now(), inner.settings.token.lifetime_s);
    let expires = now.saturating_add(lifetime);
    let claims = json!({
        "aud": wanted.client_id,
        "jti": hex(&inner.dice.bytes::<40>()),
        "iat": now,
        "nbf": now,
        "exp": expires,
        "sub": wanted.subject,
        "scopes": wanted.scopes,
    });
    let token = Token {
        token: signer.jwt(&claims),
        client_id: wanted.client_id.into(),
        contract_id: wanted.contract_id.into(),
        scopes: wanted.scopes.to_vec(),
        expires,
        user: wanted.user.map(Into::into),
    };
    let answer = json!({
        "scope": wanted.scopes.join(" "),
        "token_type": "Bearer",
        "expires_in": lifetime,
        "access_token": token.token,
    });
    state.world.forget_expired_tokens(now);
    state.world.record(Entry::Token(token));
    Ok(answer)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is no hexadecimal digit counts as 0: the key is the emulator's own.
fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0)).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_three_parts_and_the_length_of_real_ones() {
        let signer = |algorithm| Signer { key: "00ff".into(), algorithm };
        let token = signer(TokenAlgorithm::RS256).jwt(&json!({ "sub": "sb_a" }));
        let parts: Vec<Vec<u8>> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        assert_eq!(parts[0], br#"{"typ":"JWT","alg":"RS256"}"#);
        assert_eq!((parts[1].as_slice(), parts[2].len()), (&br#"{"sub":"sb_a"}"#[..], 256));
        let token = signer(TokenAlgorithm::HS256).jwt(&json!({ "sub": "sb_a" }));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&[0x00, 0xff]).unwrap();
        mac.update(signed.as_bytes());
        mac.verify_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    }

    #[test]
    fn digests_of_different_lists_differ() {
        let signer = Signer { key: "01".into(), algorithm: TokenAlgorithm::HS256 };
        assert_ne!(signer.digest(&["ab", "c"]), signer.digest(&["a", "bc"]));
    }
}
