//! The one place in which use cases and workers of orders are given what they need.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    CancelOrder, CompleteOrder, FollowOrder, Hub, OrderChanges, OrderStatistics, OrderStore, Orders, Outbox,
    PlaceCashierSale, PlaceOrder, QuoteDraft, ReadOrders, RecordStationCallback, RefundOrder, ReportPayment,
    Rules, UseCases, WebsocketListener,
    hub::FailedTry,
    store::{EffectTable, INVOICEBOX_LANE, STATION_LANE},
    usecases::Acceptance,
    workers::{
        EffectHandler, EffectParts, Expire, FillEffectStations, FillStationIds, FindReversals,
        InstanceListener, InstanceNotifier, Reconcile,
    },
};
use crate::{
    clock::Clock,
    invoicebox::InvoiceboxClient,
    queue::{QueueSignal, QueueWorker},
    station_link::StationLink,
    stations::catalogue::Catalogue,
    workers::Supervisor,
};

/// What orders are put together from.
pub struct Parts {
    pub store: OrderStore,
    pub outbox: Outbox,
    pub clock: Clock,
    pub catalogue: Arc<Catalogue>,
    pub invoicebox: InvoiceboxClient,
    pub station_link: Arc<dyn StationLink>,
    pub rules: Rules,
    pub shutdown: CancellationToken,
    pub tasks: TaskTracker,
}

/// Orders, put together and at rest.
pub struct Composition {
    pub orders: Orders,
    pub workers: Workers,
    pub websocket_listener: WebsocketListener,
    pub hub: Hub,
}

/// What works on orders by itself.
pub struct Workers {
    effects: [QueueWorker<EffectTable, EffectHandler>; 2],
    fill_effect_stations: FillEffectStations,
    instance_listener: InstanceListener,
    instance_notifier: InstanceNotifier,
    reconcile: Reconcile,
    find_reversals: FindReversals,
    expire: Expire,
    fill_station_ids: FillStationIds,
}

/// What several use cases and workers share.
struct Shared {
    parts: Parts,
    hub: Hub,
    signal: QueueSignal,
    rules: Arc<Rules>,
    changes: Arc<OrderChanges>,
}

/// Puts use cases and workers together. Nothing works before [`Workers::start`].
#[must_use]
pub fn compose(parts: Parts) -> Composition {
    let (hub, failed_tries) = Hub::new();
    let signal = QueueSignal::default();
    let changes = Arc::new(OrderChanges {
        store: parts.store.clone(),
        hub: hub.clone(),
        signal: signal.clone(),
        clock: parts.clock.clone(),
        tasks: parts.tasks.clone(),
    });
    let rules = Arc::new(parts.rules.clone());
    let shared = Shared { parts, hub: hub.clone(), signal, rules, changes };
    let report_payment = shared.report_payment();
    let websocket_listener = WebsocketListener {
        report_payment: report_payment.clone(),
        invoicebox: shared.parts.invoicebox.clone(),
    };
    let orders = Arc::new(shared.use_cases(&report_payment));
    Composition { orders, workers: shared.workers(report_payment, failed_tries), websocket_listener, hub }
}

impl Shared {
    fn report_payment(&self) -> ReportPayment {
        ReportPayment {
            changes: Arc::clone(&self.changes),
            store: self.parts.store.clone(),
            catalogue: Arc::clone(&self.parts.catalogue),
            station_link: Arc::clone(&self.parts.station_link),
            rules: Arc::clone(&self.rules),
        }
    }

    fn acceptance(&self) -> Acceptance {
        let Parts { store, outbox, clock, catalogue, station_link, shutdown, .. } = &self.parts;
        Acceptance {
            store: store.clone(),
            outbox: outbox.clone(),
            hub: self.hub.clone(),
            signal: self.signal.clone(),
            catalogue: Arc::clone(catalogue),
            station_link: Arc::clone(station_link),
            clock: clock.clone(),
            rules: Arc::clone(&self.rules),
            shutdown: shutdown.clone(),
        }
    }

