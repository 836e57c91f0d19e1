//! Search for invoices that were made after all, when nobody knew what became of a creation: a late one would stay payable.

use std::{sync::Arc, time::Duration};

use domain::order::{Invoice, Order, Status, machine::Event};
use time::OffsetDateTime;

use super::{
    attempt::Attempt,
    found_invoice::{is_of, paid_event, unpaid_event},
};
use crate::{
    clock::Clock,
    invoicebox::{InvoiceboxClient, ProviderOrder, ProviderStatus},
    orders::{
        OrderChanges, OrderRules, StoreError,
        store::{MAX_CLOCK_SKEW, Marks, OutboxEntry},
    },
};

/// When to look after the creation; the last look follows the end of the unpaid life.
const LOOKS: [Duration; 3] =
    [Duration::from_secs(2 * 60), Duration::from_secs(5 * 60), Duration::from_secs(15 * 60)];
/// Time after the end of the unpaid life at which the last look is made.
const LAST_LOOK_DELAY: Duration = Duration::from_secs(60);
/// Longest pause between two tries of a row.
const MAX_PAUSE: Duration = Duration::from_secs(10 * 60);
/// Least age of the last look when its row comes back. A mark in the future is read as of now, and so is younger.
const MIN_MARK_AGE: Duration = Duration::from_secs(1);

/// Looks for other invoices under the order's numbers.
pub(super) struct FindDuplicates {
    pub changes: Arc<OrderChanges>,
    pub clock: Clock,
    pub invoicebox: InvoiceboxClient,
    pub rules: Arc<OrderRules>,
}

/// The times of looks, as far as a row knows them.
struct Looks {
    decided_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    /// When its row was last tried.
    last: Option<OffsetDateTime>,
}

impl FindDuplicates {
    /// The row keeps the time of the last look as that of a write.
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let now = self.clock.now();
        let looks = Looks {
            decided_at: entry.row.decided_at,
            expires_at: order.expires_at,
            last: entry.row.marks.sent_at,
        };
        if looks.is_due(now) {
            for number in order.earlier_numbers.iter().chain([&order.merchant_order_id]) {
                match self.invoicebox.find_by_number(number).await {
                    Ok(found) => self.apply_found(order, found).await?,
                    Err(error) => return Ok(Attempt::look_failed(entry, &error)),
                }
            }
        }
        let Some(next) = looks.next(now) else { return Ok(Attempt::Done) };
        let after = Duration::try_from(next - now).unwrap_or_default().min(MAX_PAUSE);
        Ok(Attempt::Wait { reason: None, marks: Marks::sent(now), after: Some(after) })
    }

    async fn apply_found(&self, order: &Order, found: Vec<ProviderOrder>) -> Result<(), StoreError> {
        for there in found {
            if let Some(event) = event_of(order, there, &self.rules) {
                self.changes.apply_within_effect(order.id, event).await?;
            }
        }
        Ok(())
    }
}

impl Looks {
    /// Whether a look is due. Of times that can only have been set before the clock was set back nobody knows how old they
    /// are: then every try looks.
    fn is_due(&self, now: OffsetDateTime) -> bool {
        let is_void =
            self.decided_at > now + MAX_CLOCK_SKEW || self.last.is_some_and(|last| now - last < MIN_MARK_AGE);
        let last = self.last.unwrap_or(self.decided_at);
        is_void || self.times().iter().any(|at| last < *at && *at <= now)
    }

    fn next(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.times().into_iter().find(|at| *at > now)
    }

    fn times(&self) -> Vec<OffsetDateTime> {
        let mut times: Vec<OffsetDateTime> = LOOKS.iter().map(|after| self.decided_at + *after).collect();
        times.push(self.expires_at + LAST_LOOK_DELAY);
        times.sort_unstable();
        times
    }
}

/// What an invoice under a number of ours means: one that is paid is paid, and of the others all but the order's own are
/// withdrawn, with what is reserved by them. `None`: nobody can pay it any more, or the order knows of it.
fn event_of(order: &Order, there: ProviderOrder, rules: &OrderRules) -> Option<Event> {
    let is_own = order.invoice.as_ref().is_some_and(|own| own.provider_id == there.provider_id);
    let is_known = is_own && order.settlement.payment.is_some();
    let is_over = matches!(there.status, ProviderStatus::Canceled | ProviderStatus::Expired);
    if is_known || is_over || !is_of(order, &there) {
        return None;
    }
    if there.status.is_paid(rules.release_on_hold) {
        return Some(paid_event(there));
    }
    // Who waits for the address gets it by the creation, which looks as well.
    if order.status == Status::Placing && there.payment_url.is_none() {
        return None;
    }
    let amount = there.amount;
    let payment_url = there.payment_url.unwrap_or_default();
    let invoice = Invoice { provider_id: there.provider_id, container_id: there.container_id, payment_url };
    Some(unpaid_event(order, invoice, amount, &rules.payment_origins))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: time::Duration = time::Duration::MINUTE;
    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn looks(last: Option<OffsetDateTime>) -> Looks {
        Looks { decided_at: START, expires_at: START + 30 * MINUTE, last }
    }

    #[test]
    fn looks_are_made_after_2_5_and_15_minutes_and_after_the_end() {
        let (mut last, mut at) = (None, START);
        let mut made = Vec::new();
        while let Some(next) = looks(last).next(at) {
            (last, at) = (Some(at), next);
            assert!(looks(last).is_due(at));
            made.push((at - START).whole_minutes());
        }
        assert_eq!(made, [2, 5, 15, 31]);
        assert!(!looks(None).is_due(START), "the creation itself has just looked");
        assert!(!looks(Some(START + 5 * MINUTE)).is_due(START + 10 * MINUTE));
    }

    #[test]
    fn times_of_a_clock_that_was_ahead_are_due_now() {
        let now = START + 3 * MINUTE;
        // A mark in the future is read as of now.
        assert!(looks(Some(now)).is_due(now));
        let decided_tomorrow = Looks { decided_at: now + time::Duration::DAY, ..looks(None) };
        assert!(decided_tomorrow.is_due(now));
        assert!(decided_tomorrow.next(now).is_some(), "and looked for until the end of its life");
    }
}
