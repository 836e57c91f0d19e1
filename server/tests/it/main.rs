//! Promises of the running server, held over HTTP from outside: a file a promise, each on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken expectation is a failed test")]

mod configuration;
mod ending;
mod erp_access;
mod erp_events;
mod erp_openapi;
mod erp_orders;
mod erp_precheck;
mod erp_readme;
mod erp_registry;
mod erp_stations;
mod feed;
mod headers;
mod http_errors;
mod identity;
mod instances;
mod journey;
mod json_shapes;
mod notification_decisions;
mod notification_door;
mod notifications;
mod older_database;
mod operations;
mod operator;
mod order_lists;
mod outbox;
mod place;
mod production;
mod provider_faults;
mod publish;
mod qr;
mod reconcile;
mod request_log;
mod sandbox_page;
mod settlement;
mod sse;
mod station_calls;
mod station_door;
mod station_faults;
mod stations;
mod stickers;
mod unreadable_orders;
mod unreadable_stations;
mod websocket;
mod workers;
