//! The composition root: the one place that creates services.
//!
//! Four steps, each usable alone: [`open`] the database with its stores, open the [`Adapters`] to stations and
//! emulators, [`compose`] use cases and routers over both, [`ComposedService::start`] the workers. Commands need the
//! first one only. [`App::build`] takes all four.

mod adapters;
mod compose;
mod connections;
mod error;
pub mod files;
mod open;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(not(feature = "sandbox"))]
#[path = "no_sandbox.rs"]
mod sandbox;
mod site;
mod start;

pub use adapters::Adapters;
pub use compose::{ComposedService, compose};
pub use error::StartError;
pub use open::{Storage, open};
pub use start::App;

use crate::{clock::Clock, config::Config, telemetry};

impl App {
    /// Opens the database, loads the stations, starts the workers.
    ///
    /// # Errors
    /// The error of the first step that fails: [`open`], [`Storage::load_samples`], [`Adapters::open`], [`compose`] or
    /// [`ComposedService::start`].
    pub async fn build(config: &Config, clock: Clock) -> Result<Self, StartError> {
        // Before anything is counted.
        let _recorder = telemetry::metrics();
        let storage = open(config).await?;
        storage.load_samples(config, &clock).await?;
        let adapters = Adapters::open(config, &clock).await?;
        compose(config, storage, clock, adapters).await?.start().await
    }
}
