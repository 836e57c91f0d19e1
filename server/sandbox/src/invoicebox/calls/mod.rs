//! The calls of the API, as methods of [`InvoiceboxSandbox`](super::InvoiceboxSandbox).

mod guarantee;
mod lookup;
mod marketplace;
mod orders;
mod refunds;
mod register;
mod shipments;
