//! Reading orders.

use domain::{
    id::OrderId,
    order::{Order, Status},
    refusal::{OrderRefusal, Refusal, RequestError},
};

use crate::orders::{ListQuery, Listing, MovedMoney, OrderStore, RegistryQuery, StoreError, internal};

/// Reads single orders and lists of them.
#[derive(Clone)]
pub struct ReadOrders {
    pub(in crate::orders) store: OrderStore,
}

impl ReadOrders {
    /// An order by its secret id.
    ///
    /// # Errors
    /// `OrderUnknown`; `Internal` when the database does not answer or the order cannot be read.
    pub async fn by_id(&self, id: OrderId) -> Result<Order, Refusal> {
        Ok(self.store.get(id).await.map_err(internal)?.ok_or(OrderRefusal::OrderUnknown)?)
    }

    /// The order with this short number.
    ///
    /// # Errors
    /// As [`ReadOrders::by_id`], without `OrderUnknown`.
    pub async fn by_number(&self, number: i64) -> Result<Option<Order>, RequestError> {
        self.store.by_number(number).await.map_err(internal)
    }

    /// The order that the back office knows by this number.
    ///
    /// # Errors
    /// As [`ReadOrders::by_number`].
    pub async fn by_external_id(&self, id: &str) -> Result<Option<Order>, RequestError> {
        self.store.by_external_id(id).await.map_err(internal)
    }

    /// Orders that a stopped process left at the station.
    ///
    /// # Errors
    /// Those of the store; orders that cannot be read are left out.
    pub async fn at_the_station(&self) -> Result<Vec<Order>, StoreError> {
        self.store.in_status(&[Status::Authorising, Status::Ready, Status::Fuelling]).await
    }

    /// Orders placed within a span of time, newest first.
    ///
    /// # Errors
    /// `Internal` when the database does not answer.
    pub async fn list(&self, query: &ListQuery) -> Result<Listing, RequestError> {
        self.store.list(query).await.map_err(internal)
    }

    /// Orders for which money moved within a span of time, by number.
    ///
    /// # Errors
    /// As [`ReadOrders::list`].
    pub async fn registry(&self, query: &RegistryQuery) -> Result<MovedMoney, RequestError> {
        self.store.money_moved(query).await.map_err(internal)
    }
}
