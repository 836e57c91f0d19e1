//! Reading what became of refunds, of the order and of what was decided anew.

use domain::order::{machine::Event, settlement::ReturnedBy};

use super::{Answer, World, invoicebox::RefundState};

impl World {
    /// Reads what became of refunds: carried out, or cancelled by Invoicebox.
    pub(super) fn follow_refunds(&mut self, answer: Answer) -> bool {
        let Some(invoice) = self.order.invoice.clone() else { return true };
        if !self.look_for_what_may_have_left(answer) {
            return false;
        }
        let returns = self.order.settlement.unconfirmed_returns();
        let returns = returns.map(|back| (invoice.provider_id.clone(), back.number.clone()));
        let seconds = self.order.settlement.unconfirmed_second_payments();
        let seconds = seconds.map(|second| (second.provider_id.clone(), second.number.clone()));
        let open: Vec<_> = returns.chain(seconds).collect();
        for (provider_id, number) in open {
            // A read that comes minutes later is newer than any answer.
            let is_late =
                |event: &Event| matches!(event, Event::RefundRecorded { number: of, .. } if *of == number);
            self.unread.retain(|event| !is_late(event));
            let Some(account) = self.accounts.get_mut(&provider_id) else { continue };
            let is_canceled =
                account.refund_of(&number).is_some_and(|refund| refund.state == RefundState::Canceled);
            match answer {
                Answer::Unreached | Answer::Lost | Answer::Late => return false,
                Answer::Refused if account.cancel_refund(&number) => {}
                _ if is_canceled => {}
                _ => {
                    account.finish_refund(&number);
                    self.tell(Event::RefundConfirmed { number });
                    continue;
                }
            }
            self.tell(Event::RefundRefused { number, reason: "canceled there".to_owned() });
        }
        true
    }

    /// Returns that were decided anew count if they have left.
    fn look_for_what_may_have_left(&mut self, answer: Answer) -> bool {
        if matches!(answer, Answer::Unreached | Answer::Lost | Answer::Late) {
            return self.order.settlement.possibly_left().next().is_none();
        }
        let aside: Vec<_> = self.order.settlement.possibly_left().cloned().collect();
        for back in aside {
            let is_late = |event: &Event| matches!(event, Event::RefundRecorded { number: of, .. } if *of == back.number);
            self.unread.retain(|event| !is_late(event));
            let Some(account) = self.account() else { continue };
            let there = account.refund_of(&back.number).map(|refund| refund.state);
            let is_cancelled_payment = account.is_canceled && back.amount.get() == account.paid;
            let number = back.number;
            self.tell(match there {
                Some(RefundState::Canceled) => Event::RefundAbsent { number },
                Some(_) => Event::RefundRecorded { number, by: ReturnedBy::Refund },
                None if is_cancelled_payment => Event::RefundRecorded { number, by: ReturnedBy::Cancel },
                None => Event::RefundAbsent { number },
            });
        }
        true
    }
}
