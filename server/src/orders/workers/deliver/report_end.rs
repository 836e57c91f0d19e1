//! Report to the station of how a release ended. A refusal of the report changes nothing.

use std::sync::Arc;

use domain::order::Order;

use super::attempt::Attempt;
use crate::{
    orders::store::OutboxEntry,
    station_link::{StationCallError, StationLink},
};

/// Reports the end of a release to the station.
pub(super) struct ReportEnd {
    pub station_link: Arc<dyn StationLink>,
}

impl ReportEnd {
    /// The release is the one whose end was recorded when the effect was decided.
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Attempt {
        let has_ended_then = |seq: u32| i64::from(seq) <= entry.row.seq;
        let mut ended =
            order.releases.iter().filter(|release| release.end.is_some_and(|end| has_ended_then(end.seq)));
        let Some(release) = ended.next_back() else { return Attempt::Done };
        match self.station_link.report_end(order, release).await {
            Ok(()) => Attempt::Done,
            Err(StationCallError::Refused(refusal)) => {
                tracing::warn!(order.number, reason = %refusal, "the station refused the report of an order's end");
                Attempt::Done
            }
            Err(error) => Attempt::station_failed(entry, &error, None),
        }
    }
}
