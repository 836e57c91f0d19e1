//! The adapter of a kind of link.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::Router;

use super::{StationFeed, StationLink, callbacks::SharedReceiver};
use crate::limits::Guesses;

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

/// Source of stations and prices, and the pause between two questions.
pub struct FeedSource {
    pub source: Arc<dyn StationFeed>,
    pub pause: Duration,
}

/// Builds the routes of a kind's callbacks over their receiver; wrong keys are counted with those of other doors.
pub type CallbackRoutes = Box<dyn FnOnce(SharedReceiver, Arc<Guesses>) -> Router + Send>;

/// A check of the station automation for `kolonka check`.
#[async_trait]
pub trait StationCheck: Send + Sync {
    /// Runs the check; returns the settings that were tried, and the result.
    ///
    /// # Errors
    /// The settings that may be wrong, and the error.
    async fn run(&self) -> Result<String, String>;
}
