//! Typed client for Smaregi's APIs
