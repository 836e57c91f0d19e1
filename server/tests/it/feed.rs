//! The feed of the stations' own server: what it may change, and what its silence does.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{Json, Router, extract::Query, http::StatusCode, routing::get};
use domain::{
    fuel::FuelId,
    geo::Point,
    id::{PumpNumber, StationId},
    money::Kopecks,
};
use serde_json::{Value, json};
use server::{
    clock::to_millis,
    database::Database,
    station_link::{
        FeedAnswer, FeedDoubts, FeedError, ReportedPrice, ReportedPump, ReportedStation, StationCallError,
        StationFeed,
    },
    stations::{
        feed::{Feed, FeedFailure},
        store::StationStore,
    },
    workers::WorkerContext,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use test_support::{DatabaseKind, ErrorBody, TestServer, draft, goods_draft, on_both_databases, until};

on_both_databases! {
    pumps_and_prices_are_the_feeds_and_the_rest_stays_as_people_entered_it,
    an_implausible_answer_changes_nothing,
    an_answer_older_than_a_change_does_not_undo_it,
    a_silent_station_sells_no_fuel_until_its_next_sign_of_life,
    a_station_is_silent_alone_when_it_is_switched_off_or_not_named,
    a_mark_from_a_clock_that_was_ahead_keeps_nobody_from_asking,
}

const FEED_PAUSE: Duration = Duration::from_secs(60);

/// Double of the station server; its answers are set by the test.
#[derive(Default)]
struct FeedDouble {
    stations: Mutex<Vec<ReportedStation>>,
    prices: Mutex<Vec<ReportedPrice>>,
    is_down: AtomicBool,
    asked: AtomicUsize,
    /// Number of requests for prices, each made once the answer about stations is recorded.
    recorded: AtomicUsize,
}

#[async_trait]
impl StationFeed for FeedDouble {
    async fn stations(&self) -> Result<FeedAnswer<ReportedStation>, FeedError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.is_down.load(Ordering::SeqCst) {
            return Err(StationCallError::Silent.into());
        }
        Ok(FeedAnswer { rows: self.stations.lock().unwrap().clone(), doubts: FeedDoubts::default() })
    }

    async fn prices(&self) -> Result<FeedAnswer<ReportedPrice>, FeedError> {
        self.recorded.fetch_add(1, Ordering::SeqCst);
        Ok(FeedAnswer { rows: self.prices.lock().unwrap().clone(), doubts: FeedDoubts::default() })
    }
}

fn reported_station(id: &str) -> ReportedStation {
    ReportedStation {
        id: StationId(id.to_owned()),
        enabled: true,
        name: "Имя из системы".to_owned(),
        address: "Адрес из системы".to_owned(),
        point: None,
        pumps: None,
    }
}

fn reported_price(id: &str, fuel: FuelId, kopecks: i64) -> ReportedPrice {
    ReportedPrice { station: StationId(id.to_owned()), fuel, price: Some(Kopecks::new(kopecks)) }
}

/// Names every station that the server has, and nothing more.
fn naming_all(server: &TestServer) -> Arc<FeedDouble> {
    let source = Arc::new(FeedDouble::default());
    *source.stations.lock().unwrap() =
        server.catalogue.snapshot().all().map(|entry| reported_station(&entry.station.id.0)).collect();
    source
}

fn feed(server: &TestServer, source: &Arc<FeedDouble>) -> Feed {
    let source: Arc<dyn StationFeed> = source.clone();
    Feed::new(source, server.catalogue.clone(), server.clock.clone(), FEED_PAUSE)
}

/// Follows the feed until dropped.
fn follow(server: &TestServer, source: &Arc<FeedDouble>) -> DropGuard {
    let stop = CancellationToken::new();
    let worker = WorkerContext::unsupervised(stop.clone());
    tokio::spawn(Arc::new(feed(server, source)).run(worker));
    stop.drop_guard()
}

async fn station(server: &TestServer, id: &str) -> Value {
    let (status, station) = server.post("/api/stations/get", &json!({ "id": id })).await;
    assert_eq!(status, 200, "{station}");
    station
}

fn fuel<'a>(station: &'a Value, id: &str) -> &'a Value {
    station["fuels"].as_array().unwrap().iter().find(|fuel| fuel["id"] == id).unwrap()
}

async fn payable(server: &TestServer) -> u64 {
    let query = json!({ "query": { "pay_in_app": true, "limit": 100 } });
    let (_, found) = server.post("/api/stations/find", &query).await;
    let listed = found["stations"].as_array().unwrap();
    assert!(listed.iter().all(|station| station["pay_in_app"] == true), "{found}");
    let (_, counts) = server.post("/api/stations/count", &json!({ "query": { "limit": 1 } })).await;
    assert_eq!(counts["pay_in_app"], found["total"], "list and count agree");
    found["total"].as_u64().unwrap()
}

