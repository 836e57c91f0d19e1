//! The calls of orders to a station, whatever its link.

use std::fmt;

use async_trait::async_trait;
use domain::{
    id::{PumpNumber, StationId},
    locale::Locale,
    order::{Order, Release, StartReason},
    texts::describe_left_to_cashier,
};

/// What a link can do. Orders decide by these, never by the kind of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Automation drives the pumps: what we ask reaches them, and their silence after a release has a meaning. Without it
    /// the cashier drives them.
    pub drives_pumps: bool,
    /// A pump can be asked whether it takes an order now.
    pub asks_pumps: bool,
    /// The answer to a withdrawal says whether the release was withdrawn; otherwise a callback does.
    pub withdraws_at_once: bool,
    /// What a full tank took is measured, so one can be ordered.
    pub measures_full_tank: bool,
}

/// Calls to station automation. Every call may be repeated with the same order and release.
#[async_trait]
pub trait StationLink: Send + Sync {
    fn capabilities(&self) -> Capabilities;

    /// Asks whether this pump takes an order now. A link that asks no pumps objects to none.
    ///
    /// # Errors
    /// `Refused` if the pump is taken.
    async fn ping(&self, _: &StationId, _: PumpNumber) -> Result<(), StationCallError> {
        Ok(())
    }

    /// Releases the pump of this release for a paid order. `Ok`: the station has the request; whether it accepts is
    /// reported by a callback.
    ///
    /// # Errors
    /// `Refused` if it is not released, `Unreached` if the station certainly has no request, `Silent` without an
    /// answer.
    async fn release(&self, order: &Order, release: &Release) -> Result<(), StationCallError>;

    /// Withdraws a release that is not needed any more. `Ok` of a link that withdraws at once: nothing will come out of
    /// the pump for this order, whatever was known of it. While [`Order::cancellation`] is set the answer decides whether
    /// the payer gets the money back, so it must not be a guess. `Ok` of another link: the station has the request, and a
    /// callback reports whether the release was withdrawn; it moves no money.
    ///
    /// # Errors
    /// `Refused` if the release is not withdrawn, most likely because fuel is flowing.
    async fn withdraw(&self, order: &Order, release: &Release) -> Result<(), StationCallError>;

    /// Reports the end of a release that the station itself ended: completed, or cancelled.
    ///
    /// # Errors
    /// `Refused`, `Unreached` or `Silent`, as every call.
    async fn report_end(&self, order: &Order, release: &Release) -> Result<(), StationCallError>;

    /// Announces that paid goods and services may be handed over.
    ///
    /// # Errors
    /// `Refused`, `Unreached` or `Silent`, as every call.
    async fn announce(&self, order: &Order) -> Result<(), StationCallError>;
}

/// Why a call to a station failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StationCallError {
    /// The station has definitely refused.
    #[error("the station refused: {0}")]
    Refused(StationRefusal),
    /// The station certainly has no request: there was no connection, or our key was not accepted.
    #[error("the station cannot be reached")]
    Unreached,
    /// No answer: the outcome is unknown.
    #[error("the station does not answer")]
    Silent,
}

/// Why a station refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StationRefusal {
    /// The text that the station gave, or empty.
    Reason(String),
    /// The price that was paid is not the station's; with its text, or empty.
    Price(String),
    /// No automation can answer: the cashier decides, who may have released the pump by hand.
    LeftToCashier,
}

impl StationRefusal {
    /// Returns the reason as a sentence for the customer; empty where the station gave none.
    #[must_use]
    pub fn into_reason(self, locale: Locale) -> String {
        match self {
            Self::Reason(reason) | Self::Price(reason) => reason,
            Self::LeftToCashier => describe_left_to_cashier(locale).to_owned(),
        }
    }

    /// Why a pump that was asked is not started: in the station's words, where it has any.
    #[must_use]
    pub fn into_start_reason(self) -> StartReason {
        match self {
            Self::Reason(reason) | Self::Price(reason) if !reason.is_empty() => {
                StartReason::PumpRefused(reason)
            }
            _ => StartReason::PumpUnavailable,
        }
    }
}

/// For logs and for the outbox that an operator reads.
impl fmt::Display for StationRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reason(reason) | Self::Price(reason) => f.write_str(reason),
            Self::LeftToCashier => f.write_str("the cashier decides"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_reasons_are_localised_and_the_stations_reason_is_verbatim() {
        let reasons = |refusal: &StationRefusal| {
            [Locale::Ru, Locale::En].map(|locale| refusal.clone().into_reason(locale))
        };
        assert_eq!(
            reasons(&StationRefusal::LeftToCashier),
            ["заказ отменяет кассир", "the cashier cancels the order"]
        );
        let silent = StationRefusal::Reason(String::new());
        assert_eq!(reasons(&silent), [""; 2], "no reason of ours in place of the station's");
        assert_eq!(silent.into_start_reason(), StartReason::PumpUnavailable);
        let busy = || StationRefusal::Reason("идёт налив".to_owned());
        assert_eq!(reasons(&busy()), ["идёт налив"; 2]);
        assert_eq!(busy().into_start_reason(), StartReason::PumpRefused("идёт налив".to_owned()));
    }
}
