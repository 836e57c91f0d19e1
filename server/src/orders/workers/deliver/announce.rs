//! Announcement of paid goods and services at the station, which hands them over.

use std::sync::Arc;

use domain::order::{Order, Status};

use super::attempt::Attempt;
use crate::{
    orders::store::OutboxEntry,
    station_link::{StationCallError, StationLink},
};

/// Announces a paid order of goods at the station.
pub(super) struct Announce {
    pub station_link: Arc<dyn StationLink>,
}

impl Announce {
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Attempt {
        if order.status != Status::Ready {
            return Attempt::Done;
        }
        match self.station_link.announce(order).await {
            Ok(()) | Err(StationCallError::Refused(_)) => Attempt::Done,
            Err(error) => Attempt::station_failed(entry, &error, None),
        }
    }
}
