//! What the generic channel needs to know of a shop.

use crate::{ChannelConfig, ConfigError, config, standard_webhooks::Secret};
use http::HeaderValue;

/// The settings, checked and in the form in which they are used.
#[derive(Debug)]
pub(super) struct Settings {
    /// Without a slash at the end.
    pub base_url: String,
    pub authorization: HeaderValue,
    pub hook_secrets: Vec<Secret>,
}

impl Settings {
    pub fn check(config: &ChannelConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            base_url: config::base_url(&config.base_url)?,
            authorization: config::bearer(&config.api_key)?,
            hook_secrets: config::hook_secrets(&config.hook_secret)?,
        })
    }
}
