//! The composition root: the one place that says `new` for services.
//!
//! Three steps, each usable alone: [`open`] the database with its stores, [`compose`] use cases and routers over them,
//! [`Service::start`] the workers. Commands need the first one only. [`App::build`] takes all three.

mod compose;
mod connections;
mod error;
mod open;
mod pumps;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(not(feature = "sandbox"))]
#[path = "no_sandbox.rs"]
mod sandbox;
mod site;
mod start;

pub use compose::{Service, compose, feed};
pub use error::StartError;
pub use open::{Storage, open};
pub use start::App;

use crate::{clock::Clock, config::Config, telemetry};

impl App {
    /// Opens the database, loads the stations, starts the workers.
    ///
    /// # Errors
    /// Whatever keeps the service from working.
    pub async fn build(config: &Config, clock: Clock) -> Result<Self, StartError> {
        // Before anything is counted.
        let _recorder = telemetry::metrics();
        let storage = open(config).await?;
        storage.load_samples(config, &clock).await?;
        compose(config, storage, clock).await?.start().await
    }
}
