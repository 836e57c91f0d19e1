//! Placing a customer's draft.

use std::sync::Arc;

use domain::{
    checks::{check_customer, check_host, check_vehicle},
    draft::{Draft, FuelChoice},
    id::{IdempotencyKey, PumpNumber, StationId},
    order::{Order, Origin},
    pricing::price_draft,
    quote::{Quote, QuoteWarning},
    refusal::{OrderRefusal, Refusal, RequestError},
    view::{PlacedView, QuoteView},
};

use super::{
    acceptance::{Acceptance, Accepted, OrderRequest},
    station_now::StationNow,
};
use crate::{
    clock::Clock,
    limits::ClientAddress,
    orders::{OrderRules, PumpBoard},
    stations::catalogue::Catalogue,
};

/// Prices a draft without recording anything.
#[derive(Clone)]
pub struct QuoteDraft {
    pub(in crate::orders) catalogue: Arc<Catalogue>,
    pub(in crate::orders) clock: Clock,
    pub(in crate::orders) rules: Arc<OrderRules>,
    pub(in crate::orders) pumps: PumpBoard,
}

impl QuoteDraft {
    /// Prices a draft.
    ///
    /// # Errors
    /// `StationUnknown`, `StationClosed`, and the refusals of [`price_draft`].
    pub fn run(&self, draft: &Draft) -> Result<QuoteView, OrderRefusal> {
        let station = self.catalogue.get(&draft.station_id).ok_or(OrderRefusal::StationUnknown)?;
        let now = StationNow::new(&station, draft.pump_to_ask(), &self.pumps, &self.rules, self.clock.now());
        let priced = price(draft, &now)?;
        Ok(QuoteView::from_quote(&priced, draft.host.locale))
    }
}

/// Places a customer's order.
#[derive(Clone)]
pub struct PlaceOrder {
    pub(in crate::orders) acceptance: Acceptance,
}

impl PlaceOrder {
    /// Records the order and waits for its payment link. The same key gives the same order.
    ///
    /// # Errors
    /// `RateLimited` and `TooManyUnpaid` for a client that has placed too much, with nothing recorded;
    /// The refusals of pricing and of the payer's fields, `PriceChanged`, `KeyReused`, and the refusals of
    /// Invoicebox and the station; after `ProviderDown` and `ProviderTimeout` the same key may be sent again.
    pub async fn run(&self, draft: Draft, client: ClientAddress) -> Result<PlacedView, Refusal> {
        self.acceptance.accept(&draft, Some(client)).await
    }
}

impl OrderRequest for Draft {
    fn key(&self) -> IdempotencyKey {
        self.idempotency_key
    }

    fn station_id(&self) -> &StationId {
        &self.station_id
    }

    fn pump_to_ask(&self) -> Option<PumpNumber> {
        self.pump.filter(|_| self.fuel.is_some())
    }

    fn check(&self) -> Result<(), RequestError> {
        check_customer(&self.customer)?;
        if let Some(vehicle) = &self.vehicle {
            check_vehicle(vehicle)?;
        }
        check_host(&self.host)
    }

    fn accept(&self, station: &StationNow<'_>) -> Result<Accepted, Refusal> {
        let priced = price(self, station)?;
        if priced.total != self.expected_total {
            let (was, quote) = (self.expected_total, Box::new(priced));
            return Err(OrderRefusal::PriceChanged { was, quote }.into());
        }
        Ok(Accepted {
            pump: self.pump_to_ask(),
            start: self.start,
            full_tank: is_full_tank(self),
            quote: priced,
            customer: self.customer.clone(),
            vehicle: self.vehicle.clone(),
            host: self.host.clone(),
            origin: Origin::Customer,
        })
    }

    fn log_recorded(&self, order: &Order) {
        if let Some(away_m) = self.away_m {
            tracing::info!(order.number, station = %order.station.id, away_m, "ordered from far away: the customer confirmed being at the station");
        }
    }
}

/// Prices a draft. That the station is closed at this moment is a warning, unless it stays so: the driver may come later.
/// Of the pump counts what its station has said of it lately, before what the catalogue says.
fn price(draft: &Draft, station: &StationNow<'_>) -> Result<Quote, OrderRefusal> {
    let StationNow { offer, is_open, opens_in_time, pump_state } = station;
    // A reason to be closed is reported by the quote.
    if !opens_in_time && offer.closed_reason.is_none() {
        return Err(OrderRefusal::StationClosed { reason: None });
    }
    let mut quote = price_draft(*offer, draft.content())?;
    if let (Some(pump), Some(state)) = (draft.pump_to_ask(), pump_state) {
        quote.warnings.retain(|warning| !matches!(warning, QuoteWarning::PumpBusy { .. }));
        quote.warnings.extend((!state.is_orderable()).then_some(QuoteWarning::PumpBusy { pump }));
    }
    if !is_open {
        quote.warnings.push(QuoteWarning::ClosedNow);
    }
    Ok(quote)
}

fn is_full_tank(draft: &Draft) -> bool {
    draft.fuel.as_ref().is_some_and(FuelChoice::is_full_tank)
}
