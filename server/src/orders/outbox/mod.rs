//! The outbox: effects, written in the transaction that decided them, and carried out after it. A use of the leased queue.
//!
//! Rows of one order are carried out in the order in which they were decided. A dead row stops no other, and nothing waits
//! for a report to the station, which may be silent: it changes nothing any more.

mod marks;
mod stations;

use std::time::Duration;

use domain::{id::OrderId, order::machine::Effect};
use sqlx::{Row, any::AnyRow};
use time::OffsetDateTime;

pub use marks::Marks;
pub(super) use stations::station_of;

use super::StoreError;
use crate::{
    clock::{from_millis, to_millis},
    database::{Database, Durability},
    queue::{
        BackOff, Claimed, Lane, Queue, QueueDepth, QueueEntry, QueueRules, QueueTable, RetryScope, RowLease,
        TryRecord,
    },
};

/// A row that somebody waits for is tried again after so long.
const HURRIED_PAUSE: Duration = Duration::from_secs(1);
/// After so many tries and so long a row is given up. Tries alone say nothing: a customer who presses again and again
/// makes many in a minute.
const MAX_TRIES: i64 = 150;
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);

/// Calls to Invoicebox. Effects of a newer version are met here too, and given up.
pub static INVOICEBOX_LANE: Lane = Lane {
    name: "invoicebox",
    rows: "mine.effect NOT IN ('authorise', 'withdraw_authorisation', 'report_end', 'announce')",
    poll_interval: Duration::from_millis(500),
    places: 32,
    places_each: None,
};

/// Calls to stations. A station that does not answer holds two places until its calls time out, and no other's.
pub static STATION_LANE: Lane = Lane {
    name: "station",
    rows: "mine.effect IN ('authorise', 'withdraw_authorisation', 'report_end', 'announce')",
    poll_interval: Duration::from_millis(500),
    places: 128,
    places_each: Some(("station_id", 2)),
};

/// Whether an effect calls the station, and not Invoicebox.
fn is_for_station(effect: Effect) -> bool {
    match effect {
        Effect::Authorise | Effect::WithdrawAuthorisation | Effect::ReportEnd | Effect::Announce => true,
        Effect::CreateInvoice
        | Effect::CancelInvoice
        | Effect::CancelDuplicates
        | Effect::Ship
        | Effect::Refund
        | Effect::ReturnMoney => false,
    }
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
    /// When it was decided, in business time.
    pub decided_at: OffsetDateTime,
}

/// An effect that is ours to carry out.
pub type OutboxEntry = Claimed<EffectTable>;

impl QueueTable for EffectTable {
    type Row = EffectRow;

    const RULES: QueueRules = QueueRules {
        table: "outbox",
        key_name: Some("effect"),
        sequence: &["seq", "position"],
        holds_back: "earlier.state = 'due' AND earlier.effect <> 'report_end'",
        columns: &["last_error", "sent_at", "duplicate_seen", "created_at"],
        on_claim: &[],
        // The next try counts as the second: what became of the earlier ones has to be asked first.
        on_retry: &["attempts = 1"],
        // A lost lease is only taken again. What must not be forgotten is noted before it is done.
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
        entry.attempts >= MAX_TRIES && now - entry.row.decided_at >= MAX_AGE
    }
}

/// The outbox. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox {
    queue: Queue<EffectTable>,
}

impl Outbox {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { queue: Queue::new(database) }
    }

    /// What claims, strikes, puts back and gives up its rows.
    #[must_use]
    pub fn queue(&self) -> &Queue<EffectTable> {
        &self.queue
    }

    fn database(&self) -> &Database {
        self.queue.database()
    }

    /// Notes, durably, that a write that would be taken twice is about to be sent: should this process die over the call,
    /// the next try must not believe that nothing was sent. `false`: the lease is lost, and nothing may be sent.
    ///
    /// # Errors
    /// The database does not answer; then nothing may be sent.
    pub async fn mark_sent(
        &self,
        lease: &RowLease<EffectTable>,
        now: OffsetDateTime,
    ) -> Result<bool, sqlx::Error> {
        self.queue.note(lease, Marks::sent(now).record("sent, and no answer recorded")).await
    }

    /// Makes a waiting row of this order due within a second: somebody is looking at it. Since a row that is due sooner
    /// stays as it is, pressing again and again makes one try a second, not one a press.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn hurry(&self, order: OrderId, now: OffsetDateTime) -> Result<(), StoreError> {
        self.database()
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql =
                        "UPDATE outbox SET due_at = $2 WHERE order_id = $1 AND state = 'due' AND due_at > $2";
                    sqlx::query(sql)
                        .bind(order.to_string())
                        .bind(to_millis(now + HURRIED_PAUSE))
                        .execute(&mut *connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Every row, the dead first, then by age.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list(&self, wall: OffsetDateTime) -> Result<Vec<QueueEntry>, sqlx::Error> {
        self.queue.list(wall).await
    }

    /// Puts dead rows back to work, due at once; tells how many.
    ///
    /// # Errors
    /// The database does not answer; then nothing is put back.
    pub async fn retry(&self, scope: RetryScope, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
        self.queue.retry(scope, now).await
    }

    /// For readiness and metrics.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn depth(&self, now: OffsetDateTime, wall: OffsetDateTime) -> Result<QueueDepth, sqlx::Error> {
        self.queue.depth(&[&INVOICEBOX_LANE, &STATION_LANE], now, wall).await
    }
}

/// What a failed try leaves in its row: why, and the facts for the next one.
pub(super) fn record_of(marks: Marks, error: Option<&str>) -> TryRecord {
    match error {
        Some(error) => marks.record(error),
        None => marks.record_unchanged(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lanes_have_the_effects_of_their_side() {
        for effect in Effect::ALL {
            let named = |lane: &Lane| lane.rows.contains(&format!("'{}'", effect.name()));
            assert_eq!(named(&STATION_LANE), is_for_station(effect), "{effect:?}");
            assert_eq!(named(&INVOICEBOX_LANE), is_for_station(effect), "left out: {effect:?}");
        }
    }
}
