//! A change of an order: read, decided, written with what follows from it, in one transaction.

use domain::{
    id::OrderId,
    order::{Order, RecordedDiscrepancy, Status, machine::Outcome},
};
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::{
    EffectTable, OrderStore, StoreError,
    discrepancies::{DiscrepancySettling, drop_closed_discrepancies, record_discrepancies, settle_row},
    effects, ledger,
    operator_requests::{self, RequestKey, RequestStanding},
    rows::read_body,
};
use crate::{
    clock::to_millis,
    database::Durability,
    queue::{AWAITED_RETRY_PAUSE, RowLease},
};

/// Outcome of [`OrderStore::change`].
pub(in crate::orders) struct Decided {
    /// As it is now.
    pub order: Order,
    /// Its sequence number before.
    pub seq: u32,
    /// Its open discrepancies before.
    pub known_discrepancies: Vec<RecordedDiscrepancy>,
    pub outcome: Outcome,
    /// The key belongs to another request: nothing was done.
    pub is_key_reused: bool,
}

/// When and how a change is made.
pub(in crate::orders) struct ChangeConditions {
    pub now: OffsetDateTime,
    pub durability: Durability,
    /// Nothing is changed if the struck row is not its holder's any more: another worker may be doing what was not done here.
    pub needs_lease: bool,
    pub origin: ChangeOrigin,
}

/// Where a change comes from, beside its event.
#[derive(Default)]
pub(in crate::orders) struct ChangeOrigin {
    /// The outbox row of the effect that caused it: struck with it, if it is still its holder's.
    pub strike: Option<RowLease<EffectTable>>,
    /// Nothing is changed unless this is the order's sequence number.
    pub expected_seq: Option<u32>,
    /// Somebody outside has moved the order: its effects that wait are made due within a second.
    pub makes_due: bool,
    /// Key of the operator's request: carried out once, and recorded with the change.
    pub request: Option<RequestKey>,
    /// The row of a discrepancy that an operator settles by it, also one that the order itself does not know any more.
    pub settles: Option<DiscrepancySettling>,
}

/// The order as it is stored.
#[derive(sqlx::FromRow)]
struct CurrentRow {
    number: i64,
    body: String,
}

impl OrderStore {
    /// Reads an order, lets `decide` change it, and writes it with its new steps and what follows from them, in one
    /// transaction. `None` for an unknown order.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order cannot be read; then nothing has changed.
    pub(in crate::orders) async fn change(
        &self,
        id: OrderId,
        conditions: ChangeConditions,
        decide: impl FnOnce(&mut Order) -> Outcome + Send + 'static,
    ) -> Result<Option<Decided>, StoreError> {
        let read = format!("SELECT number, body FROM orders WHERE id = $1{}", self.database.for_update());
        let ChangeConditions { now, durability, needs_lease, origin } = conditions;
        let ChangeOrigin { strike, expected_seq, makes_due, request, settles } = origin;
        let writes_events = self.writes_events;
        let notice = self.notice_of_change(id);
        self.database
            .transact(durability, move |connection| {
                Box::pin(async move {
                    let row: Option<CurrentRow> =
                        sqlx::query_as(&read).bind(id.to_string()).fetch_optional(&mut *connection).await?;
                    let Some(row) = row else { return Ok(None) };
                    let mut order = read_body(row.number, &row.body)?;
                    drop_closed_discrepancies(connection, &mut order).await?;
                    let mut is_held = true;
                    if let Some(row) = strike
                        && !row.strike(connection).await?
                    {
                        tracing::warn!(order.id = ?id, "the lease was lost: another worker repeats the effect");
                        is_held = false;
                    }
                    let (seq, known_discrepancies) = (order.seq, order.discrepancies.clone());
                    let is_as_expected = expected_seq.is_none_or(|expected| expected == seq)
                        && (is_held || !needs_lease);
                    let standing = operator_requests::find_standing(connection, id, request.as_ref()).await?;
                    let outcome = match standing {
                        RequestStanding::New if is_as_expected => decide(&mut order),
                        RequestStanding::New | RequestStanding::Repeated => Outcome::Unchanged,
                        RequestStanding::Reused => Outcome::Refused,
                    };
                    if let (Some(request), RequestStanding::New) = (&request, standing)
                        && outcome != Outcome::Refused
                    {
                        operator_requests::record(connection, id, request, now).await?;
                    }
                    if let Outcome::Changed(effects) = &outcome {
                        // Money of which somebody was told that it does not move is not on its way since now.
                        let owed_since = if settles.is_some() { OffsetDateTime::UNIX_EPOCH } else { now };
                        save(connection, &order, now, owed_since).await?;
                        record_discrepancies(connection, &order, &known_discrepancies, now).await?;
                        record_history(connection, &order, seq).await?;
                        ledger::record(connection, &order, seq, now, writes_events).await?;
                        if makes_due {
                            effects::make_due_in(connection, id, now + AWAITED_RETRY_PAUSE).await?;
                        }
                        effects::record(connection, &order, effects, now).await?;
                        if let Some(notice) = notice {
                            notice.send(connection).await?;
                        }
                    }
                    if let Some(settling) = settles
                        && outcome != Outcome::Refused
                    {
                        settle_row(connection, &settling, now).await?;
                    }
                    let is_key_reused = standing == RequestStanding::Reused;
                    Ok(Some(Decided { order, seq, known_discrepancies, outcome, is_key_reused }))
                })
            })
            .await
    }
}

async fn save(
    connection: &mut AnyConnection,
    order: &Order,
    now: OffsetDateTime,
    owed_since: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE orders SET status = $2, seq = $3, provider_id = $4, updated_at = $5, body = $6, \
         merchant_order_id = $7, acts_at = $8, \
         owed_since = CASE WHEN $9 = 0 THEN NULL ELSE COALESCE(owed_since, $11) END, owed_kopecks = $10 WHERE id = $1",
    )
    .bind(order.id.to_string())
    .bind(order.status.name())
    .bind(i64::from(order.seq))
    .bind(order.invoice.as_ref().map(|invoice| invoice.provider_id.clone()))
    .bind(to_millis(now))
    .bind(serde_json::to_string(order)?)
    .bind(order.merchant_order_id.clone())
    .bind(acts_at(order))
    .bind(i64::from(order.money_under_way().next().is_some()))
    .bind(owed_kopecks(order))
    .bind(to_millis(owed_since))
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// No time: the clock does not act.
pub(super) const NEVER: i64 = i64::MAX;

/// The time at which the clock acts on the order, in its column. `None` for one that a version before wrote, or on which
/// it does not act.
fn acts_at(order: &Order) -> Option<i64> {
    match order.status {
        // A person has to decide first.
        Status::Paid if order.hold.is_some() => Some(NEVER),
        Status::Paid => order.start_until.map(to_millis),
        Status::Completed => order.goods_until.map(to_millis),
        _ => None,
    }
}

/// What is owed to the payer, in its column; empty for nothing.
pub(super) fn owed_kopecks(order: &Order) -> Option<i64> {
    Some(order.owed_to_payer().get()).filter(|owed| *owed > 0)
}

/// Writes the steps that were made after `seq`.
pub(super) async fn record_history(
    connection: &mut AnyConnection,
    order: &Order,
    seq: u32,
) -> Result<(), StoreError> {
    for step in order.history.iter().filter(|step| step.seq > seq) {
        sqlx::query("INSERT INTO order_history (order_id, seq, at, status) VALUES ($1, $2, $3, $4)")
            .bind(order.id.to_string())
            .bind(i64::from(step.seq))
            .bind(to_millis(step.at))
            .bind(step.status.name())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
