//! Placing an order: checked, priced, recorded, and then made known to Invoicebox by the outbox.

use std::time::Duration;

use domain::{
    draft::{Customer, Draft, FuelChoice, Host, Vehicle},
    id::{IdempotencyKey, OrderId, PumpNumber, StationId},
    order::{Order, Placement, StationBrief, Status, machine::Effect},
    quote::{Quote, check_customer, check_host, check_vehicle, quote},
    refusal::Refusal,
    sentence::of_full_tank,
    station::Station,
    view::{PlacedView, QuoteView},
};
use rand::Rng;
use sha2::{Digest, Sha256};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use uuid::Uuid;

use crate::orders::{News, Orders, internal, store::Inserted};
use crate::station_link::StationCallError;

/// How long a customer waits for the payment link: Invoicebox's own budget of 30 s and a little.
const PATIENCE: Duration = Duration::from_secs(33);

/// What was asked for, checked and priced.
pub(super) struct Accepted {
    pub pump: Option<PumpNumber>,
    pub full_tank: bool,
    pub quote: Quote,
    pub customer: Customer,
    pub vehicle: Option<Vehicle>,
    pub host: Host,
}

impl Orders {
    /// Prices a draft without recording anything.
    ///
    /// # Errors
    /// The refusals of pricing.
    pub fn quote(&self, draft: &Draft) -> Result<QuoteView, Refusal> {
        let station = self.station(draft)?;
        let priced = quote(&station, draft.basket())?;
        Ok(quote_view(&priced, draft))
    }

    /// Records the order and waits for its payment link. The same key gives the same order.
    ///
    /// # Errors
    /// The refusals of pricing and of the payer's fields, `PriceChanged`, `KeyReused`, and what Invoicebox or the
    /// station had to say; after `ProviderDown` and `ProviderTimeout` the same key may be sent again.
    pub async fn place(&self, draft: Draft) -> Result<PlacedView, Refusal> {
        let hash = hash_of(&draft);
        let known = self.inner.store.by_key(draft.idempotency_key).await.map_err(internal)?;
        let order = match known {
            Some((order, first_hash)) => self.repeated(order, &first_hash, &hash).await?,
            None => self.record(&draft, &hash).await?,
        };
        self.until_payable(order).await
    }

    /// A key that is known: the same draft gives the same order, and hurries it up.
    pub(super) async fn repeated(
        &self,
        order: Order,
        first_hash: &str,
        hash: &str,
    ) -> Result<Order, Refusal> {
        if first_hash != hash {
            return Err(Refusal::KeyReused);
        }
        if order.status == Status::Placing {
            self.inner.outbox.hurry(order.id, self.inner.clock.now()).await.map_err(internal)?;
        }
        Ok(order)
    }

    async fn record(&self, draft: &Draft, hash: &str) -> Result<Order, Refusal> {
        self.refuse_while_draining()?;
        check_customer(&draft.customer)?;
        if let Some(vehicle) = &draft.vehicle {
            check_vehicle(vehicle)?;
        }
        check_host(&draft.host)?;
        let station = self.station(draft)?;
        let priced = quote(&station, draft.basket())?;
        if priced.total != draft.expected_total {
            let quote = Box::new(quote_view(&priced, draft));
            return Err(Refusal::PriceChanged { was: draft.expected_total, quote });
        }
        let pump = draft.pump.filter(|_| draft.fuel.is_some());
        self.ask_the_pump(&draft.station_id, pump).await?;
        let accepted = Accepted {
            pump,
            full_tank: is_full_tank(draft),
            quote: priced,
            customer: draft.customer.clone(),
            vehicle: draft.vehicle.clone(),
            host: draft.host.clone(),
        };
        let orders = self.clone();
        let build = move |number| orders.new_order(&station, accepted, number);
        let order = self.insert(draft.idempotency_key, hash, build).await?;
        if let Some(away_m) = draft.away_m {
            tracing::info!(order.number, station = %order.station.id, away_m, "ordered from afar: the customer says to be there");
        }
        Ok(order)
    }

    /// Nothing new is begun after the signal to stop.
    pub(super) fn refuse_while_draining(&self) -> Result<(), Refusal> {
        if self.inner.shutdown.is_cancelled() { Err(Refusal::Draining) } else { Ok(()) }
    }

    /// Records the order that `build` makes, or finds that its key has been used in the meantime.
    pub(super) async fn insert(
        &self,
        key: IdempotencyKey,
        hash: &str,
        build: impl FnOnce(u32) -> Order + Send + 'static,
    ) -> Result<Order, Refusal> {
        let now = self.inner.clock.now();
        let recorded = self.inner.store.insert(now, key, hash.to_owned(), Effect::CreateInvoice, build).await;
        match recorded.map_err(internal)? {
            Inserted::New { order } => Ok(*order),
            Inserted::Known { order, draft_hash } => self.repeated(*order, &draft_hash, hash).await,
            Inserted::ExternalIdTaken => Err(Refusal::ExternalIdTaken),
        }
    }

