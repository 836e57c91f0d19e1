//! Composition of the use cases and workers of orders.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    CancelOrder, CompleteOrder, FollowOrder, Hub, OrderChanges, OrderRules, OrderStatistics, OrderStore,
    Outbox, PlaceCashierSale, PlaceOrder, PumpBoard, QuoteDraft, ReadOrders, RecordStationCallback,
    RefundOrder, ReportPayment, RetryEffects, RetryShipment, SettleDiscrepancy, SharedUseCases, StartOrder,
    UseCases, WebsocketListener,
    hub::FailedTry,
    store::{EFFECT_LANES, EffectTable},
    usecases::{Acceptance, Admission, InvoiceQueue},
    workers::{
        AskPumps, EffectHandler, EffectParts, Expire, FillEffectStations, FillStationIds, FindReversals,
        InstanceListener, InstanceNotifier, Reconcile, WatchOwedMoney,
    },
};
use crate::{
    clock::Clock,
    invoicebox::{InvoiceboxClient, Priority},
    limits::Limits,
    queue::{QueueSignal, QueueWorker},
    station_link::StationLink,
    stations::catalogue::Catalogue,
    workers::Supervisor,
};

/// Dependencies of the use cases and workers of orders.
pub struct OrderDependencies {
    pub store: OrderStore,
    pub outbox: Outbox,
    pub clock: Clock,
    pub catalogue: Arc<Catalogue>,
    pub invoicebox: InvoiceboxClient,
    pub station_link: Arc<dyn StationLink>,
    pub rules: OrderRules,
    /// How much one client may place.
    pub limits: Limits,
    pub shutdown: CancellationToken,
    pub tasks: TaskTracker,
}

/// Use cases and workers of orders, not yet started.
pub struct OrderServices {
    pub orders: SharedUseCases,
    pub workers: Workers,
    pub websocket_listener: WebsocketListener,
    pub hub: Hub,
}

/// Workers of orders, not yet started.
pub struct Workers {
    effects: [QueueWorker<EffectTable, EffectHandler>; 4],
    ask_pumps: AskPumps,
    fill_effect_stations: FillEffectStations,
    instance_listener: InstanceListener,
    instance_notifier: InstanceNotifier,
    reconcile: Reconcile,
    find_reversals: FindReversals,
    expire: Expire,
    watch_owed_money: WatchOwedMoney,
    fill_station_ids: FillStationIds,
}

/// Builds use cases and workers over what they share.
struct OrderComposer {
    dependencies: OrderDependencies,
    hub: Hub,
    signal: QueueSignal,
    rules: Arc<OrderRules>,
    changes: Arc<OrderChanges>,
    pumps: PumpBoard,
}

/// Puts use cases and workers together. Nothing works before [`Workers::start`].
#[must_use]
pub fn compose(dependencies: OrderDependencies) -> OrderServices {
    let (hub, failed_tries) = Hub::new();
    let signal = QueueSignal::default();
    let changes = Arc::new(OrderChanges {
        store: dependencies.store.clone(),
        hub: hub.clone(),
        signal: signal.clone(),
        clock: dependencies.clock.clone(),
        rules: dependencies.rules.start,
        tasks: dependencies.tasks.clone(),
    });
    let rules = Arc::new(dependencies.rules.clone());
    let pumps = PumpBoard::new(
        Arc::clone(&dependencies.catalogue),
        Arc::clone(&dependencies.station_link),
        dependencies.clock.clone(),
    );
    let composer = OrderComposer { dependencies, hub: hub.clone(), signal, rules, changes, pumps };
    let report_payment = composer.report_payment();
    let websocket_listener = WebsocketListener {
        report_payment: report_payment.clone(),
        invoicebox: composer.dependencies.invoicebox.clone(),
    };
    let orders = Arc::new(composer.use_cases(&report_payment));
    OrderServices { orders, workers: composer.workers(report_payment, failed_tries), websocket_listener, hub }
}

impl OrderComposer {
    fn report_payment(&self) -> ReportPayment {
        ReportPayment {
            changes: Arc::clone(&self.changes),
            store: self.dependencies.store.clone(),
            catalogue: Arc::clone(&self.dependencies.catalogue),
            invoicebox: self.dependencies.invoicebox.with_priority(Priority::Owed),
            rules: Arc::clone(&self.rules),
        }
    }

    fn acceptance(&self) -> Acceptance {
        let OrderDependencies {
            store,
            outbox,
            clock,
            catalogue,
            invoicebox,
            station_link,
            rules,
            limits,
            shutdown,
            ..
        } = &self.dependencies;
        let invoicebox_limits = invoicebox.limits();
        let capacity = limits.busy.then(|| invoicebox_limits.invoice_capacity());
        Acceptance {
            store: store.clone(),
            outbox: outbox.clone(),
            hub: self.hub.clone(),
            signal: self.signal.clone(),
            catalogue: Arc::clone(catalogue),
            station_link: Arc::clone(station_link),
            pumps: self.pumps.clone(),
            clock: clock.clone(),
            rules: Arc::clone(&self.rules),
            admission: Admission::new(limits, capacity, rules.ttl, store.clone(), clock.clone()),
            invoice_queue: InvoiceQueue::new(outbox.clone(), capacity, invoicebox_limits.invoice_queue),
            shutdown: shutdown.clone(),
        }
    }

