//! Killed right before and right after every commit in the life of an order.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::{StreamExt, stream};

use crate::{
    journal::assert_all_is_well,
    process::{Kolonka, invoicebox},
    shopper::{Errand, shop},
};
use test_support::{DatabaseKind, TestServer};

/// Lives under way at once: most of them wait for a lease to run out.
const CONCURRENT_LIVES: usize = 10;
/// More commits than an order needs.
const MAX_COMMITS_PER_ORDER: u32 = 60;

/// So many lives in a row without a kill are the end: the order's life has fewer commits. A single one may be chance, since
/// the number of commits in a life is not always the same.
const SURVIVED_AT_THE_END: u32 = 3;

/// One life of an order whose server kills itself at `moment`; tells whether the moment came.
async fn live(kind: DatabaseKind, invoicebox: &TestServer, moment: &str) -> bool {
    let api = format!("{}/sandbox/invoicebox", invoicebox.url);
    let kolonka = Kolonka::new(kind, api).await;
    kolonka.start(Some(moment));
    let over = AtomicBool::new(false);
    let errand = async {
        let view = shop(&kolonka, invoicebox, Errand::Fuel).await;
        assert_all_is_well(&kolonka, invoicebox, &[(Errand::Fuel, view)]).await;
        over.store(true, Ordering::SeqCst);
    };
    let (deaths, ()) = tokio::join!(kolonka.revive(&over, true), errand);
    deaths > 0
}

async fn at_every(moment: &str, kind: DatabaseKind) {
    if kind.is_missing() {
        return;
    }
    let invoicebox = invoicebox().await;
    let lives = stream::iter(1..=MAX_COMMITS_PER_ORDER)
        .map(|nth| {
            let (invoicebox, moment) = (&invoicebox, format!("{moment}:{nth}"));
            async move { live(kind, invoicebox, &moment).await }
        })
        .buffered(CONCURRENT_LIVES);
    tokio::pin!(lives);
    let (mut kills, mut survived_in_a_row) = (0, 0);
    while let Some(killed) = lives.next().await
        && survived_in_a_row < SURVIVED_AT_THE_END
    {
        (kills, survived_in_a_row) = if killed { (kills + 1, 0) } else { (kills, survived_in_a_row + 1) };
    }
    eprintln!("{kind:?}: killed at {kills} commits, {moment}");
    assert!((8..MAX_COMMITS_PER_ORDER).contains(&kills), "an order's life has many commits, not {kills}");
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
