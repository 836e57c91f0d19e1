//! Lists of Invoicebox page by page. The largest page there is not documented and a larger size may be cut silently,
//! so a short page does not prove that it is the last: what proves it is `metaData.totalCount`, an empty page, or one
//! that repeats known rows.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    client::InvoiceboxClient,
    errors::CallError,
    transport::InvoiceboxReply,
    wire::value::{count, text},
};

/// Rows on a page that are asked for: the largest number that is known to be safe.
pub const PAGE_SIZE: usize = 50;
/// Pages of one list that are read.
pub(super) const MAX_PAGES: usize = 100;
/// Without a total, a page with fewer rows is the last: no server is known to give so short ones.
const SHORTEST_PAGE: usize = 20;

/// One page of a list.
pub(super) struct Page {
    status: u16,
    pub rows: Vec<Value>,
    /// Rows of the whole list.
    total: Option<usize>,
    /// Rows of a full page, as the server counts them.
    size: Option<usize>,
}

impl Page {
    fn read(reply: InvoiceboxReply, missing: &'static str) -> Result<Self, CallError> {
        let InvoiceboxReply { status, mut body } = reply;
        let paging = body.get("metaData").unwrap_or(&Value::Null);
        let (total, size) = (count(paging, "totalCount"), count(paging, "pageSize"));
        match body.get_mut("data").map(Value::take) {
            Some(Value::Array(rows)) => Ok(Self { status, rows, total, size }),
            _ => Err(CallError::unusable(status, missing)),
        }
    }

    /// Whether no page follows the one of this number, as far as it shows that by itself.
    pub fn is_last(&self, number: usize) -> bool {
        match (self.total, self.size) {
            _ if self.rows.is_empty() => true,
            (Some(total), Some(size)) if size > 0 => number.saturating_mul(size) >= total,
            (Some(total), _) if number == 1 => self.rows.len() >= total,
            (Some(_), _) => false,
            (None, _) => self.rows.len() < SHORTEST_PAGE,
        }
    }
}

impl InvoiceboxClient {
    /// Reads one page of a list.
    pub(super) async fn read_page(
        &self,
        path: &str,
        filters: &[(&str, &str)],
        number: usize,
        missing: &'static str,
    ) -> Result<Page, CallError> {
        let (number, size) = (number.to_string(), PAGE_SIZE.to_string());
        let mut query = filters.to_vec();
        query.extend([("_page", number.as_str()), ("_pageSize", size.as_str())]);
        Page::read(self.transport.read(path, &query).await?, missing)
    }

    /// Reads the rows of a list page by page, up to the page that has a row of which `is_enough` is true.
    ///
    /// # Errors
    /// See [`CallError`]; `Unknown` also if the list has no end, so that a row's absence is never concluded from a part.
    pub(super) async fn read_pages(
        &self,
        path: &str,
        filters: &[(&str, &str)],
        missing: &'static str,
        is_enough: impl Fn(&Value) -> bool,
    ) -> Result<Vec<Value>, CallError> {
        let mut rows: Vec<Value> = Vec::new();
        let mut known = HashSet::new();
        for number in 1..=MAX_PAGES {
            let page = self.read_page(path, filters, number, missing).await?;
            let (status, total, is_last) = (page.status, page.total, page.is_last(number));
            let fresh: Vec<Value> = page.rows.into_iter().filter(|row| !known.contains(&key(row))).collect();
            known.extend(fresh.iter().map(key));
            let is_repeated = fresh.is_empty() && number > 1;
            let is_found = fresh.iter().any(&is_enough);
            rows.extend(fresh);
            let is_whole = total.is_some_and(|total| rows.len() >= total);
            if is_last || is_found || is_whole {
                return Ok(rows);
            }
            if is_repeated {
                // A server that does not know pages shows the whole list again; one that counts more hides a part.
                return match total {
                    None => Ok(rows),
                    Some(total) => Err(CallError::unusable(
                        status,
                        format!("page {number} repeats earlier rows: {} of {total}", rows.len()),
                    )),
                };
            }
        }
        Err(CallError::unusable(200, format!("the list is longer than {MAX_PAGES} pages")))
    }
}

/// What distinguishes a row from those of other pages.
fn key(row: &Value) -> String {
    text(row, "id").or_else(|| text(row, "sku")).unwrap_or_else(|| row.to_string())
}
