//! Fills the station's column of orders that were placed by versions without it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::orders::{OrderStore, StoreError};

/// While versions are exchanged, the earlier one still writes orders without the column.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(3600);
/// After a failure.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Fills `orders.station_id`. It may be stopped at any time and goes on where it was.
#[derive(Clone)]
pub(in crate::orders) struct FillStationIds {
    pub store: OrderStore,
}

impl FillStationIds {
    pub async fn run(self, shutdown: CancellationToken) {
        loop {
            let pause = match shutdown.run_until_cancelled(self.fill()).await {
                None => return,
                Some(Ok(())) => LOOK_AGAIN_AFTER,
                Some(Err(error)) => {
                    tracing::warn!(%error, "the stations of earlier orders could not be filled in; trying again");
                    RETRY_AFTER
                }
            };
            if shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    async fn fill(&self) -> Result<(), StoreError> {
        let mut filled_to = 0;
        while let Some(number) = self.store.fill_station_ids(filled_to).await? {
            filled_to = number;
        }
        Ok(())
    }
}
