//! People who work with orders, and how they are recognised.

mod sessions;

pub use sessions::{OpenedSession, SESSION_TTL, Sessions, is_secret};
