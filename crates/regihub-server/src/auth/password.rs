//! Argon2id with the crate's defaults (19 MiB, 2 passes), kept as PHC text.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use regihub_ports::Dice;
use std::sync::LazyLock;
use tokio::{runtime::RuntimeFlavor, sync::Semaphore};

/// Shortest password taken, in characters.
pub(super) const SHORTEST: usize = 10;
/// Longest password taken, in bytes, so that nobody makes the hash chew on megabytes.
pub(super) const LONGEST: usize = 1024;

/// At most this many at once: each costs 19 MiB and a core for a while, and notifications need the cores.
static AT_ONCE: Semaphore = Semaphore::const_new(1);

/// Verified against when the login is unknown, so that the answer takes as long as for a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_with_salt("nobody has this password", &[7; 16]));

/// The stored form of a password.
pub async fn hash(dice: &Dice, password: &str) -> String {
    let salt: [u8; 16] = dice.bytes();
    let _turn = AT_ONCE.acquire().await;
    off_the_reactor(|| hash_with_salt(password, &salt))
}

/// `known` is the stored hash of the login, `None` when there is no such login. Both take the same work.
pub(super) async fn verify(known: Option<&str>, password: &str) -> bool {
    let _turn = AT_ONCE.acquire().await;
    off_the_reactor(|| {
        let stored = known.unwrap_or(&NOBODY);
        let matches = PasswordHash::new(stored)
            .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
        matches && known.is_some()
    })
}

fn hash_with_salt(password: &str, salt: &[u8; 16]) -> String {
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .expect("the default parameters and a salt of 16 bytes are valid");
    hash.to_string()
}

/// Lets the other tasks of this thread go on elsewhere, where there is an elsewhere.
fn off_the_reactor<T>(work: impl FnOnce() -> T) -> T {
    match tokio::runtime::Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_opens_only_its_own_hash() {
        let dice = Dice::from_seed(1);
        let stored = hash(&dice, "正しいパスワード").await;
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert!(verify(Some(&stored), "正しいパスワード").await);
        assert!(!verify(Some(&stored), "違うパスワード").await);
        assert!(!verify(Some("not a hash"), "x").await);
        assert_ne!(stored, hash(&dice, "正しいパスワード").await, "two users with one password have different hashes");
    }

    #[tokio::test]
    async fn an_unknown_login_never_gets_in_even_with_the_stand_in_s_password() {
        assert!(!verify(None, "nobody has this password").await);
    }
}
