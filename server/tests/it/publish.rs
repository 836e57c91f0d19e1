//! Stations become shops of the marketplace: once, completely, and whatever happens on the way.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
};

use domain::{geo::Point, id::StationId, station::Station};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use server::{
    clock::Clock,
    database::Database,
    invoicebox::{ApiVersion, InvoiceboxClient, InvoiceboxClientSettings, InvoiceboxLimits},
    stations::{
        publish::{
            PublishOutcome, PublishReport, PublishedNetwork, Publisher, ShopName, ShopRecords, limits,
            shop_url,
        },
        store::StationStore,
    },
};

use test_support::{DEMO_MERCHANT_ID, DEMO_TOKEN, TestServer, on_both_databases, until};

on_both_databases! {
    every_station_becomes_one_shop,
    only_changes_are_published,
    a_killed_run_is_resumed,
    a_refusal_is_reported_and_retried,
    the_limits_of_the_account_are_kept,
    a_wrong_token_ends_the_run,
    a_shop_opens_its_station,
    a_shop_recorded_beside_another_change_is_seen,
}

async fn store(server: &TestServer) -> StationStore {
    StationStore::new(Database::open(&server.database_url).await.unwrap())
}

/// An edit of a station that there is.
fn changed(known: Option<&Station>, change: impl FnOnce(&mut Station)) -> Result<(Station, ()), Infallible> {
    let mut station = known.unwrap().clone();
    change(&mut station);
    Ok((station, ()))
}

async fn publisher(server: &TestServer, token: &str) -> Publisher {
    let url = format!("{}/sandbox/invoicebox", server.url);
    let mut settings = InvoiceboxClientSettings::new(url, ApiVersion::V3, SecretString::from(token));
    settings.limits = InvoiceboxLimits { requests: 10_000, ..limits() };
    let network =
        PublishedNetwork { public_url: server.url.clone(), merchant_id: DEMO_MERCHANT_ID.to_owned() };
    Publisher::new(store(server).await, InvoiceboxClient::new(settings).unwrap(), Clock::system(), network)
}

/// Runs the publisher to its end; returns the report and the line of each shop.
async fn run(server: &TestServer) -> (PublishReport, Vec<String>) {
    let mut output = Vec::new();
    let report = publisher(server, DEMO_TOKEN).await.run(|step| output.push(step.to_string())).await.unwrap();
    (report, output)
}

async fn shops(server: &TestServer) -> Vec<Value> {
    let answer = server.control(json!({ "invoicebox": { "shops": true } })).await;
    serde_json::from_value(answer["invoicebox"]["shops"].clone()).unwrap()
}

/// Status of each call to the marketplace, oldest first.
async fn calls(server: &TestServer) -> Vec<i64> {
    let answer = server.control(json!({ "invoicebox": { "log": true } })).await;
    let requests: Vec<Value> =
        serde_json::from_value(answer["invoicebox"]["log"]["requests"].clone()).unwrap();
    requests
        .iter()
        .filter(|request| request["path"].as_str().unwrap().starts_with("v3/marketplace/"))
        .map(|request| request["status"].as_i64().unwrap())
        .collect()
}

/// Leaves a few stations enabled, so that a test need not publish all of them.
async fn keep(server: &TestServer, ids: &[&str]) {
    let store = store(server).await;
    for stored in store.load_all().await.unwrap().stations {
        if !ids.contains(&stored.station.id.0.as_str()) {
            edit(&store, &stored.station.id.0, |station| station.enabled = false).await;
        }
    }
}

async fn edit(store: &StationStore, id: &str, change: impl FnOnce(&mut Station) + Send) {
    let edit = |known: Option<&Station>| changed(known, change);
    store.edit(&StationId(id.to_owned()), Clock::system().now(), edit).await.unwrap();
}

