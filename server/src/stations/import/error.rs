//! Reasons why a file is not imported.

use crate::stations::store::StationStoreError;

/// The largest file: the whole of Russia has 30,000 stations, which is a tenth of it.
pub const MAX_FILE_BYTES: u64 = 100 * 1024 * 1024;

/// Reasons why a file is not imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("cannot read the file: {0}")]
    Read(#[from] std::io::Error),
    #[error("the file has {bytes} bytes; the most is {MAX_FILE_BYTES}")]
    TooLarge { bytes: u64 },
    #[error("the name of the file must end in .csv, .json or .geojson")]
    Kind,
    #[error("the file is not {kind}: {problem}")]
    Shape { kind: &'static str, problem: String },
    #[error("the file has no column {0}")]
    NoColumn(&'static str),
    #[error("the heading has two columns {0}: which of them is meant?")]
    ColumnTwice(String),
    #[error(transparent)]
    Store(#[from] StationStoreError),
}
