//! Crashes of a real server process: killed by SIGKILL and started again, it has to bring every order to its right end by
//! itself.
//!
//! Invoicebox and the station are played outside the killed process, so that they remember what they were asked.
//! `KOLONKA_CRASH_KILLS` sets how many kills at random moments there are (300); with less than 200, cases that take long are
//! left out. `KOLONKA_CRASH_SEED` repeats the moments of an earlier run.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken expectation is a failed test")]

mod books;
mod calls;
mod commits;
mod customer;
mod diagram;
mod journal;
mod metrics;
mod process;
mod proxy;
mod random;
mod scenario;

use tokio::sync::{Semaphore, SemaphorePermit};

/// Installations of single orders that run at a time, of all tests: most of them wait for a lease to run out, and more of
/// them would starve each other.
static TURNS: Semaphore = Semaphore::const_new(20);

/// Waits until there is room for one more installation.
async fn turn() -> SemaphorePermit<'static> {
    TURNS.acquire().await.unwrap()
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a whole number"))
}

/// Number of kills at random moments.
fn random_kills() -> u64 {
    variable("KOLONKA_CRASH_KILLS").unwrap_or(300)
}

/// Whether there is time for everything.
fn has_time() -> bool {
    random_kills() >= 200
}
