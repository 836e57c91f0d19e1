//! The records of shops in the database.

use sqlx::FromRow;
use time::OffsetDateTime;

use super::shop_listing::ShopName;
use crate::{
    clock::to_millis,
    stations::store::{StationStore, StationStoreError},
};

/// The only writer of the `marketplace_shops` table. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ShopRecords {
    store: StationStore,
}

/// Record of a shop.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ShopRecord {
    /// As it was created.
    pub title: String,
    /// `None` if its creation was requested and the answer is unknown.
    #[sqlx(rename = "shop_id")]
    pub id: Option<i64>,
    /// SHA-256 of the description that it was last given.
    pub published: Option<String>,
}

impl ShopRecords {
    #[must_use]
    pub fn new(store: StationStore) -> Self {
        Self { store }
    }

    /// Reads the record of a shop; `None` if its creation was never requested.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn get(&self, name: &ShopName) -> Result<Option<ShopRecord>, StationStoreError> {
        let (kind, own) = name.columns();
        Ok(sqlx::query_as(
            "SELECT title, shop_id, published FROM marketplace_shops WHERE kind = $1 AND name = $2",
        )
        .bind(kind)
        .bind(own)
        .fetch_optional(self.store.database().pool())
        .await?)
    }

    /// Records that a shop is about to be created; `false` if it is recorded already.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin(
        &self,
        name: &ShopName,
        title: &str,
        now: OffsetDateTime,
    ) -> Result<bool, StationStoreError> {
        let (kind, own) = name.columns();
        let mut transaction = self.store.database().write().await?;
        let inserted = sqlx::query(
            "INSERT INTO marketplace_shops (kind, name, title, updated_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (kind, name) DO NOTHING",
        )
        .bind(kind)
        .bind(own)
        .bind(title)
        .bind(to_millis(now))
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
    /// [`StationStoreError::Database`] if the database does not answer, or the number belongs to another shop of ours.
    pub async fn record_created(
        &self,
        name: &ShopName,
        id: i64,
        token: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<(), StationStoreError> {
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
        .bind(to_millis(now))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Records the description that a shop was given.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn record_published(
        &self,
        name: &ShopName,
        description_hash: &str,
        now: OffsetDateTime,
    ) -> Result<(), StationStoreError> {
        let (kind, own) = name.columns();
        let mut transaction = self.store.database().write().await?;
        sqlx::query(
            "UPDATE marketplace_shops SET published = $3, updated_at = $4 WHERE kind = $1 AND name = $2",
        )
        .bind(kind)
        .bind(own)
        .bind(description_hash)
        .bind(to_millis(now))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Deletes the record of a shop whose creation is undecided; `false` if there is none.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget(&self, name: &ShopName) -> Result<bool, StationStoreError> {
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

    /// Records the number of an undecided shop that a person has found; `false` if it is known already, or the shop's
    /// creation was never requested.
    ///
    /// # Errors
    /// [`StationStoreError::Database`] if the database does not answer, or the number belongs to another shop of ours.
    pub async fn decide(
        &self,
        name: &ShopName,
        id: i64,
        now: OffsetDateTime,
    ) -> Result<bool, StationStoreError> {
        match self.get(name).await? {
            Some(ShopRecord { id: None, .. }) => {
                self.record_created(name, id, None, now).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
