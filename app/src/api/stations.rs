use domain::view::{FoundStations, StationCounts, StationQuery, StationView};
use leptos::prelude::*;

use super::{AnswerJson, ApiError, StrictJson};

/// Stations that match a query.
///
/// # Errors
/// `bad_request` for bounds or a point that are not on the globe, and for malformed arguments.
#[server(prefix = "/api", endpoint = "stations/find", input = StrictJson, output = AnswerJson)]
pub async fn find_stations(query: StationQuery) -> Result<FoundStations, ApiError> {
    let locale = super::request_locale();
    super::backend::backend()?.find_stations(query).await.map_err(|refusal| ApiError::of(&refusal, locale))
}

/// Counts the stations that each value of each filter would leave, for the sheet of filters. The query is that of
/// [`find_stations`].
///
/// # Errors
/// `bad_request` for the same arguments as in [`find_stations`].
#[server(prefix = "/api", endpoint = "stations/count", input = StrictJson, output = AnswerJson)]
pub async fn count_stations(query: StationQuery) -> Result<StationCounts, ApiError> {
    let locale = super::request_locale();
    super::backend::backend()?.count_stations(query).await.map_err(|refusal| ApiError::of(&refusal, locale))
}

/// One station with pumps, prices and goods.
///
/// # Errors
/// `not_found` for an id that no station has.
#[server(prefix = "/api", endpoint = "stations/get", input = StrictJson, output = AnswerJson)]
pub async fn get_station(id: String) -> Result<StationView, ApiError> {
    use domain::{id::StationId, refusal::OrderRefusal};

    let locale = super::request_locale();
    let found = match StationId::parse(&id) {
        Some(id) => super::backend::backend()?.station(id).await,
        None => Err(OrderRefusal::StationUnknown.into()),
    };
    found.map_err(|refusal| ApiError::of(&refusal, locale))
}
