//! The speed that is promised, measured on the release build: notification to customer, pump to customer, many customers,
//! placing, notifications accepted. SQLite and PostgreSQL beside each other, both with commits that wait for the disk.
//!
//! `cargo bench -p server --bench load [latency] [fuelling] [memory] [place] [accepted]`; without a name all are run. Ten thousand
//! clients need as many open files: `ulimit -n`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made is told, and the next is tried"
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
    test_support::postgres::DURABLE.store(true, Ordering::SeqCst);
    let asked: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    println!("one sync of this disk takes {}", disk::sync());
    for kind in DATABASES {
        if kind.is_missing() {
            continue;
        }
        println!("\n{kind:?}");
        if wanted("latency") {
            tried("latency", notify::latency(kind)).await;
        }
        if wanted("fuelling") {
            tried("fuelling", fuelling::many(kind)).await;
        }
        if wanted("accepted") {
            tried("accepted", notify::accepted(kind)).await;
        }
        if wanted("place") {
            tried("place", place::overhead(kind)).await;
        }
        if wanted("memory") {
            tried("memory", clients::memory(kind)).await;
        }
    }
}

/// A figure that cannot be had does not keep us from the others.
async fn tried(name: &str, measurement: impl Future<Output = Option<String>>) {
    match AssertUnwindSafe(measurement).catch_unwind().await {
        Ok(Some(line)) => println!("  {line}"),
        Ok(None) => println!("  {name}: there was nothing to measure"),
        Err(_) => println!("  {name}: could not be measured"),
    }
}
