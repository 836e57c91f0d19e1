//! Emulators of a program that was built without the sandbox: there are none.

use std::sync::Arc;

use axum::Router;
use tokio_util::sync::CancellationToken;

use super::StartError;
use crate::{
    clock::Clock,
    config::Config,
    orders::ReadOrders,
    station_link::StationLink,
    stations::{import::ImportError, store::StationStore},
};

/// Loads nothing.
///
/// # Errors
/// None.
pub(super) async fn load_samples(_: &StationStore, _: &Config, _: &Clock) -> Result<(), ImportError> {
    Ok(())
}

/// Emulators, of which no process of this program has any.
pub(super) enum Emulators {}

impl Emulators {
    /// Returns `None`.
    ///
    /// # Errors
    /// Never: the signature is that of the sandbox.
    pub async fn open(_: &Config, _: &Clock, _: &CancellationToken) -> Result<Option<Self>, StartError> {
        Ok(None)
    }

    pub fn station_url(&self) -> Option<&str> {
        match *self {}
    }

    pub fn with_cashier(&self, _: Arc<dyn StationLink>) -> Arc<dyn StationLink> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never: the signature is that of the sandbox.
    pub async fn resume(&self, _: &ReadOrders) -> Result<(), StartError> {
        match *self {}
    }

    pub fn router(&self, _: &Config, _: Vec<String>) -> Router {
        match *self {}
    }
}