async fn every_station_becomes_one_shop(server: TestServer) {
    let stations = store(&server).await.load_all().await.unwrap().stations;
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for stored in stations.iter().filter(|stored| stored.station.enabled) {
        *sizes.entry(stored.station.brand.clone()).or_default() += 1;
    }
    let networks: BTreeSet<String> = sizes
        .iter()
        .filter(|(brand, size)| !brand.is_empty() && **size > 1)
        .map(|(brand, _)| brand.clone())
        .collect();
    let enabled: usize = sizes.values().sum();

    let (report, output) = run(&server).await;
    assert!(report.is_complete(), "{report}\n{output:#?}");
    assert_eq!(report.created, enabled + networks.len());
    assert!(output[0].starts_with("[ 1/") && output[0].contains("brand:"), "{}", output[0]);

    let shops = shops(&server).await;
    assert_eq!(shops.len(), report.created);
    let of_kind = |kind: &str| shops.iter().filter(|shop| shop["type"] == kind).collect::<Vec<_>>();
    let brands: BTreeMap<i64, &str> = of_kind("brand")
        .iter()
        .map(|shop| (shop["id"].as_i64().unwrap(), shop["title"].as_str().unwrap()))
        .collect();
    assert_eq!(brands.values().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), networks);
    let by_url: BTreeMap<&str, &Value> =
        of_kind("offline").into_iter().map(|shop| (shop["shopUrl"].as_str().unwrap(), shop)).collect();
    assert_eq!(by_url.len(), enabled, "each station has an address of its own");
    for station in stations.iter().map(|stored| &stored.station).filter(|station| station.enabled) {
        let shop = by_url[format!("{}/stations/{}", server.url, station.id).as_str()];
        let place = Point { lat: shop["lat"].as_f64().unwrap(), lon: shop["lon"].as_f64().unwrap() };
        assert_eq!(place, station.point, "{shop}");
        assert!(shop["title"].as_str().unwrap().contains(&station.name), "{shop}");
        assert!(shop["registrationAddress"].as_str().unwrap().contains(&station.address), "{shop}");
        let brand = shop["brandId"].as_i64().map(|id| brands[&id].to_owned());
        assert_eq!(brand, networks.get(&station.brand).cloned(), "{shop}");
    }
}

async fn only_changes_are_published(server: TestServer) {
    keep(&server, &["sever-12", "yug-7"]).await;
    let (first, _) = run(&server).await;
    assert!(first.is_complete() && first.created >= 2, "{first}");
    let before = calls(&server).await.len();
    let (second, _) = run(&server).await;
    assert_eq!((second.unchanged, second.created, second.updated), (first.created, 0, 0));
    assert_eq!(calls(&server).await.len(), before, "what is known already is not sent again");

    let store = store(&server).await;
    edit(&store, "sever-12", |station| station.address = "Новая улица, 1".to_owned()).await;
    edit(&store, "yug-7", |station| station.name = "АЗС «Юг» у реки".to_owned()).await;
    let (third, output) = run(&server).await;
    assert_eq!((third.updated, third.unchanged), (1, first.created - 1), "{output:#?}");
    assert!(
        output.iter().any(|line| line.contains("yug-7") && line.contains("title has changed")),
        "{output:#?}"
    );
    let shops = shops(&server).await;
    assert_eq!(shops.len(), first.created);
    assert!(
        shops
            .iter()
            .any(|shop| shop["registrationAddress"].as_str().unwrap_or_default().contains("Новая улица, 1"))
    );
}

