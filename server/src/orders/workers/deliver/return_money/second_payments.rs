//! Return of what was paid through other invoices, beside the order's own payment.

use domain::order::{Order, settlement::SecondPayment};

use super::{
    ReturnMoney,
    way_back::{MoneyBack, ReturnFailure, ReturnOutcome},
};
use crate::orders::{StoreError, store::OutboxEntry, workers::deliver::attempt::Attempt};

impl ReturnMoney {
    /// Nothing is given for a second payment: it goes back whatever becomes of the order, also while fuel is uncertain.
    pub async fn return_second_payments(
        &self,
        entry: &OutboxEntry,
        order: &Order,
    ) -> Result<Attempt, StoreError> {
        let mut learned = None;
        for second in order.settlement.pending_second_payments() {
            if let Some(event) = learned.take() {
                self.changes.apply_within_effect(order.id, event).await?;
            }
            let outcome = self.return_second_payment(entry, order, second).await;
            match self.event_of(entry, order, &second.number, outcome).await? {
                Ok(event) => learned = Some(event),
                Err(attempt) => return Ok(attempt),
            }
        }
        Ok(learned.map_or(Attempt::Done, Attempt::Learned))
    }

    async fn return_second_payment(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        second: &SecondPayment,
    ) -> Result<ReturnOutcome, ReturnFailure> {
        let known = self.way_back.invoicebox.find_refunds(&second.provider_id).await;
        let known = known.map_err(|error| ReturnFailure::of_read(entry, error))?;
        let money = MoneyBack {
            number: &second.number,
            provider_id: &second.provider_id,
            amount: second.amount,
            lines: None,
            is_everything: known.iter().all(|there| there.is_canceled()),
        };
        self.way_back.send(entry, order, &money, &known).await
    }
}
