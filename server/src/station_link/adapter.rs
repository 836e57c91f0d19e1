//! What a kind of link brings with it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::Router;

use super::{StationFeed, StationLink, callbacks::SharedReceiver};

/// The adapter of an installation's stations: the link, and what else its kind has.
pub struct StationAdapter {
    pub link: Arc<dyn StationLink>,
    /// `None` where stations are not asked for, or nobody can be asked.
    pub feed: Option<FeedSource>,
    /// `None` where the station calls nobody.
    pub callbacks: Option<CallbackRoutes>,
    /// `None` where there is nothing to try before the start.
    pub check: Option<Arc<dyn StationCheck>>,
}

/// Whom to ask for stations and prices, and how long to wait between two questions.
pub struct FeedSource {
    pub source: Arc<dyn StationFeed>,
    pub pause: Duration,
}

/// Makes the routes of a kind's callbacks over their receiver.
pub type CallbackRoutes = Box<dyn FnOnce(SharedReceiver) -> Router + Send>;

/// What `kolonka check` tries of a station side.
#[async_trait]
pub trait StationCheck: Send + Sync {
    /// Tries it: the settings that were tried, and what came of it.
    ///
    /// # Errors
    /// The settings that may be wrong, and what came of it.
    async fn run(&self) -> Result<String, String>;
}
