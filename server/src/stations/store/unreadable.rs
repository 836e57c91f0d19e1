//! Stations whose row cannot be read: damaged, or written by a newer release. They are left out, the others are served.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use super::StationStoreError;

/// Reports stations that are left out: every time to the metric, once to the log.
#[derive(Clone, Debug, Default)]
pub(super) struct UnreadableStations {
    logged: Arc<Mutex<HashSet<String>>>,
}

impl UnreadableStations {
    /// The station, or nothing but a report of its id.
    ///
    /// # Errors
    /// Whatever does not concern one station alone.
    pub fn skip<T>(&self, read: Result<T, StationStoreError>) -> Result<Option<T>, StationStoreError> {
        match read {
            Ok(station) => Ok(Some(station)),
            Err(error) => {
                let Some(id) = error.unreadable_station() else { return Err(error) };
                metrics::counter!("kolonka_unreadable_stations_total").increment(1);
                if self.logged.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned()) {
                    tracing::error!(id, %error, "a station is left out: repair its row or import it again");
                }
                Ok(None)
            }
        }
    }

    /// Those that can be read.
    ///
    /// # Errors
    /// As [`UnreadableStations::skip`].
    pub fn skip_all<T>(
        &self,
        read: impl Iterator<Item = Result<T, StationStoreError>>,
    ) -> Result<Vec<T>, StationStoreError> {
        read.filter_map(|read| self.skip(read).transpose()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::*;

    /// A log that can be read.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_unreadable_station_is_logged_once_and_another_fault_is_not_taken_for_one() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        let unreadable = UnreadableStations::default();
        let damaged = || StationStoreError::ChangeTime { id: "sever-12".to_owned(), at_ms: i64::MAX };
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..2 {
                let read = [Err(damaged()), Ok("yug-7")].into_iter();
                assert_eq!(unreadable.skip_all(read).expect("the other one"), ["yug-7"]);
            }
            let fault = Err::<(), _>(StationStoreError::Database(sqlx::Error::PoolClosed));
            assert!(unreadable.skip(fault).is_err());
        });
        let text = String::from_utf8(log.0.lock().expect("the log").clone()).expect("text");
        assert_eq!((text.lines().count(), text.matches("id=\"sever-12\"").count()), (1, 1), "{text}");
    }
}
