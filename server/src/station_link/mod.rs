//! Station automation behind one port: what we ask of a station, whatever its vendor.
//!
//! What a station answers at once is the result of the call, and the caller makes it durable. What it reports later
//! becomes a [`domain::order::machine::Event`] by a callback of its own (`/api/order/…` for the tanker contract). To add a
//! vendor: a folder here, and one line in `app/pumps.rs`.

pub mod callbacks;
mod feed;
mod none;
pub mod settings;
pub mod tanker_push;

use async_trait::async_trait;
use domain::{
    id::{PumpNumber, StationId},
    locale::Locale,
    order::Order,
};

pub use feed::{Answer, Doubt, Doubts, FeedError, ReportedPrice, ReportedPump, ReportedStation, StationFeed};
pub use none::NoLink;
pub use tanker_push::TankerPush;

/// How a link has taken the request to release a pump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// The station has the request; whether it accepts is reported by a callback.
    Requested,
    /// The cashier releases the pump by hand: the order is ready.
    ByHand,
}

/// Asked of station automation. Every call may be repeated with the same order.
#[async_trait]
pub trait StationLink: Send + Sync {
    /// Can this pump take an order now?
    async fn ping(&self, station: &StationId, pump: PumpNumber) -> Result<(), StationCallError>;
    /// Releases the pump for a paid order.
    async fn authorise(&self, order: &Order) -> Result<Release, StationCallError>;
    /// A released pump is not needed any more. `Ok`: nothing will come out of it for this order, whatever was known
    /// of it. `Refused`: the release stands, most likely because fuel is flowing. While [`Order::calling_off`] is set
    /// the answer decides whether the payer gets the money back, so it must not be a guess.
    async fn withdraw(&self, order: &Order) -> Result<(), StationCallError>;
    /// How an order ended that the station had been asked for and ended itself: completed, or called off.
    async fn report_end(&self, order: &Order) -> Result<(), StationCallError>;
    /// Paid goods and services may be handed over.
    async fn announce(&self, order: &Order) -> Result<(), StationCallError>;
    /// Is there a link to the pumps? Then what we ask reaches them, and their silence after a release has a meaning.
    fn is_linked(&self) -> bool {
        true
    }
}

/// Why the station could not be asked, or said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StationCallError {
    /// A definite no, in the station's own words, or empty.
    #[error("the station refused: {0}")]
    Refused(String),
    /// Nothing was taken there: no connection came about, or we are not let in.
    #[error("the station cannot be reached")]
    Unreached,
    /// No answer: nobody knows.
    #[error("the station does not answer")]
    Silent,
}

/// Why a pump was refused by a ping: the station's words, or ours where it has none.
#[must_use]
pub fn pump_words(words: String, locale: Locale) -> String {
    if words.is_empty() {
        locale.pick("колонка занята или отключена", "the pump is taken or switched off").to_owned()
    } else {
        words
    }
}
