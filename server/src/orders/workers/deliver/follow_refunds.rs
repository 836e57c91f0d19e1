//! Reading what becomes of refunds that Invoicebox has accepted, and of returns that were decided anew when they may have
//! left.

use std::{sync::Arc, time::Duration};

use domain::order::{Invoice, Order, machine::Event, settlement::Return};
use time::OffsetDateTime;

use super::{
    attempt::{Attempt, UNKNOWN_OUTCOME_WAIT, may_still_arrive},
    found_money::record_found,
    return_money::{Look, ReturnOutcome, WayBack, money_back},
    tries::Tries,
};
use crate::{
    clock::Clock,
    invoicebox::{CallError, InvoiceboxClient, ProviderRefund},
    orders::{OrderChanges, StoreError, store::OutboxEntry},
};

/// Shortest and longest pause between two looks. The money takes up to two working days, and each look is a call of a budget:
/// in between a quarter of the refund's age.
const LOOK_INTERVALS: [Duration; 2] = [Duration::from_secs(10 * 60), Duration::from_secs(3600)];

/// Time after which a refund that was accepted should have been carried out: two working days, and the longest holidays.
const MAX_ACCEPTED_AGE: time::Duration = time::Duration::days(14);

/// Follows the refunds of an order until each is final.
pub(super) struct FollowRefunds {
    changes: Arc<OrderChanges>,
    way_back: WayBack,
}

impl FollowRefunds {
    pub fn new(changes: Arc<OrderChanges>, clock: Clock, invoicebox: InvoiceboxClient) -> Self {
        Self { changes, way_back: WayBack { clock, invoicebox } }
    }

    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let Some(invoice) = &order.invoice else { return Ok(Attempt::Done) };
        let known = match self.way_back.invoicebox.find_refunds(&invoice.provider_id).await {
            Ok(known) => known,
            Err(error) => return Ok(Attempt::look_failed(entry, &error)),
        };
        if record_found(&self.changes, order, &known).await? {
            return Ok(Attempt::wait(entry, Some(Duration::ZERO)));
        }
        let settlement = &order.settlement;
        let mut tries = Tries::new(&self.changes, order.id);
        for back in settlement.possibly_left() {
            tries.add(self.look_for(entry, order, invoice, back, &known).await).await?;
        }
        let second = settlement.unconfirmed_second_payments();
        let accepted = settlement.unconfirmed_returns().map(|back| back.done_at);
        let youngest = accepted.chain(second.map(|second| second.done_at)).flatten().max();
        let pause = look_pause(youngest, self.way_back.clock.now());
        for back in settlement.unconfirmed_returns() {
            let found = match there_of(&known, &back.number) {
                None => self.way_back.invoicebox.find_refund(&back.number).await,
                there => Ok(there),
            };
            tries.add(self.follow(entry, order, (&back.number, back.done_at), found, pause).await?).await?;
        }
        for second in settlement.unconfirmed_second_payments() {
            let of_invoice = self.way_back.invoicebox.find_refunds(&second.provider_id).await;
            let found = of_invoice.map(|known| there_of(&known, &second.number));
            tries
                .add(self.follow(entry, order, (&second.number, second.done_at), found, pause).await?)
                .await?;
        }
        tries.finish().await
    }

    /// Reads one refund that Invoicebox has accepted: it may still be cancelled there.
    async fn follow(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        (number, done_at): (&str, Option<OffsetDateTime>),
        found: Result<Option<ProviderRefund>, CallError>,
        pause: Duration,
    ) -> Result<Attempt, StoreError> {
        let number = number.to_owned();
        if let Ok(Some(there)) = &found
            && let Some(at) = there.created_at.filter(|at| done_at != Some(*at))
        {
            let event = Event::RefundDated { number: number.clone(), at };
            self.changes.apply_within_effect(order.id, event).await?;
        }
        Ok(match found {
            Ok(Some(there)) if there.is_canceled() => {
                let reason = "Invoicebox has cancelled the refund".to_owned();
                Attempt::Learned(Event::RefundRefused { number, reason })
            }
            Ok(Some(there)) if there.status.is_final() => Attempt::Learned(Event::RefundConfirmed { number }),
            Ok(_) => {
                self.report_if_overdue(order, &number, done_at).await?;
                Attempt::wait(entry, Some(pause))
            }
            Err(error) => Attempt::look_failed(entry, &error),
        })
    }

    /// A refund that is accepted and never carried out is money that does not move.
    async fn report_if_overdue(
        &self,
        order: &Order,
        number: &str,
        accepted_at: Option<OffsetDateTime>,
    ) -> Result<(), StoreError> {
        let now = self.way_back.clock.now();
        let is_overdue = accepted_at.is_some_and(|at| now - at >= MAX_ACCEPTED_AGE);
        if is_overdue && !order.is_delay_reported(number) {
            let event = Event::RefundOverdue { number: number.to_owned() };
            self.changes.apply_within_effect(order.id, event).await?;
        }
        Ok(())
    }

    /// Looks for a return that was decided anew: it counts when it has left, and is forgotten when no call for it can be
    /// under way any more.
    async fn look_for(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        invoice: &Invoice,
        back: &Return,
        known: &[ProviderRefund],
    ) -> Attempt {
        let number = back.number.clone();
        let money = money_back(order, invoice, back);
        match self.way_back.look(entry, &money, known).await {
            Ok(Look::Known(ReturnOutcome::Done(by))) => {
                Attempt::Learned(Event::RefundRecorded { number, by })
            }
            Ok(_) if may_still_arrive(back.sent_at, self.way_back.clock.now()) => {
                Attempt::wait(entry, Some(UNKNOWN_OUTCOME_WAIT))
            }
            Ok(_) => Attempt::Learned(Event::RefundAbsent { number }),
            Err(failure) => Attempt::look_failed(entry, &failure.error),
        }
    }
}

/// The refund of this number, or of this name where the office gave it none.
fn there_of(known: &[ProviderRefund], number: &str) -> Option<ProviderRefund> {
    known.iter().find(|there| there.name() == number).cloned()
}

/// Pause before the next look at refunds of which the youngest was accepted then.
fn look_pause(accepted_at: Option<OffsetDateTime>, now: OffsetDateTime) -> Duration {
    let [shortest, longest] = LOOK_INTERVALS;
    let age = accepted_at.and_then(|at| Duration::try_from(now - at).ok());
    age.map_or(shortest, |age| (age / 4).clamp(shortest, longest))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_old_refund_is_looked_at_more_seldom_and_a_wrong_clock_is_none() {
        let now = datetime!(2026-11-24 12:00 UTC);
        let pause =
            |minutes: i64| look_pause(Some(now - time::Duration::minutes(minutes)), now).as_secs() / 60;
        let pauses = [pause(0), pause(40), pause(60), pause(24 * 60), pause(48 * 60), pause(-60)];
        assert_eq!(pauses, [10, 10, 15, 60, 60, 10]);
        assert_eq!(look_pause(None, now), LOOK_INTERVALS[0]);
        let mut looks = 0;
        let (mut at, end) = (now, now + time::Duration::days(2));
        while at < end {
            at += look_pause(Some(now), at);
            looks += 1;
        }
        assert!(looks < 60, "{looks} calls until the money has arrived");
    }
}
