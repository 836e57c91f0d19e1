//! What the tests of several crates share: orders to try events on, stations to price at and, with the feature `server`, a whole server with
//! doubles of everybody it talks to.

#[expect(clippy::expect_used, reason = "helpers of tests may stop the test")]
pub mod orders;
pub mod stations;

#[cfg(feature = "server")]
#[expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken expectation is a failed test")]
mod harness;

#[cfg(feature = "server")]
pub use harness::*;
