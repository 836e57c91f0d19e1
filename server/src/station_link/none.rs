use async_trait::async_trait;
use domain::{
    id::{PumpNumber, StationId},
    order::{Order, machine::Canceller},
};

use super::{Release, StationCallError, StationLink};

/// No automation: the cashier sees the paid order and releases the pump by hand, so every order is ready at once.
pub struct NoLink;

#[async_trait]
impl StationLink for NoLink {
    async fn ping(&self, _: &StationId, _: PumpNumber) -> Result<(), StationCallError> {
        Ok(())
    }

    async fn authorise(&self, _: &Order) -> Result<Release, StationCallError> {
        Ok(Release::ByHand)
    }

    /// The cashier may have released the pump by hand, so only the operator can say that nothing was filled.
    async fn withdraw(&self, order: &Order) -> Result<(), StationCallError> {
        match order.calling_off {
            Some(off) if off.by != Canceller::Operator => {
                Err(StationCallError::Refused("заказ отменяет кассир".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Whoever closed the order knows.
    async fn report_end(&self, _: &Order) -> Result<(), StationCallError> {
        Ok(())
    }

    async fn announce(&self, _: &Order) -> Result<(), StationCallError> {
        Ok(())
    }

    fn is_linked(&self) -> bool {
        false
    }
}
