//! What Invoicebox refused for good, tried again by a command: the shipment, and money that had to go back.

use std::sync::Arc;

use domain::{
    money::Kopecks,
    order::{StartRules, machine::Event},
    refusal::{OrderRefusal, Refusal},
};

use crate::{
    clock::Clock,
    orders::{Applied, OrderChanges, OrderStore, to_internal_error},
};

/// Tries again what was refused. The desk and the cashier API do so by a refund and by [`super::RetryShipment`].
pub struct RetryRefused {
    changes: Arc<OrderChanges>,
    store: OrderStore,
}

/// What of an order is tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetriedRefusals {
    pub shipment: bool,
    /// Money that goes back.
    pub returns: Kopecks,
}

impl RetryRefused {
    /// For a command beside a running server, which learns of the change by the database.
    #[must_use]
    pub fn without_server(store: OrderStore, clock: Clock, rules: StartRules) -> Self {
        let changes = Arc::new(OrderChanges::without_server(store.clone(), clock, rules));
        Self { changes, store }
    }

    /// Tries again what was refused of the order with this short number. Repeated, nothing is done twice.
    ///
    /// # Errors
    /// `OrderUnknown` for an unknown number, `Internal` when the database does not answer.
    pub async fn run(&self, number: u32) -> Result<RetriedRefusals, Refusal> {
        let order = self.store.find_by_number(i64::from(number)).await.map_err(to_internal_error)?;
        let order = order.ok_or(OrderRefusal::OrderUnknown)?;
        let apply = async |event| self.changes.apply(order.id, event).await.map_err(to_internal_error);
        let returns = match apply(Event::RefundsRetried).await? {
            Applied::Changed(_) => order.settlement.refused_total(),
            _ => Kopecks::ZERO,
        };
        let shipment = matches!(apply(Event::ShipmentRetried).await?, Applied::Changed(_));
        Ok(RetriedRefusals { shipment, returns })
    }
}
