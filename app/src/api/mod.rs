//! The customer's API: how pages reach the backend.
//!
//! A server function here only takes the [`Backend`] from context, calls one method and wraps the refusal.
//! To add one: CONTRIBUTING.md, "A server function".

#[cfg(feature = "ssr")]
mod backend;
mod error;
pub mod json;
mod orders;
#[cfg(feature = "ssr")]
mod request;
mod settings;
mod stations;
mod strict_json;

#[cfg(feature = "ssr")]
pub use backend::{Backend, SharedBackend, page_settings};
pub use error::ApiError;
pub use json::{AnswerJson, Resource, SharedValue};
pub use orders::{cancel_order, get_order, place_order, quote_order, start_order};
#[cfg(feature = "ssr")]
pub use request::{PageStatus, RefusedCall, request_locale};
pub use settings::{PageSettings, PumpStart};
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
