//! Killed at random moments while customers come and go.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;

use crate::{
    journal::assert_all_orders_consistent,
    process::{Installation, invoicebox},
    scenario::{Scenario, run_scenario},
};
use test_support::{DatabaseKind, TestServer};

/// Installations killed side by side, each with customers of its own.
const INSTALLATIONS: [DatabaseKind; 4] =
    [DatabaseKind::Sqlite, DatabaseKind::Postgres, DatabaseKind::Sqlite, DatabaseKind::Postgres];
/// Customers of one installation at a time.
const CUSTOMER_COUNT: u64 = 6;
/// Orders that must have been made under the kills: on a slow machine it takes more kills until so many have been made.
const MIN_ORDERS: usize = 10;
/// Kills beyond those asked for, at most: with more, orders make no progress.
const MAX_EXTRA_KILLS: u64 = 1000;
/// Longest life of a process once it serves; longer where a start takes long, so that something happens in a life on a slow
/// machine, too.
const MAX_LIFETIME: Duration = Duration::from_millis(1200);

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a whole number"))
}

async fn customer(
    kolonka: &Installation,
    invoicebox: &TestServer,
    seed: u64,
    ended: &AtomicUsize,
    over: &AtomicBool,
) -> Vec<(Scenario, Value)> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut orders = Vec::new();
    while !over.load(Ordering::SeqCst) {
        let scenario = match random.random_range(0..5) {
            0 => Scenario::Cancel,
            1 => Scenario::Goods,
            _ => Scenario::Fuel,
        };
        orders.push((scenario, run_scenario(kolonka, invoicebox, scenario).await));
        ended.fetch_add(1, Ordering::SeqCst);
    }
    orders
}

/// Kills one installation's processes, at least `kills` times. Returns the number of kills and of orders.
async fn kill_repeatedly(kind: DatabaseKind, kills: u64, seed: u64) -> (u64, usize) {
    let invoicebox = invoicebox().await;
    let kolonka = Installation::new(kind, format!("{}/sandbox/invoicebox", invoicebox.url)).await;
    let (over, ended) = (AtomicBool::new(false), AtomicUsize::new(0));
    let killer = async {
        let mut random = StdRng::seed_from_u64(seed);
        let mut killed = 0;
        while killed < kills || ended.load(Ordering::SeqCst) < MIN_ORDERS {
            let begun = Instant::now();
            kolonka.wait_until_serving().await;
            let longest = MAX_LIFETIME.max(begun.elapsed() * 2);
            tokio::time::sleep(longest.mul_f64(random.random_range(0.0..1.0))).await;
            kolonka.kill();
            killed += 1;
            let orders = ended.load(Ordering::SeqCst);
            assert!(killed < kills + MAX_EXTRA_KILLS, "{killed} kills, and only {orders} orders");
        }
        kolonka.wait_until_serving().await;
        over.store(true, Ordering::SeqCst);
        killed
    };
    let customers =
        (1..=CUSTOMER_COUNT).map(|nth| customer(&kolonka, &invoicebox, seed ^ nth, &ended, &over));
    let (killed, orders) = tokio::join!(killer, join_all(customers));
    let orders: Vec<_> = orders.into_iter().flatten().collect();
    assert_all_orders_consistent(&kolonka, &invoicebox, &orders).await;
    assert!(!kolonka.station.orders().is_empty(), "nothing was counted");
    (killed, orders.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn at_random_moments_under_load() {
    let seed = variable("KOLONKA_CRASH_SEED").unwrap_or_else(rand::random);
    let kills = variable("KOLONKA_CRASH_KILLS").unwrap_or(200);
    eprintln!("KOLONKA_CRASH_SEED={seed} repeats the moments of these {kills} kills");
    let begun = Instant::now();
    let share = kills.div_ceil(INSTALLATIONS.len() as u64);
    let installations = INSTALLATIONS.into_iter().filter(|kind| !kind.is_missing());
    let installations: Vec<DatabaseKind> = installations.collect();
    let lives =
        (1..).zip(installations.clone()).map(|(nth, kind)| kill_repeatedly(kind, share, seed ^ (nth << 32)));
    let orders = join_all(lives).await;
    for (kind, (killed, orders)) in installations.iter().zip(orders) {
        eprintln!("{kind:?}: {killed} kills, {orders} orders, all right, {:.0?}", begun.elapsed());
    }
}
