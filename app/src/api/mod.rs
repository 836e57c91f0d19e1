//! The customer's API: how pages reach the backend.
//!
//! A server function here is one expression: take the [`Backend`] from context, call one method, wrap the refusal.
//! To add one: a method on [`Backend`], a function beside its siblings, one delegation in the server.

#[cfg(feature = "ssr")]
mod backend;
mod fault;
pub mod json;
mod orders;
mod settings;
mod stations;
mod strict_json;

#[cfg(feature = "ssr")]
pub use backend::{Backend, PageStatus, SharedBackend, page_settings, request_locale};
pub use fault::Fault;
pub use json::{AnswerJson, Resource, SharedValue};
pub use orders::{cancel_order, get_order, place_order, quote_order};
pub use settings::PageSettings;
pub use stations::{count_stations, find_stations, get_station};
pub use strict_json::StrictJson;
#[cfg(feature = "ssr")]
pub use strict_json::from_slice as strict_from_slice;

/// Answers the page with 404. Does nothing in the browser, where the address is already on screen.
pub fn page_not_found() {
    #[cfg(feature = "ssr")]
    if let Some(status) = leptos::prelude::use_context::<PageStatus>() {
        (status.0)(404);
    }
}
