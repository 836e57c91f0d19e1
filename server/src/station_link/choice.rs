//! Choosing the adapter by the settings.

use super::{
    StationAdapter, none,
    settings::{StationLinkConfig, StationLinkKind},
    tanker_push,
};

/// The adapter that the settings choose. The simulated station is met over HTTP, like a real one; `simulator_url` is its
/// address in the process that plays it.
///
/// # Errors
/// The HTTP client cannot be built.
pub fn choose_adapter(
    config: &StationLinkConfig,
    simulator_url: Option<&str>,
) -> Result<StationAdapter, reqwest::Error> {
    match (config.kind, simulator_url) {
        (StationLinkKind::Tanker, _) => tanker_push::adapter(&config.tanker),
        (StationLinkKind::Simulator, Some(url)) => {
            tanker_push::adapter(&config.tanker.for_simulated_station(url))
        }
        // A command: another process plays the station, so nobody can be asked.
        (StationLinkKind::Simulator, None) | (StationLinkKind::None, _) => Ok(none::adapter()),
    }
}
