//! Reading orders.

use domain::{
    id::{OrderId, StationId},
    order::{Order, Status},
    refusal::{OrderRefusal, Refusal, RequestError},
};

use crate::orders::{
    LedgerSummary, ListQuery, Listing, OrderStore, RegistryQuery, StoreError, to_internal_error,
};

/// Reads single orders and lists of them.
#[derive(Clone)]
pub struct ReadOrders {
    pub(in crate::orders) store: OrderStore,
}

impl ReadOrders {
    /// Finds an order by its secret id.
    ///
    /// # Errors
    /// `OrderUnknown`; `Internal` when the database does not answer or the order cannot be read.
    pub async fn by_id(&self, id: OrderId) -> Result<Order, Refusal> {
        Ok(self.store.get(id).await.map_err(to_internal_error)?.ok_or(OrderRefusal::OrderUnknown)?)
    }

    /// Finds the order with this short number.
    ///
    /// # Errors
    /// `Internal` when the database does not answer or the order cannot be read.
    pub async fn by_number(&self, number: i64) -> Result<Option<Order>, RequestError> {
        self.store.find_by_number(number).await.map_err(to_internal_error)
    }

    /// Finds the order that the back office knows by this number.
    ///
    /// # Errors
    /// `Internal` when the database does not answer or the order cannot be read.
    pub async fn by_external_id(&self, id: &str) -> Result<Option<Order>, RequestError> {
        self.store.find_by_external_id(id).await.map_err(to_internal_error)
    }

    /// Lists the orders whose pump is being released, is released or is fuelling; unreadable ones are left out.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn list_under_way(&self) -> Result<Vec<Order>, StoreError> {
        self.store.list_by_status(&[Status::Authorising, Status::Ready, Status::Fuelling]).await
    }

    /// Lists orders placed within a span of time, newest first.
    ///
    /// # Errors
    /// `Internal` when the database does not answer.
    pub async fn list(&self, query: &ListQuery) -> Result<Listing, RequestError> {
        self.store.list(query).await.map_err(to_internal_error)
    }

    /// Counts the orders of a station, or of all, that need a person's attention, of all days.
    ///
    /// # Errors
    /// `Internal` when the database does not answer.
    pub async fn count_attention(&self, station: Option<&StationId>) -> Result<i64, RequestError> {
        self.store.count_attention(station).await.map_err(to_internal_error)
    }

    /// Sums up the ledger entries of a span of time, by order number.
    ///
    /// # Errors
    /// `Internal` when the database does not answer.
    pub async fn registry(&self, query: &RegistryQuery) -> Result<LedgerSummary, RequestError> {
        self.store.summarize_ledger(query).await.map_err(to_internal_error)
    }
}
