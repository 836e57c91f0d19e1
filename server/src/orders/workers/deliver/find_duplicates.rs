//! Search for invoices that were made after all, when a creation got no answer: a late one would stay payable.

use std::{sync::Arc, time::Duration};

use domain::order::{Order, machine::Event};
use time::OffsetDateTime;

use super::attempt::{Attempt, paid_event};
use crate::{
    clock::Clock,
    invoicebox::{InvoiceboxClient, ProviderOrder, ProviderStatus},
    orders::{
        OrderChanges, StoreError,
        store::{Marks, OutboxEntry},
    },
};

/// When to look after the creation; the last look follows the end of the unpaid life.
const LOOKS: [Duration; 3] =
    [Duration::from_secs(2 * 60), Duration::from_secs(5 * 60), Duration::from_secs(15 * 60)];
/// Time after the end of the unpaid life at which the last look is made.
const LAST_LOOK_DELAY: Duration = Duration::from_secs(60);
/// Longest pause between two tries of a row.
const MAX_PAUSE: Duration = Duration::from_secs(10 * 60);

/// Looks for other invoices under the order's number.
pub(super) struct FindDuplicates {
    pub changes: Arc<OrderChanges>,
    pub clock: Clock,
    pub invoicebox: InvoiceboxClient,
}

impl FindDuplicates {
    /// The row keeps the time of the last look as that of a write.
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let now = self.clock.now();
        let looked = entry.row.marks.sent_at.unwrap_or(entry.row.decided_at);
        let times = look_times(entry.row.decided_at, order.expires_at);
        if times.iter().any(|at| looked < *at && *at <= now) {
            match self.invoicebox.find_by_number(&order.merchant_order_id).await {
                Ok(found) => {
                    for there in found {
                        for event in events_of(order, there) {
                            self.changes.apply_within_effect(order.id, event).await?;
                        }
                    }
                }
                Err(error) => return Ok(Attempt::look_failed(entry, &error)),
            }
        }
        let Some(next) = times.into_iter().find(|at| *at > now) else { return Ok(Attempt::Done) };
        let after = Duration::try_from(next - now).unwrap_or_default().min(MAX_PAUSE);
        Ok(Attempt::Wait { reason: None, marks: Marks::sent(now), after: Some(after) })
    }
}

fn look_times(decided_at: OffsetDateTime, expires_at: OffsetDateTime) -> Vec<OffsetDateTime> {
    let mut times: Vec<OffsetDateTime> = LOOKS.iter().map(|after| decided_at + *after).collect();
    times.push(expires_at + LAST_LOOK_DELAY);
    times.sort_unstable();
    times
}

/// What an invoice under our number means: one that is not known is withdrawn, one that is paid is paid.
fn events_of(order: &Order, there: ProviderOrder) -> Vec<Event> {
    if !there.may_be_of(&order.merchant_id) {
        return Vec::new();
    }
    let created = there.invoice().filter(|_| there.status == ProviderStatus::Created);
    let paid = (there.status == ProviderStatus::Completed).then(|| paid_event(there, false));
    created.map(Event::InvoiceCreated).into_iter().chain(paid).collect()
}
