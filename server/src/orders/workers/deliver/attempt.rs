//! The result of one try of an effect.

use std::time::Duration;

use domain::order::machine::Event;
use time::OffsetDateTime;

use crate::{
    invoicebox::{CallError, UnitPriceScale},
    orders::store::{MAX_CLOCK_SKEW, Marks, OutboxEntry},
    station_link::StationCallError,
};

/// Time in which a write without an answer may still be executed at the other side: it is not repeated earlier.
pub(super) const UNKNOWN_OUTCOME_WAIT: Duration = Duration::from_secs(60);
/// Pause between two calls to a station while a customer waits at the pump.
pub(super) const STATION_RETRY_PAUSE: Duration = Duration::from_secs(5);

/// Result of one try of an effect.
#[derive(Debug)]
pub(super) enum Attempt {
    /// Done, or not needed any more.
    Done,
    /// Done, and this is what was learned: applied in the transaction that strikes the row.
    Learned(Event),
    /// Nothing has failed; looked at again later. Without a reason the row keeps its text.
    Wait { reason: Option<String>, marks: Marks, after: Option<Duration> },
    /// Again later. Without an error the row keeps its text.
    Retry { error: Option<String>, marks: Marks, after: Option<Duration> },
}

impl Attempt {
    /// Leaves the row as it is until `after`: nothing is new.
    pub fn wait(entry: &OutboxEntry, after: Option<Duration>) -> Self {
        Self::Wait { reason: None, marks: entry.row.marks, after }
    }

    /// A read failed: what an earlier try has sent is as open as before.
    pub fn look_failed(entry: &OutboxEntry, error: &CallError) -> Self {
        let (error, after) = (Some(error.to_string()), error.retry_after());
        Self::Retry { error, marks: entry.row.marks, after }
    }

    /// A write failed with marks for the next try.
    pub fn write_failed(error: &CallError, marks: Marks) -> Self {
        Self::Retry { error: Some(error.to_string()), marks, after: error.retry_after() }
    }

    /// A call that is safe to repeat has failed.
    pub fn call_failed(error: &CallError) -> Self {
        Self::write_failed(error, Marks::NONE)
    }

    /// A station could not be asked; what an earlier try has sent is as open as before.
    pub fn station_failed(entry: &OutboxEntry, error: &StationCallError, after: Option<Duration>) -> Self {
        Self::Retry { error: Some(error.to_string()), marks: entry.row.marks, after }
    }
}

/// Sends a document with unit prices of two decimals, and once more with six where Invoicebox refuses them.
pub(super) async fn send_with_fitting_prices<T, F>(
    order_number: u32,
    document: &str,
    send: impl Fn(UnitPriceScale) -> F,
) -> Result<T, CallError>
where
    F: Future<Output = Result<T, CallError>>,
{
    let sent = send(UnitPriceScale::Two).await;
    if !sent.as_ref().is_err_and(CallError::is_unit_price_refused) {
        return sent;
    }
    tracing::error!(
        order.number = order_number,
        document,
        "Invoicebox refused unit prices of two decimals: once more with six; report this to Invoicebox support"
    );
    send(UnitPriceScale::Six).await
}

/// Whether what an earlier try has sent may still be executed: then nothing may be sent again yet.
pub(super) fn may_still_happen(entry: &OutboxEntry, now: OffsetDateTime) -> bool {
    may_still_arrive(entry.row.marks.sent_at, now)
}

/// Whether a call that was sent then may still be executed. A time that is further ahead than clocks differ was written before
/// the clock was set back, and is over.
pub(super) fn may_still_arrive(sent_at: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    sent_at.is_some_and(|sent| now - sent < UNKNOWN_OUTCOME_WAIT && sent - now <= MAX_CLOCK_SKEW)
}
