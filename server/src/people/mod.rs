//! People who work with orders, and their sessions.

mod sessions;

pub use sessions::{OpenedSession, SESSION_TTL, Sessions, is_secret};
