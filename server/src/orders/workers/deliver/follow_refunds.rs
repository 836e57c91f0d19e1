//! Reading what becomes of refunds that Invoicebox has accepted: one may still be cancelled there.

use std::{sync::Arc, time::Duration};

use domain::order::{Order, machine::Event};

use super::attempt::Attempt;
use crate::{
    invoicebox::InvoiceboxClient,
    orders::{OrderChanges, StoreError, store::OutboxEntry},
};

/// Pause between two looks: the money takes up to two working days.
const LOOK_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Follows the refunds of an order until each is final.
pub(super) struct FollowRefunds {
    pub changes: Arc<OrderChanges>,
    pub invoicebox: InvoiceboxClient,
}

impl FollowRefunds {
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let mut is_open = false;
        let settlement = &order.settlement;
        let returns = settlement.unconfirmed_returns().map(|back| (back.number.clone(), back.done_at));
        let second = settlement.unconfirmed_second_payments();
        let second = second.map(|second| (second.number.clone(), second.done_at));
        for (number, done_at) in returns.chain(second) {
            let found = self.invoicebox.find_refund(&number).await;
            if let Ok(Some(there)) = &found
                && let Some(at) = there.created_at.filter(|at| done_at != Some(*at))
            {
                let event = Event::RefundDated { number: number.clone(), at };
                self.changes.apply_within_effect(order.id, event).await?;
            }
            let event = match found {
                Ok(Some(there)) if there.is_canceled() => {
                    Event::RefundRefused { number, reason: "Invoicebox has cancelled the refund".to_owned() }
                }
                Ok(Some(there)) if there.status.is_final() => Event::RefundConfirmed { number },
                Ok(_) => {
                    is_open = true;
                    continue;
                }
                Err(error) => return Ok(Attempt::look_failed(entry, &error)),
            };
            self.changes.apply_within_effect(order.id, event).await?;
        }
        Ok(if is_open { Attempt::wait(entry, Some(LOOK_INTERVAL)) } else { Attempt::Done })
    }
}
