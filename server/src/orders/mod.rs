//! The one place where an order changes.
//!
//! Facts from outside travel one way: adapter → [`Orders::apply`] → store and outbox, in one transaction → hub →
//! SSE → page. Network calls happen afterwards, from the outbox, at least once.

mod changes;
mod deliver;
mod hub;
mod outbox;
mod signals;
mod store;
mod usecases;
mod worker;
mod workers;

use std::sync::{Arc, Mutex, PoisonError};

use domain::{id::OrderId, order::Order, refusal::Refusal};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use hub::{Change, Hub, News};
pub use outbox::{Dead, Depth, Entry, Job, Lane, Outbox, State};
pub(crate) use store::millis;
pub use store::{Inserted, Listed, MoneyLine, OrderStore, StoreError, Which};
pub use usecases::TillSale;

use signals::Wake;

use crate::{clock::Clock, invoicebox::Client, station_link::StationLink, stations::catalogue::Catalogue};

/// The use cases of orders. Cheap to clone.
#[derive(Clone)]
pub struct Orders {
    inner: Arc<Inner>,
}

struct Inner {
    store: OrderStore,
    outbox: Outbox,
    hub: Hub,
    failed_tries: Mutex<Option<mpsc::Receiver<(OrderId, Refusal)>>>,
    wake: Wake,
    clock: Clock,
    catalogue: Arc<Catalogue>,
    invoicebox: Client,
    station_link: Arc<dyn StationLink>,
    rules: Rules,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

/// What the configuration decides about orders.
#[derive(Clone, Debug)]
pub struct Rules {
    pub merchant_id: String,
    pub ttl: std::time::Duration,
    /// Without a trailing slash; return links are built from it.
    pub public_url: String,
    /// Money that is only reserved releases the pump too; off unless Invoicebox has agreed to it in writing.
    pub release_on_hold: bool,
}

/// What [`Orders`] is put together from.
pub struct Parts {
    pub store: OrderStore,
    pub outbox: Outbox,
    pub clock: Clock,
    pub catalogue: Arc<Catalogue>,
    pub invoicebox: Client,
    pub station_link: Arc<dyn StationLink>,
    pub rules: Rules,
    pub shutdown: CancellationToken,
    pub tasks: TaskTracker,
}

impl Orders {
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { store, outbox, clock, catalogue, invoicebox, station_link, rules, shutdown, tasks } =
            parts;
        let (hub, failed_tries) = Hub::new();
        let inner = Inner {
            store,
            outbox,
            hub,
            failed_tries: Mutex::new(Some(failed_tries)),
            wake: Wake::default(),
            clock,
            catalogue,
            invoicebox,
            station_link,
            rules,
            shutdown,
            tasks,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Starts the workers; they stop with the shutdown token.
    pub fn start(&self) {
        for lane in Lane::ALL {
            let worker = self.clone();
            self.inner.tasks.spawn(async move { worker.work_forever(lane).await });
        }
        let hearer = self.clone();
        self.inner.tasks.spawn(async move { hearer.hear_others().await });
        let words = self.inner.failed_tries.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(words) = words {
            let teller = self.clone();
            self.inner.tasks.spawn(async move { teller.tell_others(words).await });
        }
        let reconcile = self.clone();
        self.inner.tasks.spawn(async move { reconcile.reconcile_forever().await });
        let reversals = self.clone();
        self.inner.tasks.spawn(async move { reversals.look_for_reversals_forever().await });
        let expire = self.clone();
        self.inner.tasks.spawn(async move { expire.expire_forever().await });
    }

    /// An order by its secret id.
    ///
    /// # Errors
    /// `OrderUnknown`; `Internal` when the database does not answer.
    pub async fn get(&self, id: OrderId) -> Result<Order, Refusal> {
        self.inner.store.get(id).await.map_err(internal)?.ok_or(Refusal::OrderUnknown)
    }

    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.inner.hub
    }

    #[must_use]
    pub fn store(&self) -> &OrderStore {
        &self.inner.store
    }

    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.inner.outbox
    }

    #[must_use]
    pub fn shutdown(&self) -> &CancellationToken {
        &self.inner.shutdown
    }
}

/// Logs our trouble once, where it is met, and hides it from the customer.
#[expect(clippy::needless_pass_by_value, reason = "used as map_err(internal)")]
fn internal(error: StoreError) -> Refusal {
    tracing::error!(%error, "the store failed");
    Refusal::Internal
}
