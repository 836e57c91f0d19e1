//! Report to the station of how an order ended. A refusal of the report changes nothing.

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
                tracing::warn!(order.number, reason = %refusal, "the station refused the report of an order's end");
                Attempt::Done
            }
            Err(error) => Attempt::station_failed(entry, &error, None),
        }
    }
}
