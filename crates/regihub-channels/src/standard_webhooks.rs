//! Standard Webhooks (standardwebhooks.com, specification 1.0): signing and proving.
//!
//! The signature is `v1,` + base64 of HMAC-SHA256 over `id.timestamp.body`. A message may carry several signatures, and a receiver may
//! hold several secrets, so that either side can change its secret without losing a message.

use crate::HookError;
use base64::{
    Engine,
    alphabet::STANDARD as ALPHABET,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use regihub_ports::Dice;
use sha2::Sha256;
use std::fmt;
use subtle::{Choice, ConstantTimeEq};

pub const ID_HEADER: &str = "webhook-id";
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// How far a message's time may be from now, either way.
pub const TOLERANCE_SECONDS: u64 = 5 * 60;

/// More signatures in one header are not looked at: a sender that changes its secret has two.
const MAX_SIGNATURES: usize = 8;
const SECRET_PREFIX: &str = "whsec_";
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Some senders leave the `=` out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The key of the signature: 24 to 64 random bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// The text is not a secret. Never repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("must begin with whsec_")]
    Prefix,
    #[error("must be base64 after whsec_")]
    Base64,
    #[error("holds {0} bytes; 24 to 64 are allowed")]
    Length(usize),
}

impl Secret {
    /// Reads `whsec_` + base64.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix(SECRET_PREFIX).ok_or(SecretError::Prefix)?;
        let key = BASE64.decode(encoded).map_err(|_| SecretError::Base64)?;
        if !SECRET_BYTES.contains(&key.len()) {
            return Err(SecretError::Length(key.len()));
        }
        Ok(Self(key))
    }

    /// A new secret of 32 bytes.
    pub fn generate(dice: &Dice) -> Self {
        Self(dice.bytes::<32>().to_vec())
    }

    /// `whsec_` + base64, for the settings. Secret: never log it.
    pub fn to_text(&self) -> String {
        format!("{SECRET_PREFIX}{}", BASE64.encode(&self.0))
    }

    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        mac.finalize().into_bytes().to_vec()
    }
}

