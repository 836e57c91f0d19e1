//! `GET filter/api/counterparty-detail`

use serde_json::Value;

use super::register::{ORGANISATIONS, Organisation};
use crate::invoicebox::{
    emulator::InvoiceboxSandbox,
    wire::{self, ApiRefusal},
};

impl InvoiceboxSandbox {
    /// Organisations by filter; an empty list for an unknown number.
    pub(crate) fn organisations(&self, raw_query: &str) -> Result<Value, ApiRefusal> {
        let query = self.list_query::<Organisation>(raw_query)?;
        let (page, total) = query.page_of(ORGANISATIONS.iter().collect());
        Ok(wire::list(page.into_iter().map(Organisation::json).collect(), total, query.page, query.page_size))
    }
}
