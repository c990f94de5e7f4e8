//! The kinds of shop this program knows.

use crate::{Channel, ChannelConfig, ConfigError, generic};
use regihub_ports::{SharedClock, SharedTransport};
use std::sync::Arc;

type Open = fn(&ChannelConfig, SharedTransport, SharedClock) -> Result<Arc<dyn Channel>, ConfigError>;

/// A new connector is one more line here.
const KINDS: &[(&str, Open)] = &[(generic::KIND, generic::open)];

/// The names that [`ChannelConfig::channel`] may have.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, _)| *name)
}

/// Checks a shop's settings and gives its channel. Sends nothing.
pub fn open(
    config: &ChannelConfig,
    transport: SharedTransport,
    clock: SharedClock,
) -> Result<Arc<dyn Channel>, ConfigError> {
    match KINDS.iter().find(|(name, _)| *name == config.channel) {
        Some((_, open)) => open(config, transport, clock),
        None => {
            let known: Vec<_> = kinds().collect();
            let problem = format!("{:?} is not a known kind of shop; known are: {}", config.channel, known.join(", "));
            Err(ConfigError::new("channel", problem))
        }
    }
}
