//! Reading open orders at Invoicebox whose notification never came, and overdue ones before they lapse.
//!
//! Calls to Invoicebox are few: one round asks for up to fifty orders in one call, and there is at most one call in
//! [`CALL_INTERVAL`], twenty of the sixty that the shared limiter allows in thirty seconds. Orders that a customer
//! watches are asked for every few seconds by the instance that shows them; all others, after growing pauses, by the one
//! instance that holds the lease.

mod plan;

use std::{collections::HashMap, collections::HashSet, sync::Arc, time::Duration};

use domain::{id::OrderId, order::machine::Event};
use time::OffsetDateTime;

use crate::{
    clock::Clock,
    invoicebox::{
        CallError, FoundOrders, InvoiceboxClient, Notification, NotificationAnswer, NotificationAnswerCode,
        PAGE_SIZE, ProviderOrder, ProviderStatus,
    },
    orders::{
        Hub, OrderChanges, OrderStore, ReportPayment, StoreError,
        store::{Lease, LeaseTimes, OpenOrder},
    },
    workers::WorkerContext,
};
use plan::Plan;

/// Time between two calls.
const CALL_INTERVAL: Duration = Duration::from_millis(1_500);
/// Longest time between two calls; it doubles while Invoicebox does not answer.
const MAX_CALL_INTERVAL: Duration = Duration::from_secs(30);
/// Time between two reads of open orders from the database while none of those known is due.
const READ_INTERVAL: Duration = Duration::from_secs(4);
/// Time that an instance holds the lease without renewing it.
const RECONCILE_LEASE_DURATION: Duration = Duration::from_secs(15);
/// Time after which an overdue order lapses without an answer.
const LAPSE_TIMEOUT: Duration = Duration::from_secs(60);
/// Time for which orders are read one by one after a list had foreign orders in it or was refused.
const SINGLE_READ_DURATION: Duration = Duration::from_secs(3600);

const RECONCILE_LEASE: Lease = Lease("reconciliation");

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

/// State of the worker between rounds.
#[derive(Default)]
struct ReconcileState {
    /// Open orders as they were read last, and when.
    open: Vec<OpenOrder>,
    read_at: Option<tokio::time::Instant>,
    plans: HashMap<OrderId, Plan>,
    /// Until when this instance holds the lease.
    lease_until: Option<OffsetDateTime>,
    one_by_one_until: Option<OffsetDateTime>,
    /// Calls in a row that failed.
    failures: u32,
}

impl Reconcile {
    pub async fn run(self, worker: WorkerContext) {
        let mut state = ReconcileState::default();
        loop {
            let pause = (CALL_INTERVAL * 2_u32.pow(state.failures.min(5))).min(MAX_CALL_INTERVAL);
            if worker.pause(pause).await.is_break() {
                return;
            }
            if let Err(error) = self.run_round(&mut state).await {
                tracing::error!(%error, "open orders could not be asked for; trying again");
            }
        }
    }

    async fn run_round(&self, state: &mut ReconcileState) -> Result<(), StoreError> {
        let now = self.clock.now();
        let has_lease = self.has_lease(state, now).await?;
        let is_fresh = state.read_at.is_some_and(|at| at.elapsed() < READ_INTERVAL);
        if is_fresh && self.choose_batch(state, has_lease, now).is_empty() {
            return Ok(());
        }
        state.open = self.store.open_orders().await?;
        state.read_at = Some(tokio::time::Instant::now());
        let known: HashSet<OrderId> = state.open.iter().map(|order| order.id).collect();
        state.plans.retain(|id, _| known.contains(id));
        let batch = self.choose_batch(state, has_lease, now);
        if batch.is_empty() {
            return Ok(());
        }
        let answer = self.ask_batch(&batch).await;
        for order in &batch {
            state.plan(order).record_ask(now);
        }
        match answer {
            Ok(found) => {
                state.failures = 0;
                self.apply_found(state, &batch, found, now).await
            }
            Err(error) => {
                state.failures = state.failures.saturating_add(1);
                if batch.len() > 1 && error.is_definite() {
                    tracing::warn!("Invoicebox refuses lists of ids: asking one by one");
                    state.one_by_one_until = Some(now + SINGLE_READ_DURATION);
                }
                self.handle_call_error(state, &batch, &error, now).await
            }
        }
    }

