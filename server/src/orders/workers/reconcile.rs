//! Asking where nothing was reported: open orders whose notification never came, lapsing ones before they lapse.
//!
//! Calls to Invoicebox are few: one round asks for up to fifty orders in one call, and there is at most one call in
//! [`ROUND_INTERVAL`], twenty of the sixty that the shared limiter allows in thirty seconds. Orders that a customer
//! watches are asked for every few seconds by the instance that shows them; all others, after growing pauses, by the one
//! instance that holds the lease.

mod plan;

use std::{collections::HashMap, collections::HashSet, sync::Arc, time::Duration};

use domain::{id::OrderId, order::machine::Event};
use time::OffsetDateTime;

use crate::{
    clock::Clock,
    invoicebox::{
        CallError, FoundOrders, InvoiceboxClient, Notification, NotificationAnswer, PAGE_SIZE, ProviderOrder,
        ProviderStatus,
    },
    orders::{
        Hub, OrderChanges, OrderStore, ReportPayment, StoreError,
        store::{Lease, OpenOrder},
    },
    workers::WorkerContext,
};
use plan::Plan;

/// Between two calls.
const ROUND_INTERVAL: Duration = Duration::from_millis(1_500);
/// When Invoicebox does not answer, the time between two calls doubles up to this.
const MAX_ROUND_INTERVAL: Duration = Duration::from_secs(30);
/// The database is asked for open orders this often while none of those known is due.
const READ_INTERVAL: Duration = Duration::from_secs(4);
/// How long an instance holds the lease without renewing it.
const LEASE_TIME: Duration = Duration::from_secs(15);
/// An order whose time is over lapses without an answer after so long.
const LAPSE_TIMEOUT: Duration = Duration::from_secs(60);
/// After a list came back with strangers in it orders are asked for one by one for so long.
const ONE_BY_ONE_TIME: Duration = Duration::from_secs(3600);

const LEASE: Lease = Lease("reconciliation");

/// Asks Invoicebox for open orders.
#[derive(Clone)]
pub(in crate::orders) struct Reconcile {
    pub changes: Arc<OrderChanges>,
    pub report_payment: ReportPayment,
    pub store: OrderStore,
    pub hub: Hub,
    pub invoicebox: InvoiceboxClient,
    pub clock: Clock,
}

/// What the worker remembers between rounds.
#[derive(Default)]
struct ReconcileState {
    /// Open orders as they were read last, and when.
    open: Vec<OpenOrder>,
    read_at: Option<tokio::time::Instant>,
    plans: HashMap<OrderId, Plan>,
    /// Until when this instance holds the lease.
    lease_until: Option<OffsetDateTime>,
    one_by_one_until: Option<OffsetDateTime>,
    /// Calls in a row that brought nothing.
    failures: u32,
}

impl Reconcile {
    pub async fn run(self, worker: WorkerContext) {
        let mut state = ReconcileState::default();
        loop {
            let pause = (ROUND_INTERVAL * 2_u32.pow(state.failures.min(5))).min(MAX_ROUND_INTERVAL);
            if worker.pause(pause).await.is_break() {
                return;
            }
            if let Err(error) = self.round(&mut state).await {
                tracing::error!(%error, "open orders could not be asked for; trying again");
            }
        }
    }

    async fn round(&self, state: &mut ReconcileState) -> Result<(), StoreError> {
        let now = self.clock.now();
        let has_lease = self.has_lease(state, now).await?;
        let is_fresh = state.read_at.is_some_and(|at| at.elapsed() < READ_INTERVAL);
        if is_fresh && self.choose(state, has_lease, now).is_empty() {
            return Ok(());
        }
        state.open = self.store.open_orders().await?;
        state.read_at = Some(tokio::time::Instant::now());
        let known: HashSet<OrderId> = state.open.iter().map(|order| order.id).collect();
        state.plans.retain(|id, _| known.contains(id));
        let batch = self.choose(state, has_lease, now);
        if batch.is_empty() {
            return Ok(());
        }
        let answer = self.ask(&batch).await;
        for order in &batch {
            state.plan(order).was_asked(now);
        }
        match answer {
            Ok(found) => {
                state.failures = 0;
                self.answered(state, &batch, found, now).await
            }
            Err(error) => {
                state.failures = state.failures.saturating_add(1);
                if batch.len() > 1 && error.is_definite() {
                    tracing::warn!("Invoicebox refuses lists of ids: asking one by one");
                    state.one_by_one_until = Some(now + ONE_BY_ONE_TIME);
                }
                self.unanswered(state, &batch, &error, now).await
            }
        }
    }

