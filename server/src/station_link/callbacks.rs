//! Callbacks of station automation, of whatever kind: key, order and outcome.
//!
//! How a kind reads a callback and writes the answer is in its own folder.

use std::sync::Arc;

use async_trait::async_trait;
use domain::order::{Order, machine::StationReport};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The key that a station has to send. Hashed, so that keys of any length are compared in the same time.
#[derive(Clone)]
pub struct CallbackKey([u8; 32]);

impl CallbackKey {
    #[must_use]
    pub fn new(key: &SecretString) -> Self {
        Self(hash(key.expose_secret()))
    }

    #[must_use]
    pub fn is_valid(&self, candidate: &str) -> bool {
        hash(candidate).ct_eq(&self.0).into()
    }
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

/// The id by which a station knows a release of an order.
pub trait StationOrderId: Send + Sync {
    /// The short number of the order that it claims to be.
    fn number(&self) -> u32;
    /// The number of the order's release of which this is the id; `None` where it is another order's.
    fn release_of(&self, order: &Order) -> Option<u32>;
}

/// A report of a station about one release of an order.
pub struct StationCallback<'a> {
    pub order: &'a dyn StationOrderId,
    pub report: CallbackReport,
}

/// What a station reports of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackReport {
    /// What happens at the pump.
    Pump(StationReport),
    /// A withdrawal that was only taken at first is done: nothing will come out of the pump.
    Withdrawn,
    /// The release is not withdrawn, most likely because fuel flows.
    WithdrawalRefused,
}

impl From<StationReport> for CallbackReport {
    fn from(report: StationReport) -> Self {
        Self::Pump(report)
    }
}

/// Failure to record a callback, which the station has to repeat.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CallbackError(pub String);

/// Records callbacks. Orders implement it.
#[async_trait]
pub trait CallbackReceiver: Send + Sync {
    /// Finds the order with this short number.
    async fn order(&self, number: u32) -> Result<Option<Order>, CallbackError>;
    /// Records durably what is reported of an order. `false`: it was a start that is refused, nothing is recorded, and the
    /// station has to stop and cancel.
    async fn record(
        &self,
        order: &Order,
        release: u32,
        report: CallbackReport,
    ) -> Result<bool, CallbackError>;
}

/// Outcome of a callback; a kind of link writes the answer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackOutcome {
    /// Recorded durably.
    Recorded,
    /// A start that is refused: nothing is recorded, and the station has to stop and cancel.
    MustStop,
    OrderUnknown,
    /// Nothing is recorded: the station has to repeat it.
    Failed,
}

/// The receiver, shared by all kinds of links.
pub type SharedReceiver = Arc<dyn CallbackReceiver>;

/// Finds the order of a callback and records what it reports. The order is looked up by the number that the station's id
/// contains, then compared with the id as a whole.
pub async fn answer_callback(receiver: &SharedReceiver, callback: StationCallback<'_>) -> CallbackOutcome {
    let number = callback.order.number();
    match record(receiver, callback).await {
        Ok(CallbackOutcome::MustStop) => {
            tracing::warn!(number, "a station was refused the start");
            CallbackOutcome::MustStop
        }
        Ok(CallbackOutcome::OrderUnknown) => {
            tracing::warn!(number, "a callback names an order that is not here");
            CallbackOutcome::OrderUnknown
        }
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(number, %error, "a callback could not be recorded; the station has to repeat it");
            CallbackOutcome::Failed
        }
    }
}

async fn record(
    receiver: &SharedReceiver,
    callback: StationCallback<'_>,
) -> Result<CallbackOutcome, CallbackError> {
    let order = receiver.order(callback.order.number()).await?;
    let release = order.as_ref().and_then(|order| callback.order.release_of(order));
    let (Some(order), Some(release)) = (order, release) else {
        return Ok(CallbackOutcome::OrderUnknown);
    };
    Ok(match receiver.record(&order, release, callback.report).await? {
        true => CallbackOutcome::Recorded,
        false => CallbackOutcome::MustStop,
    })
}
