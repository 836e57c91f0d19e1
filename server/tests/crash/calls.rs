//! Killed right before and right after every call to Invoicebox.

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

/// One errand whose server is killed on its nth call; tells whether there was such a call.
async fn live(kind: DatabaseKind, errand: Errand, side: Side, nth: u32) -> Option<bool> {
    let invoicebox = invoicebox().await;
    let proxy = Arc::new(Proxy::new().await);
    let kolonka = Arc::new(Kolonka::new(kind, format!("{}/sandbox/invoicebox", proxy.url)).await?);
    let target = invoicebox.url.trim_start_matches("http://").to_owned();
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
    let errands = [Errand::Fuel, Errand::CallOff];
    let sides = [Side::Before, Side::After, Side::Late];
    let cases = errands.into_iter().flat_map(|errand| sides.map(|side| (errand, side)));
    join_all(cases.map(|(errand, side)| async move {
        let mut nth = 1;
        while let Some(true) = live(kind, errand, side, nth).await {
            nth += 1;
        }
        eprintln!("{kind:?}: {errand:?}, killed {side:?} each of {} calls", nth - 1);
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
