//! The database behind a URL, and every difference between SQLite and PostgreSQL.
//!
//! Queries elsewhere are one text for both: `$1` placeholders, plain types, no dialect. What changes orders goes through
//! [`Database::transact`]: on SQLite one writer commits what waits for it with one sync, on PostgreSQL the server does.

mod durability;
mod probe;
mod sqlite_file;
mod sqlite_writer;
mod unreadable;

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Any, AnyConnection, AnyPool, Executor, Transaction,
    any::{AnyPoolOptions, install_default_drivers},
    postgres::PgListener,
};
use uuid::Uuid;

pub use durability::Durability;
pub use unreadable::{RowError, UnreadableRows};

use sqlite_writer::{SQLITE_PRAGMAS, SqliteWriter};

use crate::crash_point;

/// A pool of connections to a database whose schema is up to date. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    pool: AnyPool,
    dialect: Dialect,
    /// SQLite's one writer; PostgreSQL has none.
    writer: Option<SqliteWriter>,
    url: SecretString,
    /// This process among those that share the database: random, new with every start.
    instance: Arc<str>,
}

/// Kind of the database behind the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the scheme must be sqlite:// or postgres://")]
    Scheme,
    #[error("cannot connect: {0}")]
    Connect(#[source] sqlx::Error),
    #[error("cannot bring the schema up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl Database {
    /// Connects and migrates. A SQLite file is made when it is missing.
    ///
    /// # Errors
    /// `Scheme` for an unknown scheme, `Connect` if the database does not answer, `Migrate` if a newer version has written
    /// the schema.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        install_default_drivers();
        let (dialect, url) = match url {
            url if url.starts_with("sqlite:") && url.contains('?') => (Dialect::Sqlite, url.to_owned()),
            url if url.starts_with("sqlite:") => (Dialect::Sqlite, format!("{url}?mode=rwc")),
            url if url.starts_with("postgres:") || url.starts_with("postgresql:") => {
                (Dialect::Postgres, url.to_owned())
            }
            _ => return Err(OpenError::Scheme),
        };
        if dialect == Dialect::Sqlite {
            sqlite_file::keep_to_ourselves(&url);
        }
        let pool = AnyPoolOptions::new()
            .max_connections(if dialect == Dialect::Sqlite { 4 } else { 16 })
            .acquire_timeout(Duration::from_secs(10))
            // SQLite is a local file: its connections cannot go stale.
            .test_before_acquire(dialect == Dialect::Postgres)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if dialect == Dialect::Sqlite {
                        connection.execute(SQLITE_PRAGMAS).await?;
                    }
                    Ok(())
                })
            })
            .connect(&url)
            .await
            .map_err(OpenError::Connect)?;
        sqlx::migrate!("./migrations").run(&pool).await?;
        let writer = match dialect {
            Dialect::Sqlite => Some(SqliteWriter::start(&url, &pool).await.map_err(OpenError::Connect)?),
            Dialect::Postgres => None,
        };
        Ok(Self {
            pool,
            dialect,
            writer,
            url: url.into(),
            instance: Uuid::new_v4().simple().to_string().into(),
        })
    }

    /// Connections for reads outside a transaction.
    #[must_use]
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Id of this process among those on the same database.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Whether this process carries out transactions. Says nothing about the database itself.
    #[must_use]
    pub fn is_writer_working(&self) -> bool {
        self.writer.as_ref().is_none_or(SqliteWriter::is_working)
    }

    /// Runs `work` in a transaction that is committed when it succeeds, and in which nobody else changes what it has
    /// read with [`Database::for_update`].
    ///
    /// # Errors
    /// The error of `work`, or of the commit if the database does not answer; then nothing has changed.
    pub async fn transact<T, E, W>(&self, durability: Durability, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<sqlx::Error> + Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        if let Some(writer) = &self.writer {
            return writer.transact(durability, work).await;
        }
        let mut transaction = self.pool.begin().await?;
        if durability == Durability::Relaxed {
            sqlx::query("SET LOCAL synchronous_commit TO OFF").execute(&mut *transaction).await?;
        }
        let value = work(&mut transaction).await?;
        crash_point::crash_if_planned("before_commit");
        transaction.commit().await?;
        crash_point::crash_if_planned("after_commit");
        Ok(value)
    }

    /// Begins a transaction that will write, for rare and long changes such as an import. SQLite takes its one write
    /// lock at once: a lock that is only upgraded later fails where another writer came between.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn write(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.dialect {
            Dialect::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await,
            Dialect::Postgres => self.pool.begin().await,
        }
    }

    /// Tail of a `SELECT` that reads a row in order to change it. SQLite has one writer at a time, so it needs none.
    #[must_use]
    pub fn for_update(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR UPDATE",
        }
    }

    /// Tail of a `SELECT` that reads rows in order to change them and leaves out those that another instance has
    /// locked.
    #[must_use]
    pub fn skip_locked(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Statement that notifies the other instances of `$2` on channel `$1`; inside a transaction the commit sends it.
    /// `None` where no other instance can listen.
    #[must_use]
    pub fn notify(&self) -> Option<&'static str> {
        match self.dialect {
            Dialect::Sqlite => None,
            // The cast: the function returns nothing, which is no value of either database.
            Dialect::Postgres => Some("SELECT pg_notify($1, $2)::text"),
        }
    }

    /// Opens a connection that receives the notifications of a channel; `None` where no other instance can send any.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn listen(&self, channel: &str) -> Result<Option<PgListener>, sqlx::Error> {
        if self.dialect == Dialect::Sqlite {
            return Ok(None);
        }
        let mut listener = PgListener::connect(self.url.expose_secret()).await?;
        listener.listen(channel).await?;
        Ok(Some(listener))
    }
}
