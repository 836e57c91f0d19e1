//! Which clients may place another order: so many new ones in a span, and so many unpaid at once. Paid ones do not count.
//!
//! The counts are of this process, in memory: a restart begins anew, and several instances count each for itself.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{id::OrderId, order::Status, refusal::RequestError};
use time::OffsetDateTime;

use crate::{
    clock::Clock,
    limits::{ClientAddress, Limits, Rate},
    orders::{OrderStore, to_internal_error},
};

/// Clients remembered at once. Beyond it, those whose orders have all been decided are forgotten first.
const MAX_CLIENTS: usize = 50_000;
/// Longest wait that is asked for because of unpaid orders: one of them may be paid or cancelled at any moment.
const MAX_UNPAID_WAIT_S: u64 = 60;

/// Wait that is asked for while the invoices of a client are being made.
const PLACING_WAIT_S: u64 = 5;

/// Counts new orders by client. Cheap to clone.
#[derive(Clone)]
pub(in crate::orders) struct Admission {
    inner: Arc<AdmissionState>,
}

struct AdmissionState {
    rates: Vec<Rate>,
    max_unpaid: Option<u32>,
    /// Orders of one client whose invoices are still to be made, at most: a third of all that can be.
    max_placing: Option<usize>,
    /// The longest span of a rate.
    longest: Duration,
    /// How long an order is remembered: also an unpaid one counts for its life.
    memory: Duration,
    store: OrderStore,
    clock: Clock,
    placed: Mutex<HashMap<IpAddr, Vec<CountedOrder>>>,
}

/// A new order of a client; without an id it is being recorded.
#[derive(Clone, Copy)]
struct CountedOrder {
    at: OffsetDateTime,
    id: Option<OrderId>,
    token: u64,
}

/// The place of an order that is about to be recorded; free again unless it was.
pub(super) struct Admitted {
    admission: Admission,
    client: IpAddr,
    token: u64,
    is_taken: bool,
}

impl Admission {
    /// `capacity` is how many invoices can be made while a customer waits, `order_ttl` the life of an unpaid order.
    pub fn new(
        limits: &Limits,
        capacity: Option<usize>,
        order_ttl: Duration,
        store: OrderStore,
        clock: Clock,
    ) -> Self {
        let longest = limits.place.iter().map(|rate| rate.span).max().unwrap_or_default();
        Self {
            inner: Arc::new(AdmissionState {
                rates: limits.place.clone(),
                max_unpaid: limits.unpaid,
                max_placing: capacity.map(|capacity| (capacity / 3).max(1)),
                longest,
                memory: longest.max(order_ttl),
                store,
                clock,
                placed: Mutex::default(),
            }),
        }
    }

    /// Takes a place for a new order of a client. `None` for a caller who proves who they are.
    ///
    /// # Errors
    /// `RateLimited` and `TooManyUnpaid`; `Internal` when the database does not answer.
    pub(super) async fn admit(
        &self,
        client: Option<ClientAddress>,
    ) -> Result<Option<Admitted>, RequestError> {
        let Some(client) = client.map(ClientAddress::network) else { return Ok(None) };
        let Self { inner } = self;
        if inner.rates.is_empty() && inner.max_unpaid.is_none() && inner.max_placing.is_none() {
            return Ok(None);
        }
        let ids = self.remembered(client);
        let statuses = self.inner.store.statuses(&ids).await.map_err(to_internal_error)?;
        self.take(client, &statuses.into_iter().collect()).map(Some)
    }

    /// The orders of a client that may still count. What is too old, or of a clock that was ahead, is forgotten.
    fn remembered(&self, client: IpAddr) -> Vec<OrderId> {
        let now = self.inner.clock.now();
        let memory = self.inner.memory;
        let mut placed = self.placed();
        let Some(orders) = placed.get_mut(&client) else { return Vec::new() };
        orders.retain(|order| order.at <= now && now - order.at < memory);
        orders.iter().filter_map(|order| order.id).collect()
    }

    fn take(&self, client: IpAddr, statuses: &HashMap<OrderId, Status>) -> Result<Admitted, RequestError> {
        let now = self.inner.clock.now();
        let mut placed = self.placed();
        let orders = placed.entry(client).or_default();
        // Of one that is being recorded nothing is known yet.
        let status = |order: &CountedOrder| order.id.and_then(|id| statuses.get(&id).copied());
        let longest = self.inner.longest;
        orders.retain(|order| match status(order) {
            Some(status) if status.is_paid() => false,
            Some(status) if status.is_final() => now - order.at < longest,
            _ => true,
        });
        let is_unpaid = |order: &&CountedOrder| status(order).is_none_or(|status| !status.is_final());
        let unpaid = orders.iter().filter(is_unpaid).count();
        let oldest = orders.iter().find(is_unpaid).map_or(now, |order| order.at);
        if self.inner.max_unpaid.is_some_and(|max| unpaid >= max as usize) {
            let left = (oldest + self.inner.memory - now).whole_seconds().unsigned_abs();
            return Err(RequestError::TooManyUnpaid { retry_after_s: left.clamp(1, MAX_UNPAID_WAIT_S) });
        }
        let placing =
            orders.iter().filter(|order| status(order).is_none_or(|it| it == Status::Placing)).count();
        if self.inner.max_placing.is_some_and(|max| placing >= max) {
            return Err(RequestError::RateLimited { retry_after_s: PLACING_WAIT_S });
        }
        for Rate { count, span } in &self.inner.rates {
            let within: Vec<_> = orders.iter().filter(|order| now - order.at < *span).collect();
            if within.len() >= *count as usize {
                let first = within[within.len() - *count as usize].at;
                let retry_after_s = (first + *span - now).whole_seconds().unsigned_abs() + 1;
                return Err(RequestError::RateLimited { retry_after_s });
            }
        }
        let token = orders.last().map_or(0, |last| last.token + 1);
        orders.push(CountedOrder { at: now, id: None, token });
        if placed.len() > MAX_CLIENTS {
            forget_some(&mut placed, client, now, self.inner.memory);
        }
        Ok(Admitted { admission: self.clone(), client, token, is_taken: false })
    }

    fn placed(&self) -> MutexGuard<'_, HashMap<IpAddr, Vec<CountedOrder>>> {
        self.inner.placed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes room: clients whose orders are too old to count go first, then any but the one that has just come.
fn forget_some(
    placed: &mut HashMap<IpAddr, Vec<CountedOrder>>,
    client: IpAddr,
    now: OffsetDateTime,
    memory: Duration,
) {
    placed.retain(|_, orders| orders.iter().any(|order| order.at <= now && now - order.at < memory));
    if placed.len() > MAX_CLIENTS {
        placed.retain(|known, _| *known == client);
    }
}

impl Admitted {
    /// The order was recorded: it counts from now on.
    pub(super) fn fill(mut self, id: OrderId) {
        let mut placed = self.admission.placed();
        let orders = placed.get_mut(&self.client).into_iter().flatten();
        for order in orders.filter(|order| order.token == self.token && order.id.is_none()) {
            order.id = Some(id);
        }
        drop(placed);
        self.is_taken = true;
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        if self.is_taken {
            return;
        }
        let mut placed = self.admission.placed();
        if let Some(orders) = placed.get_mut(&self.client) {
            orders.retain(|order| order.token != self.token || order.id.is_some());
        }
    }
}
