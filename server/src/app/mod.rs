//! The composition root: the one place that says `new` for services.
//!
//! Three steps, each usable alone: [`open`] the database with its stores, [`compose`] use cases and routers over them,
//! [`Service::start`] the workers. Commands need the first one only. [`App::build`] takes all three.

mod compose;
mod connections;
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
pub use open::{Storage, open};
pub use start::App;

use crate::{clock::Clock, config::Config, database, invoicebox, orders, stations, telemetry};

/// Why the service could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("DATABASE_URL: {0}")]
    Database(#[from] database::OpenError),
    #[error("the stations cannot be loaded: {0}")]
    Stations(#[from] stations::store::StationStoreError),
    #[error("the orders cannot be loaded: {0}")]
    Orders(#[from] orders::StoreError),
    #[error("the sample stations cannot be loaded: {0}")]
    Sample(#[from] stations::import::ImportError),
    #[error("the HTTP client cannot be built: {0}")]
    Client(#[from] reqwest::Error),
    #[error("the description of the cashier API cannot be written: {0}")]
    ApiDescription(#[from] serde_json::Error),
    #[error("INVOICEBOX_NOTIFICATION_KEY: {0}")]
    Key(#[from] invoicebox::EmptyKey),
    #[error("KOLONKA_SIMULATOR_ADDR: {0}")]
    Simulator(std::io::Error),
}

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
