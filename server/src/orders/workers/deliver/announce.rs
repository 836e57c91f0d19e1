//! Asks the counter to hand paid goods and services over.

use domain::order::{Order, Status};

use super::{Attempt, EffectTools};
use crate::{orders::store::OutboxEntry, station_link::StationCallError};

impl EffectTools {
    pub(super) async fn announce(&self, entry: &OutboxEntry, order: &Order) -> Attempt {
        if order.status != Status::Ready {
            return Attempt::Done;
        }
        match self.station_link.announce(order).await {
            Ok(()) | Err(StationCallError::Refused(_)) => Attempt::Done,
            Err(error) => Attempt::station_failed(entry, &error, None),
        }
    }
}
