//! Accepting new orders, whoever puts them together: key, checks, price, pump, record, payment link.

use std::{sync::Arc, time::Duration};

use domain::{
    draft::{Customer, Host, Vehicle},
    id::{IdempotencyKey, OrderId, PumpNumber, StationId},
    order::{Order, Origin, Placement, Reason, StartMode, StationBrief, Status, machine::Effect},
    quote::{Line, Quote},
    refusal::{OrderRefusal, PaymentRefusal, Refusal, RequestError},
    station::Station,
    view::PlacedView,
};
use rand::Rng;
use serde::Serialize;
use time::OffsetDateTime;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    admission::Admission, invoice_queue::InvoiceQueue, request_hash::hash_of, station_now::StationNow,
};
use crate::{
    clock::Clock,
    limits::ClientAddress,
    orders::{
        Hub, OrderRules, OrderStore, OrderUpdate, Outbox, PumpBoard, store::Inserted, to_internal_error,
    },
    queue::QueueSignal,
    station_link::{StationCallError, StationLink},
    stations::catalogue::{Catalogue, CurrentStation},
};

/// Time that a customer waits for the payment link: Invoicebox's own budget of 30 s and a little.
const PAYMENT_LINK_TIMEOUT: Duration = Duration::from_secs(33);

/// A request for a new order. Its serialised form distinguishes a repeat from a reused key and is stored as a hash.
pub(super) trait OrderRequest: Serialize {
    fn key(&self) -> IdempotencyKey;
    fn station_id(&self) -> &StationId;

    /// The pump that the station is asked about before the payment; `None`: any of the grade.
    fn pump_to_ask(&self) -> Option<PumpNumber>;

    /// Checks what does not depend on the station.
    fn check(&self) -> Result<(), RequestError>;

    /// Prices the request at a station as it is at one moment.
    fn accept(&self, station: &StationNow<'_>) -> Result<Accepted, Refusal>;

    /// Logs what is remarkable about a new order.
    fn log_recorded(&self, _order: &Order) {}
}

/// A request that was checked and priced.
pub(super) struct Accepted {
    pub pump: Option<PumpNumber>,
    pub start: StartMode,
    pub full_tank: bool,
    pub quote: Quote,
    pub customer: Customer,
    pub vehicle: Option<Vehicle>,
    pub host: Host,
    pub origin: Origin,
}

/// Turns requests into recorded orders with a payment link.
#[derive(Clone)]
pub(in crate::orders) struct Acceptance {
    pub store: OrderStore,
    pub outbox: Outbox,
    pub hub: Hub,
    pub signal: QueueSignal,
    pub catalogue: Arc<Catalogue>,
    pub station_link: Arc<dyn StationLink>,
    pub pumps: PumpBoard,
    pub clock: Clock,
    pub rules: Arc<OrderRules>,
    pub admission: Admission,
    pub invoice_queue: InvoiceQueue,
    pub shutdown: CancellationToken,
}

impl Acceptance {
    /// Records the order and waits for its payment link. The same key with the same request gives the same order. New orders
    /// of a client without a key are limited, and those of everybody while their invoices could not be made soon.
    pub(super) async fn accept(
        &self,
        request: &impl OrderRequest,
        client: Option<ClientAddress>,
    ) -> Result<PlacedView, Refusal> {
        let hash = hash_of(request).map_err(|error| to_internal_error(error.into()))?;
        let known = self.store.find_by_key(request.key()).await.map_err(to_internal_error)?;
        let order = match known {
            Some((order, first_hash)) => self.reuse_order(order, &first_hash, &hash).await?,
            None => self.record(request, hash, client).await?,
        };
        self.wait_until_payable(order).await
    }

    /// Returns the order of a known key for the same request, and makes its effects due.
    async fn reuse_order(&self, order: Order, first_hash: &str, hash: &str) -> Result<Order, Refusal> {
        if first_hash != hash {
            return Err(OrderRefusal::KeyReused.into());
        }
        if order.status == Status::Placing {
            self.outbox.make_due(order.id, self.clock.now()).await.map_err(to_internal_error)?;
        }
        Ok(order)
    }

    async fn record(
        &self,
        request: &impl OrderRequest,
        hash: String,
        client: Option<ClientAddress>,
    ) -> Result<Order, Refusal> {
        // Nothing new is begun after the signal to stop.
        if self.shutdown.is_cancelled() {
            return Err(RequestError::Draining.into());
        }
        request.check()?;
        let station = self.catalogue.get(request.station_id()).ok_or(OrderRefusal::StationUnknown)?;
        let (pump, now) = (request.pump_to_ask(), self.clock.now());
        let accepted = request.accept(&StationNow::new(&station, pump, &self.pumps, &self.rules, now))?;
        let place = self.admission.admit(client).await?;
        self.ask_station(&station, pump, &accepted.quote).await?;
        // After what may take long: nobody keeps a place by a station that does not answer.
        let queue_place = self.invoice_queue.enter(self.clock.now()).await?;
        let placement = self.placement(station.station(), accepted);
        let (now, first_hash) = (placement.now, hash.clone());
        // From now on it counts by its row.
        drop(queue_place);
        let inserted = self
            .store
            .insert(now, request.key(), first_hash, Effect::CreateInvoice, move |number| {
                placement.order(number)
            })
            .await
            .map_err(to_internal_error)?;
        match inserted {
            Inserted::New { order } => {
                if let Some(place) = place {
                    place.fill(order.id);
                }
                request.log_recorded(&order);
                Ok(*order)
            }
            Inserted::Known { order, draft_hash } => self.reuse_order(*order, &draft_hash, &hash).await,
            Inserted::ExternalIdTaken => Err(OrderRefusal::ExternalIdTaken.into()),
        }
    }

