//! What the feed has said last, in the database: shared by all instances, of which one asks.

use std::{collections::HashMap, time::Duration};

use domain::id::StationId;
use sqlx::{Any, Row, Transaction};
use time::OffsetDateTime;

use crate::{
    database::{Database, Durability},
    stations::{
        silence::Presence,
        store::{StoreError, instant, millis},
    },
};

/// The only reader and writer of the `station_feed` and `feed_stations` tables.
#[derive(Clone, Debug)]
pub(super) struct Record {
    database: Database,
}

/// Where the record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) heard_at: Option<OffsetDateTime>,
    /// Other presences have another revision.
    pub(super) revision: i64,
}

/// Stations of one statement.
const ROWS_AT_ONCE: usize = 100;

impl Record {
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Takes the turn to ask, unless somebody has asked within the pause.
    pub(super) async fn take_turn(&self, now: OffsetDateTime, pause: Duration) -> Result<bool, StoreError> {
        self.database
            // A turn that a power cut takes back is only taken again.
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql =
                        "UPDATE station_feed SET asked_at = $1 WHERE name = 'stations' AND asked_at <= $2";
                    let query = sqlx::query(sql).bind(millis(now)).bind(millis(now - pause));
                    Ok(query.execute(&mut *connection).await?.rows_affected() == 1)
                })
            })
            .await
    }

    pub(super) async fn mark(&self) -> Result<Mark, StoreError> {
        let sql = "SELECT heard_at, revision FROM station_feed WHERE name = 'stations'";
        let row = sqlx::query(sql).fetch_one(self.database.pool()).await?;
        let heard_at: i64 = row.try_get("heard_at")?;
        let heard_at = (heard_at > 0).then(|| instant(heard_at)).transpose()?;
        Ok(Mark { heard_at, revision: row.try_get("revision")? })
    }

    pub(super) async fn presences(&self) -> Result<HashMap<StationId, Presence>, StoreError> {
        let sql = "SELECT station_id, state, last_at FROM feed_stations";
        let rows = sqlx::query(sql).fetch_all(self.database.pool()).await?;
        let read = rows.iter().map(|row| {
            let (state, last_at): (String, i64) = (row.try_get("state")?, row.try_get("last_at")?);
            let presence = match state.as_str() {
                "on" => Presence::On,
                "off" => Presence::Off,
                _ => Presence::Gone(instant(last_at)?),
            };
            Ok((StationId(row.try_get("station_id")?), presence))
        });
        read.collect()
    }

    /// The feed has answered at this time, and these stations stand otherwise than before.
    pub(super) async fn answered(
        &self,
        now: OffsetDateTime,
        changed: &[(StationId, Presence)],
    ) -> Result<(), StoreError> {
        let mut transaction = self.database.write().await?;
        let sql = "UPDATE station_feed SET heard_at = $1, revision = revision + $2 WHERE name = 'stations'";
        let query = sqlx::query(sql).bind(millis(now)).bind(i64::from(!changed.is_empty()));
        query.execute(&mut *transaction).await?;
        for rows in changed.chunks(ROWS_AT_ONCE) {
            write(&mut transaction, rows).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

async fn write(
    transaction: &mut Transaction<'static, Any>,
    rows: &[(StationId, Presence)],
) -> Result<(), StoreError> {
    let values: Vec<String> = (0..rows.len())
        .map(|row| format!("(${}, ${}, ${})", row * 3 + 1, row * 3 + 2, row * 3 + 3))
        .collect();
    let statement = format!(
        "INSERT INTO feed_stations (station_id, state, last_at) VALUES {} ON CONFLICT (station_id) DO UPDATE \
         SET state = excluded.state, last_at = excluded.last_at",
        values.join(", ")
    );
    let mut query = sqlx::query(&statement);
    for (id, presence) in rows {
        let (state, last_at) = match presence {
            Presence::On => ("on", 0),
            Presence::Off => ("off", 0),
            Presence::Gone(last) => ("gone", millis(*last)),
        };
        query = query.bind(id.0.clone()).bind(state).bind(last_at);
    }
    query.execute(&mut **transaction).await?;
    Ok(())
}
