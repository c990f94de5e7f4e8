//! Secrets at rest (I10): sealed with XChaCha20-Poly1305 under a master key that lives outside the database.
//!
//! A sealed secret is `key id (1 byte) | nonce (24) | ciphertext with tag`. The place it stands in (`connection.client_secret:<hook key>`)
//! is bound to it, so that a sealed secret moved to another row or column does not open. The nonce is an HMAC of place and text under a
//! key of its own: it needs no random source, and the same nonce can only ever stand for the same secret in the same place.

use crate::error::{Result, StorageError};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use regihub_ports::Dice;
use sha2::Sha256;
use std::{fmt, fs, io::Write, path::Path};
use zeroize::{Zeroize, Zeroizing};

const NONCE: usize = 24;

/// A text nobody may see by accident: wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

/// The key of all secrets. Whoever has it and the database has the secrets; whoever loses it must enter them again.
#[derive(Clone)]
pub struct MasterKey {
    sealing: [u8; 32],
    nonces: [u8; 32],
    id: u8,
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.sealing.zeroize();
        self.nonces.zeroize();
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(•••)")
    }
}

impl MasterKey {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let bytes = Zeroizing::new(bytes);
        let part = |name: &str| -> [u8; 32] { mac(&bytes[..], &[name.as_bytes()]) };
        Self { sealing: part("regihub seal"), nonces: part("regihub nonce"), id: part("regihub key id")[0] }
    }

    /// Reads the key file (64 hexadecimal digits); makes one that only its owner may read when there is none.
    ///
    /// # Errors
    /// `Refused` when the file holds something else, `Backend` when it cannot be read or written.
    pub fn load_or_create(path: &Path, dice: &Dice) -> Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => Self::from_hex(path, Zeroizing::new(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::create(path, dice),
            Err(error) => Err(StorageError::Backend(format!("master key {}: {error}", path.display()))),
        }
    }

    fn from_hex(path: &Path, text: Zeroizing<String>) -> Result<Self> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        hex::decode_to_slice(text.trim(), &mut bytes[..]).map_err(|_| {
            let (path, length) = (path.display(), text.trim().len());
            StorageError::Refused(format!("master key {path}: got {length} characters, allowed: 64 hexadecimal digits"))
        })?;
        Ok(Self::from_bytes(*bytes))
    }

    /// Written beside its place first and then renamed, so that a crash leaves a whole key or none.
    fn create(path: &Path, dice: &Dice) -> Result<Self> {
        let bytes = Zeroizing::new(dice.bytes::<32>());
        let write = || -> std::io::Result<()> {
            let beside = path.with_extension("new");
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&beside)?;
            file.write_all(Zeroizing::new(hex::encode(&bytes[..])).as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, path)
        };
        write().map_err(|e| StorageError::Backend(format!("master key {}: {e}", path.display())))?;
        Ok(Self::from_bytes(*bytes))
    }

    /// Seals `secret` for `place`.
    pub(crate) fn seal(&self, place: &str, secret: &Secret) -> Result<Vec<u8>> {
        let text = secret.0.as_bytes();
        let length = (place.len() as u64).to_be_bytes();
        let nonce = mac(&self.nonces, &[&length, place.as_bytes(), text]);
        let nonce = &nonce[..NONCE];
        let sealed = self
            .cipher()
            .encrypt(&nonce_of(nonce)?, Payload { msg: text, aad: place.as_bytes() })
            .map_err(|_| StorageError::Refused(format!("{place}: the secret is too long to be sealed")))?;
        let mut out = Vec::with_capacity(1 + NONCE + sealed.len());
        out.push(self.id);
        out.extend_from_slice(nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what was sealed for the same `place`.
    pub(crate) fn open(&self, place: &str, sealed: &[u8]) -> Result<Secret> {
        let refused = |why: &str| StorageError::Refused(format!("{place}: the secret cannot be opened: {why}"));
        let (id, rest) = sealed.split_first().ok_or_else(|| refused("nothing is stored"))?;
        if *id != self.id {
            return Err(refused("it was sealed with another master key; restore that key or enter the secret again"));
        }
        let (nonce, text) = rest.split_at_checked(NONCE).ok_or_else(|| refused("it is cut off"))?;
        let text = self
            .cipher()
            .decrypt(&nonce_of(nonce)?, Payload { msg: text, aad: place.as_bytes() })
            .map_err(|_| refused("it was changed, moved or sealed with another master key"))?;
        String::from_utf8(text).map(Secret).map_err(|_| refused("it is not text"))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&self.sealing).into())
    }
}

fn nonce_of(bytes: &[u8]) -> Result<XNonce> {
    XNonce::try_from(bytes).map_err(|_| StorageError::Backend("a nonce has 24 bytes".into()))
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sealed_secret_opens_to_itself_and_nowhere_else(text in ".*", place in "[a-z.:]{1,30}", key: [u8; 32], flip: prop::sample::Index) {
            let key = MasterKey::from_bytes(key);
            let mut sealed = key.seal(&place, &text.clone().into()).unwrap();
            let opened = key.open(&place, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), text.as_str());
            prop_assert!(key.open(&format!("{place}x"), &sealed).is_err(), "another place");
            let at = flip.index(sealed.len());
            sealed[at] ^= 1;
            prop_assert!(key.open(&place, &sealed).is_err(), "one bit changed");
        }

        #[test]
        fn anything_can_be_stored_where_a_sealed_secret_should_be(bytes: Vec<u8>) {
            prop_assert!(MasterKey::from_bytes([7; 32]).open("p", &bytes).is_err());
        }
    }

    #[test]
    fn a_secret_sealed_with_another_key_says_so() {
        let sealed = MasterKey::from_bytes([1; 32]).seal("p", &"x".into()).unwrap();
        let error = MasterKey::from_bytes([2; 32]).open("p", &sealed).unwrap_err();
        assert!(error.to_string().contains("another master key"), "{error}");
    }

    #[test]
    fn secrets_are_never_printed() {
        assert_eq!(format!("{:?} {:?}", Secret::from("hush"), MasterKey::from_bytes([1; 32])), "••• MasterKey(•••)");
    }
}
