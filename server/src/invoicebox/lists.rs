//! Reads of many orders at once. A filter that the service does not know may be ignored there, so every row is
//! compared with the query, and a list with foreign rows is distinguished from an empty one.

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{
    client::InvoiceboxClient,
    errors::CallError,
    provider_order::{ProviderOrder, ProviderStatus},
};

/// Rows on a page: the largest number that is known to be safe.
pub const PAGE_SIZE: usize = 50;
/// Pages of one list that are read.
const MAX_PAGES: usize = 100;

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
    /// Orders by their ids, at most [`PAGE_SIZE`] of them, in one call.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn orders_by_ids(&self, ids: &[String]) -> Result<FoundOrders, CallError> {
        let size = PAGE_SIZE.to_string();
        let mut query: Vec<(&str, &str)> =
            ids.iter().take(PAGE_SIZE).map(|id| ("id[]", id.as_str())).collect();
        query.push(("_pageSize", &size));
        let mut orders = self.list_orders(&query).await?;
        let answered = orders.len();
        orders.retain(|row| ids.iter().any(|id| id.eq_ignore_ascii_case(&row.provider_id)));
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
        let (number, size) = (page.to_string(), PAGE_SIZE.to_string());
        let mut query = filters.to_vec();
        query.extend([("_page", number.as_str()), ("_pageSize", size.as_str())]);
        let mut orders = self.list_orders(&query).await?;
        if orders.len() >= PAGE_SIZE && page >= MAX_PAGES {
            tracing::error!(page, "a list at Invoicebox is longer than expected; the rest is not read");
        }
        let is_last = orders.len() < PAGE_SIZE || page >= MAX_PAGES;
        orders.retain(|row| row.status == *wanted);
        Ok(OrderPage { orders, is_last })
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