async fn pumps_and_prices_are_the_feeds_and_the_rest_stays_as_people_entered_it(server: TestServer) {
    let before = station(&server, "sever-12").await;
    let source = Arc::new(FeedDouble::default());
    let pumps = vec![
        ReportedPump { number: PumpNumber(4), fuels: vec![FuelId::DieselWinter] },
        ReportedPump { number: PumpNumber(9), fuels: vec![FuelId::A80] },
    ];
    let new = ReportedStation { point: Some(Point { lat: 55.75, lon: 37.62 }), ..reported_station("new-1") };
    let nowhere = reported_station("new-2");
    let moved =
        ReportedStation { point: Some(Point { lat: 55.75, lon: 37.62 }), ..reported_station("sever-12") };
    *source.stations.lock().unwrap() =
        vec![ReportedStation { pumps: Some(pumps.clone()), ..moved }, new, nowhere];
    *source.prices.lock().unwrap() = vec![
        reported_price("sever-12", FuelId::DieselWinter, 7500),
        reported_price("sever-12", FuelId::A80, 5000),
        reported_price("new-1", FuelId::A95, 6100),
    ];
    let feed = feed(&server, &source);
    let report = feed.refresh().await.unwrap();
    assert_eq!((report.named, report.changes.inserted, report.changes.updated), (3, 1, 1), "{report}");
    assert_eq!(report.doubts.count, 2, "far from its place, and without one: {report}");

    let after = station(&server, "sever-12").await;
    for kept in ["name", "address", "lat", "opening_hours", "services", "amenities", "phone"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    let numbers: Vec<_> = after["pumps"].as_array().unwrap().iter().map(|pump| &pump["number"]).collect();
    assert_eq!(numbers, [4, 9]);
    let winter = fuel(&after, "diesel_winter");
    assert_eq!((&winter["price_kopecks"], &winter["max_centi"]), (&json!(7500), &json!(6000)));
    assert_eq!(fuel(&after, "a80")["price_kopecks"], 5000, "a grade that only the feed knows");
    assert!(fuel(&after, "a95")["price_kopecks"].is_null(), "not sold at yesterday's price");
    let new = station(&server, "new-1").await;
    assert_eq!((&new["name"], &new["address"]), (&json!("Имя из системы"), &json!("Адрес из системы")));
    let (status, _) = server.post("/api/stations/get", &json!({ "id": "new-2" })).await;
    assert_eq!(status, 404);

    let again = feed.refresh().await.unwrap();
    assert_eq!((again.changes.updated, again.changes.unchanged), (0, 2), "{again}");
    assert_eq!(station(&server, "sever-12").await["updated_at"], after["updated_at"], "no row is rewritten");
}

async fn an_implausible_answer_changes_nothing(server: TestServer) {
    let before = station(&server, "sever-12").await;
    let source = Arc::new(FeedDouble::default());
    let feed = feed(&server, &source);
    assert!(matches!(feed.refresh().await, Err(FeedFailure::Nothing)));
    // No prices at all; none of this station; a price that cannot be read; prices of a hundred times.
    let unreadable = ReportedPrice { price: None, ..reported_price("sever-12", FuelId::DieselWinter, 1) };
    let winter = |kopecks| reported_price("sever-12", FuelId::DieselWinter, kopecks);
    let others = ["a92", "a95", "diesel"].map(|id| FuelId::parse(id).unwrap());
    for prices in [
        vec![],
        vec![reported_price("yug-7", FuelId::A92, 6000)],
        vec![unreadable],
        vec![winter(743_501)],
        vec![winter(74)],
    ] {
        *source.stations.lock().unwrap() = vec![reported_station("sever-12")];
        let others = others.map(|fuel| ReportedPrice { price: None, ..reported_price("sever-12", fuel, 1) });
        let touches = prices.iter().any(|price| price.station.0 == "sever-12");
        let others = others.into_iter().filter(|_| touches);
        *source.prices.lock().unwrap() = prices.iter().cloned().chain(others).collect();
        feed.refresh().await.unwrap();
        assert_eq!(
            fuel(&station(&server, "sever-12").await, "diesel_winter"),
            fuel(&before, "diesel_winter")
        );
        assert_eq!(station(&server, "sever-12").await["pumps"], before["pumps"]);
    }
}

/// Answers with an old price while somebody writes a new one, then with the new one.
struct ChangingFeed {
    store: StationStore,
    now: time::OffsetDateTime,
    asked: AtomicUsize,
}

const NEW_PRICE_KOPECKS: i64 = 7700;

#[async_trait]
impl StationFeed for ChangingFeed {
    async fn stations(&self) -> Result<FeedAnswer<ReportedStation>, FeedError> {
        if self.asked.fetch_add(1, Ordering::SeqCst) == 0 {
            let id = StationId("sever-12".to_owned());
            let edit = |known: Option<&domain::station::Station>| {
                let mut station = known.unwrap().clone();
                let winter = station.trade.fuels.iter_mut().find(|fuel| fuel.id == FuelId::DieselWinter);
                winter.unwrap().price = Some(Kopecks::new(NEW_PRICE_KOPECKS));
                Ok::<_, std::convert::Infallible>((station, ()))
            };
            self.store.edit(&id, self.now, edit).await.unwrap();
        }
        Ok(FeedAnswer { rows: vec![reported_station("sever-12")], doubts: FeedDoubts::default() })
    }

    async fn prices(&self) -> Result<FeedAnswer<ReportedPrice>, FeedError> {
        let kopecks = if self.asked.load(Ordering::SeqCst) == 1 { 7000 } else { NEW_PRICE_KOPECKS };
        Ok(FeedAnswer {
            rows: vec![reported_price("sever-12", FuelId::DieselWinter, kopecks)],
            doubts: FeedDoubts::default(),
        })
    }
}

async fn an_answer_older_than_a_change_does_not_undo_it(server: TestServer) {
    let source = Arc::new(ChangingFeed {
        store: server.station_store(),
        now: server.clock.now(),
        asked: AtomicUsize::new(0),
    });
    let asked = source.clone();
    Feed::new(source, server.catalogue.clone(), server.clock.clone(), FEED_PAUSE).refresh().await.unwrap();
    assert_eq!(asked.asked.load(Ordering::SeqCst), 2, "asked again");
    assert_eq!(
        fuel(&station(&server, "sever-12").await, "diesel_winter")["price_kopecks"],
        NEW_PRICE_KOPECKS
    );
}

async fn wait_until_silent(server: &TestServer, id: &str, silent: bool) -> Value {
    until("silence", || async {
        Some(station(server, id).await).filter(|station| (station["silent"] == true) == silent)
    })
    .await
}

async fn a_silent_station_sells_no_fuel_until_its_next_sign_of_life(server: TestServer) {
    let all = payable(&server).await;
    let source = naming_all(&server);
    let _following = follow(&server, &source);
    until("the first answer", || async { (source.recorded.load(Ordering::SeqCst) > 0).then_some(()) }).await;
    source.is_down.store(true, Ordering::SeqCst);
    server.clock.advance(Duration::from_secs(200));
    until("another question", || async { (source.asked.load(Ordering::SeqCst) > 1).then_some(()) }).await;
    assert_eq!(payable(&server).await, all, "not yet");
    server.catalogue.record_sign(&StationId("sever-12".to_owned()), server.clock.now());
    server.clock.advance(Duration::from_secs(101));
    let silent = wait_until_silent(&server, "sever-8", true).await;
    assert_eq!(silent["pay_in_app"], false);
    assert_eq!(payable(&server).await, 1, "one has shown another sign of life");
    server.clock.advance(Duration::from_secs(200));
    wait_until_silent(&server, "sever-12", true).await;

    for path in ["/api/orders/quote", "/api/orders/place"] {
        let (status, answer) = server.post(path, &json!({ "draft": draft() })).await;
        assert_eq!((status, ErrorBody::of(&answer).code), (502, "forecourt_error"), "{answer}");
        assert!(ErrorBody::of(&answer).message.contains("не на связи"), "{answer}");
    }
    assert_eq!(server.count_orders().await, 0);
    server.place_order(&goods_draft()).await;

    source.is_down.store(false, Ordering::SeqCst);
    server.clock.advance(FEED_PAUSE * 2);
    let back = wait_until_silent(&server, "sever-12", false).await;
    assert_eq!(back["pay_in_app"], true);
    assert_eq!(payable(&server).await, all);
    server.place_order(&draft()).await;
}

async fn a_station_is_silent_alone_when_it_is_switched_off_or_not_named(server: TestServer) {
    let source = naming_all(&server);
    let _following = follow(&server, &source);
    until("the first answer", || async { (source.recorded.load(Ordering::SeqCst) > 0).then_some(()) }).await;
    source.stations.lock().unwrap().retain(|station| station.id.0 != "sever-8");
    let switch = |on| {
        let mut stations = source.stations.lock().unwrap();
        stations.iter_mut().find(|station| station.id.0 == "sever-12").unwrap().enabled = on;
    };
    switch(false);
    server.clock.advance(FEED_PAUSE * 2);
    wait_until_silent(&server, "sever-12", true).await;
    assert!(station(&server, "sever-8").await["silent"].is_null(), "it may have been left out by mistake");
    server.clock.advance(FEED_PAUSE * 2);
    server.clock.advance(FEED_PAUSE * 2);
    wait_until_silent(&server, "sever-8", true).await;
    switch(true);
    source.stations.lock().unwrap().push(reported_station("sever-8"));
    server.clock.advance(FEED_PAUSE * 2);
    wait_until_silent(&server, "sever-12", false).await;
    wait_until_silent(&server, "sever-8", false).await;
}

async fn a_mark_from_a_clock_that_was_ahead_keeps_nobody_from_asking(server: TestServer) {
    let database = Database::open(&server.database_url).await.unwrap();
    let tomorrow = to_millis(server.clock.now() + Duration::from_secs(26 * 3600));
    let sql = "UPDATE station_feed SET asked_at = $1, heard_at = $1";
    sqlx::query(sql).bind(tomorrow).execute(database.pool()).await.unwrap();
    let source = naming_all(&server);
    let _following = follow(&server, &source);
    until("it is asked", || async { (source.asked.load(Ordering::SeqCst) > 0).then_some(()) }).await;
    wait_until_silent(&server, "sever-12", false).await;
    assert_eq!(source.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_instances_asks_and_both_show_the_answer() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    let first = TestServer::start(DatabaseKind::Postgres).await;
    let second = first.another_instance().await;
    let (here, there) = (naming_all(&first), naming_all(&first));
    here.stations.lock().unwrap().iter_mut().find(|station| station.id.0 == "sever-12").unwrap().enabled =
        false;
    let _first = follow(&first, &here);
    wait_until_silent(&first, "sever-12", true).await;
    let _second = follow(&second, &there);
    wait_until_silent(&second, "sever-12", true).await;
    assert_eq!(payable(&second).await, payable(&first).await);
    let asked = [&here, &there].map(|source| source.asked.load(Ordering::SeqCst));
    assert_eq!(asked, [1, 0]);
}

/// A network's server by the tanker contract (docs/station-link.md).
async fn network(stations: Value, prices: Value) -> (String, DropGuard) {
    let answer = |body: Value| {
        move |Query(query): Query<Vec<(String, String)>>| async move {
            if query == [("apikey".to_owned(), "sandbox-station-key".to_owned())] {
                (StatusCode::OK, Json(body.clone()))
            } else {
                (StatusCode::UNAUTHORIZED, Json(Value::Null))
            }
        }
    };
    let router =
        Router::new().route("/it/station", get(answer(stations))).route("/it/price", get(answer(prices)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/it/", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let serving = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::spawn(async move { serving.await.unwrap() });
    (url, stop.drop_guard())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_is_followed_over_http_under_its_own_names_of_fuel() {
    let stations = json!([
        { "Id": 701, "Enable": "true", "Name": "АЗС 701", "Address": "Мира, 1",
          "Location": { "Lat": "59,93", "Lon": "30,31" },
          "Columns": { "1": { "Fuels": ["5", "дтз"] }, "2": { "fuels": ["kerosene"] } } },
        { "Name": "без номера" }
    ]);
    let prices = json!([
        { "StationId": "701", "ProductId": 5, "Price": "66,10" },
        { "StationId": "701", "ProductId": "ДТЗ", "Price": 79.5 }
    ]);
    let (url, _network) = network(stations, prices).await;
    let variables = [
        ("KOLONKA_FORECOURT", "tanker"),
        ("KOLONKA_TANKER_URL", url.as_str()),
        ("KOLONKA_TANKER_FEED_S", "60"),
        ("KOLONKA_TANKER_FUELS", "a95=5 diesel_winter=дтз"),
    ];
    let server = TestServer::start_with(DatabaseKind::Sqlite, &variables).await;
    let station = until("the station", || async {
        let (status, station) = server.post("/api/stations/get", &json!({ "id": "701" })).await;
        (status == 200).then_some(station)
    })
    .await;
    assert_eq!((&station["name"], &station["pay_in_app"]), (&json!("АЗС 701"), &json!(true)));
    let pumps = json!([{ "number": 1, "fuels": ["a95", "diesel_winter"], "state": "unknown" }]);
    assert_eq!(station["pumps"], pumps);
    assert_eq!(fuel(&station, "a95")["price_kopecks"], 6610);
    assert_eq!(fuel(&station, "diesel_winter")["price_kopecks"], 7950);
    // The stations of the sample are not of this network.
    wait_until_silent(&server, "sever-12", true).await;
}
