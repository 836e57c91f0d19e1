//! What the handlers of the cashier API share.

use std::sync::Arc;

use super::token::{Token, WrongTokens};
use crate::{
    clock::Clock, erp_events::DeadEvents, orders::Orders, people::Sessions, stations::catalogue::Catalogue,
};

/// One for all requests, behind an `Arc`.
pub struct ErpState {
    pub token: Token,
    pub sessions: Sessions,
    pub wrong_tokens: WrongTokens,
    pub dead_events: DeadEvents,
    /// The description of the API.
    pub description: serde_json::Value,
    pub orders: Orders,
    pub catalogue: Arc<Catalogue>,
    pub clock: Clock,
    /// Without a trailing slash.
    pub public_url: String,
    /// Of the public address: scheme, host and port.
    pub origin: String,
}

impl ErpState {
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}
