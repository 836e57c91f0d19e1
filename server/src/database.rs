//! The database behind a URL, and every difference between SQLite and PostgreSQL.
//!
//! Queries elsewhere are one text for both: `$1` placeholders, plain types, no dialect.

use std::time::Duration;

use sqlx::{
    Any, AnyPool, Executor, Transaction,
    any::{AnyPoolOptions, install_default_drivers},
};

/// A pool with the schema brought up to date. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    pool: AnyPool,
    dialect: Dialect,
}

/// Which database is behind the pool.
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
    /// An unknown scheme, a database that does not answer, a schema from the future.
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
        let pool = AnyPoolOptions::new()
            .max_connections(if dialect == Dialect::Sqlite { 4 } else { 16 })
            .acquire_timeout(Duration::from_secs(10))
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
        Ok(Self { pool, dialect })
    }

    /// For reads outside a transaction.
    #[must_use]
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Begins a transaction that will write. SQLite takes its one write lock at once: a lock that is only upgraded
    /// later fails where another writer came between.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn write(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.dialect {
            Dialect::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await,
            Dialect::Postgres => self.pool.begin().await,
        }
    }

    /// Tail of a `SELECT` that reads a row in order to change it. SQLite's writers are alone anyway.
    #[must_use]
    pub fn for_update(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR UPDATE",
        }
    }

    /// The same, leaving out rows that another instance has just taken.
    #[must_use]
    pub fn skip_locked(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}

/// WAL lets readers go on while one writes; FULL makes a commit survive a power cut.
const SQLITE_PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                              PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON;";
