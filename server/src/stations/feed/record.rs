//! The last report of the feed, in the database: shared by all instances, of which one asks.

use std::{collections::HashMap, time::Duration};

use domain::id::StationId;
use sqlx::{Any, FromRow, Transaction};
use time::OffsetDateTime;

use crate::{
    clock::{MAX_CLOCK_DIFFERENCE, to_millis},
    database::{Database, Durability},
    stations::{
        silence::FeedPresence,
        store::{StationStoreError, instant},
    },
};

/// The only reader and writer of the `station_feed` and `feed_stations` tables.
#[derive(Clone, Debug)]
pub(super) struct FeedRecord {
    database: Database,
}

#[derive(FromRow)]
struct MarkRow {
    heard_at: i64,
    revision: i64,
}

#[derive(FromRow)]
struct PresenceRow {
    station_id: String,
    state: String,
    last_at: i64,
}

impl PresenceRow {
    fn read(self) -> Result<(StationId, FeedPresence), StationStoreError> {
        let presence = match self.state.as_str() {
            "on" => FeedPresence::On,
            "off" => FeedPresence::Off,
            _ => FeedPresence::Gone(instant(self.last_at)?),
        };
        Ok((StationId(self.station_id), presence))
    }
}

/// The last answer of the feed, and the revision of the presences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FeedMark {
    pub(super) heard_at: Option<OffsetDateTime>,
    /// Other presences have another revision.
    pub(super) revision: i64,
}

/// Stations that one statement writes.
const ROWS_PER_STATEMENT: usize = 100;

impl FeedRecord {
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Acquires the right to ask; `false` where some instance has asked within the pause.
    pub(super) async fn acquire_lease(
        &self,
        now: OffsetDateTime,
        pause: Duration,
    ) -> Result<bool, StationStoreError> {
        self.database
            // A lease that a power cut loses is only acquired again.
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    // A mark in the future was set before a clock was set back.
                    let sql = "UPDATE station_feed SET asked_at = $1 \
                               WHERE name = 'stations' AND (asked_at <= $2 OR asked_at > $3)";
                    let query = sqlx::query(sql).bind(to_millis(now)).bind(to_millis(now - pause));
                    let query = query.bind(to_millis(now + MAX_CLOCK_DIFFERENCE));
                    Ok(query.execute(&mut *connection).await?.rows_affected() == 1)
                })
            })
            .await
    }

    pub(super) async fn mark(&self) -> Result<FeedMark, StationStoreError> {
        let sql = "SELECT heard_at, revision FROM station_feed WHERE name = 'stations'";
        let MarkRow { heard_at, revision } = sqlx::query_as(sql).fetch_one(self.database.pool()).await?;
        let heard_at = (heard_at > 0).then(|| instant(heard_at)).transpose()?;
        Ok(FeedMark { heard_at, revision })
    }

    pub(super) async fn presences(&self) -> Result<HashMap<StationId, FeedPresence>, StationStoreError> {
        let sql = "SELECT station_id, state, last_at FROM feed_stations";
        let rows: Vec<PresenceRow> = sqlx::query_as(sql).fetch_all(self.database.pool()).await?;
        rows.into_iter().map(PresenceRow::read).collect()
    }

    /// Records that the feed has answered at this time, and the presences that have changed.
    pub(super) async fn record_answer(
        &self,
        now: OffsetDateTime,
        changed: &[(StationId, FeedPresence)],
    ) -> Result<(), StationStoreError> {
        let mut transaction = self.database.write().await?;
        let sql = "UPDATE station_feed SET heard_at = $1, revision = revision + $2 WHERE name = 'stations'";
        let query = sqlx::query(sql).bind(to_millis(now)).bind(i64::from(!changed.is_empty()));
        query.execute(&mut *transaction).await?;
        for rows in changed.chunks(ROWS_PER_STATEMENT) {
            write(&mut transaction, rows).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

async fn write(
    transaction: &mut Transaction<'static, Any>,
    rows: &[(StationId, FeedPresence)],
) -> Result<(), StationStoreError> {
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
            FeedPresence::On => ("on", 0),
            FeedPresence::Off => ("off", 0),
            FeedPresence::Gone(last) => ("gone", to_millis(*last)),
        };
        query = query.bind(id.0.clone()).bind(state).bind(last_at);
    }
    query.execute(&mut **transaction).await?;
    Ok(())
}
