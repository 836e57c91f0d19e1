//! The invented network of the sandbox: stations in and around Saint Petersburg. The file is an example of the JSON
//! that [`super::import`] takes.

use domain::station::Station;
use time::OffsetDateTime;

use super::{
    import::{ImportError, ImportFormat, ImportReport, import_bytes, read_bytes},
    store::StationStore,
};

const SAMPLE_STATIONS_JSON: &[u8] = include_bytes!("sample/stations.json");

/// Loads the sample into an empty database; `None` where there are stations already.
///
/// # Errors
/// The database does not answer.
pub async fn load_if_empty(
    store: &StationStore,
    now: OffsetDateTime,
) -> Result<Option<ImportReport>, ImportError> {
    if store.count().await? > 0 {
        return Ok(None);
    }
    import_bytes(store, ImportFormat::Json, SAMPLE_STATIONS_JSON, now).await.map(Some)
}

/// Reads the stations of the sample, for the simulated station.
///
/// # Errors
/// [`ImportError`] if the file is no list of stations, which a test excludes.
pub fn stations() -> Result<Vec<Station>, ImportError> {
    read_bytes(ImportFormat::Json, SAMPLE_STATIONS_JSON)
}
