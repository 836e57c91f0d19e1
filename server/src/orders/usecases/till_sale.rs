//! Placing an order that was put together at the till.

use domain::{
    draft::{Customer, FuelChoice, Host},
    id::{IdempotencyKey, PumpNumber, StationId},
    locale::Locale,
    money::Kopecks,
    order::Order,
    refusal::Refusal,
    station::Station,
    till::{self, TillBasket, TillItem},
    view::{PlacedView, QuoteView},
};
use serde::Serialize;

use super::place::Accepted;
use crate::orders::{Orders, internal};

/// What a cashier or the back office orders for a customer.
#[derive(Clone, Debug, Serialize)]
pub struct TillSale {
    pub key: IdempotencyKey,
    /// The back office's own number; no two orders have the same.
    pub external_id: Option<String>,
    pub station_id: StationId,
    pub pump: Option<PumpNumber>,
    pub fuel: Option<FuelChoice>,
    pub items: Vec<TillItem>,
    pub customer: Customer,
    /// What the till has computed, where it wants it to be held against ours.
    pub expected_total: Option<Kopecks>,
}

impl Orders {
    /// Records the order and waits for its payment link. The same key gives the same order.
    ///
    /// # Errors
    /// The refusals of pricing and of the payer's fields, `PriceChanged`, `KeyReused`, `ExternalIdTaken`, and what
    /// Invoicebox or the station had to say; after `ProviderDown` and `ProviderTimeout` the same key may be sent again.
    pub async fn place_at_till(&self, sale: TillSale) -> Result<PlacedView, Refusal> {
        let hash = super::place::hash_of(&sale);
        let known = self.inner.store.by_key(sale.key).await.map_err(internal)?;
        let order = match known {
            Some((order, first_hash)) => self.repeated(order, &first_hash, &hash).await?,
            None => self.record_sale(&sale, &hash).await?,
        };
        self.until_payable(order).await
    }

    async fn record_sale(&self, sale: &TillSale, hash: &str) -> Result<Order, Refusal> {
        self.refuse_while_draining()?;
        till::check_payer(&sale.customer)?;
        let station = self.selling_station(&sale.station_id)?;
        let basket = TillBasket { pump: sale.pump, fuel: sale.fuel.as_ref(), items: &sale.items };
        let priced = till::quote(&station, basket)?;
        if let Some(was) = sale.expected_total.filter(|expected| *expected != priced.total) {
            let quote = Box::new(QuoteView::of(&priced, Locale::Ru, Vec::new()));
            return Err(Refusal::PriceChanged { was, quote });
        }
        self.ask_the_pump(&sale.station_id, sale.pump.filter(|_| sale.fuel.is_some())).await?;
        let accepted = Accepted {
            pump: sale.pump,
            full_tank: sale.fuel.as_ref().is_some_and(FuelChoice::is_full_tank),
            quote: priced,
            customer: sale.customer.clone(),
            vehicle: None,
            host: Host::default(),
        };
        let (orders, external_id) = (self.clone(), sale.external_id.clone());
        let build = move |number| orders.new_order(&station, accepted, number).at_the_till(external_id);
        self.insert(sale.key, hash, build).await
    }

    /// The cashier stands in the station: its hours do not matter, its being known and not shut down does.
    fn selling_station(&self, id: &StationId) -> Result<Station, Refusal> {
        self.inner.catalogue.station(id).ok_or(Refusal::StationUnknown)
    }
}
