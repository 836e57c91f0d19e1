//! Time of a sync of the disk itself, without which no durable figure means anything.

use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    time::Instant,
};

use crate::figures::Spread;

/// Writes and syncs four pages, as a commit does.
pub fn sync() -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut file = File::create(folder.path().join("sync")).unwrap();
    file.write_all(&[1; 4 * 4096 * 64]).unwrap();
    file.sync_all().unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    let mut spans = Vec::new();
    for _ in 0..64 {
        file.write_all(&[2; 4 * 4096]).unwrap();
        let begun = Instant::now();
        file.sync_data().unwrap();
        spans.push(begun.elapsed());
    }
    Spread::of(spans).map_or_else(String::new, |spread| spread.to_string())
}
