//! Idempotency keys of operators' requests: the same key is the same request, however often it is sent.

use domain::id::{IdempotencyKey, OrderId};
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::{OrderStore, StoreError};
use crate::clock::to_millis;

/// Key of a request, and the hash of what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    key: IdempotencyKey,
    hash: String,
}

/// What is known of a key on an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::orders) enum RequestStanding {
    New,
    /// The same request was carried out.
    Repeated,
    /// Another action, or the same with other content, was carried out under it.
    Reused,
}

impl RequestKey {
    /// The key of an action and its content.
    ///
    /// # Errors
    /// `Unwritable` if the content cannot be written as JSON.
    pub fn new(key: IdempotencyKey, action: &str, content: &impl Serialize) -> Result<Self, StoreError> {
        let hash = hex::encode(Sha256::digest(serde_json::to_vec(&(action, content))?));
        Ok(Self { key, hash })
    }

    fn standing(&self, known: Option<&str>) -> RequestStanding {
        match known {
            None => RequestStanding::New,
            Some(hash) if hash == self.hash => RequestStanding::Repeated,
            Some(_) => RequestStanding::Reused,
        }
    }
}

const FIND: &str = "SELECT hash FROM operator_requests WHERE order_id = $1 AND request_key = $2";

impl OrderStore {
    /// Looks a key up before work that must not be done twice; the change itself looks again.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn request_standing(
        &self,
        id: OrderId,
        request: &RequestKey,
    ) -> Result<RequestStanding, StoreError> {
        let find = sqlx::query_scalar(FIND).bind(id.to_string()).bind(request.key.0.to_string());
        let known: Option<String> = find.fetch_optional(self.database.pool()).await?;
        Ok(request.standing(known.as_deref()))
    }

    /// Forgets the keys of requests that were made before this.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn forget_requests(&self, before: OffsetDateTime) -> Result<(), StoreError> {
        let mut connection = self.database.write().await?;
        sqlx::query("DELETE FROM operator_requests WHERE at < $1")
            .bind(to_millis(before))
            .execute(&mut *connection)
            .await?;
        connection.commit().await?;
        Ok(())
    }
}

/// What is known of the key, in the transaction that holds the order.
pub(super) async fn find_standing(
    connection: &mut AnyConnection,
    id: OrderId,
    request: Option<&RequestKey>,
) -> Result<RequestStanding, StoreError> {
    let Some(request) = request else { return Ok(RequestStanding::New) };
    let find = sqlx::query_scalar(FIND).bind(id.to_string()).bind(request.key.0.to_string());
    let known: Option<String> = find.fetch_optional(&mut *connection).await?;
    Ok(request.standing(known.as_deref()))
}

/// Records the key of a request that was carried out.
pub(super) async fn record(
    connection: &mut AnyConnection,
    id: OrderId,
    request: &RequestKey,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO operator_requests (order_id, request_key, hash, at) VALUES ($1, $2, $3, $4)")
        .bind(id.to_string())
        .bind(request.key.0.to_string())
        .bind(request.hash.clone())
        .bind(to_millis(now))
        .execute(&mut *connection)
        .await?;
    Ok(())
}
