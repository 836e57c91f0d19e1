//! Limits of callers without a key or a person, so that no stranger uses up what paying customers need.
//!
//! They count by the client's address, of which proxies tell: [`address`].

pub mod address;
mod guesses;

pub use address::{ClientAddress, TrustedProxies};
pub use guesses::Guesses;
