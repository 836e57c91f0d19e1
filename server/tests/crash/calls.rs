//! Killed right before and right after every call to Invoicebox and to the station.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures::future::join_all;

use crate::{
    journal::assert_all_is_well,
    process::{Kolonka, invoicebox},
    proxy::{Proxy, Side},
    shopper::{Errand, shop},
};
use test_support::DatabaseKind;

/// Whose calls a server is killed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Invoicebox,
    Station,
}

/// One errand whose server is killed on its nth call; tells whether there was such a call.
async fn live(kind: DatabaseKind, errand: Errand, way: Way, side: Side, nth: u32) -> bool {
    let invoicebox = invoicebox().await;
    let proxy = Arc::new(Proxy::new().await);
    let api = |host: &str| format!("{host}/sandbox/invoicebox");
    let kolonka = Arc::new(match way {
        Way::Invoicebox => Kolonka::new(kind, api(&proxy.url)).await,
        Way::Station => {
            let station = Some(proxy.url.clone());
            Kolonka::over(kind, api(&invoicebox.url), station).await
        }
    });
    let target = match way {
        Way::Invoicebox => invoicebox.url.as_str(),
        Way::Station => kolonka.station.url(),
    };
    let target = target.trim_start_matches("http://").to_owned();
    let carrying = tokio::spawn(Arc::clone(&proxy).carry(target, Arc::clone(&kolonka), side, nth));
    kolonka.start(None);
    let over = AtomicBool::new(false);
    let shopping = async {
        let view = shop(&kolonka, &invoicebox, errand).await;
        // Without a kill the customer gets what they are after.
        let undisturbed = proxy.calls() < nth;
        assert!(!undisturbed || view["status"] == errand.ends()[0], "{errand:?}: {view}");
        assert_all_is_well(&kolonka, &invoicebox, &[(errand, view)]).await;
        over.store(true, Ordering::SeqCst);
    };
    tokio::join!(kolonka.revive(&over, side != Side::Late), shopping);
    carrying.abort();
    proxy.calls() >= nth
}

async fn on_every_call(kind: DatabaseKind, errands: &[(Errand, Way)]) {
    if kind.is_missing() {
        return;
    }
    let sides = [Side::Before, Side::After, Side::Late];
    let cases = errands.iter().flat_map(|(errand, way)| sides.map(|side| (*errand, *way, side)));
    join_all(cases.map(|(errand, way, side)| async move {
        let mut nth = 1;
        while live(kind, errand, way, side, nth).await {
            nth += 1;
        }
        eprintln!("{kind:?}: {errand:?}, killed {side:?} each of {} calls to {way:?}", nth - 1);
        assert!(nth > 1, "{errand:?} calls {way:?}");
    }))
    .await;
}

const BUYING: [(Errand, Way); 3] =
    [(Errand::Fuel, Way::Invoicebox), (Errand::CallOff, Way::Invoicebox), (Errand::Fuel, Way::Station)];
const CALLING_OFF: [(Errand, Way); 2] =
    [(Errand::CallOffPaid, Way::Invoicebox), (Errand::CallOffPaid, Way::Station)];

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    on_every_call(DatabaseKind::Sqlite, &BUYING).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    on_every_call(DatabaseKind::Postgres, &BUYING).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_is_called_off_on_sqlite() {
    on_every_call(DatabaseKind::Sqlite, &CALLING_OFF).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_is_called_off_on_postgres() {
    on_every_call(DatabaseKind::Postgres, &CALLING_OFF).await;
}
