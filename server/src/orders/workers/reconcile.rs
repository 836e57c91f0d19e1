//! Asking where nobody has told us: open orders whose notification never came, lapsing ones before they lapse, and
//! once a day paid ones that were reversed.
//!
//! Calls to Invoicebox are few: one round asks for up to fifty orders in one call, and there is at most one call in
//! [`ROUND`], twenty of the sixty that the shared limiter allows in thirty seconds. Orders that a customer watches are
//! asked for every few seconds by the instance that shows them; all others, after growing pauses, by the one instance
//! whose turn it is.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use domain::{id::OrderId, order::machine::Event};
use time::OffsetDateTime;

use crate::{
    invoicebox::{Answer, CallError, Found, Notification, PAGE, ProviderOrder, ProviderStatus},
    orders::{Orders, StoreError, store::Open},
};

/// Between two calls.
const ROUND: Duration = Duration::from_millis(1_500);
/// When Invoicebox does not answer, the time between two calls doubles up to this.
const LONGEST_ROUND: Duration = Duration::from_secs(30);
/// The database is asked for open orders this often while none of those known is due.
const LOOK: Duration = Duration::from_secs(4);
/// How long an instance has its turn without renewing it.
const TURN: Duration = Duration::from_secs(15);
/// Pauses between questions about an order that somebody watches; the last one repeats.
const WATCHED: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(5), Duration::from_secs(10)];
/// Pauses otherwise.
const UNWATCHED: [Duration; 5] = [
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
    Duration::from_secs(600),
];
/// Between questions about an order whose time is over.
const LAPSING: Duration = Duration::from_secs(5);
/// An order whose time is over lapses without an answer after so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// After a list came back with strangers in it orders are asked for one by one for so long.
const ONE_BY_ONE: Duration = Duration::from_secs(3600);
/// Paid orders are checked for reversals this often, and this far back: longer no invoice lives.
const DAY: Duration = Duration::from_secs(24 * 3600);
const REVERSIBLE: Duration = Duration::from_secs(8 * 24 * 3600);
/// When the daily check could not be finished.
const TRY_AGAIN: Duration = Duration::from_secs(3600);

const ASKING: &str = "reconciliation";
const REVERSALS: &str = "reversals";

/// When an order was asked for, and how often.
#[derive(Clone, Copy, Debug)]
struct Plan {
    asked: usize,
    last: OffsetDateTime,
    /// It was missing from a list: the list may be at fault, so it is asked for alone.
    alone: bool,
}

/// What the worker remembers between rounds.
#[derive(Default)]
struct Memory {
    /// Open orders as they were read last, and when.
    open: Vec<Open>,
    read_at: Option<tokio::time::Instant>,
    plans: HashMap<OrderId, Plan>,
    /// Until when this instance has its turn.
    turn: Option<OffsetDateTime>,
    one_by_one_until: Option<OffsetDateTime>,
    /// Calls in a row that brought nothing.
    failures: u32,
}

impl Plan {
    fn due(self, order: &Open, watched: bool, now: OffsetDateTime) -> OffsetDateTime {
        if order.expires_at <= now {
            let first = self.last < order.expires_at;
            return if first { order.expires_at } else { self.last + LAPSING };
        }
        let pauses: &[Duration] = if watched { &WATCHED } else { &UNWATCHED };
        let pause = pauses.get(self.asked).or(pauses.last()).copied().unwrap_or(LAPSING);
        // Never later than the end of its life.
        (self.last + pause).min(order.expires_at)
    }
}

