//! SQLite has one writer at a time: here it is. What waits for it is written in one transaction and synced once.

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

/// WAL lets readers go on while one writes; FULL makes a commit survive a power cut. The log is moved into the file by
/// a connection of its own, so that no commit has to wait for that; the limit is for the day on which it falls behind.
pub(super) const SQLITE_PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                              PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON; \
                              PRAGMA wal_autocheckpoint = 20000;";
/// Units committed together at most: one that waits for the disk waits for the work of the others too.
const LARGEST_BATCH: usize = 128;
/// Units that may wait; whoever comes then waits to be let in.
const QUEUE: usize = 1024;
/// How often the log is moved into the database file.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(2);
/// A writer that has panicked over so many batches in a row does not work. One panic costs one batch.
const MAX_PANICS_IN_A_ROW: u32 = 3;
const WRITER: &str = "sqlite_writer";
const CHECKPOINTER: &str = "sqlite_checkpointer";

/// The way to the writer. Clones share it; it ends with the last of them.
///
/// The writer and the checkpointer outlive their panics by themselves, without a supervisor: commands write too.
#[derive(Clone, Debug)]
pub(super) struct SqliteWriter {
    queue: mpsc::Sender<Unit>,
    panics_in_a_row: Arc<AtomicU32>,
}

/// One caller's work in a transaction; tells whether it may stay.
type Work = Box<dyn for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, bool> + Send>;

struct Unit {
    work: Work,
    durability: Durability,
    /// What became of the transaction.
    finished: oneshot::Sender<Result<(), String>>,
}

impl SqliteWriter {
    pub async fn start(url: &str, pool: &AnyPool) -> Result<Self, sqlx::Error> {
        let options = url.parse::<AnyConnectOptions>()?;
        let (queue, units) = mpsc::channel(QUEUE);
        let panics_in_a_row = Arc::<AtomicU32>::default();
        let mut line = Line { options, connection: None, synced: true };
        line.connect().await?;
        for worker in [WRITER, CHECKPOINTER] {
            show_restarts(worker);
        }
        tokio::spawn(line.write_forever(units, Arc::clone(&panics_in_a_row)));
        tokio::spawn(checkpoint_forever(pool.clone(), queue.downgrade()));
        Ok(Self { queue, panics_in_a_row })
    }

    /// Are writes carried out?
    pub fn is_working(&self) -> bool {
        !self.queue.is_closed() && self.panics_in_a_row.load(Ordering::Relaxed) < MAX_PANICS_IN_A_ROW
    }

    pub async fn transact<T, E, W>(&self, durability: Durability, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<sqlx::Error> + Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let (told, mut result) = oneshot::channel();
        let (finished, finish) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            Box::pin(async move {
                let value = work(connection).await;
                let good = value.is_ok();
                // A caller that has gone away does not undo what it asked for.
                let _ = told.send(value);
                good
            })
        });
        self.queue.send(Unit { work, durability, finished }).await.map_err(|_| stopped())?;
        let finish = finish.await.map_err(|_| stopped())?;
        match (result.try_recv(), finish) {
            // What went wrong in the work says more than the rollback that followed.
            (Ok(Err(error)), _) => Err(error),
            (Ok(Ok(value)), Ok(())) => Ok(value),
            (_, Err(problem)) => Err(sqlx::Error::Protocol(problem).into()),
            (Err(_), Ok(())) => Err(stopped().into()),
        }
    }
}

fn stopped() -> sqlx::Error {
    sqlx::Error::Protocol("the writer did not finish".to_owned())
}

/// The writer's connection.
struct Line {
    options: AnyConnectOptions,
    /// `None` after a fault that left a transaction in an unknown state.
    connection: Option<AnyConnection>,
    /// Commits wait for the disk.
    synced: bool,
}

impl Line {
    async fn write_forever(mut self, mut units: mpsc::Receiver<Unit>, panics_in_a_row: Arc<AtomicU32>) {
        loop {
            match catch_panic(WRITER, self.write_next(&mut units)).await {
                Some(true) => panics_in_a_row.store(0, Ordering::Relaxed),
                Some(false) => return,
                None => {
                    // Its transaction is in an unknown state; those who waited have been dropped, and so hear of it.
                    self.connection = None;
                    panics_in_a_row.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    /// Waits for units and writes what has come; `false` when none comes any more.
    async fn write_next(&mut self, units: &mut mpsc::Receiver<Unit>) -> bool {
        let mut batch = Vec::new();
        if units.recv_many(&mut batch, LARGEST_BATCH).await == 0 {
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

    /// Writes a batch; `waiting` gets those who have to be told.
    async fn write(
        &mut self,
        batch: &mut Vec<Unit>,
        waiting: &mut Vec<oneshot::Sender<Result<(), String>>>,
    ) -> Result<(), sqlx::Error> {
        if self.connection.is_none() {
            self.connect().await?;
        }
        let synced = batch.iter().any(|unit| unit.durability == Durability::Full);
        self.sync(synced).await?;
        let Some(connection) = &mut self.connection else { return Err(sqlx::Error::PoolClosed) };
        connection.execute("BEGIN IMMEDIATE").await?;
        let several = batch.len() > 1;
        let mut good = 0;
        for unit in batch.drain(..) {
            waiting.push(unit.finished);
            if several {
                connection.execute("SAVEPOINT unit").await?;
            }
            // A panic is one caller's, not everybody's.
            let stays = AssertUnwindSafe((unit.work)(connection)).catch_unwind().await.unwrap_or(false);
            good += usize::from(stays);
            match (several, stays) {
                (true, true) => connection.execute("RELEASE unit").await?,
                (true, false) => connection.execute("ROLLBACK TO unit; RELEASE unit").await?,
                (false, true) => continue,
                (false, false) => connection.execute("ROLLBACK").await?,
            };
        }
        if several || good > 0 {
            crash_point::reached("before_commit");
            connection.execute("COMMIT").await?;
            crash_point::reached("after_commit");
        }
        Ok(())
    }

    async fn sync(&mut self, needed: bool) -> Result<(), sqlx::Error> {
        if needed != self.synced
            && let Some(connection) = &mut self.connection
        {
            let level = if needed { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
            connection.execute(level).await?;
            self.synced = needed;
        }
        Ok(())
    }

    async fn connect(&mut self) -> Result<(), sqlx::Error> {
        let mut connection = AnyConnection::connect_with(&self.options).await?;
        connection.execute(SQLITE_PRAGMAS).await?;
        self.connection = Some(connection);
        self.synced = true;
        Ok(())
    }
}

/// Moves the log into the file while the writer goes on; ends with the writer.
async fn checkpoint_forever(pool: AnyPool, writer: mpsc::WeakSender<Unit>) {
    loop {
        tokio::time::sleep(CHECKPOINT_EVERY).await;
        if writer.upgrade().is_none() {
            return;
        }
        let checkpoint = catch_panic(CHECKPOINTER, pool.execute("PRAGMA wal_checkpoint(PASSIVE)"));
        if let Some(Err(error)) = checkpoint.await {
            tracing::warn!(%error, "the log could not be moved into the database file; trying again");
        }
    }
}

/// The outcome of a turn; `None` after a panic, which is logged and counted.
async fn catch_panic<T>(worker: &'static str, turn: impl Future<Output = T>) -> Option<T> {
    let outcome = AssertUnwindSafe(turn).catch_unwind().await;
    if outcome.is_err() {
        tracing::error!(worker, "a worker of the database panicked and goes on");
        count_restart(worker);
    }
    outcome.ok()
}
