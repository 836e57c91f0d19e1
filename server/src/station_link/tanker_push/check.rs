//! The check of a network's station server for `kolonka check`.

use async_trait::async_trait;
use reqwest::Method;

use super::client::{TankerCall, TankerClient};
use crate::station_link::StationCheck;

/// Longest list of stations that is read: some thousands of them with all their pumps.
const MAX_STATIONS_BYTES: usize = 16 * 1024 * 1024;

/// Checks that the station server answers and accepts our keys.
pub(super) struct TankerCheck {
    pub client: TankerClient,
    pub url: String,
}

#[async_trait]
impl StationCheck for TankerCheck {
    async fn run(&self) -> Result<String, String> {
        let call = TankerCall { method: &Method::GET, path: "station", query: &[], body: None };
        match self.client.fetch_json(call, self.client.timeout(), MAX_STATIONS_BYTES).await {
            Ok(_) => Ok(format!("KOLONKA_TANKER_URL: {} answers and takes our key", self.url)),
            Err(error) => {
                Err(format!("KOLONKA_TANKER_URL, KOLONKA_TANKER_API_KEY, KOLONKA_TANKER_SYSTEM_KEY: {error}"))
            }
        }
    }
}
