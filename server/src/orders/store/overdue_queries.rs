//! The database's side of the clock: orders whose station owes a word. `updated_at` is the moment of the last one.

use domain::{id::OrderId, order::Status};
use time::OffsetDateTime;

use super::{OrderStore, StoreError};

impl OrderStore {
    /// Orders for which automation has released a pump, silent since `before`. Those whose release is known to stand wait
    /// for an operator.
    pub(in crate::orders) async fn unbegun(
        &self,
        before: OffsetDateTime,
    ) -> Result<Vec<OrderId>, StoreError> {
        let sql = "SELECT id FROM orders WHERE status = $1 AND updated_at <= $2 AND EXISTS (\
                   SELECT 1 FROM order_history AS step \
                   WHERE step.order_id = orders.id AND step.status = 'authorising') AND NOT EXISTS (\
                   SELECT 1 FROM order_discrepancies AS noted \
                   WHERE noted.order_id = orders.id AND noted.what = 'release_stands') \
                   ORDER BY updated_at LIMIT 100";
        self.ids(sql, Status::Ready, before).await
    }

    /// Orders whose fuelling the station has called off ([`domain::order::Order::interrupted`]), silent since `before`.
    pub(in crate::orders) async fn interrupted(
        &self,
        before: OffsetDateTime,
    ) -> Result<Vec<OrderId>, StoreError> {
        let sql = "SELECT id FROM orders WHERE status = $1 AND updated_at <= $2 AND EXISTS (\
                   SELECT 1 FROM order_discrepancies AS noted \
                   WHERE noted.order_id = orders.id AND noted.what = 'station_gave_up') AND NOT EXISTS (\
                   SELECT 1 FROM order_discrepancies AS noted \
                   WHERE noted.order_id = orders.id AND noted.what = 'volume_unreadable') \
                   ORDER BY updated_at LIMIT 100";
        self.ids(sql, Status::Fuelling, before).await
    }
}
