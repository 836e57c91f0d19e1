//! Applying events to orders: the only place where an order changes.

use std::sync::Arc;

use domain::{
    id::OrderId,
    order::{
        Order, RecordedDiscrepancy, StartRules,
        machine::{self, Event, Outcome, RefusalKind, StationReport},
    },
};
use tokio_util::task::TaskTracker;

use super::{
    EffectTable, Hub, OrderStore, OrderUpdate, StoreError,
    store::{ChangeConditions, ChangeOrigin, Decided, DiscrepancySettling, RequestKey},
};
use crate::{
    clock::Clock,
    database::Durability,
    queue::{QueueSignal, RowLease},
};

/// Durable outcome of an event.
#[derive(Debug)]
pub enum Applied {
    Changed(Arc<Order>),
    Unchanged(Arc<Order>),
    Refused(Arc<Order>),
    Unknown,
}

/// Applies events to orders, for every use case and worker that changes one.
pub struct OrderChanges {
    pub(super) store: OrderStore,
    pub(super) hub: Hub,
    /// Wakes the workers of the outbox.
    pub(super) signal: QueueSignal,
    pub(super) clock: Clock,
    pub(super) rules: StartRules,
    pub(super) tasks: TaskTracker,
}

/// What became of an event under a key.
struct KeyedOutcome {
    applied: Applied,
    is_key_reused: bool,
}

impl OrderChanges {
    /// For a command beside a running server, which learns of the change by the database.
    pub(super) fn without_server(store: OrderStore, clock: Clock, rules: StartRules) -> Self {
        let ((hub, _), signal, tasks) = (Hub::new(), QueueSignal::default(), TaskTracker::new());
        Self { store, hub, signal, clock, rules, tasks }
    }

    /// Applies an event in one transaction, then publishes the change and wakes the workers. It is finished even when
    /// the caller goes away meanwhile: listeners must learn of what has become durable.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order cannot be read; then nothing has changed.
    /// `Stopped` if the task of the change ended before it was finished.
    pub async fn apply(self: &Arc<Self>, id: OrderId, event: Event) -> Result<Applied, StoreError> {
        self.apply_in_task(id, event, ChangeOrigin { makes_due: true, ..ChangeOrigin::default() }).await
    }

    /// Applies the event of an operator's request once, and records its key in the same transaction. `Unchanged` for a
    /// repetition; `None` if the key belongs to another request on this order. Without a key as [`OrderChanges::apply`].
    ///
    /// # Errors
    /// As [`OrderChanges::apply`].
    pub(super) async fn apply_once(
        self: &Arc<Self>,
        id: OrderId,
        event: Event,
        request: Option<RequestKey>,
    ) -> Result<Option<Applied>, StoreError> {
        let origin = ChangeOrigin { makes_due: true, request, ..ChangeOrigin::default() };
        let KeyedOutcome { applied, is_key_reused } = self.apply_keyed_in_task(id, event, origin).await?;
        Ok((!is_key_reused).then_some(applied))
    }

    /// Applies an event that the clock has decided on from what it read before, unless the order has another sequence
    /// number by now: then it has to be looked at again. No time is compared, since clocks may be set.
    ///
    /// # Errors
    /// As [`OrderChanges::apply`].
    pub(super) async fn apply_if_unchanged(
        self: &Arc<Self>,
        id: OrderId,
        event: Event,
        seq: u32,
    ) -> Result<Applied, StoreError> {
        let origin = ChangeOrigin { expected_seq: Some(seq), ..ChangeOrigin::default() };
        self.apply_in_task(id, event, origin).await
    }

    /// Applies an event that an effect learned on its way; other effects keep their times.
    ///
    /// # Errors
    /// As [`OrderChanges::apply`].
    pub(super) async fn apply_within_effect(
        self: &Arc<Self>,
        id: OrderId,
        event: Event,
    ) -> Result<Applied, StoreError> {
        self.apply_in_task(id, event, ChangeOrigin::default()).await
    }

    /// Applies the event that an effect resulted in, and strikes its outbox row in the same transaction if it is still
    /// its holder's.
    ///
    /// # Errors
    /// As [`OrderChanges::apply`]: `Database`, `Unreadable` or `Stopped`; then the row stays.
    pub(super) async fn apply_and_strike(
        self: &Arc<Self>,
        id: OrderId,
        event: Event,
        row: RowLease<EffectTable>,
    ) -> Result<Applied, StoreError> {
        self.apply_in_task(id, event, ChangeOrigin { strike: Some(row), ..ChangeOrigin::default() }).await
    }

