//! Calls to the partner that a person or a test asks for: any call, under any id, at any time.

use std::sync::Arc;

use serde::Deserialize;

use super::{partner::Partner, partner_client::PartnerClient, state::StationState};

/// A call to the partner about an order, which need not be one that the station has taken.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedCallback {
    pub id: String,
    /// One of [`ScriptedCallback::CALLS`].
    pub call: String,
    /// The volume as it is written; also one that nobody can read.
    pub litre: Option<String>,
    pub reason: Option<String>,
}

impl ScriptedCallback {
    pub const CALLS: [&str; 5] = ["accept", "fueling", "volume", "completed", "canceled"];

    /// # Errors
    /// A sentence about an unknown call, or about one without its volume.
    pub fn check(&self) -> Result<(), String> {
        if !Self::CALLS.contains(&self.call.as_str()) {
            return Err(format!("unknown call `{}`; there are {}", self.call, Self::CALLS.join(", ")));
        }
        if matches!(self.call.as_str(), "volume" | "completed") && self.litre.is_none() {
            return Err(format!("`{}` needs `litre`", self.call));
        }
        Ok(())
    }
}

/// Makes the call in the background, once. It changes nothing at the station. An id that nobody has pushed goes to every
/// partner.
pub fn send(station: &Arc<StationState>, callback: ScriptedCallback) {
    let knows_it = |partner: &&Partner| station.orders().get(&partner.api_key, &callback.id).is_some();
    let known: Vec<Partner> = station.partners().filter(knows_it).cloned().collect();
    let addressees = if known.is_empty() { station.partners().cloned().collect() } else { known };
    let callback = Arc::new(callback);
    for partner in addressees {
        let (callback, id) = (Arc::clone(&callback), callback.id.clone());
        let client = PartnerClient { station: Arc::clone(station), partner, id, is_doubled: false };
        tokio::spawn(async move {
            let litre = callback.litre.as_deref().map(|litre| ("litre", litre));
            let reason = callback.reason.as_deref().map(|reason| ("reason", reason));
            let fields: Vec<_> = litre.into_iter().chain(reason).collect();
            client.send(&callback.call, &fields).await;
        });
    }
}
