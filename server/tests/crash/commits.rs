//! Killed right before and right after every commit in the life of an order.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::{StreamExt, stream};

use crate::{
    customer::run_scenario,
    has_time,
    journal::assert_all_orders_consistent,
    process::{Installation, invoicebox},
    scenario::Scenario,
    turn,
};
use test_support::{DatabaseKind, TestServer};

/// Runs under way at once: most of them wait for a lease to run out.
const CONCURRENT_RUNS: usize = 20;
/// Upper limit of the commits in the life of one order.
const MAX_COMMITS_PER_ORDER: u32 = 60;

/// Runs in a row without a kill after which the search stops: the order's life has fewer commits. A single one may be
/// chance, since the number of commits in a life varies.
const SURVIVALS_TO_STOP: u32 = 3;

/// Runs the life of one order whose server kills itself at `moment`. Returns whether the moment came.
async fn run_killed_at_commit(
    kind: DatabaseKind,
    invoicebox: &TestServer,
    scenario: Scenario,
    moment: &str,
) -> bool {
    let _turn = turn().await;
    let api = format!("{}/sandbox/invoicebox", invoicebox.url);
    let kolonka = Installation::new(kind, api).await.with_variables(scenario.variables());
    kolonka.start(Some(moment));
    let over = AtomicBool::new(false);
    let customer = async {
        let view = run_scenario(&kolonka, invoicebox, scenario).await;
        assert_all_orders_consistent(&kolonka, invoicebox, &[(scenario, view)]).await;
        over.store(true, Ordering::SeqCst);
    };
    let (deaths, ()) = tokio::join!(kolonka.revive(&over, true), customer);
    deaths > 0
}

/// The lives whose every commit a server is killed at: the first one has a start, a refusal, and the start of another pump, and the
/// second has no station; the others are left out where there is no time.
fn scenarios() -> &'static [Scenario] {
    let all = &[
        Scenario::AnotherPump,
        Scenario::ByHand,
        Scenario::ThirdPump,
        Scenario::CancelStarted,
        Scenario::WithdrawalLost,
        Scenario::Prepaid,
        Scenario::NeverStarted,
        Scenario::NothingFlowed,
        Scenario::PaidTwice,
        Scenario::Refund,
        Scenario::StartedByCashier,
        Scenario::StartedByPayment,
    ];
    if has_time() { all } else { &all[..2] }
}

async fn at_every(moment: &str, kind: DatabaseKind) {
    if kind.is_missing() {
        return;
    }
    let invoicebox = invoicebox().await;
    for scenario in scenarios() {
        let runs = stream::iter(1..=MAX_COMMITS_PER_ORDER)
            .map(|nth| {
                let (invoicebox, moment) = (&invoicebox, format!("{moment}:{nth}"));
                async move { run_killed_at_commit(kind, invoicebox, *scenario, &moment).await }
            })
            .buffered(CONCURRENT_RUNS);
        tokio::pin!(runs);
        let (mut kills, mut survived_in_a_row) = (0, 0);
        while let Some(killed) = runs.next().await
            && survived_in_a_row < SURVIVALS_TO_STOP
        {
            (kills, survived_in_a_row) = if killed { (kills + 1, 0) } else { (kills, survived_in_a_row + 1) };
        }
        eprintln!("{kind:?}: {scenario:?}, killed at {kills} commits, {moment}");
        assert!((8..MAX_COMMITS_PER_ORDER).contains(&kills), "a life has many commits, not {kills}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_every_commit_on_sqlite() {
    at_every("before_commit", DatabaseKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_every_commit_on_sqlite() {
    at_every("after_commit", DatabaseKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_every_commit_on_postgres() {
    at_every("before_commit", DatabaseKind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_every_commit_on_postgres() {
    at_every("after_commit", DatabaseKind::Postgres).await;
}
