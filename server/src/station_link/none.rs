//! Stations without automation.

use std::sync::Arc;

use async_trait::async_trait;
use domain::order::{Order, Release};

use super::{Capabilities, StationAdapter, StationCallError, StationLink, StationRefusal};

/// No automation: the cashier sees the paid order and releases the pump by hand; orders are ready when they are paid.
struct NoLink;

/// The adapter with a link only: no automation can be asked, and none calls.
pub(super) fn adapter() -> StationAdapter {
    StationAdapter { link: Arc::new(NoLink), feed: None, callbacks: None, check: None }
}

#[async_trait]
impl StationLink for NoLink {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            drives_pumps: false,
            asks_pumps: false,
            withdraws_at_once: true,
            measures_full_tank: false,
        }
    }

    /// Refuses: where nothing links us to the pumps, nobody asks for a release.
    async fn release(&self, _: &Order, _: &Release) -> Result<(), StationCallError> {
        Err(StationCallError::Refused(StationRefusal::LeftToCashier))
    }

    /// Refuses: the release was given by a link that is not configured any more, so only a person can say that nothing was
    /// filled.
    async fn withdraw(&self, _: &Order, _: &Release) -> Result<(), StationCallError> {
        Err(StationCallError::Refused(StationRefusal::LeftToCashier))
    }

    /// Reports nothing: the cashier has closed the order.
    async fn report_end(&self, _: &Order, _: &Release) -> Result<(), StationCallError> {
        Ok(())
    }

    async fn announce(&self, _: &Order) -> Result<(), StationCallError> {
        Ok(())
    }
}
