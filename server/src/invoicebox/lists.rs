//! Reads of many orders at once. A filter that the service does not know may be ignored there, so every row is
//! compared with the query, and a list with foreign rows is distinguished from an empty one.

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{
    client::{InvoiceboxClient, NO_LIST_OF_ORDERS, ORDERS_PATH},
    errors::CallError,
    pages::{MAX_PAGES, PAGE_SIZE},
    provider_order::{ProviderOrder, ProviderStatus},
    wire,
};

/// A page of a list of orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderPage {
    pub orders: Vec<ProviderOrder>,
    pub is_last: bool,
}

/// Result of reading several orders by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundOrders {
    pub orders: Vec<ProviderOrder>,
    /// Rows came that were not asked for, so an order's absence proves nothing.
    pub is_filter_ignored: bool,
}

impl InvoiceboxClient {
    /// Orders by their ids, at most [`PAGE_SIZE`] of them.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn orders_by_ids(&self, ids: &[String]) -> Result<FoundOrders, CallError> {
        let query: Vec<(&str, &str)> = ids.iter().take(PAGE_SIZE).map(|id| ("id[]", id.as_str())).collect();
        let is_wanted = |there: &str| ids.iter().any(|id| id.eq_ignore_ascii_case(there));
        let mut orders = self.list_orders(&query, |order| !is_wanted(&order.provider_id)).await?;
        let answered = orders.len();
        orders.retain(|order| is_wanted(&order.provider_id));
        Ok(FoundOrders { is_filter_ignored: orders.len() < answered, orders })
    }

    /// A page of the orders paid at or after an instant, oldest first.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn paid_since(&self, since: OffsetDateTime, page: usize) -> Result<OrderPage, CallError> {
        let since = format_timestamp(since);
        let filters = [("paidAt[_ge]", since.as_str()), ("_order[paidAt]", "asc")];
        self.list_page(&filters, page, &ProviderStatus::Completed).await
    }

    /// A page of the cancelled orders among those created at or after an instant.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn canceled_of(
        &self,
        created_since: OffsetDateTime,
        page: usize,
    ) -> Result<OrderPage, CallError> {
        let since = format_timestamp(created_since);
        let filters =
            [("status", "canceled"), ("createdAt[_ge]", since.as_str()), ("_order[createdAt]", "asc")];
        self.list_page(&filters, page, &ProviderStatus::Canceled).await
    }

    async fn list_page(
        &self,
        filters: &[(&str, &str)],
        page: usize,
        wanted: &ProviderStatus,
    ) -> Result<OrderPage, CallError> {
        let read = self.read_page(ORDERS_PATH, filters, page, NO_LIST_OF_ORDERS).await?;
        let is_last = read.is_last(page);
        if !is_last && page >= MAX_PAGES {
            tracing::error!(page, "a list at Invoicebox is longer than expected; the rest is not read");
        }
        let mut orders = wire::answer::orders(&read.rows)
            .ok_or_else(|| CallError::unusable(200, "an order of the list has no id or no status"))?;
        orders.retain(|row| row.status == *wanted);
        Ok(OrderPage { orders, is_last: is_last || page >= MAX_PAGES })
    }
}

/// Formats an instant in UTC, with the offset in digits.
fn format_timestamp(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC)
        .truncate_to_second()
        .format(&Rfc3339)
        .unwrap_or_default()
        .replace('Z', "+00:00")
}
