//! Accepting new orders, whoever puts them together: key, checks, price, pump, record, payment link.

use std::{sync::Arc, time::Duration};

use domain::{
    draft::{Customer, Host, Vehicle},
    id::{IdempotencyKey, OrderId, PumpNumber, StationId},
    order::{Order, Origin, Placement, StartMode, StationBrief, Status, machine::Effect},
    quote::{Line, Quote},
    refusal::{OrderRefusal, PaymentRefusal, Refusal, RequestError},
    station::Station,
    view::PlacedView,
};
use rand::Rng;
use serde::Serialize;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{admission::Admission, station_now::StationNow};
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
    pub shutdown: CancellationToken,
}

impl Acceptance {
    /// Records the order and waits for its payment link. The same key with the same request gives the same order. New orders
    /// of a client without a key are limited.
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
        let placement = self.placement(station.station(), accepted);
        let (now, first_hash) = (placement.now, hash.clone());
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
                Status::Failed => return Err(PaymentRefusal::ProviderRefused.into()),
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

/// Hash of a request. Two requests are the same if all their fields are.
fn hash_of(request: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(request)?)))
}

#[cfg(test)]
mod tests {
    use domain::{
        draft::{Draft, FillBy, FuelChoice, Item, MinappType},
        fuel::FuelId,
        id::Sku,
        locale::Locale,
        money::Kopecks,
        quantity::Centi,
        sale::{FreeLine, SaleItem},
        station::ProductKind,
        unit::Unit,
        vat::Vat,
    };

    use super::*;
    use crate::orders::CashierSale;

    // The hashes below are in the rows of orders and must never change: a request that is repeated across an update,
    // since its answer was lost, would be answered 409 as another one under the same key. So no field is renamed or
    // moved, and an empty one is written as before. A new field is left out of the JSON while it is empty, and is empty
    // here.

    #[test]
    fn a_draft_keeps_its_stored_hash() {
        let bare = Draft {
            pump: None,
            fuel: None,
            vehicle: None,
            host: Host::default(),
            away_m: None,
            ..full_draft()
        };
        assert_hash(&full_draft(), "bc4dcac67b847b9dee9c7dffcc2b51e4c0ba388509107674d3b924d49cdd30cc");
        assert_hash(&bare, "eb39bf01fe35ec422df030b1a9bd105474ad8ec980d2382839433a4d8be59644");
    }

    #[test]
    fn a_cashier_sale_keeps_its_stored_hash() {
        let fuel = FuelChoice { volume: None, amount: None, ..fuel() };
        let bare = CashierSale {
            external_id: None,
            pump: None,
            fuel: Some(fuel),
            customer: Customer::default(),
            expected_total: None,
            ..full_sale()
        };
        assert_hash(&full_sale(), "6b131a41f8241133b2c477db83957e3eeca2d6ba2e44e49d398048491aff07be");
        assert_hash(&bare, "dfc1813ede222f43547043f59e6ae2a8ef50abd08676aa4448783cc76065ef02");
    }

    /// The JSON in the message shows what has changed.
    fn assert_hash(request: &impl Serialize, stored: &str) {
        assert_eq!(hash_of(request).unwrap(), stored, "{}", serde_json::to_string(request).unwrap());
    }

    fn full_draft() -> Draft {
        Draft {
            idempotency_key: key(),
            station_id: StationId("sever-12".to_owned()),
            pump: Some(PumpNumber(3)),
            fuel: Some(fuel()),
            items: vec![item()],
            customer: customer(),
            vehicle: Some(Vehicle {
                plate: Some("А123ВС77".to_owned()),
                driver: Some("Орлов".to_owned()),
                odometer_km: Some(120_000),
                cost_centre: Some("СК-7".to_owned()),
            }),
            host: Host {
                minapp_type: MinappType::Suborder,
                order_container_id: Some("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b".to_owned()),
                shop_id: Some(501),
                locale: Locale::En,
            },
            expected_total: Kopecks::new(278_143),
            start: StartMode::ByDriver,
            away_m: Some(2_500),
        }
    }

    fn full_sale() -> CashierSale {
        let free_line = FreeLine {
            name: "Шиномонтаж".to_owned(),
            kind: ProductKind::Service,
            price: Kopecks::new(150_000),
            quantity: Centi::new(200),
            unit: Unit::Piece,
            vat: Vat::Rus22,
        };
        CashierSale {
            key: key(),
            external_id: Some("AZS12-77".to_owned()),
            station_id: StationId("sever-12".to_owned()),
            pump: Some(PumpNumber(3)),
            fuel: Some(fuel()),
            items: vec![SaleItem::Catalogue(item()), SaleItem::Free(free_line)],
            customer: customer(),
            expected_total: Some(Kopecks::new(578_143)),
        }
    }

    fn key() -> IdempotencyKey {
        IdempotencyKey(Uuid::from_u128(0xa1b2_c3d4_e5f6_4a7b_8c9d_0000_0001_0004))
    }

    fn fuel() -> FuelChoice {
        FuelChoice {
            id: FuelId::DieselWinter,
            by: FillBy::FullTank,
            volume: Some(Centi::new(3_741)),
            amount: Some(Kopecks::new(278_143)),
        }
    }

    fn item() -> Item {
        Item { sku: Sku("coffee".to_owned()), count: 2 }
    }

    fn customer() -> Customer {
        Customer {
            name: "ООО «Фирма»".to_owned(),
            email: "buh@firma.example".to_owned(),
            phone: "+7 999 000-11-22".to_owned(),
            inn: Some("7707083893".to_owned()),
            kpp: Some("773601001".to_owned()),
        }
    }
}
