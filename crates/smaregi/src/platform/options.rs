use std::fmt;

/// Everything a client has to know about one app on one contract.
#[derive(Clone)]
pub struct ClientOptions {
    /// 契約ID; starts with `sb_` in the sandbox.
    pub contract_id: String,
    /// For example `https://api.smaregi.jp`, without a slash at the end.
    pub api_base: String,
    /// For example `https://id.smaregi.jp`, without a slash at the end.
    pub token_base: String,
    pub client_id: String,
    pub client_secret: String,
    /// For example `pos.products:read`. Writing does not include reading.
    pub scopes: Vec<String>,
    /// GET calls that may start within any one second.
    pub reads_per_second: u32,
    /// POST, PUT, PATCH and DELETE calls that may start within any one second, token calls included.
    pub writes_per_second: u32,
    /// How often one call is sent at most, the first time included.
    pub max_attempts: u32,
}

impl ClientOptions {
    /// The usual options of an environment.
    pub fn new(
        environment: Environment,
        contract_id: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            contract_id: contract_id.into(),
            api_base: environment.api_base().to_owned(),
            token_base: environment.token_base().to_owned(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            scopes: scopes.into_iter().map(Into::into).collect(),
            reads_per_second: environment.reads_per_second(),
            writes_per_second: environment.writes_per_second(),
            max_attempts: 4,
        }
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientOptions")
            .field("contract_id", &self.contract_id)
            .field("api_base", &self.api_base)
            .field("token_base", &self.token_base)
            .field("client_id", &self.client_id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// Where a contract lives. Mixing them up would sell test stock for real money: `.jp` is production, `.dev` the sandbox (platform-common §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// 本番環境
    Production,
    /// 開発環境 (サンドボックス)
    Sandbox,
}

impl Environment {
    pub fn api_base(self) -> &'static str {
        match self {
            Self::Production => "https://api.smaregi.jp",
            Self::Sandbox => "https://api.smaregi.dev",
        }
    }

    pub fn token_base(self) -> &'static str {
        match self {
            Self::Production => "https://id.smaregi.jp",
            Self::Sandbox => "https://id.smaregi.dev",
        }
    }

    /// A little below the limits of 50 and 10 (platform-common §10, from one unverified source).
    pub fn reads_per_second(self) -> u32 {
        match self {
            Self::Production => 45,
            Self::Sandbox => 9,
        }
    }

    /// A little below the limits of 20 and 4 (platform-common §10, from one unverified source).
    pub fn writes_per_second(self) -> u32 {
        match self {
            Self::Production => 18,
            Self::Sandbox => 3,
        }
    }
}
