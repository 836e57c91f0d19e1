//! The sessions of cashiers in the database, shared by all instances, and the cookie that names one.

use std::time::Duration;

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use futures::future::BoxFuture;
use rand::RngCore;
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, FromRow};
use time::OffsetDateTime;

use super::token::Token;
use crate::{
    database::{Database, Durability},
    orders::millis,
};

/// A shift and its handing over.
pub const SESSION_TTL: Duration = Duration::from_secs(12 * 60 * 60);
const COOKIE_NAME: &str = "kolonka_cashier";
/// Browsers keep this one from other paths and from sibling domains.
const SECURE_COOKIE_NAME: &str = "__Host-kolonka_cashier";
/// Hex digits of a secret.
const SECRET_DIGITS: usize = 64;

/// The secret that a request's cookie carries.
#[must_use]
pub fn secret_of(cookies: &CookieJar, is_https: bool) -> Option<String> {
    let secret = cookies.get(cookie_name(is_https))?.value();
    (secret.len() == SECRET_DIGITS).then(|| secret.to_owned())
}

/// The cookie of a session.
#[must_use]
pub fn session_cookie(secret: String, is_https: bool) -> Cookie<'static> {
    cookie(secret, SESSION_TTL, is_https)
}

/// The cookie that makes browsers forget the session's.
#[must_use]
pub fn expired_cookie(is_https: bool) -> Cookie<'static> {
    cookie(String::new(), Duration::ZERO, is_https)
}

fn cookie(secret: String, max_age: Duration, is_https: bool) -> Cookie<'static> {
    Cookie::build((cookie_name(is_https), secret))
        .path("/")
        .max_age(max_age.try_into().unwrap_or(time::Duration::ZERO))
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_https)
        .build()
}

fn cookie_name(is_https: bool) -> &'static str {
    if is_https { SECURE_COOKIE_NAME } else { COOKIE_NAME }
}

/// The table of sessions.
#[derive(Clone)]
pub struct Sessions {
    database: Database,
}

#[derive(FromRow)]
struct SessionRow {
    expires_at: i64,
}

impl Sessions {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Opens a session and returns the secret of its cookie. Sessions that are over are deleted.
    ///
    /// # Errors
    /// The database's.
    pub async fn open(&self, token: &Token, now: OffsetDateTime) -> Result<String, sqlx::Error> {
        let mut secret = [0_u8; SECRET_DIGITS / 2];
        rand::rng().fill_bytes(&mut secret);
        let secret = hex::encode(secret);
        let (kept, fingerprint) = (hash(&secret), token.fingerprint());
        self.write(move |connection| {
            Box::pin(async move {
                let sql = "DELETE FROM cashier_sessions WHERE expires_at <= $1";
                sqlx::query(sql).bind(millis(now)).execute(&mut *connection).await?;
                let sql =
                    "INSERT INTO cashier_sessions (cookie_hash, token_hash, expires_at) VALUES ($1, $2, $3)";
                let query = sqlx::query(sql).bind(kept).bind(fingerprint).bind(millis(now + SESSION_TTL));
                query.execute(&mut *connection).await?;
                Ok(())
            })
        })
        .await?;
        Ok(secret)
    }

    /// When the session of a secret ends; `None` when there is none under this token.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_of(
        &self,
        secret: &str,
        token: &Token,
        now: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, sqlx::Error> {
        let row: Option<SessionRow> = sqlx::query_as(
            "SELECT expires_at FROM cashier_sessions WHERE cookie_hash = $1 AND token_hash = $2 AND expires_at > $3",
        )
        .bind(hash(secret))
        .bind(token.fingerprint())
        .bind(millis(now))
        .fetch_optional(self.database.pool())
        .await?;
        Ok(row.and_then(|row| OffsetDateTime::from_unix_timestamp(row.expires_at / 1000).ok()))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The database's.
    pub async fn close(&self, secret: &str) -> Result<(), sqlx::Error> {
        let gone = hash(secret);
        self.write(move |connection| {
            Box::pin(async move {
                let sql = "DELETE FROM cashier_sessions WHERE cookie_hash = $1";
                sqlx::query(sql).bind(gone).execute(&mut *connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Durable: who has signed out stays out.
    async fn write<W>(&self, work: W) -> Result<(), sqlx::Error>
    where
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<(), sqlx::Error>> + Send + 'static,
    {
        self.database.transact(Durability::Full, work).await
    }
}

fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}
