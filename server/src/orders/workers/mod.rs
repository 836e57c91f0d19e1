//! What works on orders by itself: the clock, questions to Invoicebox, and word from other instances.

mod expire;
mod reconcile;
pub(super) mod relay;
mod websocket_listener;

pub(super) use expire::STATION_SILENCE;
