//! Settling a discrepancy: an operator says what was done about it.

use std::sync::Arc;

use domain::{
    id::OrderId,
    order::{Discrepancy, Order, StartRules, machine::Event},
    refusal::{OrderRefusal, Refusal},
};

use crate::{
    clock::Clock,
    orders::{
        Applied, DiscrepancyCursor, DiscrepancyFilter, ListedDiscrepancy, OpenDiscrepancyId, OrderChanges,
        OrderStore, store::DiscrepancySettling, to_internal_error,
    },
};

/// Lists discrepancies and settles them.
#[derive(Clone)]
pub struct SettleDiscrepancy {
    pub(in crate::orders) changes: Arc<OrderChanges>,
    pub(in crate::orders) store: OrderStore,
}

impl SettleDiscrepancy {
    /// For a command beside a running server, which learns of the change by the database.
    #[must_use]
    pub fn without_server(store: OrderStore, clock: Clock, rules: StartRules) -> Self {
        let changes = OrderChanges::without_server(store.clone(), clock, rules);
        Self { changes: Arc::new(changes), store }
    }

    /// Lists at most `limit` discrepancies after `cursor`, oldest first.
    ///
    /// # Errors
    /// `Internal` when the database does not answer.
    pub async fn list(
        &self,
        filter: DiscrepancyFilter,
        cursor: Option<DiscrepancyCursor>,
        limit: usize,
    ) -> Result<Vec<ListedDiscrepancy>, Refusal> {
        Ok(self.store.discrepancies_after(filter, cursor, limit).await.map_err(to_internal_error)?)
    }

    /// Lists the ids of the open discrepancies of these orders.
    ///
    /// # Errors
    /// `Internal` when the database does not answer.
    pub async fn ids_of(&self, orders: &[Order]) -> Result<Vec<OpenDiscrepancyId>, Refusal> {
        let with_any = orders.iter().filter(|order| !order.discrepancies.is_empty());
        let with_any: Vec<OrderId> = with_any.map(|order| order.id).collect();
        Ok(self.store.open_discrepancy_ids(&with_any).await.map_err(to_internal_error)?)
    }

    /// Lists the ids of the open discrepancies of a kind of an order.
    ///
    /// # Errors
    /// `Internal` when the database does not answer.
    pub async fn open_of(&self, number: u32, what: Discrepancy) -> Result<Vec<String>, Refusal> {
        Ok(self.store.open_discrepancies_of(number, what).await.map_err(to_internal_error)?)
    }

    /// Records what was done about the discrepancy of this id, which leaves the list of open ones. The same may come again,
    /// also in the same words. Repeated with the same note, nothing changes.
    ///
    /// # Errors
    /// `DiscrepancyUnknown`; `DiscrepancyClosed` for one that ended otherwise; `DiscrepancyHoldsMoney` for one that ends by
    /// the decision about the money.
    pub async fn run(&self, id: &str, note: &str) -> Result<(), Refusal> {
        let meant = self.store.find_discrepancy(id).await.map_err(to_internal_error)?;
        let meant = meant.ok_or(OrderRefusal::DiscrepancyUnknown)?;
        if meant.is_open {
            let event = Event::DiscrepancySettled { what: meant.what, detail: Some(meant.detail) };
            let settling = DiscrepancySettling { id: id.to_owned(), note: note.to_owned() };
            let applied = self.changes.apply_settling(meant.order, event, settling).await;
            if matches!(applied.map_err(to_internal_error)?, Applied::Refused(_)) {
                return Err(OrderRefusal::DiscrepancyHoldsMoney.into());
            }
        }
        // Somebody else may have settled it at the same moment.
        let now = self.store.find_discrepancy(id).await.map_err(to_internal_error)?;
        match now.is_some_and(|row| row.note.as_deref() == Some(note)) {
            true => Ok(()),
            false => Err(OrderRefusal::DiscrepancyClosed.into()),
        }
    }
}
