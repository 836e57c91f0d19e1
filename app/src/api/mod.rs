//! The customer's API: how pages reach the backend.
//!
//! A server function here is one expression: take the [`Backend`] from context, call one method, wrap the refusal.
//! To add one: a method on [`Backend`], a function beside its siblings, one delegation in the server.

#[cfg(feature = "ssr")]
mod backend;
mod fault;
mod orders;
mod stations;
mod strict_json;

#[cfg(feature = "ssr")]
pub use backend::{Backend, PageSettings, SharedBackend, page_settings, request_locale};
pub use fault::Fault;
pub use orders::{cancel_order, get_order, place_order, quote_order};
pub use stations::{find_stations, get_station};
#[cfg(feature = "ssr")]
pub use strict_json::from_slice as strict_from_slice;
pub use strict_json::StrictJson;
