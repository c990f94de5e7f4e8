//! Connectors to online shops and back offices