    /// The orders of the next call: those whose time is over first, then watched ones, then the longest due.
    fn choose(&self, state: &mut ReconcileState, has_lease: bool, now: OffsetDateTime) -> Vec<OpenOrder> {
        let mut due = Vec::new();
        for order in &state.open {
            let plan = *state.plans.entry(order.id).or_insert_with(|| Plan::new(order));
            let is_watched = self.hub.has_listeners(order.id);
            let at = plan.due(order, is_watched, now);
            if at <= now && (has_lease || is_watched) {
                let rank = if order.expires_at <= now { 0 } else { 2 - u8::from(is_watched) };
                due.push((rank, at, plan.alone, order));
            }
        }
        due.sort_by_key(|(rank, at, ..)| (*rank, *at));
        let one_by_one = state.one_by_one_until.is_some_and(|until| now < until);
        let alone = one_by_one || due.first().is_some_and(|(_, _, alone, _)| *alone);
        let (limit, together) = if alone { (1, true) } else { (PAGE_SIZE, false) };
        due.into_iter()
            .filter(|(_, _, alone, _)| together || !alone)
            .take(limit)
            .map(|(.., order)| order.clone())
            .collect()
    }

    async fn ask(&self, batch: &[OpenOrder]) -> Result<FoundOrders, CallError> {
        if let [order] = batch {
            return match self.invoicebox.get_order(&order.provider_id).await {
                Ok(order) => Ok(FoundOrders { orders: vec![order], is_filter_ignored: false }),
                Err(error) if error.is_not_found() => {
                    Ok(FoundOrders { orders: Vec::new(), is_filter_ignored: false })
                }
                Err(error) => Err(error),
            };
        }
        let ids: Vec<String> = batch.iter().map(|order| order.provider_id.clone()).collect();
        self.invoicebox.orders_by_ids(&ids).await
    }

    async fn answered(
        &self,
        state: &mut ReconcileState,
        batch: &[OpenOrder],
        found: FoundOrders,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if found.is_filter_ignored {
            tracing::warn!("Invoicebox does not filter orders by id: asking one by one");
            state.one_by_one_until = Some(now + ONE_BY_ONE_TIME);
        }
        for order in batch {
            let there =
                found.orders.iter().find(|there| there.provider_id.eq_ignore_ascii_case(&order.provider_id));
            match there {
                Some(there) => self.found(state, order, there, now).await?,
                None if batch.len() > 1 => state.plan(order).alone = true,
                None => {
                    tracing::error!(order.id = ?order.id, "Invoicebox does not know an order that it has created");
                    if order.expires_at <= now {
                        self.lapse(state, order).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What a read says of an open order is decided on as a notification is.
    async fn found(
        &self,
        state: &mut ReconcileState,
        order: &OpenOrder,
        there: &ProviderOrder,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let is_paid = there.status == ProviderStatus::Completed;
        if is_paid {
            tracing::warn!(order.id = ?order.id, "paid without a notification: found by asking");
            metrics::counter!("kolonka_payments_found_total").increment(1);
        }
        let answer = self.report_payment.run(&Notification::read(there.clone())).await;
        if order.expires_at <= now && !(is_paid && answer == NotificationAnswer::Success) {
            self.lapse(state, order).await?;
        }
        Ok(())
    }

    async fn unanswered(
        &self,
        state: &mut ReconcileState,
        batch: &[OpenOrder],
        error: &CallError,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        tracing::warn!(%error, orders = batch.len(), "open orders could not be asked for");
        for order in batch.iter().filter(|order| order.expires_at + LAPSE_TIMEOUT <= now) {
            tracing::warn!(order.id = ?order.id, "nobody can say whether an overdue order was paid; it lapses");
            self.lapse(state, order).await?;
        }
        Ok(())
    }

    /// One that cannot be read stays open; it is asked for seldom, so that it takes nobody's place.
    async fn lapse(&self, state: &mut ReconcileState, order: &OpenOrder) -> Result<(), StoreError> {
        let lapsed = self.changes.apply(order.id, Event::TimeOver).await;
        if self.store.skip_unreadable(lapsed)?.is_none() {
            state.plan(order).unreadable = true;
        }
        Ok(())
    }

    async fn has_lease(&self, state: &mut ReconcileState, now: OffsetDateTime) -> Result<bool, StoreError> {
        if state.lease_until.is_none() {
            self.store.create_lease(LEASE, OffsetDateTime::UNIX_EPOCH).await?;
        }
        let until = now + LEASE_TIME;
        // Half of it is left: no need to write.
        if state.lease_until.is_some_and(|end| end > now + LEASE_TIME / 2) {
            return Ok(true);
        }
        let acquired = self.store.acquire_lease(LEASE, state.lease_until, now, until).await?;
        state.lease_until = acquired.then_some(until);
        Ok(acquired)
    }
}

impl ReconcileState {
    fn plan(&mut self, order: &OpenOrder) -> &mut Plan {
        self.plans.entry(order.id).or_insert_with(|| Plan::new(order))
    }
}
