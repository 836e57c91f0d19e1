//! Killed right before and right after every call to Invoicebox and to the station.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures::future::join_all;

use crate::{
    journal::assert_all_orders_consistent,
    process::{Installation, invoicebox},
    proxy::{Proxy, Side},
    scenario::{Scenario, run_scenario},
};
use test_support::DatabaseKind;

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
    let invoicebox = invoicebox().await;
    let proxy = Arc::new(Proxy::new().await);
    let api = |host: &str| format!("{host}/sandbox/invoicebox");
    let kolonka = Arc::new(match target {
        CallTarget::Invoicebox => Installation::new(kind, api(&proxy.url)).await,
        CallTarget::Station => {
            let station = Some(proxy.url.clone());
            Installation::with_station_url(kind, api(&invoicebox.url), station).await
        }
    });
    let target_url = match target {
        CallTarget::Invoicebox => invoicebox.url.as_str(),
        CallTarget::Station => kolonka.station.url(),
    };
    let target_addr = target_url.trim_start_matches("http://").to_owned();
    let forwarding =
        tokio::spawn(Arc::clone(&proxy).forward_all(target_addr, Arc::clone(&kolonka), side, nth));
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
    forwarding.abort();
    proxy.calls() >= nth
}

async fn on_every_call(kind: DatabaseKind, scenarios: &[(Scenario, CallTarget)]) {
    if kind.is_missing() {
        return;
    }
    let sides = [Side::Before, Side::After, Side::Late];
    let cases = scenarios.iter().flat_map(|(scenario, target)| sides.map(|side| (*scenario, *target, side)));
    join_all(cases.map(|(scenario, target, side)| async move {
        let mut nth = 1;
        while run_killed_on_call(kind, scenario, target, side, nth).await {
            nth += 1;
        }
        eprintln!("{kind:?}: {scenario:?}, killed {side:?} each of {} calls to {target:?}", nth - 1);
        assert!(nth > 1, "{scenario:?} calls {target:?}");
    }))
    .await;
}

const PURCHASE_CALLS: [(Scenario, CallTarget); 3] = [
    (Scenario::Fuel, CallTarget::Invoicebox),
    (Scenario::Cancel, CallTarget::Invoicebox),
    (Scenario::Fuel, CallTarget::Station),
];
const CANCEL_CALLS: [(Scenario, CallTarget); 2] =
    [(Scenario::CancelPaid, CallTarget::Invoicebox), (Scenario::CancelPaid, CallTarget::Station)];

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    on_every_call(DatabaseKind::Sqlite, &PURCHASE_CALLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    on_every_call(DatabaseKind::Postgres, &PURCHASE_CALLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_paid_order_on_sqlite() {
    on_every_call(DatabaseKind::Sqlite, &CANCEL_CALLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_paid_order_on_postgres() {
    on_every_call(DatabaseKind::Postgres, &CANCEL_CALLS).await;
}
