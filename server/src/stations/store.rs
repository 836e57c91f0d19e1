//! Stations in the database: a JSON body each, and one version of the whole catalogue.

use std::collections::BTreeMap;

use domain::{id::StationId, station::Station};
use sqlx::{Any, Row, Transaction, any::AnyRow};
use time::OffsetDateTime;

use crate::database::Database;

/// The only reader and writer of the `stations` and `catalogue` tables. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
}

/// A station as it was last written.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub station: Station,
    pub updated_at: OffsetDateTime,
}

/// The whole catalogue at one version or a later one.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub version: i64,
    pub stations: Vec<Stored>,
}

/// What a reader remembers of a station.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub updated_at: OffsetDateTime,
    pub shop_id: Option<i64>,
}

/// What has changed in the catalogue since a reader last looked.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The catalogue is at this version or a later one.
    pub version: i64,
    /// Still there, and as they were.
    pub same: Vec<StationId>,
    /// New, changed, or perhaps as they were.
    pub read: Vec<Stored>,
}

/// What a write did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub inserted: usize,
    pub updated: usize,
    /// Already said the same; not written.
    pub unchanged: usize,
}

/// Why the catalogue could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database of stations does not answer: {0}")]
    Database(#[from] sqlx::Error),
    #[error("station {id} cannot be read from the database: {cause}")]
    Body { id: String, cause: serde_json::Error },
    #[error("station {id} cannot be written as JSON: {cause}")]
    Unwritable { id: String, cause: serde_json::Error },
    #[error("the database holds a time that does not exist: {0} ms")]
    Time(i64),
    #[error("the catalogue could not be built: {0}")]
    Build(#[source] tokio::task::JoinError),
}

impl Store {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// The version of the catalogue; grows with every change, by whichever instance.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn version(&self) -> Result<i64, StoreError> {
        let row = sqlx::query(READ_VERSION).fetch_one(self.database.pool()).await?;
        Ok(row.try_get(0)?)
    }

    /// Every station, by id, with the number of its shop in the marketplace. The version is read first, so that a change in
    /// between is only seen too early.
    ///
    /// # Errors
    /// The database does not answer, or a body that is not a station.
    pub async fn load_all(&self) -> Result<Loaded, StoreError> {
        let version = self.version().await?;
        let statement = statement_with_shops(WHOLE, "ORDER BY s.id");
        let rows = sqlx::query(&statement).fetch_all(self.database.pool()).await?;
        let stations = rows.iter().map(read_with_shop).collect::<Result<_, _>>()?;
        Ok(Loaded { version, stations })
    }

    /// Every station, of which those are read whose time of change, or whose number of a shop that was made for them,
    /// is not the one that the reader knows: recording a shop leaves the station's time alone.
    ///
    /// # Errors
    /// As [`Store::load_all`].
    pub async fn load_changed(
        &self,
        known: impl Fn(&StationId) -> Option<Known> + Send,
    ) -> Result<Changed, StoreError> {
        let version = self.version().await?;
        let statement = statement_with_shops("s.id, s.updated_at", "");
        let rows = sqlx::query(&statement).fetch_all(self.database.pool()).await?;
        let (mut same, mut changed) = (Vec::new(), Vec::new());
        for row in &rows {
            let id = StationId(row.try_get("id")?);
            let (updated_at, made) = (time_of(row)?, row.try_get::<Option<i64>, _>("shop_id")?);
            let is_known =
                |known: Known| known.updated_at == updated_at && (made.is_none() || made == known.shop_id);
            if known(&id).is_some_and(is_known) { same.push(id) } else { changed.push(id) }
        }
        // Where times tell of no change, it was one that they do not show, such as a deletion.
        if changed.is_empty() || changed.len() > MANY {
            let Loaded { version, stations: read } = self.load_all().await?;
            return Ok(Changed { version, same: Vec::new(), read });
        }
        let mut read_anew = Vec::with_capacity(changed.len());
        for ids in changed.chunks(ROWS_AT_ONCE) {
            let statement = statement_with_shops(WHOLE, &among(ids.len()));
            let query = ids.iter().fold(sqlx::query(&statement), |query, id| query.bind(id.0.clone()));
            let rows = query.fetch_all(self.database.pool()).await?;
            read_anew.extend(rows.iter().map(read_with_shop).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Changed { version, same, read: read_anew })
    }

    /// One station; `None` when there is none of this id.
    ///
    /// # Errors
    /// As [`Store::load_all`].
    pub async fn get(&self, id: &StationId) -> Result<Option<Stored>, StoreError> {
        let row = sqlx::query(READ_ONE).bind(id.0.clone()).fetch_optional(self.database.pool()).await?;
        row.as_ref().map(read).transpose()
    }

    /// How many stations there are, disabled ones included.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn count(&self) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) FROM stations").fetch_one(self.database.pool()).await?;
        Ok(row.try_get(0)?)
    }

    /// Writes stations whole, all of them or none.
    ///
    /// # Errors
    /// As [`Store::load_all`]; then nothing was written.
    pub async fn upsert(&self, stations: Vec<Station>, now: OffsetDateTime) -> Result<Changes, StoreError> {
        self.merge(now, |_| (stations, ())).await.map(|(changes, ())| changes)
    }

    /// Writes stations whole that were worked out from the catalogue at this version, all of them or none; `None`, and
    /// nothing is written, when it has changed since.
    ///
    /// # Errors
    /// As [`Store::load_all`]; then nothing was written.
    pub async fn replace(
        &self,
        version: i64,
        mut stations: Vec<Station>,
        now: OffsetDateTime,
    ) -> Result<Option<Changes>, StoreError> {
        if stations.is_empty() {
            return Ok(Some(Changes::default()));
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
        let mut changes = Changes::default();
        for station in &mut stations {
            let row =
                sqlx::query(READ_ONE).bind(station.id.0.clone()).fetch_optional(&mut *transaction).await?;
            match row {
                Some(row) => {
                    // Readers see the number of the shop that was made; a station is written with the one it was told.
                    station.shop_id = read(&row)?.station.shop_id;
                    changes.updated += 1;
                }
                None => changes.inserted += 1,
            }
        }
        for rows in stations.iter().collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
            write(&mut transaction, rows, now).await?;
        }
        transaction.commit().await?;
        Ok(Some(changes))
    }

    /// Changes one station where it stands; gives it back as written, `None` when there is none of this id.
    ///
    /// # Errors
    /// As [`Store::load_all`]; then nothing was written.
    pub async fn edit(
        &self,
        id: &StationId,
        now: OffsetDateTime,
        edit: impl FnOnce(&mut Station) + Send,
    ) -> Result<Option<Station>, StoreError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(READ_ONE).bind(id.0.clone()).fetch_optional(&mut *transaction).await?;
        let Some(row) = row else { return Ok(None) };
        let before = read(&row)?.station;
        let mut station = before.clone();
        edit(&mut station);
        if station != before {
            write(&mut transaction, &[&station], now).await?;
            transaction.commit().await?;
        }
        Ok(Some(station))
    }

    /// Removes a station; `false` when there was none.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn delete(&self, id: &StationId) -> Result<bool, StoreError> {
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
    ) -> Result<(Changes, T), StoreError> {
        let mut transaction = self.begin().await?;
        let rows = sqlx::query(READ_ALL).fetch_all(&mut *transaction).await?;
        let present = rows
            .iter()
            .map(|row| read(row).map(|stored| (stored.station.id.clone(), stored.station)))
            .collect::<Result<BTreeMap<_, _>, _>>()?;
        let (stations, outcome) = plan(&present);
        let mut changes = Changes::default();
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
        for rows in changed.chunks(ROWS_AT_ONCE) {
            write(&mut transaction, rows, now).await?;
        }
        if changes.inserted + changes.updated > 0 {
            transaction.commit().await?;
        }
        Ok((changes, outcome))
    }

    /// Begins a change of the catalogue. Growing the version first makes PostgreSQL's writers wait for each other;
    /// a transaction that is dropped without a commit gives the old version back.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Any>, StoreError> {
        let mut transaction = self.database.write().await?;
        sqlx::query("UPDATE catalogue SET version = version + 1 WHERE id = 'stations'")
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }
}

