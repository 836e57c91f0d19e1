//! The table of the outbox: the content of its rows, their lanes, and when they are given up.

use std::time::Duration;

use domain::{
    id::OrderId,
    order::{Order, machine::Effect},
};
use sqlx::{Row, any::AnyRow};
use time::OffsetDateTime;

use super::Marks;
use crate::{
    clock::from_millis,
    database::Durability,
    queue::{BackOff, Claimed, Lane, QueueRules, QueueTable},
};

/// Tries after which a row of [`MAX_EFFECT_AGE`] is given up. Tries alone say nothing: a customer who presses again and
/// again makes many in a minute.
const MAX_EFFECT_TRIES: i64 = 150;
const MAX_EFFECT_AGE: Duration = Duration::from_secs(24 * 3600);

/// Money that is owed, and invoices that nobody may pay any more: no queue of new orders keeps them waiting.
pub static MONEY_LANE: Lane = Lane {
    name: "money",
    rows: "mine.effect IN ('cancel_invoice', 'cancel_twins', 'ship', 'refund', 'return_money', 'return_second_payments')",
    poll_interval: Duration::from_millis(500),
    max_rows: 32,
    max_rows_per_value: None,
};

/// Invoices for customers who wait.
pub static INVOICE_LANE: Lane = Lane {
    name: "invoice",
    rows: "mine.effect IN ('create_invoice')",
    poll_interval: Duration::from_millis(500),
    max_rows: 32,
    max_rows_per_value: None,
};

/// What is only looked at in Invoicebox. Effects of a newer version are met here too, and given up.
pub static LOOK_LANE: Lane = Lane {
    name: "look",
    rows: "mine.effect NOT IN ('cancel_invoice', 'cancel_twins', 'ship', 'refund', 'return_money', 'return_second_payments', \
        'create_invoice', 'authorise', 'withdraw_authorisation', 'report_end', 'announce')",
    poll_interval: Duration::from_millis(500),
    max_rows: 16,
    max_rows_per_value: None,
};

/// Calls to stations. A station that does not answer holds two places until its calls time out, and no other's.
pub static STATION_LANE: Lane = Lane {
    name: "station",
    rows: "mine.effect IN ('authorise', 'withdraw_authorisation', 'report_end', 'announce')",
    poll_interval: Duration::from_millis(500),
    max_rows: 128,
    max_rows_per_value: Some(("station_id", 2)),
};

/// All lanes. Each effect is in one of them.
pub static EFFECT_LANES: [&Lane; 4] = [&MONEY_LANE, &INVOICE_LANE, &STATION_LANE, &LOOK_LANE];

/// Effects of one matter are carried out one after the other; no matter waits for another: an invoice that cannot be
/// withdrawn keeps no pump and no money waiting, and a shipment that fails no return of money that was taken. That of a
/// reserve waits by itself (`Order::waits_for_shipment`). What blocks nothing is in no matter.
const BLOCKING_CONDITION: &str = "earlier.state = 'due' AND \
    ((earlier.effect IN ('create_invoice', 'cancel_invoice') AND mine.effect IN ('create_invoice', 'cancel_invoice')) \
    OR (earlier.effect = 'ship' AND mine.effect = 'ship') \
    OR (earlier.effect IN ('refund', 'return_money') AND mine.effect IN ('refund', 'return_money')) \
    OR (earlier.effect = 'return_second_payments' AND mine.effect = 'return_second_payments') \
    OR (earlier.effect IN ('authorise', 'withdraw_authorisation', 'announce') \
        AND mine.effect IN ('authorise', 'withdraw_authorisation', 'announce', 'report_end')))";

/// Whether an effect calls the station, and not Invoicebox.
fn is_for_station(effect: Effect) -> bool {
    match effect {
        Effect::RequestRelease | Effect::WithdrawRelease | Effect::ReportEnd | Effect::Announce => true,
        Effect::CreateInvoice
        | Effect::CancelInvoice
        | Effect::CancelDuplicates
        | Effect::Ship
        | Effect::Refund
        | Effect::ReturnMoney
        | Effect::ReturnSecondPayments
        | Effect::FindDuplicates
        | Effect::FollowRefunds => false,
    }
}

