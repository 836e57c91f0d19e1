//! Stations in the database: a JSON body each, and one version of the whole catalogue.

mod rows;
mod stored;
mod types;

use std::collections::BTreeMap;

use domain::{id::StationId, station::Station};
use sqlx::{Any, Transaction};
use time::OffsetDateTime;

use crate::database::{Database, UnreadableRows};
pub(super) use rows::instant;
use rows::{
    READ_ALL, READ_ONE, READ_VERSION, ROWS_PER_STATEMENT, STATION_COLUMNS, StationRow, StationWithShopRow,
    VersionedRow, statement_with_shops, where_ids, write,
};
pub use types::{
    ChangeCounts, ChangedStations, EditEffect, EditError, Edited, KnownStation, LoadedStations,
    StationStoreError, StoredStation,
};

/// The only reader and writer of the `stations` and `catalogue` tables. Cheap to clone.
#[derive(Clone, Debug)]
pub struct StationStore {
    database: Database,
    unreadable: UnreadableRows,
}

impl StationStore {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database, unreadable: UnreadableRows::default() }
    }

    /// Reads the version of the catalogue, which grows with every change by any instance.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn version(&self) -> Result<i64, StationStoreError> {
        Ok(sqlx::query_scalar(READ_VERSION).fetch_one(self.database.pool()).await?)
    }

    /// Loads every station, by id, with the number of its shop in the marketplace. The version is read first, so that a
    /// change in between is only seen too early. Stations that cannot be read are left out and reported.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn load_all(&self) -> Result<LoadedStations, StationStoreError> {
        let version = self.version().await?;
        let statement = statement_with_shops(STATION_COLUMNS, "ORDER BY s.id");
        let rows = sqlx::query_as(&statement).fetch_all(self.database.pool()).await?;
        let stations = self.unreadable.skip_all(rows.into_iter().map(StationWithShopRow::read))?;
        Ok(LoadedStations { version, stations })
    }

    /// Lists every station and reads those whose time of change, or whose shop's number, is not the one that the reader
    /// knows: the record of a shop does not change the station's time.
    ///
    /// # Errors
    /// [`StationStoreError::Database`] if the database does not answer.
    pub async fn load_changed(
        &self,
        known: impl Fn(&StationId) -> Option<KnownStation> + Send,
    ) -> Result<ChangedStations, StationStoreError> {
        let version = self.version().await?;
        let statement = statement_with_shops("s.id, s.updated_at", "");
        let rows: Vec<VersionedRow> = sqlx::query_as(&statement).fetch_all(self.database.pool()).await?;
        let (mut same, mut changed) = (Vec::new(), Vec::new());
        for VersionedRow { id, updated_at, shop_id } in rows {
            // A time that does not exist is nobody's: such a row is read, and reported.
            let (id, updated_at) = (StationId(id), instant(updated_at).ok());
            let is_known = |known: KnownStation| {
                Some(known.updated_at) == updated_at && (shop_id.is_none() || shop_id == known.shop_id)
            };
            if known(&id).is_some_and(is_known) { same.push(id) } else { changed.push(id) }
        }
        let read =
            if changed.len() > MAX_READ_SINGLY { Vec::new() } else { self.load_stations(&changed).await? };
        // Where the times show no change, it was one that they do not show, such as a deletion. Those of unreadable
        // stations always seem to have changed.
        if read.is_empty() {
            let LoadedStations { version, stations: read } = self.load_all().await?;
            return Ok(ChangedStations { version, same: Vec::new(), read });
        }
        Ok(ChangedStations { version, same, read })
    }

    async fn load_stations(&self, wanted: &[StationId]) -> Result<Vec<StoredStation>, StationStoreError> {
        let mut stations = Vec::with_capacity(wanted.len());
        for ids in wanted.chunks(ROWS_PER_STATEMENT) {
            let statement = statement_with_shops(STATION_COLUMNS, &where_ids(ids.len()));
            let query = ids.iter().fold(sqlx::query_as(&statement), |query, id| query.bind(id.0.clone()));
            let rows = query.fetch_all(self.database.pool()).await?;
            stations.extend(self.unreadable.skip_all(rows.into_iter().map(StationWithShopRow::read))?);
        }
        Ok(stations)
    }

    /// Reads a station; `None` if there is none of this id.
    ///
    /// # Errors
    /// The database does not answer, or the station cannot be read.
    pub async fn get(&self, id: &StationId) -> Result<Option<StoredStation>, StationStoreError> {
        let row: Option<StationRow> =
            sqlx::query_as(READ_ONE).bind(id.0.clone()).fetch_optional(self.database.pool()).await?;
        row.map(StationRow::read).transpose()
    }

    /// Counts the stations, disabled ones included.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn count(&self) -> Result<i64, StationStoreError> {
        Ok(sqlx::query_scalar("SELECT COUNT(*) FROM stations").fetch_one(self.database.pool()).await?)
    }

    /// Writes stations whole, all of them or none; also over rows that cannot be read.
    ///
    /// # Errors
    /// [`StationStoreError::Database`] if the database does not answer; then nothing was written.
    pub async fn upsert(
        &self,
        stations: Vec<Station>,
        now: OffsetDateTime,
    ) -> Result<ChangeCounts, StationStoreError> {
        self.merge(now, |_| (stations, ())).await.map(|(changes, ())| changes)
    }

    /// Writes stations whole that were computed from the catalogue at this version, all of them or none; `None`, and
    /// nothing is written, when it has changed since. A row that cannot be read is left as it is: these
    /// stations were computed without it.
    ///
    /// # Errors
    /// [`StationStoreError::Database`] if the database does not answer; then nothing was written.
    pub async fn replace(
        &self,
        version: i64,
        stations: Vec<Station>,
        now: OffsetDateTime,
    ) -> Result<Option<ChangeCounts>, StationStoreError> {
        if stations.is_empty() {
            return Ok(Some(ChangeCounts::default()));
        }
        let mut transaction = self.database.write().await?;
        let moved =
            sqlx::query("UPDATE catalogue SET version = version + 1 WHERE id = 'stations' AND version = $1")
                .bind(version)
                .execute(&mut *transaction)
                .await?
                .rows_affected()
                == 0;
        if moved {
            return Ok(None);
        }
        let mut changes = ChangeCounts::default();
        let mut writable = Vec::with_capacity(stations.len());
        for mut station in stations {
            let before = read_one(&mut transaction, &station.id).await;
            let Some(before) = self.unreadable.skip(before)? else { continue };
            match before {
                Some(before) => {
                    // Readers see the number of the shop that was made; the row keeps the one that was given to it.
                    station.shop_id = before.shop_id;
                    changes.updated += 1;
                }
                None => changes.inserted += 1,
            }
            writable.push(station);
        }
        if writable.is_empty() {
            return Ok(Some(changes));
        }
        for rows in writable.iter().collect::<Vec<_>>().chunks(ROWS_PER_STATEMENT) {
            write(&mut transaction, rows, now).await?;
        }
        transaction.commit().await?;
        Ok(Some(changes))
    }

    /// Writes what `edit` makes of one station, `None` being one that is new, in one transaction. Where `edit` fails or
    /// changes nothing, nothing is written.
    ///
    /// # Errors
    /// [`EditError::Refused`] with the error of `edit`; [`EditError::Store`] as [`StationStore::get`].
    pub async fn edit<T, E>(
        &self,
        id: &StationId,
        now: OffsetDateTime,
        edit: impl FnOnce(Option<&Station>) -> Result<(Station, T), E> + Send,
    ) -> Result<Edited<T>, EditError<E>> {
        let mut transaction = self.begin().await?;
        let before = read_one(&mut transaction, id).await?;
        let (station, outcome) = edit(before.as_ref()).map_err(EditError::Refused)?;
        let change = match &before {
            Some(before) if *before == station => EditEffect::None,
            Some(_) => EditEffect::Updated,
            None => EditEffect::Inserted,
        };
        if change != EditEffect::None {
            write(&mut transaction, &[&station], now).await?;
            transaction.commit().await.map_err(StationStoreError::from)?;
        }
        Ok(Edited { station, change, outcome })
    }

    /// Removes a station; `false` when there was none.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn delete(&self, id: &StationId) -> Result<bool, StationStoreError> {
        let mut transaction = self.begin().await?;
        let deleted = sqlx::query("DELETE FROM stations WHERE id = $1")
            .bind(id.0.clone())
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        if deleted > 0 {
            transaction.commit().await?;
        }
        Ok(deleted > 0)
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Hands the present stations to `plan` and writes those of its stations that differ, in one transaction during
    /// which no other instance writes.
    pub(super) async fn merge<T>(
        &self,
        now: OffsetDateTime,
        plan: impl FnOnce(&BTreeMap<StationId, Station>) -> (Vec<Station>, T) + Send,
    ) -> Result<(ChangeCounts, T), StationStoreError> {
        let mut transaction = self.begin().await?;
        let rows: Vec<StationRow> = sqlx::query_as(READ_ALL).fetch_all(&mut *transaction).await?;
        let present: BTreeMap<_, _> = self
            .unreadable
            .skip_all(rows.into_iter().map(StationRow::read))?
            .into_iter()
            .map(|stored| (stored.station.id.clone(), stored.station))
            .collect();
        let (stations, outcome) = plan(&present);
        let mut changes = ChangeCounts::default();
        let mut changed = Vec::new();
        for station in &stations {
            match present.get(&station.id) {
                Some(same) if same == station => {
                    changes.unchanged += 1;
                    continue;
                }
                Some(_) => changes.updated += 1,
                None => changes.inserted += 1,
            }
            changed.push(station);
        }
        for rows in changed.chunks(ROWS_PER_STATEMENT) {
            write(&mut transaction, rows, now).await?;
        }
        if changes.inserted + changes.updated > 0 {
            transaction.commit().await?;
        }
        Ok((changes, outcome))
    }

    /// Begins a change of the catalogue. Growing the version first makes PostgreSQL's writers wait for each other;
    /// a transaction that is dropped without a commit keeps the old version.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Any>, StationStoreError> {
        let mut transaction = self.database.write().await?;
        sqlx::query("UPDATE catalogue SET version = version + 1 WHERE id = 'stations'")
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }
}

async fn read_one(
    transaction: &mut Transaction<'static, Any>,
    id: &StationId,
) -> Result<Option<Station>, StationStoreError> {
    let row: Option<StationRow> =
        sqlx::query_as(READ_ONE).bind(id.0.clone()).fetch_optional(&mut **transaction).await?;
    Ok(row.map(StationRow::read).transpose()?.map(|stored| stored.station))
}

/// Changed stations that are read singly; when more have changed, all are read at once.
const MAX_READ_SINGLY: usize = 2000;
