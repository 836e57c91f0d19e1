//! The one writer of a SQLite database. Units that wait for it are written in one transaction and synced once.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use sqlx::{AnyConnection, AnyPool, Connection, Executor, any::AnyConnectOptions};
use tokio::sync::{mpsc, oneshot};

use super::Durability;
use crate::{
    crash_point,
    workers::{count_restart, show_restarts},
};

/// Settings of every connection. WAL lets readers read while one writes; FULL makes a commit survive a power cut. The
/// log is moved into the file by a connection of its own, so that no commit has to wait for that; the limit is for the
/// day on which it falls behind.
pub(super) const SQLITE_PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                              PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON; \
                              PRAGMA wal_autocheckpoint = 20000;";
/// Most units of one commit: each waits for the work of all the others too.
const MAX_BATCH_UNITS: usize = 128;
/// Units that may wait in the queue; further callers wait for a free place.
const MAX_QUEUED_UNITS: usize = 1024;
/// Time between two moves of the log into the database file.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(2);
/// Batches in a row after whose panics the writer is reported as not working. One panic costs one batch.
const MAX_PANICS_IN_A_ROW: u32 = 3;
const WRITER_NAME: &str = "sqlite_writer";
const CHECKPOINTER_NAME: &str = "sqlite_checkpointer";

/// A handle of the writer. Clones share it; the writer ends with the last of them.
///
/// The writer and the checkpointer restart after a panic by themselves, without a supervisor: commands write too.
#[derive(Clone, Debug)]
pub(super) struct SqliteWriter {
    queue: mpsc::Sender<WriteUnit>,
    panics_in_a_row: Arc<AtomicU32>,
}

/// One caller's work in a transaction; returns whether it may be committed.
type TransactionWork = Box<dyn for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, bool> + Send>;

struct WriteUnit {
    work: TransactionWork,
    durability: Durability,
    /// Receives the outcome of the commit.
    finished: oneshot::Sender<Result<(), String>>,
}

impl SqliteWriter {
    pub async fn start(url: &str, pool: &AnyPool) -> Result<Self, sqlx::Error> {
        let options = url.parse::<AnyConnectOptions>()?;
        let (queue, units) = mpsc::channel(MAX_QUEUED_UNITS);
        let panics_in_a_row = Arc::<AtomicU32>::default();
        let mut writer = WriterConnection { options, connection: None, is_durable: true };
        writer.connect().await?;
        for worker in [WRITER_NAME, CHECKPOINTER_NAME] {
            show_restarts(worker);
        }
        tokio::spawn(writer.write_forever(units, Arc::clone(&panics_in_a_row)));
        tokio::spawn(checkpoint_forever(pool.clone(), queue.downgrade()));
        Ok(Self { queue, panics_in_a_row })
    }

    /// Whether writes are carried out.
    pub fn is_working(&self) -> bool {
        !self.queue.is_closed() && self.panics_in_a_row.load(Ordering::Relaxed) < MAX_PANICS_IN_A_ROW
    }

    pub async fn transact<T, E, W>(&self, durability: Durability, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<sqlx::Error> + Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let (result_sender, mut result) = oneshot::channel();
        let (finished, finish) = oneshot::channel();
        let work: TransactionWork = Box::new(move |connection| {
            Box::pin(async move {
                let value = work(connection).await;
                let may_stay = value.is_ok();
                // A caller that has gone away does not undo what it asked for.
                let _ = result_sender.send(value);
                may_stay
            })
        });
        self.queue
            .send(WriteUnit { work, durability, finished })
            .await
            .map_err(|_| writer_stopped_error())?;
        let finish = finish.await.map_err(|_| writer_stopped_error())?;
        match (result.try_recv(), finish) {
            // What went wrong in the work says more than the rollback that followed.
            (Ok(Err(error)), _) => Err(error),
            (Ok(Ok(value)), Ok(())) => Ok(value),
            (_, Err(problem)) => Err(sqlx::Error::Protocol(problem).into()),
            (Err(_), Ok(())) => Err(writer_stopped_error().into()),
        }
    }
}

fn writer_stopped_error() -> sqlx::Error {
    sqlx::Error::Protocol("the writer did not finish".to_owned())
}

/// The writer's connection.
struct WriterConnection {
    options: AnyConnectOptions,
    /// `None` after a fault that left a transaction in an unknown state.
    connection: Option<AnyConnection>,
    /// Commits wait for the disk.
    is_durable: bool,
}