const READ_VERSION: &str = "SELECT version FROM catalogue WHERE id = 'stations'";
const READ_ALL: &str = "SELECT id, body, updated_at FROM stations ORDER BY id";
/// What [`read_with_shop`] reads.
const WHOLE: &str = "s.id, s.body, s.updated_at";
const READ_ONE: &str = "SELECT id, body, updated_at FROM stations WHERE id = $1";
/// When more than this have changed, all are read at once.
const MANY: usize = 2000;

/// The statement that reads these columns of stations with the number of the shop that was made for each.
fn statement_with_shops(columns: &str, which: &str) -> String {
    format!(
        "SELECT {columns}, m.shop_id FROM stations s \
         LEFT JOIN marketplace_shops m ON m.kind = 'station' AND m.name = s.id {which}"
    )
}

/// So many stations by their ids.
fn among(rows: usize) -> String {
    let places: Vec<String> = (1..=rows).map(|place| format!("${place}")).collect();
    format!("WHERE s.id IN ({})", places.join(", "))
}

/// Stations of one statement: a country is written in hundreds of statements, not in tens of thousands.
const ROWS_AT_ONCE: usize = 100;

/// The statement that writes so many stations. A time of change never stands still nor goes back, whatever the clock
/// does: readers tell by it what has changed.
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

fn read(row: &AnyRow) -> Result<Stored, StoreError> {
    let body: String = row.try_get("body")?;
    let station = match serde_json::from_str(&body) {
        Ok(station) => station,
        Err(cause) => return Err(StoreError::Body { id: row.try_get("id")?, cause }),
    };
    Ok(Stored { station, updated_at: time_of(row)? })
}

fn time_of(row: &AnyRow) -> Result<OffsetDateTime, StoreError> {
    instant(row.try_get("updated_at")?)
}

/// The moment of so many milliseconds since 1970.
pub(super) fn instant(at_ms: i64) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000)
        .map_err(|_| StoreError::Time(at_ms))
}

/// Milliseconds since 1970.
pub(super) fn millis(at: OffsetDateTime) -> i64 {
    at.unix_timestamp() * 1000 + i64::from(at.millisecond())
}

/// A shop that we made is recorded beside the station: whoever writes the station knows nothing of it.
fn read_with_shop(row: &AnyRow) -> Result<Stored, StoreError> {
    let mut stored = read(row)?;
    let made: Option<i64> = row.try_get("shop_id")?;
    stored.station.shop_id = made.or(stored.station.shop_id);
    Ok(stored)
}

async fn write(
    transaction: &mut Transaction<'static, Any>,
    stations: &[&Station],
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let at_ms = millis(now);
    let statement = write_statement(stations.len());
    let mut query = sqlx::query(&statement);
    for station in stations {
        let body = serde_json::to_string(station)
            .map_err(|cause| StoreError::Unwritable { id: station.id.0.clone(), cause })?;
        query = query.bind(station.id.0.clone()).bind(body).bind(at_ms);
    }
    query.execute(&mut **transaction).await?;
    Ok(())
}
