//! The work that must not be lost: inbox, jobs, flows, outbox, reconcilers