async fn a_killed_run_is_resumed(server: TestServer) {
    keep(&server, &["sever-12", "sever-21", "sever-24", "yug-7", "trassa-3"]).await;
    // After the second step the run waits until the next shop's answer is sure to be lost; then it is killed.
    let (reached, two_done) = tokio::sync::oneshot::channel();
    let (go_on, released) = std::sync::mpsc::channel::<()>();
    let publisher = publisher(&server, DEMO_TOKEN).await;
    let running = tokio::spawn(async move {
        let mut reached = Some(reached);
        publisher
            .run(move |step| {
                if step.position == 2 {
                    reached.take().unwrap().send(()).unwrap();
                    tokio::task::block_in_place(|| released.recv()).unwrap();
                }
            })
            .await
    });
    two_done.await.unwrap();
    let accident = json!([{ "route": "shop_create", "kind": "executed_but_lost" }]);
    server.control(json!({ "invoicebox": { "hang_ms": 600_000, "fail_next": accident } })).await;
    go_on.send(()).unwrap();
    until("a third shop exists", || async { (shops(&server).await.len() == 3).then_some(()) }).await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    assert!(has_open_creation(&server).await);

    let (again, lines) = run(&server).await;
    assert_eq!((again.unchanged, again.undecided, again.created), (2, 1, 3), "{lines:#?}");
    assert!(!again.is_complete(), "an open question is not success");
    let known = known_shops(&server).await;
    let all = shops(&server).await;
    let unknown: Vec<&Value> =
        all.iter().filter(|shop| !known.contains(&shop["id"].as_i64().unwrap())).collect();
    assert_eq!((all.len(), unknown.len()), (6, 1), "no shop is created twice: {all:#?}");

    let undecided = lines.iter().find(|line| line.contains("may have been created")).expect("a line");
    assert!(undecided.contains(unknown[0]["title"].as_str().unwrap()), "{undecided}");
    let name = undecided.split("] ").nth(1).unwrap().split(" (").next().unwrap();
    let (name, id) = (ShopName::parse(name).unwrap(), unknown[0]["id"].as_i64().unwrap());
    let records = ShopRecords::new(store(&server).await);
    assert!(records.decide(&name, id, Clock::system().now()).await.unwrap());
    assert!(!records.decide(&name, id, Clock::system().now()).await.unwrap(), "decided once");
    let (last, lines) = run(&server).await;
    assert!(last.is_complete() && last.updated == 1, "{lines:#?}");
    assert_eq!(shops(&server).await.len(), 6);
}

