//! Arguments and results of the store.

use domain::{id::StationId, station::Station};
use time::OffsetDateTime;

use crate::database::RowError;

/// A station as it was last written.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredStation {
    pub station: Station,
    pub updated_at: OffsetDateTime,
}

/// The whole catalogue at one version or a later one.
#[derive(Clone, Debug)]
pub struct LoadedStations {
    pub version: i64,
    pub stations: Vec<StoredStation>,
}

/// Values by which a reader knows a station.
#[derive(Clone, Copy, Debug)]
pub struct KnownStation {
    pub updated_at: OffsetDateTime,
    pub shop_id: Option<i64>,
}

/// Changes of the catalogue since a reader's last read.
#[derive(Clone, Debug)]
pub struct ChangedStations {
    /// The catalogue is at this version or a later one.
    pub version: i64,
    /// Still there, and as they were.
    pub same: Vec<StationId>,
    /// New, changed, or perhaps as they were.
    pub read: Vec<StoredStation>,
}

/// Counts of a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCounts {
    pub inserted: usize,
    pub updated: usize,
    /// Were the same already; not written.
    pub unchanged: usize,
}

/// Effect of a write on one station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditEffect {
    Inserted,
    Updated,
    /// It was the same before; nothing was written.
    None,
}

/// One station after an edit.
#[derive(Clone, Debug)]
pub struct Edited<T> {
    pub station: Station,
    pub change: EditEffect,
    pub outcome: T,
}

/// Reasons why a station is not edited.
#[derive(Debug, thiserror::Error)]
pub enum EditError<E> {
    #[error(transparent)]
    Store(#[from] StationStoreError),
    #[error("the edit was refused")]
    Refused(E),
}

/// Reasons why the catalogue cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StationStoreError {
    #[error("the database of stations does not answer: {0}")]
    Database(#[from] sqlx::Error),
    #[error("station {id} cannot be read from the database: {cause}")]
    Body { id: String, cause: serde_json::Error },
    #[error("station {id} was changed at a time that does not exist: {at_ms} ms")]
    ChangeTime { id: String, at_ms: i64 },
    #[error("station {id} cannot be written as JSON: {cause}")]
    Unwritable { id: String, cause: serde_json::Error },
    #[error("the database holds a time that does not exist: {0} ms")]
    Time(i64),
    #[error("the catalogue could not be built: {0}")]
    Build(#[source] tokio::task::JoinError),
}

impl RowError for StationStoreError {
    const COUNTER: &'static str = "kolonka_unreadable_stations_total";

    fn unreadable_row(&self) -> Option<String> {
        match self {
            Self::Body { id, .. } | Self::ChangeTime { id, .. } => Some(id.clone()),
            _ => None,
        }
    }

    fn log(&self) {
        if let Some(id) = self.unreadable_row() {
            tracing::error!(id, error = %self, "a station is left out: repair its row or import it again");
        }
    }
}