    /// The orders of the next call: those whose time is over first, then watched ones, then the longest due.
    fn choose_batch(
        &self,
        state: &mut ReconcileState,
        has_lease: bool,
        now: OffsetDateTime,
    ) -> Vec<OpenOrder> {
        let mut due = Vec::new();
        for order in &state.open {
            let plan = *state.plans.entry(order.id).or_insert_with(|| Plan::new(order));
            let is_watched = self.hub.has_listeners(order.id);
            let at = plan.due_at(order, is_watched, now);
            if at <= now && (has_lease || is_watched) {
                let rank = if order.expires_at <= now { 0 } else { 2 - u8::from(is_watched) };
                due.push((rank, at, plan.is_single, order));
            }
        }
        due.sort_by_key(|(rank, at, ..)| (*rank, *at));
        // An end that is further ahead was set before the clock was set back.
        let one_by_one =
            state.one_by_one_until.is_some_and(|until| now < until && until <= now + SINGLE_READ_DURATION);
        let is_single = one_by_one || due.first().is_some_and(|(_, _, is_single, _)| *is_single);
        let (limit, takes_single) = if is_single { (1, true) } else { (PAGE_SIZE, false) };
        due.into_iter()
            .filter(|(_, _, is_single, _)| takes_single || !is_single)
            .take(limit)
            .map(|(.., order)| order.clone())
            .collect()
    }

    async fn ask_batch(&self, batch: &[OpenOrder]) -> Result<FoundOrders, CallError> {
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

    async fn apply_found(
        &self,
        state: &mut ReconcileState,
        batch: &[OpenOrder],
        found: FoundOrders,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if found.is_filter_ignored {
            tracing::warn!("Invoicebox does not filter orders by id: asking one by one");
            state.one_by_one_until = Some(now + SINGLE_READ_DURATION);
        }
        for order in batch {
            let there =
                found.orders.iter().find(|there| there.provider_id.eq_ignore_ascii_case(&order.provider_id));
            match there {
                Some(there) => self.apply_provider_order(state, order, there, now).await?,
                None if batch.len() > 1 => state.plan(order).is_single = true,
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

    /// Applies an open order as read at Invoicebox, in the same way as a notification.
    async fn apply_provider_order(
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
        // One that was read as paid, and could not be recorded, is read again.
        let is_recorded =
            !matches!(answer, NotificationAnswer::Error { code: NotificationAnswerCode::OutOfService, .. });
        if order.expires_at <= now && is_recorded && !(is_paid && answer == NotificationAnswer::Success) {
            self.lapse(state, order).await?;
        }
        Ok(())
    }

    async fn handle_call_error(
        &self,
        state: &mut ReconcileState,
        batch: &[OpenOrder],
        error: &CallError,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        tracing::warn!(%error, orders = batch.len(), "open orders could not be asked for");
        for order in batch.iter().filter(|order| order.expires_at + LAPSE_TIMEOUT <= now) {
            tracing::warn!(order.id = ?order.id, "an overdue order could not be read at Invoicebox; it lapses");
            self.lapse(state, order).await?;
        }
        Ok(())
    }

    /// Lets an overdue order lapse. One that cannot be read stays open, and is asked for seldom.
    async fn lapse(&self, state: &mut ReconcileState, order: &OpenOrder) -> Result<(), StoreError> {
        let lapsed = self.changes.apply(order.id, Event::TimeOver).await;
        if self.store.skip_unreadable(lapsed)?.is_none() {
            state.plan(order).unreadable = true;
        }
        Ok(())
    }

    async fn has_lease(&self, state: &mut ReconcileState, now: OffsetDateTime) -> Result<bool, StoreError> {
        if state.lease_until.is_none() {
            self.store.create_lease(RECONCILE_LEASE, OffsetDateTime::UNIX_EPOCH).await?;
        }
        let until = now + RECONCILE_LEASE_DURATION;
        // More than half of the lease is left: no need to renew it.
        if state.lease_until.is_some_and(|end| end > now + RECONCILE_LEASE_DURATION / 2 && end <= until) {
            return Ok(true);
        }
        let times = LeaseTimes { free_until: now, latest: until, to: until };
        let acquired = self.store.acquire_lease(RECONCILE_LEASE, state.lease_until, times).await?;
        state.lease_until = acquired.then_some(until);
        Ok(acquired)
    }
}

impl ReconcileState {
    fn plan(&mut self, order: &OpenOrder) -> &mut Plan {
        self.plans.entry(order.id).or_insert_with(|| Plan::new(order))
    }
}
