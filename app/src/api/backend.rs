use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    draft::Draft,
    id::{OrderId, PumpNumber, StationId},
    locale::Locale,
    refusal::{Refusal, RequestError},
    view::{FoundStations, OrderView, PlacedView, QuoteView, StationCounts, StationQuery, StationView},
};
use leptos::prelude::use_context;

use super::{error::ApiError, settings::PageSettings};

/// What the pages need of the server, in domain types only. Implemented once, by the `server` crate; a test may
/// bring its own.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Stations that match, as a list or as markers and clusters.
    async fn find_stations(&self, query: StationQuery) -> Result<FoundStations, Refusal>;
    /// Counts the stations that each value of each filter would leave.
    async fn count_stations(&self, query: StationQuery) -> Result<StationCounts, Refusal>;
    /// One station with pumps, prices and goods.
    async fn station(&self, id: StationId) -> Result<StationView, Refusal>;
    /// Prices a draft without recording anything.
    async fn quote(&self, draft: Draft) -> Result<QuoteView, Refusal>;
    /// Records an order and makes its invoice. The same key gives the same order.
    async fn place(&self, draft: Draft) -> Result<PlacedView, Refusal>;
    /// An order by its secret id.
    async fn order(&self, id: OrderId, locale: Locale) -> Result<OrderView, Refusal>;
    /// Cancels an order.
    async fn cancel(&self, id: OrderId, locale: Locale) -> Result<OrderView, Refusal>;
    /// Starts a pump for a paid order; `seq` is that of the last history step that the caller has seen.
    async fn start(
        &self,
        id: OrderId,
        pump: PumpNumber,
        seq: u32,
        locale: Locale,
    ) -> Result<OrderView, Refusal>;
    /// Settings of this installation that every page gets.
    fn page_settings(&self) -> PageSettings;
}

/// The form in which the backend travels in the Leptos context: exactly this type, or it is not found.
pub type SharedBackend = Arc<dyn Backend>;

/// The backend of this request.
///
/// # Errors
/// `internal` where no backend was provided: a mistake of the composition, not of the customer.
pub(super) fn backend() -> Result<SharedBackend, ApiError> {
    use_context::<SharedBackend>()
        .ok_or_else(|| ApiError::of(&RequestError::Internal.into(), Locale::default()))
}

/// The settings of this installation; `None` while routes are listed at start.
#[must_use]
pub fn page_settings() -> Option<PageSettings> {
    use_context::<SharedBackend>().map(|backend| backend.page_settings())
}
