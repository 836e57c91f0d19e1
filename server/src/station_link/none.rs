//! Stations without automation.

use std::sync::Arc;

use async_trait::async_trait;
use domain::order::{Order, machine::Canceller};

use super::{Capabilities, ReleaseAnswer, StationAdapter, StationCallError, StationLink, StationRefusal};

/// No automation: the cashier sees the paid order and releases the pump by hand, so every order is ready at once.
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

    async fn release(&self, _: &Order) -> Result<ReleaseAnswer, StationCallError> {
        Ok(ReleaseAnswer::ByHand)
    }

    /// Refuses everybody but the operator: the cashier may have released the pump by hand, so only the operator can say
    /// that nothing was filled.
    async fn withdraw(&self, order: &Order) -> Result<(), StationCallError> {
        match order.cancellation {
            Some(cancellation) if cancellation.by != Canceller::Operator => {
                Err(StationCallError::Refused(StationRefusal::LeftToCashier))
            }
            _ => Ok(()),
        }
    }

    /// Reports nothing: the cashier has closed the order.
    async fn report_end(&self, _: &Order) -> Result<(), StationCallError> {
        Ok(())
    }

    async fn announce(&self, _: &Order) -> Result<(), StationCallError> {
        Ok(())
    }
}
