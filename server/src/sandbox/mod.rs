//! What the outside world plays when there is no outside world.
//!
//! Each emulator here knows nothing of the rest of the server and is met over HTTP only, so that our
//! own client is tested against the protocol and not against itself. Routed in sandbox mode alone.

pub mod invoicebox;
mod payment_page;

pub use invoicebox::{InvoiceboxSandbox, InvoiceboxSettings, TestToken};