    fn use_cases(&self, report_payment: &ReportPayment) -> UseCases {
        let Parts { store, outbox, clock, catalogue, shutdown, .. } = &self.parts;
        let changes = || Arc::clone(&self.changes);
        let acceptance = self.acceptance();
        UseCases {
            quote: QuoteDraft { catalogue: Arc::clone(catalogue), clock: clock.clone() },
            place: PlaceOrder { acceptance: acceptance.clone() },
            sell: PlaceCashierSale { acceptance },
            cancel: CancelOrder {
                changes: changes(),
                store: store.clone(),
                outbox: outbox.clone(),
                hub: self.hub.clone(),
                clock: clock.clone(),
            },
            complete: CompleteOrder { changes: changes() },
            refund: RefundOrder { changes: changes() },
            report_payment: report_payment.clone(),
            station_callback: RecordStationCallback {
                changes: changes(),
                store: store.clone(),
                outbox: outbox.clone(),
                catalogue: Arc::clone(catalogue),
                clock: clock.clone(),
            },
            read: ReadOrders { store: store.clone() },
            follow: FollowOrder { store: store.clone(), hub: self.hub.clone(), shutdown: shutdown.clone() },
            statistics: OrderStatistics {
                store: store.clone(),
                outbox: outbox.clone(),
                clock: clock.clone(),
            },
        }
    }

    /// The workers of the outbox: one for each lane.
    fn effect_workers(&self) -> [QueueWorker<EffectTable, EffectHandler>; 2] {
        let Parts { store, outbox, clock, invoicebox, station_link, .. } = &self.parts;
        let handler = EffectHandler::new(EffectParts {
            changes: Arc::clone(&self.changes),
            store: store.clone(),
            outbox: outbox.clone(),
            hub: self.hub.clone(),
            clock: clock.clone(),
            invoicebox: invoicebox.clone(),
            station_link: Arc::clone(station_link),
            rules: Arc::clone(&self.rules),
        });
        [&INVOICEBOX_LANE, &STATION_LANE].map(|lane| QueueWorker {
            queue: outbox.queue().clone(),
            lane,
            handler: handler.clone(),
            signal: self.signal.clone(),
            clock: clock.clone(),
        })
    }

    fn workers(self, report_payment: ReportPayment, failed_tries: mpsc::Receiver<FailedTry>) -> Workers {
        let effects = self.effect_workers();
        let Self { parts, hub, changes, .. } = self;
        let Parts { store, outbox, clock, invoicebox, station_link, .. } = parts;
        Workers {
            effects,
            fill_effect_stations: FillEffectStations { outbox },
            instance_listener: InstanceListener { store: store.clone(), hub: hub.clone() },
            instance_notifier: InstanceNotifier {
                store: store.clone(),
                failed_tries: Arc::new(Mutex::new(failed_tries)),
            },
            reconcile: Reconcile {
                changes: Arc::clone(&changes),
                report_payment: report_payment.clone(),
                store: store.clone(),
                hub: hub.clone(),
                invoicebox: invoicebox.clone(),
                clock: clock.clone(),
            },
            find_reversals: FindReversals {
                report_payment,
                store: store.clone(),
                invoicebox,
                clock: clock.clone(),
            },
            fill_station_ids: FillStationIds { store: store.clone() },
            expire: Expire { changes, store, hub, station_link, clock },
        }
    }
}

impl Workers {
    /// Starts every worker; they stop with the shutdown.
    pub fn start(self, supervisor: &Supervisor) {
        let Self {
            effects,
            fill_effect_stations,
            instance_listener,
            instance_notifier,
            reconcile,
            find_reversals,
            expire,
            fill_station_ids,
        } = self;
        for worker in effects {
            worker.start(supervisor);
        }
        supervisor.start("outbox_stations", move |worker| fill_effect_stations.clone().run(worker));
        supervisor.start("instance_listener", move |worker| instance_listener.clone().run(worker));
        supervisor.start("instance_notifier", move |worker| instance_notifier.clone().run(worker));
        supervisor.start("reconcile", move |worker| reconcile.clone().run(worker));
        supervisor.start("find_reversals", move |worker| find_reversals.clone().run(worker));
        supervisor.start("expire", move |worker| expire.clone().run(worker));
        supervisor.start("fill_station_ids", move |worker| fill_station_ids.clone().run(worker));
    }
}
