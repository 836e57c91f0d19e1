use crate::{database, invoicebox, orders, stations};

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
