//! Money of an order that has to move, and has not yet.

use time::OffsetDateTime;

use super::{Discrepancy, Order, settlement::Progress};
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
    /// Money that has to move now. What waits for a person's decision about fuel does not.
    pub fn money_under_way(&self) -> impl Iterator<Item = MoneyUnderWay<'_>> {
        let (is_held, is_shipment_held) = (self.hold.is_some(), self.is_shipment_held());
        self.pending_money().filter(move |money| match money.kind {
            MoneyKind::Shipment => !is_shipment_held,
            MoneyKind::Return => !is_held,
            MoneyKind::SecondPayment => true,
        })
    }

    /// Money that is decided about and has not moved, whatever it waits for.
    pub(super) fn pending_money(&self) -> impl Iterator<Item = MoneyUnderWay<'_>> {
        let settlement = &self.settlement;
        let shipment =
            settlement.shipment.iter().filter(|it| it.state == Progress::UnderWay).map(|it| MoneyUnderWay {
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

    /// What is owed to the payer: returns that are under way or were refused.
    #[must_use]
    pub fn owed_to_payer(&self) -> Kopecks {
        let returns = self.money_under_way().filter(|money| money.kind != MoneyKind::Shipment);
        returns.map(|money| money.amount).sum::<Kopecks>() + self.settlement.refused_total()
    }
}
