//! What releases the pumps: nobody, the station side of a network, or a station that is played here.

use std::sync::Arc;

use super::{StartError, sandbox::Emulators};
use crate::{
    config::{Config, ForecourtKind, TankerConfig},
    forecourt::{
        Events, Forecourt, NoForecourt, Tanker,
        tanker::{self, FuelMap},
    },
};

/// The chosen automation.
pub(super) struct Pumps {
    pub forecourt: Arc<dyn Forecourt>,
    /// How the station side is reached; `None` where there is none.
    pub side: Option<TankerConfig>,
}

impl Pumps {
    /// A simulated station is met over HTTP, like a real one.
    pub fn new(config: &Config, emulators: Option<&Emulators>, events: Events) -> Result<Self, StartError> {
        let side = match (config.forecourt, emulators.and_then(Emulators::station_url)) {
            (ForecourtKind::None, _) => None,
            (_, None) => Some(config.tanker.clone()),
            // It calls grades as the contract does.
            (_, Some(url)) => {
                Some(TankerConfig { url: url.to_owned(), fuels: FuelMap::default(), ..config.tanker.clone() })
            }
        };
        let forecourt: Arc<dyn Forecourt> = match &side {
            None => Arc::new(NoForecourt::new(events)),
            Some(side) => Arc::new(Tanker::new(tanker::Client::new(side)?, Arc::new(side.fuels.clone()))),
        };
        let forecourt = match emulators {
            Some(emulators) => emulators.with_cashier(forecourt),
            None => forecourt,
        };
        Ok(Self { forecourt, side })
    }
}
