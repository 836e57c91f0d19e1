//! Shared test support: orders for state machine tests, stations for pricing tests and, with the feature `server`, a
//! whole server with doubles of the systems around it.

#[expect(clippy::panic, reason = "a step that is none stops the test")]
pub mod order_steps;
#[expect(clippy::expect_used, reason = "helpers of tests may stop the test")]
pub mod orders;
pub mod stations;

/// The merchant of the demo credentials that Invoicebox publishes.
pub const DEMO_MERCHANT_ID: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

#[cfg(feature = "server")]
#[expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken expectation is a failed test")]
mod harness;

#[cfg(feature = "server")]
pub use harness::*;