/// The station that an effect of this order calls; `None` for one that calls Invoicebox.
pub(super) fn station_of(effect: Effect, order: &Order) -> Option<&str> {
    is_for_station(effect).then_some(order.station.id.0.as_str())
}

/// The table `outbox`.
#[derive(Clone, Copy, Debug)]
pub struct EffectTable;

/// One effect to carry out.
#[derive(Clone, Debug)]
pub struct EffectRow {
    pub order: OrderId,
    pub seq: i64,
    pub effect: Effect,
    pub marks: Marks,
    /// Business time at which it was decided.
    pub decided_at: OffsetDateTime,
}

/// An effect that this process holds under a lease.
pub type OutboxEntry = Claimed<EffectTable>;

impl QueueTable for EffectTable {
    type Row = EffectRow;

    const RULES: QueueRules = QueueRules {
        table: "outbox",
        key_name: Some("effect"),
        sequence: &["seq", "position"],
        blocking_condition: BLOCKING_CONDITION,
        looks_on_condition: "effect IN ('find_duplicates', 'follow_refunds')",
        columns: &["last_error", "sent_at", "duplicate_seen", "created_at"],
        on_claim: &[],
        // The next try counts as the second: the outcome of the earlier ones has to be asked first.
        on_retry: &["attempts = 1"],
        // A lost lease is only taken again. What must not be forgotten is recorded before it is done.
        claim_durability: Durability::Relaxed,
        back_off: BackOff { pauses_s: &[1, 5, 15, 60, 120, 300, 600] },
    };

    fn read(row: &AnyRow, now: OffsetDateTime) -> Result<Option<EffectRow>, sqlx::Error> {
        let (order, effect): (String, String) = (row.try_get("order_id")?, row.try_get("effect")?);
        let (Some(order), Some(effect)) = (OrderId::parse(&order), Effect::parse(&effect)) else {
            return Ok(None);
        };
        Ok(Some(EffectRow {
            order,
            seq: row.try_get("seq")?,
            effect,
            marks: Marks::read(row, now)?,
            decided_at: from_millis(row.try_get("created_at")?),
        }))
    }

    fn is_given_up(entry: &OutboxEntry, now: OffsetDateTime, _next_try: OffsetDateTime) -> bool {
        // A refund is looked at until it is final, however long the bank takes.
        entry.row.effect != Effect::FollowRefunds
            && entry.attempts >= MAX_EFFECT_TRIES
            && now - entry.row.decided_at >= MAX_EFFECT_AGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_effect_is_in_one_lane() {
        for effect in Effect::ALL {
            let lane = match effect {
                Effect::CreateInvoice => &INVOICE_LANE,
                Effect::CancelInvoice
                | Effect::CancelDuplicates
                | Effect::Ship
                | Effect::Refund
                | Effect::ReturnMoney
                | Effect::ReturnSecondPayments => &MONEY_LANE,
                Effect::FindDuplicates | Effect::FollowRefunds => &LOOK_LANE,
                Effect::RequestRelease | Effect::WithdrawRelease | Effect::ReportEnd | Effect::Announce => {
                    &STATION_LANE
                }
            };
            assert_eq!(lane.name == STATION_LANE.name, is_for_station(effect), "{effect:?}");
            let name = format!("'{}'", effect.name());
            for other in EFFECT_LANES {
                // The look lane names what is not its own.
                let is_in = other.rows.contains(&name) != (other.name == LOOK_LANE.name);
                assert_eq!(is_in, other.name == lane.name, "{effect:?} in {}", other.name);
            }
        }
    }

    #[test]
    fn the_effects_that_block_are_named() {
        let blocks_nothing =
            [Effect::ReportEnd, Effect::CancelDuplicates, Effect::FindDuplicates, Effect::FollowRefunds];
        for effect in Effect::ALL {
            let is_named = BLOCKING_CONDITION
                .split("earlier.effect")
                .skip(1)
                .filter_map(|part| part.split(" AND ").next())
                .any(|names| names.contains(&format!("'{}'", effect.name())));
            assert_eq!(is_named, !blocks_nothing.contains(&effect), "{effect:?}");
        }
    }
}
