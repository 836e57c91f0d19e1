//! `GET filter/api/counterparty-detail`

use serde_json::Value;

use super::register::{Organisation, REGISTER};
use crate::invoicebox::{
    emulator::InvoiceboxSandbox,
    filters::ListQuery,
    wire::{self, Refusal},
};

impl InvoiceboxSandbox {
    /// Organisations by filter; an empty list when nobody has the number.
    pub(crate) fn organisations(raw_query: &str) -> Result<Value, Refusal> {
        let query = ListQuery::parse::<Organisation>(raw_query)?;
        let (page, total) = query.page_of(REGISTER.iter().collect());
        Ok(wire::list(page.into_iter().map(Organisation::json).collect(), total, query.page, query.page_size))
    }
}
