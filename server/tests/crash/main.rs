//! Crashes of a real server process: killed by SIGKILL and started again, it has to bring every order to its right end by
//! itself.
//!
//! Invoicebox is played outside the killed process, so that it remembers what it was asked. `KOLONKA_CRASH_KILLS` sets
//! how many kills at random moments there are (200), `KOLONKA_CRASH_SEED` repeats the moments of an earlier run.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken expectation is a failed test")]

mod calls;
mod commits;
mod diagram;
mod journal;
mod metrics;
mod process;
mod proxy;
mod random;
mod scenario;
