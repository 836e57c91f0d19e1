//! How shipments and refunds went.

use super::{Effect, Event, Outcome, Transition};
use crate::order::{
    Discrepancy,
    settlement::{Cause, Payment, Progress, ReturnedBy},
};

impl Transition<'_> {
    pub(super) fn apply_money_event(&mut self, event: Event) -> Outcome {
        match event {
            Event::ShipmentRecorded { number } => {
                self.settle_shipment(&number, Progress::Done, String::new())
            }
            Event::ShipmentRefused { number, reason } => {
                self.settle_shipment(&number, Progress::Refused, reason)
            }
            Event::RefundRecorded { number, by } => {
                let back = self.order.settlement.returns.iter_mut().find(|back| back.number == number);
                let Some(back) = back.filter(|back| back.state != Progress::Done) else {
                    return Outcome::Unchanged;
                };
                (back.state, back.by) = (Progress::Done, Some(by));
                self.changed([])
            }
            Event::RefundRefused { number, reason } => {
                let back = self.order.settlement.returns.iter_mut().find(|back| back.number == number);
                let Some(back) = back.filter(|back| back.state == Progress::UnderWay) else {
                    return Outcome::Unchanged;
                };
                back.state = Progress::Refused;
                self.record_discrepancy(Discrepancy::RefundRefused, reason);
                self.changed([])
            }
            _ => Outcome::Unchanged,
        }
    }

    /// Settles a shipment, and returns the rest either way: documents that are refused do not keep money.
    fn settle_shipment(&mut self, number: &str, state: Progress, reason: String) -> Outcome {
        let settlement = &mut self.order.settlement;
        let Some(shipment) = settlement.shipment.as_mut().filter(|shipment| shipment.number == number) else {
            return Outcome::Unchanged;
        };
        let before = shipment.state;
        if before == Progress::Done || before == state {
            return Outcome::Unchanged;
        }
        shipment.state = state;
        if state == Progress::Refused {
            self.record_discrepancy(Discrepancy::ShipmentRefused, reason);
        }
        if before == Progress::Refused {
            return self.changed([]);
        }
        let settlement = &mut self.order.settlement;
        let released = state == Progress::Done && settlement.payment == Some(Payment::Held);
        let rest = settlement.returns.iter_mut().filter(|back| back.cause == Cause::Rest);
        let mut waiting = false;
        for back in rest.filter(|back| back.state == Progress::UnderWay) {
            if released {
                (back.state, back.by) = (Progress::Done, Some(ReturnedBy::Release));
            } else {
                waiting = true;
            }
        }
        self.changed(waiting.then_some(Effect::Refund))
    }
}
