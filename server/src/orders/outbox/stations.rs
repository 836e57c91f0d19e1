//! The station of an outbox row, by which stations share their lane.
//!
//! It is written with the row. Rows of an earlier version, and of the previous release while it runs beside this one, get
//! it here; until then they are not limited.

use std::time::Duration;

use domain::order::{Order, machine::Effect};
use serde::Deserialize;

use super::{Outbox, is_for_station};
use crate::{database::Durability, workers::WorkerContext};

/// Rows of the previous release are looked for this often.
const INTERVAL: Duration = Duration::from_secs(1);
/// Rows filled by one transaction.
const BATCH: usize = 100;

/// The station that an effect of this order calls; `None` for one that calls Invoicebox.
pub(in crate::orders) fn station_of(effect: Effect, order: &Order) -> Option<&str> {
    is_for_station(effect).then_some(order.station.id.0.as_str())
}

/// The part of an order's body that is needed here.
#[derive(Deserialize)]
struct Body {
    station: Station,
}

#[derive(Deserialize)]
struct Station {
    id: String,
}

impl Outbox {
    /// Fills the station of rows that have none.
    pub async fn assign_stations_forever(self, worker: WorkerContext) {
        loop {
            if let Err(error) = self.assign_stations().await {
                tracing::error!(%error, "outbox rows without a station could not be filled; trying again");
            }
            if worker.pause(INTERVAL).await.is_break() {
                return;
            }
        }
    }

    /// Fills the station of all rows that have none.
    ///
    /// # Errors
    /// The database does not answer; what was filled stays.
    pub async fn assign_stations(&self) -> Result<(), sqlx::Error> {
        while self.assign_batch().await? == BATCH {}
        Ok(())
    }

    /// Fills one batch; tells how many rows were without a station.
    async fn assign_batch(&self) -> Result<usize, sqlx::Error> {
        let sql = format!(
            "SELECT outbox.order_id, outbox.seq, outbox.effect, orders.body FROM outbox \
             JOIN orders ON orders.id = outbox.order_id \
             WHERE outbox.station_id IS NULL AND ({}) LIMIT {BATCH}",
            super::STATION_LANE.rows.replace("mine.", "outbox.")
        );
        let rows: Vec<(String, i64, String, String)> =
            sqlx::query_as(&sql).fetch_all(self.database().pool()).await?;
        let found = rows.len();
        if found == 0 {
            return Ok(0);
        }
        self.database()
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    for (order, seq, effect, body) in rows {
                        // An unreadable order is tried, and fails, in a lane of its own.
                        let station = serde_json::from_str(&body).map_or_else(
                            |_| String::new(),
                            |body: Body| body.station.id,
                        );
                        sqlx::query(
                            "UPDATE outbox SET station_id = $4 WHERE order_id = $1 AND seq = $2 AND effect = $3",
                        )
                        .bind(order)
                        .bind(seq)
                        .bind(effect)
                        .bind(station)
                        .execute(&mut *connection)
                        .await?;
                    }
                    Ok::<_, sqlx::Error>(())
                })
            })
            .await?;
        Ok(found)
    }
}
