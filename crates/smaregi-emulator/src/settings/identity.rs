//! Settings of the token host: tokens, sign-in, user information, host names (platform-common.md §1, §4–6, §9.2).

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenSettings {
    /// Seconds an access token works.
    pub lifetime_s: i64,
    pub error_style: TokenErrorStyle,
    pub algorithm: TokenAlgorithm,
    /// Take scopes that are separated by commas, or given in several `scope` fields, too. What the real service says to these is not known.
    pub lenient_scopes: bool,
    /// Seconds in which an authorization code has to be used.
    pub code_lifetime_s: i64,
    pub refresh_lifetime_days: i64,
    /// A refresh token is exchanged for a new one on use. Off: it stays and none comes back (§5.3).
    pub rotate: bool,
    /// Take `plain` as PKCE method too. The reference names only `S256` (§5.1).
    pub pkce_plain: bool,
    /// `error` for a wrong, expired or used code or refresh token.
    pub grant_error: GrantError,
    /// Status for a wrong, expired or used refresh token: 400, or 401.
    pub refresh_error_status: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum TokenErrorStyle {
    /// `type`, `title`, `status` beside `error`, `error_description` (§9.2).
    #[default]
    ProblemAndOauth,
    Oauth,
}

/// How access tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub enum TokenAlgorithm {
    /// Header and length of real tokens (§4). Real ones cannot be verified by anybody but Smaregi, as no public key is published; instead of an RSA
    /// signature stands a keyed digest of the same length that only this emulator can make.
    #[default]
    RS256,
    /// A true HS256 signature, which a test can verify with the key of `GET /control/token-key`.
    HS256,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum GrantError {
    #[default]
    InvalidGrant,
    InvalidRequest,
}

impl GrantError {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInSettings {
    /// Do not ask again for what a person already allowed. Not known of the real service.
    pub remember_consent: bool,
    /// How long a browser stays signed in. Hours.
    pub session_hours: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct UserinfoSettings {
    pub methods: UserinfoMethods,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum UserinfoMethods {
    #[default]
    GetAndPost,
    PostOnly,
}

/// Names under which the two hosts are called (§1). Empty: any name, and both on one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct HostSettings {
    /// Token host, e.g. `id.smaregi.dev`; without port.
    pub id: Vec<String>,
    /// API host, e.g. `api.smaregi.dev`; without port.
    pub api: Vec<String>,
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            lifetime_s: 3600,
            error_style: TokenErrorStyle::default(),
            algorithm: TokenAlgorithm::default(),
            lenient_scopes: true,
            code_lifetime_s: 600,
            refresh_lifetime_days: 30,
            rotate: true,
            pkce_plain: false,
            grant_error: GrantError::default(),
            refresh_error_status: 400,
        }
    }
}

impl Default for SignInSettings {
    fn default() -> Self {
        Self { remember_consent: false, session_hours: 8 }
    }
}
