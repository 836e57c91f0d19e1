//! The backend of Kolonka. A library so that tests start the very thing that production starts.

pub mod api_error;
pub mod app;
pub mod backend;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
mod crash_point;
pub mod database;
pub mod erp;
pub mod erp_events;
pub mod http;
mod internal_error;
pub mod invoicebox;
pub mod order_stream;
pub mod orders;
pub mod people;
pub mod qr;
pub mod queue;
pub mod request_locale;
pub mod self_check;
pub mod settings;
pub mod station_link;
pub mod stations;
pub mod stickers;
pub mod telemetry;
pub mod workers;