/// Whether one create was asked for and is not recorded as answered: its record has no number.
async fn has_open_creation(server: &TestServer) -> bool {
    let database = Database::open(&server.database_url).await.unwrap();
    let (open,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM marketplace_shops WHERE shop_id IS NULL")
        .fetch_one(database.pool())
        .await
        .unwrap();
    open == 1
}

async fn known_shops(server: &TestServer) -> BTreeSet<i64> {
    let database = Database::open(&server.database_url).await.unwrap();
    let rows: Vec<(i64,)> = sqlx::query_as("SELECT shop_id FROM marketplace_shops WHERE shop_id IS NOT NULL")
        .fetch_all(database.pool())
        .await
        .unwrap();
    rows.into_iter().map(|(id,)| id).collect()
}

async fn a_refusal_is_reported_and_retried(server: TestServer) {
    keep(&server, &["sever-12"]).await;
    server.fail_next("shop_create", "422").await;
    let (refused, lines) = run(&server).await;
    assert_eq!((refused.failed, refused.created), (1, 0), "{lines:#?}");
    assert!(lines[0].contains("not created: Invoicebox refused"), "{}", lines[0]);
    assert!(shops(&server).await.is_empty());

    server.fail_next("shop_update", "500").await;
    let (half, lines) = run(&server).await;
    assert_eq!((half.failed, half.created), (1, 0));
    assert!(lines[0].contains("created, but not described"), "{}", lines[0]);
    let (whole, lines) = run(&server).await;
    assert!(whole.is_complete() && whole.updated == 1, "{lines:#?}");

    let store = store(&server).await;
    edit(&store, "yug-7", |station| station.enabled = true).await;
    server.fail_next("shop_create", "executed_but_lost").await;
    let (lost, lines) = run(&server).await;
    assert_eq!((lost.undecided, lost.unchanged), (1, 1), "{lines:#?}");
    assert!(lost.to_string().contains("--is NAME=SHOP"), "{lost}");
    let (still, _) = run(&server).await;
    assert_eq!((still.undecided, shops(&server).await.len()), (1, 2), "it is not created a second time");
    let records = ShopRecords::new(store);
    assert!(records.forget(&ShopName::parse("yug-7").unwrap()).await.unwrap());
    assert!(
        !records.forget(&ShopName::parse("sever-12").unwrap()).await.unwrap(),
        "a shop that is known stays"
    );
    let (last, _) = run(&server).await;
    assert!(last.is_complete() && last.created == 1, "{last}");
}

async fn the_limits_of_the_account_are_kept(server: TestServer) {
    let limits = json!({ "per_account": 25, "window_seconds": 1 });
    server.control(json!({ "invoicebox": { "limits": limits } })).await;
    let (report, lines) = run(&server).await;
    assert!(report.is_complete(), "{report}\n{lines:#?}");
    let calls = calls(&server).await;
    assert!(calls.len() > 50, "more than one window was needed");
    assert_eq!(calls.iter().filter(|status| **status == 429).count(), 0, "nobody had to refuse us");
}

async fn a_wrong_token_ends_the_run(server: TestServer) {
    let mut outcomes = 0;
    let report = publisher(&server, "wrong")
        .await
        .run(|step| {
            outcomes += 1;
            assert!(matches!(step.outcome, PublishOutcome::NotCreated(_)), "{step}");
        })
        .await
        .unwrap();
    assert_eq!((outcomes, report.failed), (1, 1));
    assert!(report.left > 40 && !report.is_complete(), "{report}");
    assert!(known_shops(&server).await.is_empty() && !has_open_creation(&server).await);
}

async fn a_shop_opens_its_station(server: TestServer) {
    keep(&server, &["sever-12", "yug-7"]).await;
    let (report, _) = run(&server).await;
    assert!(report.is_complete(), "{report}");
    server.catalogue.refresh().await.unwrap();
    let title = |shop: &&Value| shop["title"].as_str().unwrap().contains("№ 12");
    let shop = shops(&server).await.iter().find(title).expect("its shop")["id"].as_i64().unwrap();
    let (status, found) = server.post("/api/stations/find", &json!({ "query": { "shop_id": shop } })).await;
    assert_eq!((status, &found["total"], &found["stations"][0]["id"]), (200, &json!(1), &json!("sever-12")));
    let (_, none) = server.post("/api/stations/find", &json!({ "query": { "shop_id": shop + 1000 } })).await;
    assert_eq!(none["total"], 0);
    for (path, page) in [
        (format!("/shop/{shop}"), "/stations/sever-12"),
        (format!("/shop/{shop}?id=f1"), "/stations/sever-12?id=f1"),
        ("/s/sever-12?pump=3".to_owned(), "/stations/sever-12?pump=3"),
    ] {
        let response = server.get(&path).await;
        let place = response.headers().get("location").map(|place| place.to_str().unwrap());
        assert_eq!((response.status().as_u16(), place), (307, Some(page)), "{path}");
    }
    for unknown in ["/shop/1", "/shop/x", "/s/", "/s/a/b"] {
        let response = server.send(Method::GET, unknown, &[], "").await;
        assert_eq!(response.status(), 404, "{unknown}");
        assert!(response.text().await.unwrap().contains("not_found"), "{unknown}");
    }
}

/// A refresh reads only what has changed: the number of a shop changes no station, and must be seen all the same.
async fn a_shop_recorded_beside_another_change_is_seen(server: TestServer) {
    keep(&server, &["sever-12", "yug-7"]).await;
    server.catalogue.refresh().await.unwrap();
    let (report, _) = run(&server).await;
    assert!(report.is_complete(), "{report}");
    let store = server.station_store();
    let now = time::OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
    let phone = |station: &mut Station| station.phone = Some("+78120000000".to_owned());
    let edit = |known: Option<&Station>| changed(known, phone);
    store.edit(&StationId("yug-7".to_owned()), now, edit).await.unwrap();
    assert!(server.catalogue.refresh().await.unwrap());
    let snapshot = server.catalogue.snapshot();
    for id in ["sever-12", "yug-7"] {
        let station = snapshot.get(&StationId(id.to_owned())).expect("is there");
        assert!(station.station.shop_id.is_some(), "{id}");
    }
}

#[test]
fn an_address_that_is_too_long_becomes_a_short_one() {
    let station = |length: usize| StationId("a".repeat(length));
    let base = "https://azs.example.ru/";
    let cases = [
        (station(31), "https://azs.example.ru/stations/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned()),
        (station(39), format!("https://azs.example.ru/s/{}", "a".repeat(39))),
        (station(40), "https://azs.example.ru/shop/4711".to_owned()),
    ];
    for (id, url) in cases {
        assert_eq!(shop_url(base, &id, 4711), url);
        assert!(url.chars().count() <= 64);
    }
    assert_eq!(shop_url(base, &station(31), 4711).len(), 63);
}