    fn station(&self, draft: &Draft) -> Result<Station, Refusal> {
        let catalogue = &self.inner.catalogue;
        let entry = catalogue.get(&draft.station_id).ok_or(Refusal::StationUnknown)?;
        let station = catalogue.station(&draft.station_id).ok_or(Refusal::StationUnknown)?;
        if station.closed_reason.is_none() && !catalogue.is_open(&entry, self.inner.clock.now()) {
            return Err(Refusal::StationClosed { reason: None });
        }
        Ok(station)
    }

    /// The station is asked right before the payment screen: nobody pays for a pump that is taken.
    pub(super) async fn ask_the_pump(
        &self,
        station: &StationId,
        pump: Option<PumpNumber>,
    ) -> Result<(), Refusal> {
        let Some(pump) = pump else { return Ok(()) };
        match self.inner.station_link.ping(station, pump).await {
            Ok(()) => {
                self.inner.catalogue.heard(station, self.inner.clock.now());
                Ok(())
            }
            Err(StationCallError::Refused(_)) => Err(Refusal::PumpBusy { pump }),
            Err(StationCallError::Unreached | StationCallError::Silent) => Err(Refusal::ForecourtSilent),
        }
    }

    pub(super) fn new_order(&self, station: &Station, accepted: Accepted, number: u32) -> Order {
        let now = self.inner.clock.now();
        // The secret id never leaves for Invoicebox: its number there is the short one and eight random digits,
        // since the demo merchant is shared by everybody.
        let merchant_order_id = format!("{number}-{:08x}", rand::rng().random::<u32>());
        Order::place(Placement {
            id: OrderId(Uuid::new_v4()),
            number,
            merchant_order_id,
            merchant_id: station.merchant_id.clone().unwrap_or_else(|| self.inner.rules.merchant_id.clone()),
            now,
            expires_at: now + self.inner.rules.ttl,
            station: StationBrief {
                id: station.id.clone(),
                name: station.name.clone(),
                brand: station.brand.clone(),
                address: station.address.clone(),
                city: station.city.clone(),
                point: station.point,
                phone: station.phone.clone(),
            },
            pump: accepted.pump,
            full_tank: accepted.full_tank,
            by_hand: accepted.pump.is_some() && !self.inner.station_link.is_linked(),
            quote: accepted.quote,
            customer: accepted.customer,
            vehicle: accepted.vehicle,
            host: accepted.host,
        })
    }

    /// Waits until the order has its payment link, or a try has failed.
    pub(super) async fn until_payable(&self, order: Order) -> Result<PlacedView, Refusal> {
        let mut news = self.inner.hub.listen(order.id);
        self.inner.wake.notify_one();
        let order = self.get(order.id).await?;
        let patience = tokio::time::sleep(PATIENCE);
        tokio::select! {
            placed = self.next_payable(order, &mut news) => placed,
            () = patience => Err(Refusal::ProviderTimeout),
            () = self.inner.shutdown.cancelled() => Err(Refusal::ProviderTimeout),
        }
    }

    async fn next_payable(&self, mut order: Order, news: &mut Receiver<News>) -> Result<PlacedView, Refusal> {
        loop {
            match order.status {
                Status::Placing => {}
                Status::Failed => return Err(Refusal::ProviderRefused),
                _ => return Ok(placed_view(&order)),
            }
            order = match news.recv().await {
                Ok(News::Changed(changed)) => Order::clone(&changed.order),
                Ok(News::TryFailed(refusal)) => return Err(refusal),
                Err(RecvError::Lagged(_)) => self.get(order.id).await?,
                Err(RecvError::Closed) => return Err(Refusal::Internal),
            };
        }
    }
}

fn is_full_tank(draft: &Draft) -> bool {
    draft.fuel.as_ref().is_some_and(FuelChoice::is_full_tank)
}

fn quote_view(quote: &Quote, draft: &Draft) -> QuoteView {
    let locale = draft.host.locale;
    let warnings = is_full_tank(draft).then(|| of_full_tank(locale)).into_iter().collect();
    QuoteView::of(quote, locale, warnings)
}

/// The link of an order that has moved on is still its link: a repeat shows what the first answer showed.
fn placed_view(order: &Order) -> PlacedView {
    PlacedView {
        order_id: order.id,
        payment_url: order.invoice.as_ref().map(|invoice| invoice.payment_url.clone()).unwrap_or_default(),
        view: domain::view::OrderView::of(order, order.locale),
    }
}

/// What makes two drafts the same: every field of them.
pub(super) fn hash_of(draft: &impl serde::Serialize) -> String {
    let text = serde_json::to_vec(draft).unwrap_or_default();
    hex::encode(Sha256::digest(text))
}
