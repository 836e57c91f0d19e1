//! Return of what was paid through other invoices, beside the order's own payment.

use domain::order::{Order, settlement::SecondPayment};

use super::{ReturnMoney, way_back::MoneyBack};
use crate::orders::{
    StoreError,
    store::OutboxEntry,
    workers::deliver::{attempt::Attempt, tries::Tries},
};

impl ReturnMoney {
    /// Nothing is given for a second payment: it goes back whatever becomes of the order, also while fuel is uncertain.
    pub async fn return_second_payments(
        &self,
        entry: &OutboxEntry,
        order: &Order,
    ) -> Result<Attempt, StoreError> {
        let mut tries = Tries::new(&self.changes, order.id);
        for second in order.settlement.pending_second_payments() {
            tries.add(self.return_second_payment(entry, order, second).await?).await?;
        }
        tries.finish().await
    }

    async fn return_second_payment(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        second: &SecondPayment,
    ) -> Result<Attempt, StoreError> {
        let known = match self.way_back.invoicebox.find_refunds(&second.provider_id).await {
            Ok(known) => known,
            Err(error) => {
                self.report_refusal.run(entry, order, &second.number, &error).await?;
                return Ok(Attempt::look_failed(entry, &error));
            }
        };
        let money = MoneyBack {
            number: &second.number,
            provider_id: &second.provider_id,
            amount: second.amount,
            lines: None,
            is_everything: known.iter().all(|there| there.is_canceled()),
            was_sent: second.sent_at.is_some(),
            is_held: false,
        };
        self.try_return(entry, order, &money, &known).await
    }
}
