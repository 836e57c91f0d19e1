//! Changes of single stations by the back office: stored, and visible at once on this instance, within two seconds on the
//! others.

use domain::{id::StationId, station::Station};
use time::OffsetDateTime;

use super::{
    catalogue::Catalogue,
    patch::{PatchError, PatchNote, Patched, StationPatch},
    store::{EditEffect, EditError, StationStoreError},
};

/// A station that was changed.
#[derive(Clone, Debug)]
pub struct EditedStation {
    pub station: Station,
    pub change: EditEffect,
    /// Repairs, and values that were not understood.
    pub notes: Vec<PatchNote>,
}

/// Reasons why a station is not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    #[error("there is no such station")]
    StationUnknown,
    #[error(transparent)]
    Refused(PatchError),
    #[error(transparent)]
    Store(#[from] StationStoreError),
}

impl Catalogue {
    /// Reads a station as it is stored, also one that customers do not see.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn stored(&self, id: &StationId) -> Result<Option<Station>, StationStoreError> {
        Ok(self.store().get(id).await?.map(|stored| stored.station))
    }

    /// Changes a station, or makes a new one.
    ///
    /// # Errors
    /// [`UpkeepError::Refused`] if no station may be like that, [`UpkeepError::Store`] if the database does not answer;
    /// then nothing was written.
    pub async fn put(
        &self,
        id: &StationId,
        patch: StationPatch,
        now: OffsetDateTime,
    ) -> Result<EditedStation, UpkeepError> {
        self.edit(id, now, |known| patch.apply(id, known).map_err(UpkeepError::Refused)).await
    }

    /// Changes an existing station.
    ///
    /// # Errors
    /// [`UpkeepError::StationUnknown`], and as [`Catalogue::put`].
    pub async fn change(
        &self,
        id: &StationId,
        patch: StationPatch,
        now: OffsetDateTime,
    ) -> Result<EditedStation, UpkeepError> {
        let apply = |known: Option<&Station>| {
            let known = known.ok_or(UpkeepError::StationUnknown)?;
            patch.apply(id, Some(known)).map_err(UpkeepError::Refused)
        };
        self.edit(id, now, apply).await
    }

    /// Removes a station; `false` when there was none.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn remove(&self, id: &StationId) -> Result<bool, StationStoreError> {
        let is_removed = self.store().delete(id).await?;
        self.refresh().await?;
        Ok(is_removed)
    }

    async fn edit(
        &self,
        id: &StationId,
        now: OffsetDateTime,
        apply: impl FnOnce(Option<&Station>) -> Result<Patched, UpkeepError> + Send,
    ) -> Result<EditedStation, UpkeepError> {
        let edit = |known: Option<&Station>| apply(known).map(|Patched { station, notes }| (station, notes));
        let edited = self.store().edit(id, now, edit).await.map_err(|error| match error {
            EditError::Refused(error) => error,
            EditError::Store(error) => UpkeepError::Store(error),
        })?;
        self.refresh().await?;
        Ok(EditedStation { station: edited.station, change: edited.change, notes: edited.outcome })
    }
}