/// Never shows the key.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The value of `webhook-signature`. `timestamp`: seconds since 1970, as in `webhook-timestamp`.
pub fn sign(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> String {
    format!("v1,{}", BASE64.encode(secret.mac(id, timestamp, body)))
}

/// Gives the message's id when one of the secrets made one of its signatures and its time is near `now_us` (microseconds since 1970, UTC).
///
/// All secrets are compared with all signatures, in constant time, before anything is said.
pub fn verify(secrets: &[Secret], headers: &HeaderMap, body: &[u8], now_us: i64) -> Result<String, HookError> {
    if secrets.is_empty() {
        return Err(HookError::NoSecret);
    }
    let id = header(headers, ID_HEADER)?;
    if id.is_empty() || id.len() > 255 {
        return Err(HookError::BadHeader(ID_HEADER, "1 to 255 letters are allowed"));
    }
    let timestamp = header(headers, TIMESTAMP_HEADER)?;
    let timestamp: i64 =
        timestamp.parse().map_err(|_| HookError::BadHeader(TIMESTAMP_HEADER, "it must be seconds since 1970"))?;
    let signatures = header(headers, SIGNATURE_HEADER)?;

    let seconds = now_us.div_euclid(1_000_000).abs_diff(timestamp);
    if seconds > TOLERANCE_SECONDS {
        return Err(HookError::OutOfTime { seconds, allowed: TOLERANCE_SECONDS });
    }
    let expected: Vec<Vec<u8>> = secrets.iter().map(|secret| secret.mac(id, timestamp, body)).collect();
    let mut found = Choice::from(0);
    for given in v1_signatures(signatures) {
        for expected in &expected {
            found |= expected.ct_eq(&given);
        }
    }
    if bool::from(found) { Ok(id.to_owned()) } else { Err(HookError::BadSignature) }
}

/// Signatures of other versions (`v1a` is the asymmetric one) and damaged ones are passed over, as the specification says.
fn v1_signatures(header: &str) -> impl Iterator<Item = Vec<u8>> {
    header
        .split_ascii_whitespace()
        .take(MAX_SIGNATURES)
        .filter_map(|signature| signature.strip_prefix("v1,"))
        .filter_map(|encoded| BASE64.decode(encoded).ok())
}

fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, HookError> {
    let value = headers.get(name).ok_or(HookError::MissingHeader(name))?;
    value.to_str().map_err(|_| HookError::BadHeader(name, "only ASCII is allowed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // The example of the public specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIMESTAMP: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn secrets(texts: &[&str]) -> Vec<Secret> {
        texts.iter().map(|text| Secret::parse(text).unwrap()).collect()
    }

    fn headers(signatures: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ID_HEADER, ID.parse().unwrap());
        headers.insert(TIMESTAMP_HEADER, TIMESTAMP.into());
        headers.insert(SIGNATURE_HEADER, signatures.parse().unwrap());
        headers
    }

    fn verified(signatures: &str, seconds_later: i64) -> Result<String, HookError> {
        verify(&secrets(&[SECRET]), &headers(signatures), BODY, (TIMESTAMP + seconds_later) * 1_000_000)
    }

    #[test]
    fn the_example_of_the_specification_is_signed_and_proven() {
        assert_eq!(sign(&secrets(&[SECRET])[0], ID, TIMESTAMP, BODY), SIGNATURE);
        assert_eq!(verified(SIGNATURE, 0), Ok(ID.to_owned()));
    }

    #[test]
    fn a_message_is_good_for_five_minutes_either_way() {
        for seconds in [-300, 300] {
            assert!(verified(SIGNATURE, seconds).is_ok());
        }
        for seconds in [-301, 301] {
            assert_eq!(verified(SIGNATURE, seconds), Err(HookError::OutOfTime { seconds: 301, allowed: 300 }));
        }
    }

    #[test]
    fn while_a_secret_is_changed_either_one_is_accepted_on_both_sides() {
        let new = Secret::generate(&Dice::from_seed(1));
        let both = secrets(&[SECRET, &new.to_text()]);
        for signer in &both {
            let signature = sign(signer, ID, TIMESTAMP, BODY);
            assert!(verify(&both, &headers(&signature), BODY, TIMESTAMP * 1_000_000).is_ok());
        }
        let two_signatures = format!("v1a,abcd v1,not-base64! {} {SIGNATURE}", sign(&new, ID, TIMESTAMP, BODY));
        assert!(verified(&two_signatures, 0).is_ok(), "the receiver still holds only the old secret");
        assert_eq!(verified(&sign(&new, ID, TIMESTAMP, BODY), 0), Err(HookError::BadSignature));
    }

    #[test]
    fn a_message_with_anything_changed_is_refused() {
        let now_us = TIMESTAMP * 1_000_000;
        let good = secrets(&[SECRET]);
        assert_eq!(verify(&good, &headers(SIGNATURE), b"{}", now_us), Err(HookError::BadSignature));
        for (name, value) in [(ID_HEADER, "msg_other"), (TIMESTAMP_HEADER, "1614265331"), (SIGNATURE_HEADER, "v1,")] {
            let mut headers = headers(SIGNATURE);
            headers.insert(name, value.parse().unwrap());
            assert_eq!(verify(&good, &headers, BODY, now_us), Err(HookError::BadSignature), "{name}");
        }
        for name in [ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER] {
            let mut headers = headers(SIGNATURE);
            headers.remove(name);
            assert_eq!(verify(&good, &headers, BODY, now_us), Err(HookError::MissingHeader(name)));
        }
    }

    #[test]
    fn a_text_that_is_no_secret_is_refused() {
        assert_eq!(Secret::parse("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Err(SecretError::Prefix));
        assert_eq!(Secret::parse("whsec_MfKQ9r8GKYqrTwjU"), Err(SecretError::Length(12)));
        assert_eq!(Secret::parse("whsec_***"), Err(SecretError::Base64));
    }

    proptest! {
        #[test]
        fn any_headers_are_read_without_a_panic(id in ".*", time in ".*", signature in ".*", now_us in any::<i64>()) {
            let mut headers = HeaderMap::new();
            for (name, value) in [(ID_HEADER, id), (TIMESTAMP_HEADER, time), (SIGNATURE_HEADER, signature)] {
                if let Ok(value) = value.parse() {
                    headers.insert(name, value);
                }
            }
            prop_assert!(verify(&secrets(&[SECRET]), &headers, BODY, now_us).is_err());
        }
    }
}
