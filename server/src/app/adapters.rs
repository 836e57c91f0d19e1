//! The second step: the adapters of stations and emulators.

use tokio_util::sync::CancellationToken;

use super::{StartError, sandbox::Emulators};
use crate::{
    clock::Clock,
    config::Config,
    station_link::{StationAdapter, choose_adapter},
};

/// The automation of the stations and, in a sandbox, the emulators.
pub struct Adapters {
    pub station: StationAdapter,
    pub(super) emulators: Option<Emulators>,
    /// Ends the service and, with it, the simulated station.
    pub(super) shutdown: CancellationToken,
}

impl Adapters {
    /// Opens the configured adapters. In the sandbox the simulated station opens its listener, since its address is
    /// part of the service.
    ///
    /// # Errors
    /// `Simulator` if the station's address is taken, `Client` if an HTTP client cannot be built.
    pub async fn open(config: &Config, clock: &Clock) -> Result<Self, StartError> {
        let shutdown = CancellationToken::new();
        let emulators = Emulators::open(config, clock, &shutdown).await?;
        let simulator_url = emulators.as_ref().and_then(Emulators::station_url);
        let mut station = choose_adapter(&config.station_link, simulator_url)?;
        if let Some(emulators) = &emulators {
            station.link = emulators.with_cashier(station.link);
        }
        Ok(Self { station, emulators, shutdown })
    }
}
