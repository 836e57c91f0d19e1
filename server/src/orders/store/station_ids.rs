//! Filling `orders.station_id` and `outbox.station_id` in rows of versions that did not write it. The station is in the
//! order's body, which SQL cannot read in the same way on both databases.

use domain::id::StationId;
use serde::Deserialize;

use super::{OrderStore, STATION_LANE, StoreError};
use crate::database::{Database, Durability};

/// Most orders of one transaction.
const BATCH_SIZE: usize = 200;
/// Most effects of one transaction.
const EFFECT_BATCH_SIZE: usize = 100;

/// The station in an order's body; everything else is ignored.
#[derive(Deserialize)]
struct StationIdBody {
    station: StationIdOnly,
}

#[derive(Deserialize)]
struct StationIdOnly {
    id: StationId,
}

fn station_in_body(body: &str) -> Result<StationId, serde_json::Error> {
    serde_json::from_str::<StationIdBody>(body).map(|body| body.station.id)
}

#[derive(sqlx::FromRow)]
struct UnfilledRow {
    id: String,
    number: i64,
    body: String,
}

impl OrderStore {
    /// Fills one batch of the orders behind `number`. Returns the number behind which to continue, or `None` at the
    /// end.
    ///
    /// A row is filled once, by whichever instance comes first. One whose station cannot be read stays as it is.
    ///
    /// # Errors
    /// `Database` if the database does not answer; then nothing of the batch is filled.
    pub async fn fill_station_ids(&self, number: i64) -> Result<Option<i64>, StoreError> {
        let sql = format!(
            "SELECT id, number, body FROM orders WHERE station_id IS NULL AND number > $1 \
             ORDER BY number LIMIT {BATCH_SIZE}"
        );
        let rows: Vec<UnfilledRow> =
            sqlx::query_as(&sql).bind(number).fetch_all(self.database.pool()).await?;
        let next = rows.last().filter(|_| rows.len() == BATCH_SIZE).map(|row| row.number);
        let filled = self.unreadable.skip_all(rows.into_iter().map(UnfilledRow::filled))?;
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
}

impl UnfilledRow {
    /// The id of the order, and its station.
    fn filled(self) -> Result<(String, StationId), StoreError> {
        let Self { id, number, body } = self;
        match station_in_body(&body) {
            Ok(station) => Ok((id, station)),
            Err(error) => Err(StoreError::Unreadable { number, error }),
        }
    }
}

#[derive(sqlx::FromRow)]
struct UnfilledEffect {
    order_id: String,
    seq: i64,
    effect: String,
    body: String,
}

/// Fills one batch of the effects that call a station and have none. `true` if there may be more.
///
/// # Errors
/// `Database` if the database does not answer; then nothing of the batch is filled.
pub(in crate::orders) async fn fill_effect_stations(database: &Database) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT mine.order_id, mine.seq, mine.effect, orders.body FROM outbox AS mine \
         JOIN orders ON orders.id = mine.order_id \
         WHERE mine.station_id IS NULL AND ({}) LIMIT {EFFECT_BATCH_SIZE}",
        STATION_LANE.rows
    );
    let unfilled: Vec<UnfilledEffect> = sqlx::query_as(&sql).fetch_all(database.pool()).await?;
    let may_have_more = unfilled.len() == EFFECT_BATCH_SIZE;
    if unfilled.is_empty() {
        return Ok(false);
    }
    database
        .transact(Durability::Relaxed, move |connection| {
            Box::pin(async move {
                let sql =
                    "UPDATE outbox SET station_id = $4 WHERE order_id = $1 AND seq = $2 AND effect = $3";
                for row in unfilled {
                    // The effect of an unreadable order is tried, and fails, in a lane of its own.
                    let station =
                        station_in_body(&row.body).map_or_else(|_| String::new(), |station| station.0);
                    sqlx::query(sql)
                        .bind(row.order_id)
                        .bind(row.seq)
                        .bind(row.effect)
                        .bind(station)
                        .execute(&mut *connection)
                        .await?;
                }
                Ok(may_have_more)
            })
        })
        .await
}
