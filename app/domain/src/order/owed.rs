//! Money of an order that has to move, and has not yet.

use time::OffsetDateTime;

use super::{
    Discrepancy, Order,
    settlement::{Payment, Progress},
    start::MAX_RESERVE_AGE,
};
use crate::money::Kopecks;

/// A return, the refund of a second payment, or a shipment that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyUnderWay<'a> {
    /// Our number of the return or shipment.
    pub number: &'a str,
    pub amount: Kopecks,
    /// When it was decided, where the order says so.
    pub decided_at: Option<OffsetDateTime>,
    pub kind: MoneyKind,
}

/// Kind of money under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyKind {
    /// It goes back to the payer.
    Return,
    /// It was paid twice, and goes back.
    SecondPayment,
    /// It was earned: the closing documents and a reserve wait for it.
    Shipment,
}

impl Order {
    /// Money that has to move now. What waits for a person's decision about fuel or about a refused shipment does not.
    pub fn money_under_way(&self) -> impl Iterator<Item = MoneyUnderWay<'_>> {
        let (is_held, is_shipment_held) = (self.hold.is_some(), self.is_shipment_held());
        let is_unshipped = self.is_reserve_unshipped();
        let waits = move |number: &str| is_held || (is_unshipped && self.waits_for_shipment(number));
        self.pending_money().filter(move |money| match money.kind {
            MoneyKind::Shipment => !is_shipment_held,
            MoneyKind::Return => !waits(money.number),
            MoneyKind::SecondPayment => true,
        })
    }

    /// Whether Invoicebox refused the shipment of a reserve: nothing of it can be taken or returned until a person has seen
    /// to it.
    #[must_use]
    pub fn is_reserve_unshipped(&self) -> bool {
        let shipment = self.settlement.shipment.as_ref();
        self.settlement.payment == Some(Payment::Held)
            && shipment.is_some_and(|shipment| shipment.state == Progress::Refused)
    }

    /// Until when something may be done for money that is only reserved; `None` for money that was taken.
    pub(super) fn reserve_ends_at(&self) -> Option<OffsetDateTime> {
        let reserved = self.paid_at.filter(|_| self.settlement.payment == Some(Payment::Held))?;
        Some(reserved.provider.unwrap_or(reserved.learned) + MAX_RESERVE_AGE)
    }

    /// Whether the return of this number waits for the shipment of a reserve: before that nothing of it can be refunded, and
    /// the shipment releases what was not delivered.
    #[must_use]
    pub fn waits_for_shipment(&self, number: &str) -> bool {
        let settlement = &self.settlement;
        let is_unshipped = settlement.shipment.as_ref().is_some_and(|it| it.state != Progress::Done);
        // Where all of it goes back, nothing is left to be shipped.
        settlement.payment == Some(Payment::Held)
            && is_unshipped
            && !self.is_returned_as_a_whole()
            && settlement.returns.iter().any(|back| back.number == number)
    }

    /// Whether the shipment still has to be sent, and its answer lets the rest go. Of a payment that was taken back, or goes
    /// back as a whole, nothing is shipped.
    #[must_use]
    pub fn is_shipping(&self) -> bool {
        let settlement = &self.settlement;
        settlement.shipment.as_ref().is_some_and(|shipment| shipment.state == Progress::UnderWay)
            && !settlement.is_reversed()
            && !self.is_returned_as_a_whole()
    }

    /// Money that is decided about and has not moved, whatever it waits for.
    pub(super) fn pending_money(&self) -> impl Iterator<Item = MoneyUnderWay<'_>> {
        let settlement = &self.settlement;
        let shipment = settlement.shipment.iter().filter(|_| self.is_shipping()).map(|it| MoneyUnderWay {
            number: &it.number,
            amount: it.amount(),
            decided_at: None,
            kind: MoneyKind::Shipment,
        });
        let returns = settlement.pending_returns().map(|back| MoneyUnderWay {
            number: &back.number,
            amount: back.amount,
            decided_at: back.decided_at,
            kind: MoneyKind::Return,
        });
        let second = settlement.pending_second_payments().map(|second| MoneyUnderWay {
            number: &second.number,
            amount: second.amount,
            decided_at: Some(second.learned),
            kind: MoneyKind::SecondPayment,
        });
        shipment.chain(returns).chain(second)
    }

    /// Money that has to move now, and of which no open discrepancy says that it does not.
    pub fn unreported_money(&self) -> impl Iterator<Item = MoneyUnderWay<'_>> {
        self.money_under_way().filter(|money| !self.is_delay_reported(money.number))
    }

    /// Whether an open discrepancy says that the return or shipment of this number does not move.
    #[must_use]
    pub fn is_delay_reported(&self, number: &str) -> bool {
        self.discrepancies.iter().any(|one| one.what == Discrepancy::MoneyOwed && one.is_about(number))
    }

    /// What is owed to the payer: returns that are under way, were refused, or wait for a shipment.
    #[must_use]
    pub fn owed_to_payer(&self) -> Kopecks {
        let is_held = self.hold.is_some();
        let returns = self.pending_money().filter(|money| match money.kind {
            MoneyKind::Shipment => false,
            MoneyKind::Return => !is_held,
            MoneyKind::SecondPayment => true,
        });
        returns.map(|money| money.amount).sum::<Kopecks>() + self.settlement.refused_total()
    }
}
