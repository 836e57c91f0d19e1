//! Placing an order that a cashier or the back office put together.

use domain::{
    draft::{Customer, FuelChoice, Host},
    id::{IdempotencyKey, PumpNumber, StationId},
    money::Kopecks,
    order::{Origin, StartMode},
    refusal::{OrderRefusal, Refusal, RequestError},
    sale::{self, SaleContent, SaleItem},
    view::PlacedView,
};
use serde::Serialize;

use super::{
    acceptance::{Acceptance, Accepted, OrderRequest},
    station_now::StationNow,
};

/// An order of a cashier or the back office for a customer.
#[derive(Clone, Debug, Serialize)]
pub struct CashierSale {
    pub key: IdempotencyKey,
    /// The back office's own number; no two orders have the same.
    pub external_id: Option<String>,
    pub station_id: StationId,
    pub pump: Option<PumpNumber>,
    pub fuel: Option<FuelChoice>,
    pub items: Vec<SaleItem>,
    pub customer: Customer,
    /// The total that the caller has computed, where it wants it compared with ours.
    pub expected_total: Option<Kopecks>,
}

/// Places a cashier's order.
#[derive(Clone)]
pub struct PlaceCashierSale {
    pub(in crate::orders) acceptance: Acceptance,
}

impl PlaceCashierSale {
    /// Records the order and waits for its payment link. The same key gives the same order.
    ///
    /// # Errors
    /// The refusals of pricing and of the payer's fields, `PriceChanged`, `KeyReused`, `ExternalIdTaken`, and the
    /// refusals of Invoicebox and the station; after `ProviderDown` and `ProviderTimeout` the same key may be sent
    /// again.
    pub async fn run(&self, sale: CashierSale) -> Result<PlacedView, Refusal> {
        self.acceptance.accept(&sale, None).await
    }
}

impl OrderRequest for CashierSale {
    fn key(&self) -> IdempotencyKey {
        self.key
    }

    fn station_id(&self) -> &StationId {
        &self.station_id
    }

    fn pump_to_ask(&self) -> Option<PumpNumber> {
        self.pump.filter(|_| self.fuel.is_some())
    }

    fn check(&self) -> Result<(), RequestError> {
        sale::check_payer(&self.customer)
    }

    /// Prices the sale at a station that is known and not shut down. The cashier is at the station: its hours do not
    /// matter.
    fn accept(&self, StationNow { offer, .. }: &StationNow<'_>) -> Result<Accepted, Refusal> {
        let content = SaleContent { pump: self.pump, fuel: self.fuel.as_ref(), items: &self.items };
        let priced = sale::price_sale(*offer, content)?;
        if let Some(was) = self.expected_total.filter(|expected| *expected != priced.total) {
            return Err(OrderRefusal::PriceChanged { was, quote: Box::new(priced) }.into());
        }
        Ok(Accepted {
            pump: self.pump,
            // Whoever sells stands at the till and sees the pump.
            start: StartMode::WhenPaid,
            full_tank: self.fuel.as_ref().is_some_and(FuelChoice::is_full_tank),
            quote: priced,
            customer: self.customer.clone(),
            vehicle: None,
            host: Host::default(),
            origin: Origin::Cashier { external_id: self.external_id.clone() },
        })
    }
}
