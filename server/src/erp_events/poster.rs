//! Posting of an event: one signed call, and the meaning of its answer.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::queue::EventTable;
use crate::{
    config::ErpNotifyConfig,
    queue::{Claimed, RowHandler, RowOutcome, TryRecord},
};

/// Time limit of a call.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Posts events.
#[derive(Clone)]
pub struct EventPoster {
    client: reqwest::Client,
    url: Arc<str>,
    key: SecretString,
}

#[async_trait]
impl RowHandler<EventTable> for EventPoster {
    type Error = sqlx::Error;

    async fn handle(&self, event: &Claimed<EventTable>) -> Result<RowOutcome, sqlx::Error> {
        match self.post(&event.row.body).await {
            Ok(()) => {
                record_metric("delivered");
                Ok(RowOutcome::Done)
            }
            Err(problem) => {
                let record = TryRecord { error: Some(problem), facts: Vec::new() };
                Ok(RowOutcome::Retry { record, after: None })
            }
        }
    }

    fn failed(&self, _event: &Claimed<EventTable>, is_dead: bool) {
        record_metric(if is_dead { "dead" } else { "failed" });
    }
}

fn record_metric(outcome: &'static str) {
    metrics::counter!("kolonka_erp_events_total", "outcome" => outcome).increment(1);
}

impl EventPoster {
    /// # Errors
    /// The TLS library cannot be set up.
    pub fn new(config: &ErpNotifyConfig) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("Kolonka/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CALL_TIMEOUT / 2)
            .timeout(CALL_TIMEOUT)
            // Signed events go to the configured address only.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { client, url: config.url.as_str().into(), key: config.key.clone() })
    }

    async fn post(&self, body: &str) -> Result<(), String> {
        let signature = sign(&self.key, body.as_bytes())?;
        let answer = self
            .client
            .post(&*self.url)
            .header("content-type", "application/json")
            .header("x-kolonka-signature", format!("sha256={signature}"))
            .body(body.to_owned())
            .send()
            .await
            // Without the address, which may carry a secret.
            .map_err(|error| error.without_url().to_string())?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("HTTP {}", status.as_u16())),
        }
    }
}

/// Hex HMAC-SHA256 of a body.
fn sign(key: &SecretString, body: &[u8]) -> Result<String, String> {
    // HMAC takes keys of any length, which its type does not say.
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes())
        .map_err(|error| format!("cannot be signed: {error}"))?;
    mac.update(body);
    Ok(hex::encode(mac.finalize().into_bytes()))
}
