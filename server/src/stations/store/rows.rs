//! Rows of the `stations` table and the statements that read and write them.

use domain::station::Station;
use sqlx::{Any, FromRow, Transaction};
use time::OffsetDateTime;

use super::{
    stored,
    types::{StationStoreError, StoredStation},
};
use crate::clock::to_millis;

/// A station as it was written.
#[derive(FromRow)]
pub(super) struct StationRow {
    id: String,
    body: String,
    updated_at: i64,
}

impl StationRow {
    pub(super) fn read(self) -> Result<StoredStation, StationStoreError> {
        let Self { id, body, updated_at } = self;
        let Ok(changed_at) = instant(updated_at) else {
            return Err(StationStoreError::ChangeTime { id, at_ms: updated_at });
        };
        let station = stored::read(&body).map_err(|cause| StationStoreError::Body { id, cause })?;
        Ok(StoredStation { station, updated_at: changed_at })
    }
}

/// A station with the shop that was created for it. The shop is recorded in another table, since writers of stations do
/// not know it.
#[derive(FromRow)]
pub(super) struct StationWithShopRow {
    #[sqlx(flatten)]
    station: StationRow,
    shop_id: Option<i64>,
}

impl StationWithShopRow {
    pub(super) fn read(self) -> Result<StoredStation, StationStoreError> {
        let mut stored = self.station.read()?;
        stored.station.shop_id = self.shop_id.or(stored.station.shop_id);
        Ok(stored)
    }
}

/// Columns by which a reader finds out whether it knows a station as it is.
#[derive(FromRow)]
pub(super) struct VersionedRow {
    pub(super) id: String,
    pub(super) updated_at: i64,
    pub(super) shop_id: Option<i64>,
}

pub(super) const READ_VERSION: &str = "SELECT version FROM catalogue WHERE id = 'stations'";
pub(super) const READ_ALL: &str = "SELECT id, body, updated_at FROM stations ORDER BY id";
/// Columns of [`StationWithShopRow`].
pub(super) const STATION_COLUMNS: &str = "s.id, s.body, s.updated_at";
pub(super) const READ_ONE: &str = "SELECT id, body, updated_at FROM stations WHERE id = $1";
/// The statement that reads these columns of stations with the number of the shop that was made for each.
pub(super) fn statement_with_shops(columns: &str, which: &str) -> String {
    format!(
        "SELECT {columns}, m.shop_id FROM stations s \
         LEFT JOIN marketplace_shops m ON m.kind = 'station' AND m.name = s.id {which}"
    )
}

/// Condition that selects so many stations by their ids.
pub(super) fn where_ids(rows: usize) -> String {
    let places: Vec<String> = (1..=rows).map(|place| format!("${place}")).collect();
    format!("WHERE s.id IN ({})", places.join(", "))
}

/// Stations that one statement writes: a country is written in hundreds of statements, not in tens of thousands.
pub(super) const ROWS_PER_STATEMENT: usize = 100;

/// The statement that writes so many stations. A time of change always grows, whatever the clock does: readers see
/// by it what has changed.
fn write_statement(rows: usize) -> String {
    let values: Vec<String> =
        (0..rows).map(|row| format!("(${}, ${}, ${})", row * 3 + 1, row * 3 + 2, row * 3 + 3)).collect();
    format!(
        "INSERT INTO stations (id, body, updated_at) VALUES {} ON CONFLICT (id) DO UPDATE SET body = excluded.body, \
         updated_at = CASE WHEN excluded.updated_at > stations.updated_at THEN excluded.updated_at \
         ELSE stations.updated_at + 1 END",
        values.join(", ")
    )
}

/// Converts milliseconds since 1970 to an instant.
pub(in crate::stations) fn instant(at_ms: i64) -> Result<OffsetDateTime, StationStoreError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000)
        .map_err(|_| StationStoreError::Time(at_ms))
}

pub(super) async fn write(
    transaction: &mut Transaction<'static, Any>,
    stations: &[&Station],
    now: OffsetDateTime,
) -> Result<(), StationStoreError> {
    let at_ms = to_millis(now);
    let statement = write_statement(stations.len());
    let mut query = sqlx::query(&statement);
    for station in stations {
        let body = stored::write(station)
            .map_err(|cause| StationStoreError::Unwritable { id: station.id.0.clone(), cause })?;
        query = query.bind(station.id.0.clone()).bind(body).bind(at_ms);
    }
    query.execute(&mut **transaction).await?;
    Ok(())
}
