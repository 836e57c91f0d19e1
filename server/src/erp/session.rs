//! A cashier signs in with the token once and is known by a cookie for a shift.

use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::refusal::RequestError;
use futures::future::BoxFuture;
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Row};
use std::{net::SocketAddr, time::Duration};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{
    Shared,
    auth::{Token, failed, is_from_our_page},
    refused::Refused,
    strict::Strict,
};
use crate::{
    database::{Database, Durability},
    orders::millis,
};

/// A shift and its handing over.
const LIFE: Duration = Duration::from_secs(12 * 60 * 60);
const NAME: &str = "kolonka_cashier";
/// Browsers keep this one from other paths and from sibling domains.
const SECURE_NAME: &str = "__Host-kolonka_cashier";

/// The sessions in the database, shared by all instances.
#[derive(Clone)]
pub struct Sessions {
    database: Database,
}

impl Sessions {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Opens a session; gives the secret of its cookie. Sessions that are over are swept away.
    async fn open(&self, token: &Token, now: OffsetDateTime) -> Result<String, sqlx::Error> {
        let mut secret = [0_u8; 32];
        rand::rng().fill_bytes(&mut secret);
        let secret = hex::encode(secret);
        let (kept, fingerprint) = (hash(&secret), token.fingerprint());
        self.write(move |connection| {
            Box::pin(async move {
                let sql = "DELETE FROM cashier_sessions WHERE expires_at <= $1";
                sqlx::query(sql).bind(millis(now)).execute(&mut *connection).await?;
                let sql =
                    "INSERT INTO cashier_sessions (cookie_hash, token_hash, expires_at) VALUES ($1, $2, $3)";
                let query = sqlx::query(sql).bind(kept).bind(fingerprint).bind(millis(now + LIFE));
                query.execute(&mut *connection).await?;
                Ok(())
            })
        })
        .await?;
        Ok(secret)
    }

    /// When the session of a cookie ends; `None` when there is none under this token.
    pub async fn check(
        &self,
        secret: &str,
        token: &Token,
        now: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT expires_at FROM cashier_sessions WHERE cookie_hash = $1 AND token_hash = $2 AND expires_at > $3",
        )
        .bind(hash(secret))
        .bind(token.fingerprint())
        .bind(millis(now))
        .fetch_optional(self.database.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let at: i64 = row.try_get(0)?;
        Ok(OffsetDateTime::from_unix_timestamp(at / 1000).ok())
    }

    async fn close(&self, secret: &str) -> Result<(), sqlx::Error> {
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

/// The secret that the request's cookie carries.
pub fn cookie(till: &Shared, headers: &HeaderMap) -> Option<String> {
    let wanted = name(till);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, secret)| *name == wanted && secret.len() == 64)
        .map(|(_, secret)| secret.to_owned())
}

fn name(till: &Shared) -> &'static str {
    if till.is_https() { SECURE_NAME } else { NAME }
}

/// Signing in.
#[derive(Deserialize, ToSchema)]
pub struct SignIn {
    /// The token of the cashier API.
    #[schema(example = "sandbox-erp-token")]
    token: String,
}

/// A session that is open.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

/// Sign in: the cookie stands in for the bearer token from now on
///
/// For pages of our own, which must not hold the token. Writes under the cookie are accepted from our own origin only.
#[utoipa::path(post, path = "/session", tag = "session", security(()), request_body = SignIn, responses(
    (status = 200, description = "Signed in; `Set-Cookie` carries the session", body = SessionView),
    (status = 401, description = "Wrong token", body = domain::view::ErrorBody),
    (status = 403, description = "A foreign page", body = domain::view::ErrorBody),
    (status = 429, description = "Too many wrong tokens from this address", body = domain::view::ErrorBody),
))]
pub async fn sign_in(
    State(till): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Strict(body): Strict<SignIn>,
) -> Result<Response, Refused> {
    if headers.contains_key(header::ORIGIN) && !is_from_our_page(&till, &headers) {
        return Err(RequestError::ForeignOrigin.into());
    }
    let now = till.clock.now();
    if let Some(retry_after_s) = till.failures.wait(peer.ip(), now) {
        return Err(RequestError::RateLimited { retry_after_s }.into());
    }
    if !till.token.is(body.token.trim().as_bytes()) {
        return Err(failed(&till, peer.ip()).into());
    }
    let secret = till.sessions.open(&till.token, now).await.map_err(broken)?;
    let view = SessionView { expires_at: now + LIFE };
    Ok(([(header::SET_COOKIE, set_cookie(&till, &secret, LIFE.as_secs()))], Json(view)).into_response())
}

/// Is somebody signed in, and until when?
#[utoipa::path(get, path = "/session", tag = "session", security(()), responses(
    (status = 200, description = "Signed in", body = SessionView),
    (status = 401, description = "Not signed in", body = domain::view::ErrorBody),
))]
pub async fn show(State(till): State<Shared>, headers: HeaderMap) -> Result<Json<SessionView>, Refused> {
    let secret = cookie(&till, &headers).ok_or(RequestError::Unauthorized)?;
    let open = till.sessions.check(&secret, &till.token, till.clock.now()).await.map_err(broken)?;
    let expires_at = open.ok_or(RequestError::Unauthorized)?;
    Ok(Json(SessionView { expires_at }))
}

/// Sign out
#[utoipa::path(delete, path = "/session", tag = "session", security(()), responses(
    (status = 204, description = "Signed out, or was not signed in"),
    (status = 403, description = "A foreign page", body = domain::view::ErrorBody),
))]
pub async fn sign_out(State(till): State<Shared>, headers: HeaderMap) -> Result<Response, Refused> {
    if let Some(secret) = cookie(&till, &headers) {
        if !is_from_our_page(&till, &headers) {
            return Err(RequestError::ForeignOrigin.into());
        }
        till.sessions.close(&secret).await.map_err(broken)?;
    }
    let gone = set_cookie(&till, "", 0);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

fn set_cookie(till: &Shared, secret: &str, max_age_s: u64) -> HeaderValue {
    let secure = if till.is_https() { "; Secure" } else { "" };
    let text =
        format!("{}={secret}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}", name(till));
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[expect(clippy::needless_pass_by_value, reason = "used as map_err(broken)")]
fn broken(error: sqlx::Error) -> Refused {
    tracing::error!(%error, "sessions cannot be read or written");
    Refused(RequestError::Internal.into())
}
