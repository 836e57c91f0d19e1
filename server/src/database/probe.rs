//! What only a try shows: whether the database takes writes, and what time it is there.

use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::{Database, Dialect, Durability};
use crate::clock::{from_millis, to_millis};

/// Length of what a probe writes, in characters: more than fits into a page of SQLite beside other rows, so that a probe
/// needs room that is not there on a full disk.
const PADDING_CHARS: usize = 8 * 1024;
/// Room that must be there beside the file of SQLite.
const ROOM_BYTES: usize = 256 * 1024;
/// Age after which the rows of a process that has ended are removed.
const MAX_PROBE_AGE: Duration = Duration::from_secs(24 * 3600);

/// Time of the database's server, in milliseconds. PostgreSQL only.
const SERVER_TIME: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

impl Database {
    /// Reads the time of the database's server; `None` where the database is a file of this machine.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn server_time(&self) -> Result<Option<OffsetDateTime>, sqlx::Error> {
        if self.dialect == Dialect::Sqlite {
            return Ok(None);
        }
        let begun = Instant::now();
        let millis: i64 = sqlx::query_scalar(SERVER_TIME).fetch_one(&self.pool).await?;
        // The server has answered some time between the question and now.
        Ok(Some(from_millis(millis) + begun.elapsed() / 2))
    }

    /// Writes, durably, as an order would: succeeds if the database takes writes. `turn` is another one each time.
    ///
    /// # Errors
    /// The database does not answer or does not take writes: its disk is full, it is read-only, it is locked.
    pub async fn probe_write(&self, turn: u64, now: OffsetDateTime) -> Result<(), sqlx::Error> {
        self.probe_room().await?;
        let (instance, turn) = (self.instance.to_string(), i64::from(turn % 2 == 1));
        self.transact(Durability::Full, move |connection| {
            Box::pin(async move {
                let new = sqlx::query(
                    "INSERT INTO write_probes (instance, turn, written_at, padding) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (instance, turn) DO UPDATE SET written_at = excluded.written_at",
                )
                .bind(instance.clone())
                .bind(turn)
                .bind(to_millis(now))
                .bind(padding());
                new.execute(&mut *connection).await?;
                let old = sqlx::query("DELETE FROM write_probes WHERE instance = $1 AND turn <> $2")
                    .bind(instance)
                    .bind(turn);
                old.execute(&mut *connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Checks that there is room beside the file of SQLite. A full disk shows late in the file itself: its log and its
    /// free pages take writes for a while, until some order needs more.
    async fn probe_room(&self) -> Result<(), sqlx::Error> {
        if self.dialect != Dialect::Sqlite {
            return Ok(());
        }
        let sql = "SELECT file FROM pragma_database_list WHERE name = 'main'";
        let file: String = sqlx::query_scalar(sql).fetch_one(&self.pool).await?;
        if file.is_empty() {
            return Ok(());
        }
        // One task, so that nothing stays when the caller waits no longer.
        let trying = tokio::task::spawn_blocking(move || try_room(&format!("{file}-room")));
        trying.await.map_err(|error| sqlx::Error::Io(error.into()))?.map_err(sqlx::Error::Io)
    }

    /// Removes the probes of processes that have ended.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn remove_old_probes(&self, now: OffsetDateTime) -> Result<(), sqlx::Error> {
        let instance = self.instance.to_string();
        self.transact(Durability::Relaxed, move |connection| {
            Box::pin(async move {
                let old = sqlx::query(
                    "DELETE FROM write_probes WHERE instance <> $1 AND (written_at < $2 OR written_at > $3)",
                );
                let old = old
                    .bind(instance)
                    .bind(to_millis(now - MAX_PROBE_AGE))
                    .bind(to_millis(now + MAX_PROBE_AGE));
                old.execute(&mut *connection).await?;
                Ok(())
            })
        })
        .await
    }
}

/// Writes a file and removes it.
fn try_room(path: &str) -> std::io::Result<()> {
    let written = std::fs::write(path, vec![0; ROOM_BYTES]);
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => written.and(Err(error)),
        _ => written,
    }
}

/// Text that PostgreSQL cannot compress into nothing.
fn padding() -> String {
    use rand::Rng;
    rand::rng().sample_iter(rand::distr::Alphanumeric).take(PADDING_CHARS).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_that_is_there_is_given_back_and_room_that_is_not_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        try_room(&path("kolonka.db-room")).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        std::fs::create_dir(path("taken")).unwrap();
        try_room(&path("taken")).unwrap_err();
    }
}
