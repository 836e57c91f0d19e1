//! Placing an order: checked, priced, recorded, and then made known to Invoicebox by the outbox.

use std::time::Duration;

use domain::{
    draft::Draft,
    id::OrderId,
    order::{Order, Placement, StationBrief, Status, machine::Effect},
    quote::{Quote, check_customer, check_host, check_vehicle, quote},
    refusal::Refusal,
    station::Station,
    view::{PlacedView, QuoteView},
};
use rand::Rng;
use sha2::{Digest, Sha256};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use uuid::Uuid;

use super::{News, Orders, internal, store::Inserted};
use crate::forecourt::Trouble;

/// How long a customer waits for the payment link: Invoicebox's own budget of 30 s and a little.
const PATIENCE: Duration = Duration::from_secs(33);

impl Orders {
    /// Prices a draft without recording anything.
    ///
    /// # Errors
    /// The refusals of pricing.
    pub fn quote(&self, draft: &Draft) -> Result<QuoteView, Refusal> {
        let station = self.station(draft)?;
        let priced = quote(&station, draft.basket())?;
        Ok(QuoteView::of(&priced, draft.host.locale, Vec::new()))
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
    async fn repeated(&self, order: Order, first_hash: &str, hash: &str) -> Result<Order, Refusal> {
        if first_hash != hash {
            return Err(Refusal::KeyReused);
        }
        if order.status == Status::Placing {
            self.inner.outbox.hurry(order.id, self.inner.clock.now()).await.map_err(internal)?;
        }
        Ok(order)
    }

    async fn record(&self, draft: &Draft, hash: &str) -> Result<Order, Refusal> {
        if self.inner.shutdown.is_cancelled() {
            return Err(Refusal::Draining);
        }
        check_customer(&draft.customer)?;
        if let Some(vehicle) = &draft.vehicle {
            check_vehicle(vehicle)?;
        }
        check_host(&draft.host)?;
        let station = self.station(draft)?;
        let priced = quote(&station, draft.basket())?;
        if priced.total != draft.expected_total {
            let quote = Box::new(QuoteView::of(&priced, draft.host.locale, Vec::new()));
            return Err(Refusal::PriceChanged { quote });
        }
        self.ask_the_pump(draft).await?;
        let (orders, ordered, now) = (self.clone(), draft.clone(), self.inner.clock.now());
        let build = move |number| orders.new_order(&ordered, &station, priced, number);
        match self
            .inner
            .store
            .insert(now, draft.idempotency_key, hash.to_owned(), Effect::CreateInvoice, build)
            .await
            .map_err(internal)?
        {
            Inserted::New { order } => Ok(*order),
            Inserted::Known { order, draft_hash } => self.repeated(*order, &draft_hash, hash).await,
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
    async fn ask_the_pump(&self, draft: &Draft) -> Result<(), Refusal> {
        let (Some(pump), Some(_)) = (draft.pump, &draft.fuel) else { return Ok(()) };
        match self.inner.forecourt.ping(&draft.station_id, pump).await {
            Ok(()) => Ok(()),
            Err(Trouble::Refused(_)) => Err(Refusal::PumpBusy { pump }),
            Err(Trouble::Silent) => Err(Refusal::ForecourtSilent),
        }
    }

    fn new_order(&self, draft: &Draft, station: &Station, quote: Quote, number: u32) -> Order {
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
            pump: draft.pump.filter(|_| draft.fuel.is_some()),
            quote,
            customer: draft.customer.clone(),
            vehicle: draft.vehicle.clone(),
            host: draft.host.clone(),
        })
    }

    /// Waits until the order has its payment link, or a try has failed.
    async fn until_payable(&self, order: Order) -> Result<PlacedView, Refusal> {
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

/// The link of an order that has moved on is still its link: a repeat shows what the first answer showed.
fn placed_view(order: &Order) -> PlacedView {
    PlacedView {
        order_id: order.id,
        payment_url: order.invoice.as_ref().map(|invoice| invoice.payment_url.clone()).unwrap_or_default(),
        view: domain::view::OrderView::of(order, order.locale),
    }
}

/// What makes two drafts the same: every field of them.
fn hash_of(draft: &Draft) -> String {
    let text = serde_json::to_vec(draft).unwrap_or_default();
    hex::encode(Sha256::digest(text))
}
