//! The machine-readable list of Smaregi's endpoints, scopes, webhooks and columns, with confidence marks
