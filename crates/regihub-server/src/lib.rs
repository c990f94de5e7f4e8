//! HTTP: notification endpoints, API, admin pages
