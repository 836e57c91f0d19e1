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
    support::DatabaseKind,
};

/// Whose calls a server is killed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Invoicebox,
    Station,
}

/// One errand whose server is killed on its nth call; tells whether there was such a call.
async fn live(kind: DatabaseKind, errand: Errand, way: Way, side: Side, nth: u32) -> Option<bool> {
    let invoicebox = invoicebox().await;
    let proxy = Arc::new(Proxy::new().await);
    let api = |host: &str| format!("{host}/sandbox/invoicebox");
    let kolonka = Arc::new(match way {
        Way::Invoicebox => Kolonka::new(kind, api(&proxy.url)).await?,
        Way::Station => Kolonka::over(kind, api(&invoicebox.url), Some(proxy.url.clone())).await?,
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
        assert_all_is_well(&kolonka, &invoicebox, &[(errand, view)]).await;
        over.store(true, Ordering::SeqCst);
    };
    tokio::join!(kolonka.revive(&over, side != Side::Late), shopping);
    carrying.abort();
    Some(proxy.calls() >= nth)
}

async fn on_every_call(kind: DatabaseKind) {
    let errands =
        [(Errand::Fuel, Way::Invoicebox), (Errand::CallOff, Way::Invoicebox), (Errand::Fuel, Way::Station)];
    let sides = [Side::Before, Side::After, Side::Late];
    let cases = errands.into_iter().flat_map(|(errand, way)| sides.map(|side| (errand, way, side)));
    join_all(cases.map(|(errand, way, side)| async move {
        let mut nth = 1;
        while let Some(true) = live(kind, errand, way, side, nth).await {
            nth += 1;
        }
        eprintln!("{kind:?}: {errand:?}, killed {side:?} each of {} calls to {way:?}", nth - 1);
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    on_every_call(DatabaseKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    on_every_call(DatabaseKind::Postgres).await;
}