impl WriterConnection {
    async fn write_forever(mut self, mut units: mpsc::Receiver<WriteUnit>, panics_in_a_row: Arc<AtomicU32>) {
        loop {
            match catch_panic(WRITER_NAME, self.write_next(&mut units)).await {
                Some(true) => panics_in_a_row.store(0, Ordering::Relaxed),
                Some(false) => return,
                None => {
                    // Its transaction is in an unknown state; dropped senders have ended the wait of its callers.
                    self.connection = None;
                    panics_in_a_row.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    /// Waits for units and writes those that have come; `false` when none comes any more.
    async fn write_next(&mut self, units: &mut mpsc::Receiver<WriteUnit>) -> bool {
        let mut batch = Vec::new();
        if units.recv_many(&mut batch, MAX_BATCH_UNITS).await == 0 {
            return false;
        }
        let mut waiting = Vec::with_capacity(batch.len());
        let result = self.write(&mut batch, &mut waiting).await;
        if let Err(error) = &result {
            tracing::error!(%error, units = waiting.len(), "a transaction failed and is rolled back");
            self.connection = None;
        }
        let result = result.map_err(|error| error.to_string());
        for finished in waiting.into_iter().chain(batch.drain(..).map(|unit| unit.finished)) {
            let _ = finished.send(result.clone());
        }
        true
    }

    /// Writes a batch; `waiting` receives the senders of those who wait for the outcome.
    async fn write(
        &mut self,
        batch: &mut Vec<WriteUnit>,
        waiting: &mut Vec<oneshot::Sender<Result<(), String>>>,
    ) -> Result<(), sqlx::Error> {
        if self.connection.is_none() {
            self.connect().await?;
        }
        let durable = batch.iter().any(|unit| unit.durability == Durability::Full);
        self.set_durability(durable).await?;
        let Some(connection) = &mut self.connection else { return Err(sqlx::Error::PoolClosed) };
        connection.execute("BEGIN IMMEDIATE").await?;
        let several = batch.len() > 1;
        let mut kept = 0;
        for unit in batch.drain(..) {
            waiting.push(unit.finished);
            if several {
                connection.execute("SAVEPOINT unit").await?;
            }
            // A panic ends one caller's work; the rest of the batch is committed.
            let stays = AssertUnwindSafe((unit.work)(connection)).catch_unwind().await.unwrap_or(false);
            kept += usize::from(stays);
            match (several, stays) {
                (true, true) => connection.execute("RELEASE unit").await?,
                (true, false) => connection.execute("ROLLBACK TO unit; RELEASE unit").await?,
                (false, true) => continue,
                (false, false) => connection.execute("ROLLBACK").await?,
            };
        }
        if several || kept > 0 {
            crash_point::crash_if_planned("before_commit");
            connection.execute("COMMIT").await?;
            crash_point::crash_if_planned("after_commit");
        }
        Ok(())
    }

    async fn set_durability(&mut self, durable: bool) -> Result<(), sqlx::Error> {
        if durable != self.is_durable
            && let Some(connection) = &mut self.connection
        {
            let level = if durable { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
            connection.execute(level).await?;
            self.is_durable = durable;
        }
        Ok(())
    }

    async fn connect(&mut self) -> Result<(), sqlx::Error> {
        let mut connection = AnyConnection::connect_with(&self.options).await?;
        connection.execute(SQLITE_PRAGMAS).await?;
        self.connection = Some(connection);
        self.is_durable = true;
        Ok(())
    }
}

/// Moves the log into the file while the writer writes; ends with the writer.
async fn checkpoint_forever(pool: AnyPool, writer: mpsc::WeakSender<WriteUnit>) {
    loop {
        tokio::time::sleep(CHECKPOINT_INTERVAL).await;
        if writer.upgrade().is_none() {
            return;
        }
        let checkpoint = catch_panic(CHECKPOINTER_NAME, pool.execute("PRAGMA wal_checkpoint(PASSIVE)"));
        if let Some(Err(error)) = checkpoint.await {
            tracing::warn!(%error, "the log could not be moved into the database file; trying again");
        }
    }
}

/// Returns the outcome of a turn; `None` after a panic, which is logged and counted.
async fn catch_panic<T>(worker: &'static str, turn: impl Future<Output = T>) -> Option<T> {
    let outcome = AssertUnwindSafe(turn).catch_unwind().await;
    if outcome.is_err() {
        tracing::error!(worker, "a database worker panicked and was restarted");
        count_restart(worker);
    }
    outcome.ok()
}
