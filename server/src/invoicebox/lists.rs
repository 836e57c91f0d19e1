//! Reads of many orders at once. A filter that the service does not know may be ignored there, so every row is held
//! against what was asked for, and strangers are told apart from silence.

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{
    client::InvoiceboxClient,
    errors::CallError,
    provider_order::{ProviderOrder, ProviderStatus},
};

/// Rows on a page; the largest that is known to be safe.
pub const PAGE: usize = 50;
/// Pages of one list that are read at most.
const PAGES: usize = 100;

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub orders: Vec<ProviderOrder>,
    pub is_last: bool,
}

/// What a read of several orders found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub orders: Vec<ProviderOrder>,
    /// Rows came that were not asked for: the filter is not honoured, and an absent order proves nothing.
    pub ignored: bool,
}

impl InvoiceboxClient {
    /// Orders by their ids, at most [`PAGE`] of them, in one call.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn orders_by_ids(&self, ids: &[String]) -> Result<Found, CallError> {
        let size = PAGE.to_string();
        let mut query: Vec<(&str, &str)> = ids.iter().take(PAGE).map(|id| ("id[]", id.as_str())).collect();
        query.push(("_pageSize", &size));
        let mut orders = self.filter(&query).await?;
        let answered = orders.len();
        orders.retain(|row| ids.iter().any(|id| id.eq_ignore_ascii_case(&row.provider_id)));
        Ok(Found { ignored: orders.len() < answered, orders })
    }

    /// A page of the orders paid at or after an instant, oldest first.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn paid_since(&self, since: OffsetDateTime, page: usize) -> Result<Page, CallError> {
        let since = atom(since);
        let filters = [("paidAt[_ge]", since.as_str()), ("_order[paidAt]", "asc")];
        self.page(&filters, page, &ProviderStatus::Completed).await
    }

    /// A page of the cancelled orders among those created at or after an instant.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn canceled_of(&self, created_since: OffsetDateTime, page: usize) -> Result<Page, CallError> {
        let since = atom(created_since);
        let filters =
            [("status", "canceled"), ("createdAt[_ge]", since.as_str()), ("_order[createdAt]", "asc")];
        self.page(&filters, page, &ProviderStatus::Canceled).await
    }

    async fn page(
        &self,
        filters: &[(&str, &str)],
        page: usize,
        wanted: &ProviderStatus,
    ) -> Result<Page, CallError> {
        let (number, size) = (page.to_string(), PAGE.to_string());
        let mut query = filters.to_vec();
        query.extend([("_page", number.as_str()), ("_pageSize", size.as_str())]);
        let mut orders = self.filter(&query).await?;
        if orders.len() >= PAGE && page >= PAGES {
            tracing::error!(page, "a list at Invoicebox is longer than expected; the rest is not read");
        }
        let is_last = orders.len() < PAGE || page >= PAGES;
        orders.retain(|row| row.status == *wanted);
        Ok(Page { orders, is_last })
    }
}

/// In UTC, with the offset in digits.
fn atom(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC)
        .truncate_to_second()
        .format(&Rfc3339)
        .unwrap_or_default()
        .replace('Z', "+00:00")
}