impl Orders {
    pub(in crate::orders) async fn reconcile_forever(&self) {
        let mut memory = Memory::default();
        loop {
            let pause = (ROUND * 2_u32.pow(memory.failures.min(5))).min(LONGEST_ROUND);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.inner.shutdown.cancelled() => return,
            }
            if let Err(error) = self.reconcile_round(&mut memory).await {
                tracing::error!(%error, "open orders could not be asked for; trying again");
            }
        }
    }

    async fn reconcile_round(&self, memory: &mut Memory) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        let has_turn = self.has_turn(memory, now).await?;
        let fresh = memory.read_at.is_some_and(|at| at.elapsed() < LOOK);
        if fresh && self.choose(memory, has_turn, now).is_empty() {
            return Ok(());
        }
        memory.open = self.inner.store.open().await?;
        memory.read_at = Some(tokio::time::Instant::now());
        let known: HashSet<OrderId> = memory.open.iter().map(|order| order.id).collect();
        memory.plans.retain(|id, _| known.contains(id));
        let batch = self.choose(memory, has_turn, now);
        if batch.is_empty() {
            return Ok(());
        }
        let answer = self.ask(&batch).await;
        for order in &batch {
            if let Some(plan) = memory.plans.get_mut(&order.id) {
                plan.asked += 1;
                plan.last = now;
            }
        }
        match answer {
            Ok(found) => {
                memory.failures = 0;
                self.answered(memory, &batch, found, now).await
            }
            Err(error) => {
                memory.failures = memory.failures.saturating_add(1);
                if batch.len() > 1 && error.is_definite() {
                    tracing::warn!("Invoicebox refuses lists of ids: asking one by one");
                    memory.one_by_one_until = Some(now + ONE_BY_ONE);
                }
                self.unanswered(&batch, &error, now).await
            }
        }
    }

    /// The orders of the next call: those whose time is over first, then watched ones, then the longest due.
    fn choose(&self, memory: &mut Memory, has_turn: bool, now: OffsetDateTime) -> Vec<Open> {
        let mut due = Vec::new();
        for order in &memory.open {
            let first = Plan { asked: 0, last: order.changed_at, alone: false };
            let plan = *memory.plans.entry(order.id).or_insert(first);
            let watched = self.inner.hub.is_heard(order.id);
            let at = plan.due(order, watched, now);
            if at <= now && (has_turn || watched) {
                let rank = if order.expires_at <= now { 0 } else { 2 - u8::from(watched) };
                due.push((rank, at, plan.alone, order));
            }
        }
        due.sort_by_key(|(rank, at, ..)| (*rank, *at));
        let one_by_one = memory.one_by_one_until.is_some_and(|until| now < until);
        let alone = one_by_one || due.first().is_some_and(|(_, _, alone, _)| *alone);
        let (most, together) = if alone { (1, true) } else { (PAGE, false) };
        due.into_iter()
            .filter(|(_, _, alone, _)| together || !alone)
            .take(most)
            .map(|(.., order)| order.clone())
            .collect()
    }

    async fn ask(&self, batch: &[Open]) -> Result<Found, CallError> {
        if let [order] = batch {
            return match self.inner.invoicebox.get_order(&order.provider_id).await {
                Ok(order) => Ok(Found { orders: vec![order], ignored: false }),
                Err(error) if error.is_not_found() => Ok(Found { orders: Vec::new(), ignored: false }),
                Err(error) => Err(error),
            };
        }
        let ids: Vec<String> = batch.iter().map(|order| order.provider_id.clone()).collect();
        self.inner.invoicebox.orders_by_ids(&ids).await
    }

    async fn answered(
        &self,
        memory: &mut Memory,
        batch: &[Open],
        found: Found,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if found.ignored {
            tracing::warn!("Invoicebox does not filter orders by id: asking one by one");
            memory.one_by_one_until = Some(now + ONE_BY_ONE);
        }
        for order in batch {
            let there =
                found.orders.iter().find(|there| there.provider_id.eq_ignore_ascii_case(&order.provider_id));
            match there {
                Some(there) => self.told(order, there, now).await?,
                None if batch.len() > 1 => {
                    if let Some(plan) = memory.plans.get_mut(&order.id) {
                        plan.alone = true;
                    }
                }
                None => {
                    tracing::error!(order.id = ?order.id, "Invoicebox does not know an order that it has created");
                    if order.expires_at <= now {
                        self.apply(order.id, Event::TimeOver).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What a read says of an open order is decided on as a notification is.
    async fn told(&self, order: &Open, there: &ProviderOrder, now: OffsetDateTime) -> Result<(), StoreError> {
        let paid = there.status == ProviderStatus::Completed;
        if paid {
            tracing::warn!(order.id = ?order.id, "paid without a notification: found by asking");
            metrics::counter!("kolonka_payments_found_total").increment(1);
        }
        let answer = self.payment_reported(&Notification::read(there.clone())).await;
        if order.expires_at <= now && !(paid && answer == Answer::Success) {
            self.apply(order.id, Event::TimeOver).await?;
        }
        Ok(())
    }

    async fn unanswered(
        &self,
        batch: &[Open],
        error: &CallError,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        tracing::warn!(%error, orders = batch.len(), "open orders could not be asked for");
        for order in batch.iter().filter(|order| order.expires_at + PATIENCE <= now) {
            tracing::warn!(order.id = ?order.id, "nobody can say whether an overdue order was paid; it lapses");
            self.apply(order.id, Event::TimeOver).await?;
        }
        Ok(())
    }

    async fn has_turn(&self, memory: &mut Memory, now: OffsetDateTime) -> Result<bool, StoreError> {
        if memory.turn.is_none() {
            self.inner.store.make_turn(ASKING, OffsetDateTime::UNIX_EPOCH).await?;
        }
        let until = now + TURN;
        // Half of it is left: no need to write.
        if memory.turn.is_some_and(|turn| turn > now + TURN / 2) {
            return Ok(true);
        }
        let taken = self.inner.store.take_turn(ASKING, memory.turn, now, until).await?;
        memory.turn = taken.then_some(until);
        Ok(taken)
    }
}

impl Orders {
    pub(in crate::orders) async fn look_for_reversals_forever(&self) {
        let begun = self.inner.clock.now();
        let mut next = begun + DAY;
        if let Err(error) = self.inner.store.make_turn(REVERSALS, begun).await {
            tracing::error!(%error, "the daily check for reversals has no mark in the database");
        }
        loop {
            tokio::select! {
                () = self.inner.clock.sleep_until(next) => {}
                () = self.inner.shutdown.cancelled() => return,
            }
            let now = self.inner.clock.now();
            let finished = match self.inner.store.take_turn(REVERSALS, None, now - DAY, now).await {
                Ok(true) => self.look_for_reversals(now).await,
                // Another instance has done it today.
                Ok(false) => true,
                Err(error) => {
                    tracing::error!(%error, "the daily check for reversals cannot begin");
                    false
                }
            };
            next = self.inner.clock.now() + if finished { DAY } else { TRY_AGAIN };
            if !finished {
                // Anybody may try again then.
                let back = next - DAY;
                if let Err(error) = self.inner.store.take_turn(REVERSALS, Some(now), back, back).await {
                    tracing::error!(%error, "the daily check for reversals cannot be put off");
                }
            }
        }
    }

    /// Holds the cancelled orders of the last days against ours; a paid one among them was reversed.
    async fn look_for_reversals(&self, now: OffsetDateTime) -> bool {
        for page in 1.. {
            match self.inner.invoicebox.canceled_of(now - REVERSIBLE, page).await {
                Ok(found) => {
                    for there in found.orders {
                        self.payment_reported(&Notification::read(there)).await;
                    }
                    if found.is_last {
                        return true;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, page, "cancelled orders cannot be listed; trying again in an hour");
                    return false;
                }
            }
            tokio::time::sleep(ROUND).await;
        }
        true
    }
}
