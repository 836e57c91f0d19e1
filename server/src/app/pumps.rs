//! What releases the pumps: nobody, the station side of a network, or a station that is played here.

use std::sync::Arc;

use super::{StartError, sandbox::Emulators};
use crate::{
    config::{Config, ForecourtKind},
    station_link::{
        NoLink, StationLink, TankerPush,
        tanker_push::{FuelMap, TankerConfig},
    },
};

/// The chosen automation.
pub(super) struct Pumps {
    pub link: Arc<dyn StationLink>,
    /// How the station side is reached; `None` where there is none.
    pub side: Option<TankerConfig>,
}

impl Pumps {
    /// A simulated station is met over HTTP, like a real one.
    pub fn new(config: &Config, emulators: Option<&Emulators>) -> Result<Self, StartError> {
        let side = match (config.forecourt, emulators.and_then(Emulators::station_url)) {
            (ForecourtKind::None, _) => None,
            (_, None) => Some(config.tanker.clone()),
            // It calls grades as the contract does.
            (_, Some(url)) => {
                Some(TankerConfig { url: url.to_owned(), fuels: FuelMap::default(), ..config.tanker.clone() })
            }
        };
        let link: Arc<dyn StationLink> = match &side {
            None => Arc::new(NoLink),
            Some(side) => Arc::new(TankerPush::new(side)?),
        };
        let link = match emulators {
            Some(emulators) => emulators.with_cashier(link),
            None => link,
        };
        Ok(Self { link, side })
    }
}
