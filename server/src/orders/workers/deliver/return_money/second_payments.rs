//! Return of what was paid through other invoices, beside the order's own payment.

use std::time::Duration;

use domain::{
    money::Kopecks,
    order::{
        Order,
        machine::Event,
        settlement::{Progress, SecondPayment},
    },
};

use super::{ReturnMoney, way_back::MoneyBack};
use crate::{
    invoicebox::ProviderRefund,
    orders::{
        StoreError,
        store::OutboxEntry,
        workers::deliver::{
            attempt::{Attempt, UNKNOWN_OUTCOME_WAIT, may_still_arrive},
            tries::Tries,
        },
    },
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
        let by_others: Vec<&ProviderRefund> = found_of_others(order, &known).collect();
        if !by_others.is_empty() {
            // A call of ours that may still arrive would be of more than is left to go.
            let now = self.way_back.clock.now();
            let parts = order.settlement.second_payments.iter();
            let mut parts = parts.filter(|part| part.provider_id == second.provider_id);
            if parts.any(|part| part.state == Progress::UnderWay && may_still_arrive(part.sent_at, now)) {
                return Ok(Attempt::wait(entry, Some(UNKNOWN_OUTCOME_WAIT)));
            }
            self.record_found_of_second(order, second, &by_others).await?;
            return Ok(Attempt::wait(entry, Some(Duration::ZERO)));
        }
        let money = MoneyBack {
            number: &second.number,
            provider_id: &second.provider_id,
            amount: second.amount,
            lines: None,
            is_everything: known.iter().all(|there| there.is_canceled()),
            sent_at: second.sent_at,
            is_held: false,
            is_before_shipment: false,
        };
        self.try_return(entry, order, &money, &known).await
    }

    /// Records what somebody else has returned of a second payment.
    async fn record_found_of_second(
        &self,
        order: &Order,
        second: &SecondPayment,
        found: &[&ProviderRefund],
    ) -> Result<(), StoreError> {
        for refund in found {
            let Some(amount) = refund.amount else { continue };
            let event = Event::SecondRefundFound {
                provider_id: second.provider_id.clone(),
                number: refund.name().to_owned(),
                amount,
                at: refund.created_at,
                is_confirmed: refund.status.is_final(),
            };
            self.changes.apply_within_effect(order.id, event).await?;
        }
        Ok(())
    }
}

/// Refunds of a second payment that are not known yet.
fn found_of_others<'a>(
    order: &'a Order,
    known: &'a [ProviderRefund],
) -> impl Iterator<Item = &'a ProviderRefund> {
    let settlement = &order.settlement;
    let is_known = |name: &str| {
        settlement.second_payments.iter().any(|second| second.number == name)
            || settlement.returns.iter().any(|back| back.number == name)
            || settlement.is_set_aside(name)
    };
    let has_sum = |it: &ProviderRefund| it.amount.is_some_and(|amount| amount > Kopecks::ZERO);
    known.iter().filter(move |it| !it.is_canceled() && has_sum(it) && !is_known(it.name()))
}