    /// Applies what an operator has done about a discrepancy, and writes the note to its row in the same transaction.
    ///
    /// # Errors
    /// As [`OrderChanges::apply`].
    pub(super) async fn apply_settling(
        self: &Arc<Self>,
        id: OrderId,
        event: Event,
        settling: DiscrepancySettling,
    ) -> Result<Applied, StoreError> {
        self.apply_in_task(id, event, ChangeOrigin { settles: Some(settling), ..ChangeOrigin::default() })
            .await
    }

    async fn apply_in_task(
        self: &Arc<Self>,
        id: OrderId,
        event: Event,
        origin: ChangeOrigin,
    ) -> Result<Applied, StoreError> {
        self.apply_keyed_in_task(id, event, origin).await.map(|outcome| outcome.applied)
    }

    async fn apply_keyed_in_task(
        self: &Arc<Self>,
        id: OrderId,
        event: Event,
        origin: ChangeOrigin,
    ) -> Result<KeyedOutcome, StoreError> {
        let changes = Arc::clone(self);
        let applied = self.tasks.spawn(async move { changes.apply_to_the_end(id, event, origin).await });
        applied.await.map_err(|_| StoreError::Stopped)?
    }

    async fn apply_to_the_end(
        &self,
        id: OrderId,
        event: Event,
        origin: ChangeOrigin,
    ) -> Result<KeyedOutcome, StoreError> {
        let (now, rules) = (self.clock.now(), self.rules);
        let durability = durability_of(&event);
        let needs_lease = is_of_unsent_release(&event);
        let conditions = ChangeConditions { now, durability, needs_lease, origin };
        let decide = move |order: &mut Order| machine::apply(order, event, now, &rules);
        let decided = self.store.change(id, conditions, decide).await?;
        let Some(decided) = decided else {
            return Ok(KeyedOutcome { applied: Applied::Unknown, is_key_reused: false });
        };
        log_change(&decided);
        let is_key_reused = decided.is_key_reused;
        let order = Arc::new(decided.order);
        let applied = match decided.outcome {
            Outcome::Changed(effects) => {
                self.hub.publish(id, OrderUpdate::changed(&order));
                if !effects.is_empty() {
                    self.signal.wake_all();
                }
                Applied::Changed(order)
            }
            Outcome::Unchanged => Applied::Unchanged(order),
            Outcome::Refused => Applied::Refused(order),
        };
        Ok(KeyedOutcome { applied, is_key_reused })
    }
}

/// Whether an event says that its holder has not sent the release: another one may have sent it since.
fn is_of_unsent_release(event: &Event) -> bool {
    match event {
        Event::StartNotSent { .. } => true,
        Event::Station { report: StationReport::Refused { kind, .. }, .. } => *kind == RefusalKind::SoldOut,
        _ => false,
    }
}

fn log_change(decided: &Decided) {
    let Decided { order, seq, known_discrepancies, outcome: Outcome::Changed(_), .. } = decided else {
        return;
    };
    let is_known = |one: &RecordedDiscrepancy| known_discrepancies.contains(one);
    for step in order.history.iter().filter(|step| step.seq > *seq) {
        tracing::info!(order.id = ?order.id, order.number, order.status = step.status.name(), "order changed status");
        metrics::counter!("kolonka_order_steps_total", "status" => step.status.name()).increment(1);
    }
    for discrepancy in order.discrepancies.iter().filter(|one| !is_known(one)) {
        tracing::error!(
            order.number,
            discrepancy = discrepancy.what.name(),
            detail = discrepancy.detail,
            "discrepancy: an operator has to look at this order"
        );
    }
}

/// Durability of an event's transaction. A power cut may undo facts that come again by themselves. An invoice is
/// found again under its number, and the next report of the meter has the newer volume. That a station was asked must
/// survive: an order that was not asked for is cancelled without asking the station.
fn durability_of(event: &Event) -> Durability {
    match event {
        Event::InvoiceCreated(_) | Event::Station { report: StationReport::Volume(_), .. } => {
            Durability::Relaxed
        }
        _ => Durability::Full,
    }
}
