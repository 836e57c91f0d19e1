//! Whatever arrives, in whatever order and however often, some things never happen, and the money always balances.

mod random_events;

use std::collections::HashSet;

use domain::{
    money::Kopecks,
    order::{
        Discrepancy, Order, Reason, Status,
        machine::{Effect, Event, MAX_DISCREPANCIES, Outcome},
        settlement::{Cause, Payment, Progress},
        start::MAX_START_TRIES,
    },
};
use proptest::prelude::*;
use random_events::{RandomEvent, any_event, successful_events};
use test_support::orders::{NOW, apply_at, order};
use time::Duration;

prop_compose! {
    /// A good day up to some hour, then anything, every event up to three times.
    fn any_events()(
        with_fuel in prop::bool::weighted(0.8),
        held in any::<bool>(),
        good in 0_usize..11,
        wild in proptest::collection::vec((any_event(), 1_usize..=3, 0_i64..40), 0..40),
    ) -> (bool, Vec<(RandomEvent, i64)>) {
        let good = successful_events(with_fuel, held).into_iter().take(good).map(|event| (event, 1));
        let wild = wild.into_iter().flat_map(|(event, times, minutes)| vec![(event, minutes); times]);
        (with_fuel, good.chain(wild).collect())
    }
}

/// Discrepancies that were ever recorded: a person may settle one, and success closes some.
type Recorded = HashSet<Discrepancy>;

/// `paid = final + Σ returns`; every return is exact in its lines; none exceeds its line.
fn check_money(order: &Order, recorded: &Recorded) -> Result<(), TestCaseError> {
    let settlement = &order.settlement;
    let returned = settlement.returned();
    match (settlement.payment, order.final_total()) {
        (None, kept) => {
            prop_assert_eq!(kept, None);
            prop_assert_eq!(returned, Kopecks::ZERO);
        }
        (Some(payment), None) => {
            let is_held = order.hold.is_some() && !settlement.is_decided();
            let is_waiting = order.goods_until.is_some() && payment == Payment::Held;
            prop_assert!(
                !order.status.is_final() || is_held || is_waiting,
                "a paid order ends with an account"
            );
        }
        (Some(_), Some(kept)) if returned <= order.paid_total() => {
            prop_assert!(order.status.is_final());
            prop_assert_eq!(kept + returned, order.paid_total(), "paid = final + returned");
            prop_assert_eq!(order.refund(), Some(returned));
        }
        (Some(_), Some(_)) => prop_assert!(recorded.contains(&Discrepancy::RefundedElsewhere)),
    }
    for back in &settlement.returns {
        prop_assert!(back.amount > Kopecks::ZERO || settlement.is_reversed());
        if !back.lines.is_empty() && back.cause != Cause::Elsewhere {
            prop_assert_eq!(back.lines.iter().map(|line| line.total).sum::<Kopecks>(), back.amount);
        }
        if back.state == Progress::Refused {
            prop_assert!(recorded.contains(&Discrepancy::RefundRefused), "a refused return is named");
        }
        prop_assert_eq!(back.state == Progress::Done, back.by.is_some());
    }
    check_lines(order, recorded)?;
    check_shipment(order, recorded)
}

fn check_lines(order: &Order, recorded: &Recorded) -> Result<(), TestCaseError> {
    let settlement = &order.settlement;
    for line in &order.lines {
        let parts = settlement.returns.iter().flat_map(|back| &back.lines);
        let parts = parts.filter(|part| part.sku == line.sku);
        let (total, vat) =
            parts.fold((0, 0), |(total, vat), part| (total + part.total.get(), vat + part.vat_sum.get()));
        let fits = total <= line.total.get() && vat <= line.vat_sum.get();
        prop_assert!(
            fits || recorded.contains(&Discrepancy::RefundedElsewhere),
            "no line gives more than it has"
        );
    }
    let returns = settlement.returns.iter().chain(&settlement.dropped_returns);
    let returns = returns.chain(&settlement.stopped_returns);
    let seconds = settlement.second_payments.iter().map(|second| second.number.as_str());
    let mut numbers: Vec<&str> = returns.map(|back| back.number.as_str()).chain(seconds).collect();
    numbers.sort_unstable();
    prop_assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]), "refund numbers are unique");
    Ok(())
}

fn check_shipment(order: &Order, recorded: &Recorded) -> Result<(), TestCaseError> {
    let settlement = &order.settlement;
    let Some(shipment) = &settlement.shipment else { return Ok(()) };
    prop_assert!(order.status.is_final() && shipment.amount() > Kopecks::ZERO);
    let is_by_others = recorded.contains(&Discrepancy::RefundedElsewhere);
    if settlement.is_reversed() || is_by_others || !settlement.dropped_returns.is_empty() {
        return Ok(());
    }
    let rests = settlement.returns.iter().filter(|back| back.cause == Cause::Rest);
    let by_rest: Kopecks = rests.map(|back| back.amount).sum();
    if recorded.contains(&Discrepancy::ShipmentRefused) {
        // What was returned meanwhile is not shipped again.
        prop_assert!(shipment.amount() + by_rest <= order.total);
    } else {
        prop_assert_eq!(shipment.amount() + by_rest, order.total);
    }
    Ok(())
}