    /// Asks the station right before the payment screen, so that nobody pays at one that does not answer. Any pump of the
    /// grade answers for it. Whether it is free does not matter: a pump is asked again when it is started.
    async fn ask_station(
        &self,
        station: &CurrentStation,
        pump: Option<PumpNumber>,
        quote: &Quote,
    ) -> Result<(), OrderRefusal> {
        let of_grade = || station.offer().trade.pump_of(quote.lines.iter().find_map(Line::fuel)?);
        let can_ask = self.station_link.capabilities().asks_pumps;
        let Some(pump) = pump.or_else(of_grade).filter(|_| can_ask) else { return Ok(()) };
        match self.pumps.ask(&station.station().id, pump).await {
            Ok(()) | Err(StationCallError::Refused(_)) => Ok(()),
            Err(StationCallError::Unreached | StationCallError::Silent) => {
                Err(OrderRefusal::StationUnanswered)
            }
        }
    }

    fn placement(&self, station: &Station, accepted: Accepted) -> NewPlacement {
        let now = self.clock.now();
        NewPlacement {
            merchant_id: station.merchant_id.clone().unwrap_or_else(|| self.rules.merchant_id.clone()),
            now,
            expires_at: now + self.rules.ttl,
            station: StationBrief {
                id: station.id.clone(),
                name: station.name.clone(),
                brand: station.brand.clone(),
                address: station.address.clone(),
                city: station.city.clone(),
                point: station.point,
                phone: station.phone.clone(),
            },
            by_hand: accepted.quote.lines.iter().any(|line| line.fuel().is_some())
                && !self.station_link.capabilities().drives_pumps,
            accepted,
        }
    }

    /// Waits until the order has its payment link, or a try has failed.
    async fn wait_until_payable(&self, order: Order) -> Result<PlacedView, Refusal> {
        let mut updates = self.hub.listen(order.id);
        self.signal.wake_all();
        let order = self.read(order.id).await?;
        let timeout = tokio::time::sleep(PAYMENT_LINK_TIMEOUT);
        tokio::select! {
            placed = self.wait_for_next_state(order, &mut updates) => placed,
            () = timeout => Err(PaymentRefusal::ProviderTimeout.into()),
            () = self.shutdown.cancelled() => Err(PaymentRefusal::ProviderTimeout.into()),
        }
    }

    async fn wait_for_next_state(
        &self,
        mut order: Order,
        updates: &mut Receiver<OrderUpdate>,
    ) -> Result<PlacedView, Refusal> {
        loop {
            match order.status {
                Status::Placing => {}
                Status::Failed => {
                    let is_link = order.reason == Some(Reason::LinkRefused);
                    let refusal =
                        if is_link { PaymentRefusal::LinkRefused } else { PaymentRefusal::ProviderRefused };
                    return Err(refusal.into());
                }
                _ => return Ok(self.placed_view(&order)),
            }
            order = match updates.recv().await {
                Ok(OrderUpdate::Changed(change)) => Order::clone(&change.order),
                Ok(OrderUpdate::TryFailed(refusal)) => return Err(refusal.into()),
                Err(RecvError::Lagged(_)) => self.read(order.id).await?,
                Err(RecvError::Closed) => return Err(RequestError::Internal.into()),
            };
        }
    }

    /// The answer with the payment link. A repeat gets the link of the first answer, whatever the status is now. Only an
    /// order that was cancelled or has expired before its link came has none: the page shows its status instead of a
    /// payment.
    fn placed_view(&self, order: &Order) -> PlacedView {
        PlacedView {
            order_id: order.id,
            payment_url: order
                .invoice
                .as_ref()
                .map(|invoice| invoice.payment_url.clone())
                .unwrap_or_default(),
            view: self.pumps.view(order, order.locale),
        }
    }

    async fn read(&self, id: OrderId) -> Result<Order, Refusal> {
        Ok(self.store.get(id).await.map_err(to_internal_error)?.ok_or(OrderRefusal::OrderUnknown)?)
    }
}

/// A new order without its number, which the store gives.
struct NewPlacement {
    merchant_id: String,
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
    station: StationBrief,
    by_hand: bool,
    accepted: Accepted,
}

impl NewPlacement {
    fn order(self, number: u32) -> Order {
        let Accepted { pump, start, full_tank, quote, customer, vehicle, host, origin } = self.accepted;
        let order = Order::place(Placement {
            id: OrderId(Uuid::new_v4()),
            number,
            // The secret id never leaves for Invoicebox: its number there is the short one and eight random digits,
            // since the demo merchant is shared by everybody.
            merchant_order_id: format!("{number}-{:08x}", rand::rng().random::<u32>()),
            merchant_id: self.merchant_id,
            now: self.now,
            expires_at: self.expires_at,
            station: self.station,
            pump,
            start,
            full_tank,
            by_hand: self.by_hand,
            quote,
            customer,
            vehicle,
            host,
        });
        match origin {
            Origin::Customer => order,
            Origin::Cashier { external_id } => order.into_cashier_sale(external_id),
        }
    }
}
