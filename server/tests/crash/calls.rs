//! Killed right before and right after every call to Invoicebox and to the station.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures::{StreamExt, future::join_all, stream};
use tokio::task::JoinSet;

use crate::{
    customer::run_scenario,
    has_time,
    journal::assert_all_orders_consistent,
    process::{Installation, invoicebox},
    proxy::{Proxy, Side},
    scenario::Scenario,
    turn,
};
use test_support::DatabaseKind;

/// Runs of one case under way at once: most of them wait for a lease to run out.
const CONCURRENT_RUNS: usize = 3;

/// The side whose calls a server is killed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallTarget {
    Invoicebox,
    Station,
}

/// Runs a scenario whose server is killed on its nth call. Returns whether there was such a call.
async fn run_killed_on_call(
    kind: DatabaseKind,
    scenario: Scenario,
    target: CallTarget,
    side: Side,
    nth: u32,
) -> bool {
    let _turn = turn().await;
    let invoicebox = invoicebox().await;
    let proxy = Arc::new(Proxy::new().await);
    let api = |host: &str| format!("{host}/sandbox/invoicebox");
    let kolonka = match target {
        CallTarget::Invoicebox => Installation::new(kind, api(&proxy.url)).await,
        CallTarget::Station => {
            let station = Some(proxy.url.clone());
            Installation::with_station_url(kind, api(&invoicebox.url), station).await
        }
    };
    let kolonka = Arc::new(kolonka.with_variables(scenario.variables()));
    let target_url = match target {
        CallTarget::Invoicebox => invoicebox.url.as_str(),
        CallTarget::Station => kolonka.station.url(),
    };
    let target_addr = target_url.trim_start_matches("http://").to_owned();
    // Ends with this run, also where nobody waits for it any more.
    let mut forwarding = JoinSet::new();
    forwarding.spawn(Arc::clone(&proxy).forward_all(target_addr, Arc::clone(&kolonka), side, nth));
    kolonka.start(None);
    let over = AtomicBool::new(false);
    let customer = async {
        let view = run_scenario(&kolonka, &invoicebox, scenario).await;
        // Without a kill the scenario ends as intended.
        let undisturbed = proxy.calls() < nth;
        assert!(!undisturbed || view["status"] == scenario.final_statuses()[0], "{scenario:?}: {view}");
        assert_all_orders_consistent(&kolonka, &invoicebox, &[(scenario, view)]).await;
        over.store(true, Ordering::SeqCst);
    };
    tokio::join!(kolonka.revive(&over, side != Side::Late), customer);
    proxy.calls() >= nth
}

async fn on_every_call(kind: DatabaseKind, scenarios: &[(Scenario, CallTarget)]) {
    if kind.is_missing() {
        return;
    }
    let sides = [Side::Before, Side::After, Side::Late];
    let cases = scenarios.iter().flat_map(|(scenario, target)| sides.map(|side| (*scenario, *target, side)));
    join_all(cases.map(|(scenario, target, side)| async move {
        let runs = stream::iter(1..)
            .map(|nth| run_killed_on_call(kind, scenario, target, side, nth))
            .buffered(CONCURRENT_RUNS);
        let calls = runs.take_while(|killed| std::future::ready(*killed)).count().await;
        eprintln!("{kind:?}: {scenario:?}, killed {side:?} each of {calls} calls to {target:?}");
        assert!(calls > 0, "{scenario:?} calls {target:?}");
    }))
    .await;
}

const PURCHASE_CALLS: [(Scenario, CallTarget); 3] = [
    (Scenario::Refund, CallTarget::Invoicebox),
    (Scenario::Cancel, CallTarget::Invoicebox),
    (Scenario::AnotherPump, CallTarget::Station),
];
const CANCEL_CALLS: [(Scenario, CallTarget); 2] =
    [(Scenario::CancelStarted, CallTarget::Invoicebox), (Scenario::CancelStarted, CallTarget::Station)];
/// Left out where there is no time.
const RARE_CALLS: [(Scenario, CallTarget); 11] = [
    (Scenario::ThirdPump, CallTarget::Station),
    (Scenario::WithdrawalLost, CallTarget::Station),
    (Scenario::Prepaid, CallTarget::Invoicebox),
    (Scenario::Prepaid, CallTarget::Station),
    (Scenario::NeverStarted, CallTarget::Invoicebox),
    (Scenario::NothingFlowed, CallTarget::Invoicebox),
    (Scenario::PaidTwice, CallTarget::Invoicebox),
    (Scenario::StartedByCashier, CallTarget::Station),
    (Scenario::StartedByPayment, CallTarget::Invoicebox),
    (Scenario::StartedByPayment, CallTarget::Station),
    (Scenario::ByHand, CallTarget::Invoicebox),
];

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    on_every_call(DatabaseKind::Sqlite, &PURCHASE_CALLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    on_every_call(DatabaseKind::Postgres, &PURCHASE_CALLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_started_order_on_sqlite() {
    on_every_call(DatabaseKind::Sqlite, &CANCEL_CALLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_started_order_on_postgres() {
    on_every_call(DatabaseKind::Postgres, &CANCEL_CALLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rare_on_sqlite() {
    if has_time() {
        on_every_call(DatabaseKind::Sqlite, &RARE_CALLS).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rare_on_postgres() {
    if has_time() {
        on_every_call(DatabaseKind::Postgres, &RARE_CALLS).await;
    }
}
