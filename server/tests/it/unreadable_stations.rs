//! A station whose row cannot be read: nobody but that station is affected.

use domain::{id::StationId, station::Station};
use server::{
    database::Database,
    stations::{catalogue::Catalogue, store::StationStore},
};

use test_support::{TestServer, on_both_databases};

on_both_databases! {
    a_start_and_a_reload_go_on_with_the_others,
    the_feed_leaves_it_alone_and_an_import_repairs_it,
}

const DAMAGED: &str = "sever-12";
const WHOLE: &str = "yug-7";

async fn store(server: &TestServer) -> StationStore {
    StationStore::new(Database::open(&server.database_url).await.unwrap())
}

fn station(server: &TestServer, id: &str) -> Option<Station> {
    server.catalogue.snapshot().get(&StationId(id.to_owned())).map(|entry| entry.station.clone())
}

/// Cuts the body of a station in two, and has the catalogue read again.
async fn damage(server: &TestServer) {
    let database = Database::open(&server.database_url).await.unwrap();
    let mut transaction = database.write().await.unwrap();
    let sql = "UPDATE stations SET body = SUBSTR(body, 1, 100), updated_at = updated_at + 1 WHERE id = $1";
    let damaged = sqlx::query(sql).bind(DAMAGED).execute(&mut *transaction).await.unwrap();
    assert_eq!(damaged.rows_affected(), 1);
    let sql = "UPDATE catalogue SET version = version + 1 WHERE id = 'stations'";
    sqlx::query(sql).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    server.catalogue.refresh().await.expect("a catalogue of the others");
}

async fn a_start_and_a_reload_go_on_with_the_others(server: TestServer) {
    let before = server.catalogue.snapshot().all().count();
    damage(&server).await;
    assert!(station(&server, DAMAGED).is_none());
    assert_eq!(server.catalogue.snapshot().all().count(), before - 1);

    let store = store(&server).await;
    let mut other = station(&server, WHOLE).unwrap();
    other.city = "Кронштадт".to_owned();
    let changes = store.upsert(vec![other], server.clock.now()).await.unwrap();
    assert_eq!((changes.inserted, changes.updated), (0, 1));
    server.catalogue.refresh().await.unwrap();
    assert_eq!(station(&server, WHOLE).unwrap().city, "Кронштадт");

    let started = Catalogue::load(store.clone(), false).await.expect("a start");
    assert_eq!(started.snapshot().all().count(), before - 1);
    store.get(&StationId(DAMAGED.to_owned())).await.expect_err("a single read is an error of ours");
    let metrics = server.get("/metrics").await.text().await.unwrap();
    let counted = metrics.lines().find_map(|line| line.strip_prefix("kolonka_unreadable_stations_total "));
    assert!(counted.is_some_and(|count| count != "0"), "{counted:?}");
}

async fn the_feed_leaves_it_alone_and_an_import_repairs_it(server: TestServer) {
    let (known, mut other) = (station(&server, DAMAGED).unwrap(), station(&server, WHOLE).unwrap());
    damage(&server).await;
    let store = store(&server).await;
    other.city = "Кронштадт".to_owned();
    let version = store.version().await.unwrap();
    let stations = vec![known.clone(), other];
    let changes = store.replace(version, stations, server.clock.now()).await.unwrap().unwrap();
    assert_eq!((changes.inserted, changes.updated), (0, 1));
    server.catalogue.refresh().await.unwrap();
    assert!(station(&server, DAMAGED).is_none());
    assert_eq!(station(&server, WHOLE).unwrap().city, "Кронштадт");

    let version = store.version().await.unwrap();
    store.replace(version, vec![known.clone()], server.clock.now()).await.unwrap().unwrap();
    assert_eq!(store.version().await.unwrap(), version, "nothing written is no change");

    store.upsert(vec![known.clone()], server.clock.now()).await.unwrap();
    server.catalogue.refresh().await.unwrap();
    assert_eq!(station(&server, DAMAGED), Some(known));
}
