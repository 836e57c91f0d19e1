//! The speed that is promised, measured on the release build: notification to customer, pump to customer, many customers,
//! placing, notifications accepted. SQLite and PostgreSQL beside each other, both with commits that wait for the disk.
//!
//! `cargo bench -p server --bench load [latency] [fuelling] [memory] [place] [accepted]`; without a name all are run. Ten thousand
//! clients need as many open files: `ulimit -n`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made is reported, and the next is tried"
)]

mod clients;
mod disk;
mod figures;
mod fuelling;
mod notify;
mod place;
mod program;
mod seed;

use std::{panic::AssertUnwindSafe, sync::atomic::Ordering};

use futures::FutureExt;

use test_support::DatabaseKind;

const DATABASES: [DatabaseKind; 2] = [DatabaseKind::Sqlite, DatabaseKind::Postgres];

#[tokio::main]
async fn main() {
    test_support::postgres::IS_DURABLE.store(true, Ordering::SeqCst);
    let asked: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    println!("one sync of this disk takes {}", disk::sync());
    for kind in DATABASES {
        if kind.is_missing() {
            continue;
        }
        println!("\n{kind:?}");
        if wanted("latency") {
            run_or_report("latency", notify::latency(kind)).await;
        }
        if wanted("fuelling") {
            run_or_report("fuelling", fuelling::report_all(kind)).await;
        }
        if wanted("accepted") {
            run_or_report("accepted", notify::accepted(kind)).await;
        }
        if wanted("place") {
            run_or_report("place", place::overhead(kind)).await;
        }
        if wanted("memory") {
            run_or_report("memory", clients::memory(kind)).await;
        }
    }
}

/// Runs a measurement and prints its figure. A failed one does not prevent the others.
async fn run_or_report(name: &str, measurement: impl Future<Output = Option<String>>) {
    match AssertUnwindSafe(measurement).catch_unwind().await {
        Ok(Some(line)) => println!("  {line}"),
        Ok(None) => println!("  {name}: there was nothing to measure"),
        Err(_) => println!("  {name}: could not be measured"),
    }
}
