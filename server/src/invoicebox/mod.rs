//! Invoicebox: the client of its API, the proof of its notifications, and nothing about our own orders' rules.
//!
//! `wire/` knows how their JSON looks, and no type of it leaves this folder. To add a call: a method in `client.rs`,
//! its body in `wire/`, a case in `tests.rs`.

mod client;
mod errors;
mod keyring;
mod limiter;
mod links;
mod lists;
pub mod marketplace;
mod notifications;
mod pages;
mod pricing;
mod provider_order;
mod provider_settlement;
mod settings;
mod settlement;
mod shop;
mod signature;
mod skus;
#[cfg(test)]
mod tests;
mod transport;
mod websocket;
mod wire;

pub use client::{AuthCheck, InvoiceboxClient};
pub use errors::{CallError, FieldError};
pub use keyring::{Keyring, MerchantKey};
pub use limiter::Priority;
pub use links::Links;
pub use lists::{FoundOrders, OrderPage};
pub use notifications::{MalformedNotification, Notification, NotificationAnswer, NotificationAnswerCode};
pub use pages::PAGE_SIZE;
pub use pricing::{PaymentType, UnitPriceScale};
pub use provider_order::{CreatedInvoice, ProviderOrder, ProviderStatus};
pub use provider_settlement::{
    ProviderLine, ProviderRefund, ProviderShipment, RefundStatus, Refundable, RefundableLine, WholeRefund,
};
pub use settings::{ApiVersion, InvoiceboxClientSettings, InvoiceboxLimits};
pub use signature::{Algorithm, EmptyKey, SignatureError, VerifiedBody, Verifier};
pub use skus::provider_sku;
pub use websocket::{InvoiceboxSocket, SocketListener, SocketSettings};
