//! Killed at random moments while customers come and go.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;

use crate::{
    customer::{Bought, buy},
    journal::assert_all_orders_consistent,
    process::{Installation, invoicebox},
    random_kills,
    scenario::{Scenario, Wish},
    variable,
};
use test_support::{DatabaseKind, TestServer};

/// Installations killed side by side, each with customers of its own, and what these want.
const INSTALLATIONS: [(DatabaseKind, &[Scenario]); 6] = [
    (DatabaseKind::Sqlite, &AT_LINKED_PUMPS),
    (DatabaseKind::Postgres, &AT_LINKED_PUMPS),
    (DatabaseKind::Sqlite, &AT_LINKED_PUMPS),
    (DatabaseKind::Postgres, &AT_LINKED_PUMPS),
    (DatabaseKind::Sqlite, &[Scenario::ByHand]),
    (DatabaseKind::Postgres, &[Scenario::StartedByPayment, Scenario::StartedByPayment, Scenario::Goods]),
];
/// Customers of one installation at a time.
const CUSTOMER_COUNT: u64 = 6;
/// Orders that must have been made under the kills: on a slow machine it takes more kills until so many have been made.
const MIN_ORDERS: usize = 10;
/// Kills beyond those asked for, at most: with more, orders make no progress.
const MAX_EXTRA_KILLS: u64 = 1000;
/// Longest life of a process once it serves; longer where a start takes long, so that something happens in a life on a slow
/// machine, too.
const MAX_LIFETIME: Duration = Duration::from_millis(1200);

/// Of how many kills one falls on orders that were paid days before.
const LATER_KILLS: u64 = 5;
/// Days between the payment and the start of orders that were paid in advance, and then until the others end.
const DAYS: u64 = 4;

/// What customers want, the more often the more often it is named. None loses a withdrawal: customers share a pump here, and a
/// pump that somebody else has proves nothing about a release that its station has forgotten.
const AT_LINKED_PUMPS: [Scenario; 16] = [
    Scenario::Fuel,
    Scenario::Fuel,
    Scenario::AnotherPump,
    Scenario::ThirdPump,
    Scenario::ThirdPump,
    Scenario::Goods,
    Scenario::Cancel,
    Scenario::CancelStarted,
    Scenario::Prepaid,
    Scenario::NeverStarted,
    Scenario::NothingFlowed,
    Scenario::Refund,
    Scenario::StartedByCashier,
    Scenario::ByGuarantee,
    Scenario::CancelGuarantee,
    Scenario::PaidTwice,
];

/// What a customer has done while the server was killed.
#[derive(Default)]
struct Done {
    ended: Vec<(Scenario, Value)>,
    /// Orders that end days later.
    later: Vec<Bought>,
}

async fn customer(
    kolonka: &Installation,
    invoicebox: &TestServer,
    scenarios: &[Scenario],
    seed: u64,
    (ended, over): (&AtomicUsize, &AtomicBool),
) -> Done {
    let mut random = StdRng::seed_from_u64(seed);
    let mut done = Done::default();
    while !over.load(Ordering::SeqCst) {
        let scenario = scenarios[random.random_range(0..scenarios.len())];
        let bought = buy(kolonka, invoicebox, scenario).await;
        if scenario.ends_days_later() {
            if scenario == Scenario::NothingFlowed {
                bought.until_ended(kolonka, scenario.wish()).await;
            }
            done.later.push(bought);
        } else {
            let view = bought.finish(kolonka).await;
            done.ended.push((scenario, view));
        }
        ended.fetch_add(1, Ordering::SeqCst);
    }
    done
}

/// Kills the processes at random moments, at least `kills` times and until so many orders have been made. Returns the number
/// of kills.
async fn kill_at_random(
    kolonka: &Installation,
    random: &mut StdRng,
    kills: u64,
    ended: &AtomicUsize,
    min_orders: usize,
) -> u64 {
    let mut killed = 0;
    while killed < kills || ended.load(Ordering::SeqCst) < min_orders {
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
    killed
}

/// Kills one installation's processes, at least `kills` times. Returns the number of kills and of orders.
async fn kill_repeatedly(kind: DatabaseKind, scenarios: &[Scenario], kills: u64, seed: u64) -> (u64, usize) {
    let invoicebox = invoicebox().await;
    let kolonka = Installation::new(kind, format!("{}/sandbox/invoicebox", invoicebox.url)).await;
    // Those that need settings of their own come first.
    let kolonka = kolonka.with_variables(scenarios[0].variables());
    let (over, ended) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut random = StdRng::seed_from_u64(seed);
    // In each of two steps of the clock.
    let later_kills = (kills / LATER_KILLS / 2).max(1);
    let killer = async {
        let killed = kill_at_random(&kolonka, &mut random, kills - 2 * later_kills, &ended, MIN_ORDERS).await;
        over.store(true, Ordering::SeqCst);
        killed
    };
    let customers = (1..=CUSTOMER_COUNT)
        .map(|nth| customer(&kolonka, &invoicebox, scenarios, seed ^ nth, (&ended, &over)));
    let (mut killed, done) = tokio::join!(killer, join_all(customers));
    let mut orders = Vec::new();
    let mut later = Vec::new();
    for one in done {
        orders.extend(one.ended);
        later.extend(one.later);
    }
    // Days later some come and start their pumps; the money of the others goes back.
    for comes in [true, false] {
        kolonka.advance(Duration::from_secs(DAYS * 24 * 3600)).await;
        let is_due = |bought: &&Bought| matches!(bought.scenario.wish(), Wish::Start { .. }) == comes;
        let killer = kill_at_random(&kolonka, &mut random, later_kills, &ended, 0);
        let due =
            later.iter().filter(is_due).map(async |bought| (bought.scenario, bought.finish(&kolonka).await));
        let (some, views) = tokio::join!(killer, join_all(due));
        killed += some;
        orders.extend(views);
    }
    assert_all_orders_consistent(&kolonka, &invoicebox, &orders).await;
    let is_linked = scenarios[0] != Scenario::ByHand;
    assert_eq!(kolonka.station.orders().is_empty(), !is_linked, "what the station has counted");
    (killed, orders.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn at_random_moments_under_load() {
    let seed = variable("KOLONKA_CRASH_SEED").unwrap_or_else(rand::random);
    let kills = random_kills();
    eprintln!("KOLONKA_CRASH_SEED={seed} repeats the moments of these {kills} kills");
    let begun = Instant::now();
    let installations: Vec<_> = INSTALLATIONS.into_iter().filter(|(kind, _)| !kind.is_missing()).collect();
    let share = kills.div_ceil(installations.len() as u64);
    let lives = (1..)
        .zip(installations.clone())
        .map(|(nth, (kind, scenarios))| kill_repeatedly(kind, scenarios, share, seed ^ (nth << 32)));
    let orders = join_all(lives).await;
    for ((kind, scenarios), (killed, orders)) in installations.iter().zip(orders) {
        eprintln!(
            "{kind:?} {:?}: {killed} kills, {orders} orders, all right, {:.0?}",
            scenarios[0],
            begun.elapsed()
        );
    }
}
