//! The first step: the database with its schema, and the stores over it.

use secrecy::ExposeSecret;

use super::sandbox;
use crate::{
    clock::Clock,
    config::Config,
    database::{Database, OpenError},
    orders::{OrderStore, Outbox},
    stations::{import::ImportError, store::StationStore},
};

/// An open database with its stores.
#[derive(Clone)]
pub struct Storage {
    pub database: Database,
    pub stations: StationStore,
    pub orders: OrderStore,
    pub outbox: Outbox,
}

/// Connects to the configured database and brings its schema up to date.
///
/// # Errors
/// `Database` if the scheme is unknown, the database does not answer, or a newer version has written its schema.
pub async fn open(config: &Config) -> Result<Storage, OpenError> {
    let database = Database::open(config.database_url.expose_secret()).await?;
    Ok(Storage {
        stations: StationStore::new(database.clone()),
        orders: OrderStore::new(database.clone()).writing_events(config.erp_notify.is_some()),
        outbox: Outbox::new(database.clone()),
        database,
    })
}

impl Storage {
    /// Loads the sample stations into an empty database, in sandbox mode only.
    ///
    /// # Errors
    /// The error of the import, if the database does not answer.
    pub async fn load_samples(&self, config: &Config, clock: &Clock) -> Result<(), ImportError> {
        sandbox::load_samples(&self.stations, config, clock).await
    }
}
