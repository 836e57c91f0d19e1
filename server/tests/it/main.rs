//! Promises of the running server, held over HTTP from outside: a file a promise, each on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken expectation is a failed test")]

mod erp_access;
mod erp_orders;
mod instances;
mod journey;
mod notifications;
mod operations;
mod operator;
mod outbox;
mod place;
mod production;
mod provider_faults;
mod publish;
mod qr;
mod sse;
mod stations;
mod stickers;
mod support;
