//! The sessions of cashiers in the database, shared by all instances.
//!
//! A session is opened with a token and ends with it: the table keeps the token's fingerprint, and of the secret that
//! names the session only a hash.

use std::time::Duration;

use domain::refusal::RequestError;
use futures::future::BoxFuture;
use rand::RngCore;
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, FromRow};
use time::OffsetDateTime;

use crate::{
    clock::{Clock, to_millis},
    database::{Database, Durability},
    internal_error::internal_error,
};

/// Life of a session: a shift and its handover.
pub const SESSION_TTL: Duration = Duration::from_secs(12 * 60 * 60);
/// Hex digits of a session's secret.
const SESSION_SECRET_DIGITS: usize = 64;

/// Whether a text has the form of a session's secret.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    text.len() == SESSION_SECRET_DIGITS
}

/// Opens, finds and closes sessions.
#[derive(Clone)]
pub struct Sessions {
    database: Database,
    clock: Clock,
}

/// A session that has just begun.
pub struct OpenedSession {
    pub secret: String,
    pub expires_at: OffsetDateTime,
}

#[derive(FromRow)]
struct SessionRow {
    expires_at: i64,
}

impl Sessions {
    #[must_use]
    pub fn new(database: Database, clock: Clock) -> Self {
        Self { database, clock }
    }

    /// Opens a session under the token with this fingerprint. Sessions that are over are deleted.
    ///
    /// # Errors
    /// `Internal` if the database does not answer.
    pub async fn open(&self, token_fingerprint: String) -> Result<OpenedSession, RequestError> {
        let mut secret = [0_u8; SESSION_SECRET_DIGITS / 2];
        rand::rng().fill_bytes(&mut secret);
        let secret = hex::encode(secret);
        let now = self.clock.now();
        let (kept, expires_at) = (hash_secret(&secret), now + SESSION_TTL);
        self.write(move |connection| {
            Box::pin(async move {
                let sql = "DELETE FROM cashier_sessions WHERE expires_at <= $1";
                sqlx::query(sql).bind(to_millis(now)).execute(&mut *connection).await?;
                let sql =
                    "INSERT INTO cashier_sessions (cookie_hash, token_hash, expires_at) VALUES ($1, $2, $3)";
                let query = sqlx::query(sql).bind(kept).bind(token_fingerprint).bind(to_millis(expires_at));
                query.execute(&mut *connection).await?;
                Ok(())
            })
        })
        .await?;
        Ok(OpenedSession { secret, expires_at })
    }

    /// Finds the end of the session of a secret; `None` if there is none under this token.
    ///
    /// # Errors
    /// `Internal` if the database does not answer.
    pub async fn find_expiry(
        &self,
        secret: &str,
        token_fingerprint: &str,
    ) -> Result<Option<OffsetDateTime>, RequestError> {
        let row: Option<SessionRow> = sqlx::query_as(
            "SELECT expires_at FROM cashier_sessions WHERE cookie_hash = $1 AND token_hash = $2 AND expires_at > $3",
        )
        .bind(hash_secret(secret))
        .bind(token_fingerprint)
        .bind(to_millis(self.clock.now()))
        .fetch_optional(self.database.pool())
        .await
        .map_err(internal_error("sessions cannot be read"))?;
        Ok(row.and_then(|row| OffsetDateTime::from_unix_timestamp(row.expires_at / 1000).ok()))
    }

    /// Closes a session.
    ///
    /// # Errors
    /// `Internal` if the database does not answer.
    pub async fn close(&self, secret: &str) -> Result<(), RequestError> {
        let gone = hash_secret(secret);
        self.write(move |connection| {
            Box::pin(async move {
                let sql = "DELETE FROM cashier_sessions WHERE cookie_hash = $1";
                sqlx::query(sql).bind(gone).execute(&mut *connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Writes durably, so that a power cut undoes no sign-out.
    async fn write<W>(&self, work: W) -> Result<(), RequestError>
    where
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<(), sqlx::Error>> + Send + 'static,
    {
        let written = self.database.transact(Durability::Full, work).await;
        written.map_err(internal_error("sessions cannot be written"))
    }
}

fn hash_secret(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}
