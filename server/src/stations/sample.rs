//! The invented network of the sandbox: stations in and around Saint Petersburg. The file is an example of the JSON
//! that [`super::import`] takes.

use domain::station::Station;
use time::OffsetDateTime;

use super::{
    import::{ImportError, ImportFormat, ImportReport, import_bytes, read_bytes},
    store::StationStore,
};

const STATIONS: &[u8] = include_bytes!("sample/stations.json");

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
    import_bytes(store, ImportFormat::Json, STATIONS, now).await.map(Some)
}

/// The stations of the sample, as the simulated station tells of them.
///
/// # Errors
/// None as long as the file is what its test says.
pub fn stations() -> Result<Vec<Station>, ImportError> {
    read_bytes(ImportFormat::Json, STATIONS)
}