/// What an event may do to the pump and to the money that waits.
fn check_step(before: &Order, after: &Order, effects: &[Effect]) -> Result<(), TestCaseError> {
    let has = |effect| effects.contains(&effect);
    prop_assert!(after.seq > before.seq, "every change has its number");
    let open = after.releases.iter().filter(|release| release.end.is_none()).count();
    prop_assert!(
        open <= 1 && (open == 0 || after.open_release().is_some()),
        "one release at a time, the last"
    );
    prop_assert!(after.tries() <= MAX_START_TRIES);
    if has(Effect::RequestRelease) {
        let is_free = before.open_release().is_none() && before.hold.is_none();
        prop_assert!(is_free && before.settlement.returns.is_empty(), "nothing else is under way");
    }
    if has(Effect::Ship) || has(Effect::ReturnMoney) || has(Effect::Refund) {
        // A shipment that was decided before moves no money but that of a reserve, which would be held.
        let is_shipped_again =
            before.settlement.shipment.is_some() && has(Effect::Ship) && !after.is_shipment_held();
        prop_assert!(after.hold.is_none() || is_shipped_again, "held money does not leave");
        let is_reversed = after.settlement.is_reversed();
        prop_assert!(
            !after.has_sent_release() || is_reversed || is_shipped_again,
            "a pump may still give fuel"
        );
    }
    Ok(())
}

fn check_end(before: &Order, after: &Order, event: &Event, recorded: &Recorded) -> Result<(), TestCaseError> {
    if before.status.is_final() && after.status != before.status {
        let by_payment = after.status == Status::Unavailable
            && matches!(before.status, Status::Canceled | Status::Expired | Status::Failed)
            && (recorded.contains(&Discrepancy::PaidAfterEnd) || recorded.contains(&Discrepancy::SumDiffers));
        let is_reversed_by_hand = before.reason == Some(Reason::PaymentCanceled) && !before.needs_release();
        let by_person = after.status == Status::Completed && (before.hold.is_some() || is_reversed_by_hand);
        prop_assert!(by_payment || by_person, "a final state is left for a named reason only");
    }
    if before.status.is_paid() && !after.status.is_paid() {
        let named = matches!(
            event,
            Event::Station { .. }
                | Event::PaymentCanceled
                | Event::CancelRequested { .. }
                | Event::Withdrawn { .. }
                | Event::StartTimeOver
                | Event::ReleaseLapsed
                | Event::StartNotSent { .. }
                | Event::ReleaseUnreached { .. }
                | Event::RefundFound { .. }
                | Event::ReserveTaken { .. }
        );
        // Nothing of the reserve is left.
        let named = named
            || (matches!(event, Event::Paid { .. }) && before.settlement.payment == Some(Payment::Held));
        prop_assert!(named, "paid orders end badly for a named cause only: {event:?}");
        prop_assert!(matches!(after.status, Status::Unavailable | Status::Canceled));
        let is_kept = after.hold.is_some() || after.handed_over.is_some();
        let returned = after.settlement.returned();
        prop_assert!(is_kept || returned >= after.total, "all of it is returned, or waits for a person");
    }
    // Once fuel flows, nobody cancels the order.
    if before.status == Status::Fuelling {
        prop_assert!(matches!(after.status, Status::Fuelling | Status::Completed));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_event_sequence_breaks_an_order((with_fuel, events) in any_events()) {
        let mut order = order(with_fuel);
        let mut done: Vec<Effect> = Vec::new();
        let mut recorded = Recorded::new();
        let (mut now, mut lifted) = (NOW, 0);
        for (event, minutes) in events {
            now += Duration::minutes(minutes);
            let before = order.clone();
            let event = event.for_order(&order);
            match apply_at(&mut order, event.clone(), now) {
                Outcome::Changed(effects) => {
                    recorded.extend(order.discrepancies.iter().map(|one| one.what));
                    check_step(&before, &order, &effects)?;
                    check_end(&before, &order, &event, &recorded)?;
                    // Money that is there again, or still, is decided about anew.
                    let is_restored =
                        matches!(event, Event::PaymentRestored { .. } | Event::RefundRefused { .. });
                    let is_again = matches!(event, Event::MoneyUntried { .. } | Event::ShipmentRetried);
                    let is_lifted = before.hold.is_some() && order.hold.is_none();
                    lifted += usize::from(is_lifted || is_restored || is_again);
                    done.extend(effects);
                }
                _ => prop_assert_eq!(&order, &before),
            }
            prop_assert!(before.dispensed.is_none() || order.dispensed.is_some());
            prop_assert!(with_fuel || order.dispensed.is_none(), "nothing comes out of a pump without fuel");
            prop_assert!(!order.status.is_final() || order.cancellation.is_none());
            check_money(&order, &recorded)?;
        }

        let count = |effect| done.iter().filter(|done| **done == effect).count();
        for once in [Effect::Announce, Effect::CancelInvoice] {
            prop_assert!(count(once) <= 1, "{once:?} {} times", count(once));
        }
        for once_unless_held in [Effect::Ship, Effect::ReturnMoney] {
            prop_assert!(count(once_unless_held) <= 1 + lifted, "{once_unless_held:?}");
        }
        for once_a_release in [Effect::RequestRelease, Effect::ReportEnd] {
            prop_assert!(count(once_a_release) <= order.releases.len(), "{once_a_release:?}");
        }
        prop_assert!(with_fuel || order.releases.is_empty());

        for pair in order.history.windows(2) {
            prop_assert!(pair[0].seq < pair[1].seq && pair[0].at <= pair[1].at);
        }
        prop_assert_eq!(order.history.last().map(|step| step.status), Some(order.status));
        let mut seen = Vec::new();
        for recorded in &order.discrepancies {
            let one = (recorded.what, &recorded.detail);
            prop_assert!(!seen.contains(&one), "each is recorded once");
            seen.push(one);
        }
        prop_assert!(seen.len() <= MAX_DISCREPANCIES + Discrepancy::ALL.len(), "an order does not grow without limit");
    }
}
