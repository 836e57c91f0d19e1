//! Filling `orders.station_id` for orders of versions that did not write it. The station is in the body, which SQL cannot
//! read in the same way on both databases.

use domain::id::StationId;
use serde::Deserialize;

use super::{OrderStore, StoreError};
use crate::database::Durability;

/// Orders of one transaction.
const BATCH_SIZE: usize = 200;

/// What a body says of its station, whatever else it says.
#[derive(Deserialize)]
struct Body {
    station: Station,
}

#[derive(Deserialize)]
struct Station {
    id: StationId,
}

#[derive(sqlx::FromRow)]
struct UnfilledRow {
    id: String,
    number: i64,
    body: String,
}

impl OrderStore {
    /// Fills one batch of the orders behind `number`. Gives the number behind which to go on, or `None` at the end.
    ///
    /// A row is filled once, by whichever instance comes first. One whose station cannot be read stays as it is.
    ///
    /// # Errors
    /// `Database`; then nothing of the batch is filled.
    pub async fn fill_station_ids(&self, number: i64) -> Result<Option<i64>, StoreError> {
        let sql = format!(
            "SELECT id, number, body FROM orders WHERE station_id IS NULL AND number > $1 \
             ORDER BY number LIMIT {BATCH_SIZE}"
        );
        let rows: Vec<UnfilledRow> =
            sqlx::query_as(&sql).bind(number).fetch_all(self.database.pool()).await?;
        let next = rows.last().filter(|_| rows.len() == BATCH_SIZE).map(|row| row.number);
        let filled: Vec<(String, StationId)> =
            rows.into_iter().filter_map(|row| self.station_of(row)).collect();
        if filled.is_empty() {
            return Ok(next);
        }
        self.database
            // What a power cut takes back is filled again.
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql = "UPDATE orders SET station_id = $2 WHERE id = $1 AND station_id IS NULL";
                    for (id, station) in filled {
                        sqlx::query(sql).bind(id).bind(station.0).execute(&mut *connection).await?;
                    }
                    Ok(next)
                })
            })
            .await
    }

    fn station_of(&self, row: UnfilledRow) -> Option<(String, StationId)> {
        match serde_json::from_str::<Body>(&row.body) {
            Ok(body) => Some((row.id, body.station.id)),
            Err(error) => {
                self.unreadable.report(&StoreError::Unreadable { number: row.number, error });
                None
            }
        }
    }
}
