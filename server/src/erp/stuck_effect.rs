//! An effect that is stuck, as the API shows it.

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::orders::StuckEffect;

/// What has to be done at Invoicebox or a station, and is not.
#[derive(Serialize, ToSchema)]
#[schema(as = StuckEffect)]
pub struct StuckEffectView {
    /// For `/outbox/{id}/retry`.
    #[schema(example = "10451-7-refund")]
    id: String,
    /// The order's short number.
    number: String,
    /// `create_invoice`, `cancel_invoice`, `cancel_twins`, `authorise`, `withdraw_authorisation`, `report_end`, `announce`,
    /// `ship`, `refund`, `return_money`, `return_second_payments`, `find_duplicates`, `follow_refunds`.
    effect: String,
    /// Given up after a day: it is not tried any more by itself.
    dead: bool,
    /// When it was decided.
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    tries: i64,
    /// Error of the last try.
    error: Option<String>,
    /// Null for a dead one.
    #[serde(with = "time::serde::rfc3339::option")]
    next_try_at: Option<OffsetDateTime>,
}

impl From<StuckEffect> for StuckEffectView {
    fn from(stuck: StuckEffect) -> Self {
        Self {
            id: stuck.id,
            number: stuck.number.to_string(),
            effect: stuck.effect,
            dead: stuck.is_dead,
            since: stuck.since,
            tries: stuck.tries,
            error: stuck.error,
            next_try_at: stuck.next_try_at,
        }
    }
}
