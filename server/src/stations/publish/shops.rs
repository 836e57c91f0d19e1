//! The records of shops in the database.

use sqlx::Row;
use time::OffsetDateTime;

use super::ShopName;
use crate::stations::store::{Store, StoreError};

/// The only writer of the `marketplace_shops` table. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shops {
    store: Store,
}

/// What is known of a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// As it was made.
    pub title: String,
    /// `None`: it was asked for, and nobody knows the answer.
    pub id: Option<i64>,
    /// SHA-256 of what was last told of it.
    pub published: Option<String>,
}

impl Shops {
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// What is known of a shop; `None` when it has never been asked for.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn get(&self, name: &ShopName) -> Result<Option<Shop>, StoreError> {
        let (kind, own) = name.columns();
        let row = sqlx::query(
            "SELECT title, shop_id, published FROM marketplace_shops WHERE kind = $1 AND name = $2",
        )
        .bind(kind)
        .bind(own)
        .fetch_optional(self.store.database().pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Shop {
            title: row.try_get("title")?,
            id: row.try_get("shop_id")?,
            published: row.try_get("published")?,
        }))
    }

    /// Records that a shop is about to be asked for; `false` when it is recorded already.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin(&self, name: &ShopName, title: &str, now: OffsetDateTime) -> Result<bool, StoreError> {
        let (kind, own) = name.columns();
        let mut transaction = self.store.database().write().await?;
        let inserted = sqlx::query(
            "INSERT INTO marketplace_shops (kind, name, title, updated_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (kind, name) DO NOTHING",
        )
        .bind(kind)
        .bind(own)
        .bind(title)
        .bind(millis(now))
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        transaction.commit().await?;
        Ok(inserted == 1)
    }

    /// Records the number and the secret that a shop was given. Every instance finds the station by the number within
    /// a second.
    ///
    /// # Errors
    /// The database does not answer, or the number belongs to another shop of ours.
    pub async fn record_made(
        &self,
        name: &ShopName,
        id: i64,
        token: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let (kind, own) = name.columns();
        let mut transaction = self.store.begin().await?;
        sqlx::query(
            "UPDATE marketplace_shops SET shop_id = $3, token = $4, updated_at = $5 \
             WHERE kind = $1 AND name = $2",
        )
        .bind(kind)
        .bind(own)
        .bind(id)
        .bind(token)
        .bind(millis(now))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Records what was told of a shop.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn record_published(
        &self,
        name: &ShopName,
        told: &str,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let (kind, own) = name.columns();
        let mut transaction = self.store.database().write().await?;
        sqlx::query(
            "UPDATE marketplace_shops SET published = $3, updated_at = $4 WHERE kind = $1 AND name = $2",
        )
        .bind(kind)
        .bind(own)
        .bind(told)
        .bind(millis(now))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Forgets a shop whose making is undecided; `false` when there is none such.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget(&self, name: &ShopName) -> Result<bool, StoreError> {
        let (kind, own) = name.columns();
        let mut transaction = self.store.database().write().await?;
        let deleted =
            sqlx::query("DELETE FROM marketplace_shops WHERE kind = $1 AND name = $2 AND shop_id IS NULL")
                .bind(kind)
                .bind(own)
                .execute(&mut *transaction)
                .await?
                .rows_affected();
        transaction.commit().await?;
        Ok(deleted == 1)
    }

    /// A person has found the shop: `false` when its number is known already, or it was never asked for.
    ///
    /// # Errors
    /// As [`Shops::record_made`].
    pub async fn decide(&self, name: &ShopName, id: i64, now: OffsetDateTime) -> Result<bool, StoreError> {
        match self.get(name).await? {
            Some(Shop { id: None, .. }) => {
                self.record_made(name, id, None, now).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

fn millis(at: OffsetDateTime) -> i64 {
    at.unix_timestamp() * 1000 + i64::from(at.millisecond())
}
