//! Durable storage in the domain's words, on SQLite and PostgreSQL
