//! Rows that cannot be read: damaged, or written by a newer version. They are left out, the others are served.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Time after which a row that still cannot be read is logged again.
const RELOG_INTERVAL: Duration = Duration::from_secs(3600);

/// An error of a store that may concern one row alone.
pub trait RowError: Sized {
    /// Name of the counter of rows that are left out.
    const COUNTER: &'static str;

    /// Name by which operators know the unreadable row; `None` for an error that concerns more than one.
    fn unreadable_row(&self) -> Option<String>;

    /// Logs which row is left out and how it is repaired.
    fn log(&self);
}

/// Reports rows that are left out: every time to the metric, once an hour to the log.
#[derive(Clone, Debug, Default)]
pub struct UnreadableRows {
    logged: Arc<Mutex<HashMap<String, Instant>>>,
}

impl UnreadableRows {
    /// Returns the row that was read, or reports it as unreadable and returns nothing.
    ///
    /// # Errors
    /// The given error, if it concerns more than one row.
    pub fn skip<T, E: RowError>(&self, read: Result<T, E>) -> Result<Option<T>, E> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                let Some(row) = error.unreadable_row() else { return Err(error) };
                self.report(row, &error);
                Ok(None)
            }
        }
    }

    /// Returns the rows that can be read and reports the others.
    ///
    /// # Errors
    /// The first error that concerns more than one row.
    pub fn skip_all<T, E: RowError>(&self, read: impl Iterator<Item = Result<T, E>>) -> Result<Vec<T>, E> {
        read.filter_map(|read| self.skip(read).transpose()).collect()
    }

    fn report<E: RowError>(&self, row: String, error: &E) {
        metrics::counter!(E::COUNTER).increment(1);
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.get(&row).is_none_or(|at| at.elapsed() >= RELOG_INTERVAL) {
            logged.insert(row, Instant::now());
            error.log();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use test_support::CapturedLog;

    use super::*;
    use crate::{orders::StoreError, stations::store::StationStoreError};

    /// Returns what `work` logs.
    fn log_of(work: impl FnOnce()) -> Vec<String> {
        let (log, _guard) = CapturedLog::start("info");
        work();
        log.take_lines()
    }

    #[test]
    fn an_unreadable_order_is_logged_once_by_its_number() {
        let rows = UnreadableRows::default();
        let body = r#"{"id":"0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b","number":10451"#;
        let damaged = || {
            let read = serde_json::from_str::<Value>(body);
            read.map_err(|error| StoreError::Unreadable { number: 10_451, error })
        };
        let lines = log_of(|| {
            for _ in 0..2 {
                assert!(matches!(rows.skip(damaged()), Ok(None)));
            }
        });
        let [line] = lines.as_slice() else { panic!("not one line: {lines:?}") };
        assert!(line.contains("number=10451") && !line.contains("0199f0a1"), "{line}");
    }

    #[test]
    fn an_unreadable_station_is_logged_once_and_another_fault_is_not_taken_for_one() {
        let rows = UnreadableRows::default();
        let damaged = || StationStoreError::ChangeTime { id: "sever-12".to_owned(), at_ms: i64::MAX };
        let lines = log_of(|| {
            for _ in 0..2 {
                let read = [Err(damaged()), Ok("yug-7")].into_iter();
                assert_eq!(rows.skip_all(read).expect("the other one"), ["yug-7"]);
            }
            let fault = Err::<(), _>(StationStoreError::Database(sqlx::Error::PoolClosed));
            assert!(rows.skip(fault).is_err());
        });
        let [line] = lines.as_slice() else { panic!("not one line: {lines:?}") };
        assert_eq!(line.matches("id=\"sever-12\"").count(), 1, "{line}");
    }
}
