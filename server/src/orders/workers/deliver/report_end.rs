//! Reports to the station how an order ended. A station that does not take the report changes nothing.

use std::sync::Arc;

use domain::order::Order;

use super::attempt::Attempt;
use crate::{
    orders::store::OutboxEntry,
    station_link::{StationCallError, StationLink},
};

/// Reports the end of an order to the station.
pub(super) struct ReportEnd {
    pub station_link: Arc<dyn StationLink>,
}

impl ReportEnd {
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Attempt {
        match self.station_link.report_end(order).await {
            Ok(()) => Attempt::Done,
            Err(StationCallError::Refused(refusal)) => {
                tracing::warn!(order.number, words = %refusal, "the station does not take the end of an order");
                Attempt::Done
            }
            Err(error) => Attempt::station_failed(entry, &error, None),
        }
    }
}