    fn use_cases(&self, report_payment: &ReportPayment) -> UseCases {
        let OrderDependencies { store, outbox, clock, catalogue, station_link, shutdown, .. } =
            &self.dependencies;
        let changes = || Arc::clone(&self.changes);
        let acceptance = self.acceptance();
        let retry_effects =
            RetryEffects { outbox: outbox.clone(), signal: self.signal.clone(), clock: clock.clone() };
        UseCases {
            quote: QuoteDraft {
                catalogue: Arc::clone(catalogue),
                clock: clock.clone(),
                rules: Arc::clone(&self.rules),
                pumps: self.pumps.clone(),
            },
            place: PlaceOrder { acceptance: acceptance.clone() },
            sell: PlaceCashierSale { acceptance },
            start: StartOrder {
                changes: changes(),
                store: store.clone(),
                catalogue: Arc::clone(catalogue),
                station_link: Arc::clone(station_link),
                pumps: self.pumps.clone(),
                clock: clock.clone(),
            },
            cancel: CancelOrder { changes: changes(), store: store.clone(), hub: self.hub.clone() },
            complete: CompleteOrder { changes: changes() },
            refund: RefundOrder { changes: changes() },
            settle_discrepancy: SettleDiscrepancy { changes: changes(), store: store.clone() },
            retry_shipment: RetryShipment { changes: changes(), effects: retry_effects.clone() },
            retry_effects,
            report_payment: report_payment.clone(),
            station_callback: RecordStationCallback {
                changes: changes(),
                store: store.clone(),
                catalogue: Arc::clone(catalogue),
                clock: clock.clone(),
            },
            read: ReadOrders { store: store.clone() },
            follow: FollowOrder {
                store: store.clone(),
                hub: self.hub.clone(),
                pumps: self.pumps.clone(),
                shutdown: shutdown.clone(),
            },
            statistics: OrderStatistics {
                store: store.clone(),
                outbox: outbox.clone(),
                clock: clock.clone(),
            },
            pumps: self.pumps.clone(),
        }
    }

    /// The workers of the outbox: one for each lane.
    fn effect_workers(&self) -> [QueueWorker<EffectTable, EffectHandler>; 4] {
        let OrderDependencies { store, outbox, clock, catalogue, invoicebox, station_link, .. } =
            &self.dependencies;
        let handler = EffectHandler::new(EffectParts {
            changes: Arc::clone(&self.changes),
            store: store.clone(),
            outbox: outbox.clone(),
            hub: self.hub.clone(),
            clock: clock.clone(),
            catalogue: Arc::clone(catalogue),
            invoicebox: invoicebox.clone(),
            station_link: Arc::clone(station_link),
            pumps: self.pumps.clone(),
            rules: Arc::clone(&self.rules),
        });
        EFFECT_LANES.map(|lane| QueueWorker {
            queue: outbox.queue().clone(),
            lane,
            handler: handler.clone(),
            signal: self.signal.clone(),
            clock: clock.clone(),
        })
    }

    fn workers(self, report_payment: ReportPayment, failed_tries: mpsc::Receiver<FailedTry>) -> Workers {
        let effects = self.effect_workers();
        let Self { dependencies, hub, changes, rules, pumps, .. } = self;
        let OrderDependencies { store, outbox, clock, invoicebox, .. } = dependencies;
        Workers {
            effects,
            ask_pumps: AskPumps { board: pumps },
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
            watch_owed_money: WatchOwedMoney {
                changes: Arc::clone(&changes),
                store: store.clone(),
                clock: clock.clone(),
            },
            expire: Expire { changes, store, hub, start_ttl: rules.start.ttl, clock },
        }
    }
}

impl Workers {
    /// Starts every worker; they stop with the shutdown.
    pub fn start(self, supervisor: &Supervisor) {
        let Self {
            effects,
            ask_pumps,
            fill_effect_stations,
            instance_listener,
            instance_notifier,
            reconcile,
            find_reversals,
            expire,
            watch_owed_money,
            fill_station_ids,
        } = self;
        for worker in effects {
            worker.start(supervisor);
        }
        supervisor.start("ask_pumps", move |worker| ask_pumps.clone().run(worker));
        supervisor.start("outbox_stations", move |worker| fill_effect_stations.clone().run(worker));
        supervisor.start("instance_listener", move |worker| instance_listener.clone().run(worker));
        supervisor.start("instance_notifier", move |worker| instance_notifier.clone().run(worker));
        supervisor.start("reconcile", move |worker| reconcile.clone().run(worker));
        supervisor.start("find_reversals", move |worker| find_reversals.clone().run(worker));
        supervisor.start("owed_money", move |worker| watch_owed_money.clone().run(worker));
        supervisor.start("expire", move |worker| expire.clone().run(worker));
        supervisor.start("fill_station_ids", move |worker| fill_station_ids.clone().run(worker));
    }
}
