//! Stations: found by place and by text, shown with what can be bought.

use std::{fmt::Write, path::Path};

use serde_json::{Value, json};
use server::{
    database::Database,
    stations::{import::import_file, store::StationStore},
};

use test_support::{ErrorBody, TestServer, on_both_databases, skip};

on_both_databases! {
    a_list_is_sorted_by_distance_and_limited,
    stations_are_found_by_text,
    a_map_has_what_is_inside_its_bounds,
    an_implausible_query_is_refused,
    named_stations_are_found_whatever_else_there_is,
    a_station_shows_what_can_be_bought,
    a_whole_country_fits_on_the_map,
    the_country_itself_fits_on_the_map,
}

async fn find(server: &TestServer, query: Value) -> Value {
    let (status, found) = server.post("/api/stations/find", &json!({ "query": query })).await;
    assert_eq!(status, 200, "{query}: {found}");
    found
}

fn ids(found: &Value) -> Vec<&str> {
    found["stations"].as_array().unwrap().iter().map(|station| station["id"].as_str().unwrap()).collect()
}

async fn a_list_is_sorted_by_distance_and_limited(server: TestServer) {
    let near = json!({ "lat": 59.8267, "lon": 30.325 });
    let found = find(&server, json!({ "near": near, "limit": 5 })).await;
    assert_eq!((ids(&found).len(), ids(&found)[0]), (5, "sever-12"));
    assert_eq!(found["total"], 44);
    let distances: Vec<u64> = found["stations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|station| station["distance_m"].as_u64().unwrap())
        .collect();
    assert!(distances.is_sorted(), "{distances:?}");
    let winter = find(&server, json!({ "near": near, "fuels": ["diesel_winter"], "limit": 100 })).await;
    for station in winter["stations"].as_array().unwrap() {
        assert!(
            station["fuels"].as_array().unwrap().iter().any(|fuel| fuel["id"] == "diesel_winter"),
            "{station}"
        );
    }
}

async fn stations_are_found_by_text(server: TestServer) {
    for text in ["север 12", "СЕВЕР № 12", "sever 12", "Пулковское 42"] {
        assert_eq!(ids(&find(&server, json!({ "text": text })).await).first(), Some(&"sever-12"), "{text}");
    }
    assert_eq!(find(&server, json!({ "text": "несуществующее слово" })).await["total"], 0);
}

async fn a_map_has_what_is_inside_its_bounds(server: TestServer) {
    let bounds = json!({ "south": 59.8, "west": 30.2, "north": 59.9, "east": 30.4 });
    let found = find(&server, json!({ "bounds": bounds, "zoom": 17 })).await;
    assert!(ids(&found).contains(&"sever-12") && !ids(&found).contains(&"trassa-3"), "{found}");
    for station in found["stations"].as_array().unwrap() {
        let (lat, lon) = (station["lat"].as_f64().unwrap(), station["lon"].as_f64().unwrap());
        assert!((59.8..=59.9).contains(&lat) && (30.2..=30.4).contains(&lon), "{station}");
    }
}

async fn an_implausible_query_is_refused(server: TestServer) {
    for query in [
        json!({ "bounds": { "south": 60, "west": 30, "north": 59, "east": 31 } }),
        json!({ "near": { "lat": 91, "lon": 0 } }),
        json!({ "near": { "lat": "север", "lon": 0 } }),
        json!({ "near": { "lat": null, "lon": 0 } }),
        json!({ "bounds": { "south": 59, "west": 190, "north": 60, "east": 200 } }),
        json!({ "bounds": { "south": 59, "west": 30, "north": 60, "east": 31 }, "zoom": -1 }),
        json!({ "bounds": { "south": 59, "west": 30, "north": 60, "east": 31 }, "zoom": 99 }),
        json!({ "text": "я".repeat(201) }),
        json!({ "text": "я".repeat(10_000) }),
        json!({ "ids": vec!["sever-12"; 51] }),
        json!({ "brands": vec!["Север"; 51] }),
        json!({ "fuels": ["kerosene"] }),
        json!({ "nearby": true }),
        json!({ "limit": -1 }),
    ] {
        let (status, answer) = server.post("/api/stations/find", &json!({ "query": query })).await;
        assert_eq!((status, ErrorBody::of(&answer).code), (400, "bad_request"), "{query}: {answer}");
    }
    assert_eq!(ids(&find(&server, json!({ "limit": 100_000 })).await).len(), 44);
    for number in ["NaN", "1e999", "-Infinity", "0x1F"] {
        let body = format!(r#"{{"query":{{"near":{{"lat":{number},"lon":30}}}}}}"#);
        let (status, answer) = server.post_text("/api/stations/find", &body).await;
        assert_eq!((status, ErrorBody::of(&answer).code), (400, "bad_request"), "{body}: {answer}");
    }
}

async fn named_stations_are_found_whatever_else_there_is(server: TestServer) {
    let found = find(&server, json!({ "ids": ["sever-3", "sever-12", "nowhere"] })).await;
    assert_eq!(ids(&found), ["sever-3", "sever-12"], "by name, as people count");
}

async fn a_station_shows_what_can_be_bought(server: TestServer) {
    let (status, station) = server.post("/api/stations/get", &json!({ "id": "sever-12" })).await;
    assert_eq!(status, 200);
    assert_eq!((station["pay_in_app"].as_bool(), station["open_now"].as_bool()), (Some(true), Some(true)));
    assert_eq!(station["pumps"][5]["state"], "busy");
    let winter =
        station["fuels"].as_array().unwrap().iter().find(|fuel| fuel["id"] == "diesel_winter").unwrap();
    assert_eq!((&winter["price_kopecks"], &winter["max_centi"]), (&json!(7435), &json!(6000)));
    assert_eq!(station["services"][0]["sku"], "washer-20");

    let (_, closed) = server.post("/api/stations/get", &json!({ "id": "yug-7" })).await;
    assert_eq!(closed["open_now"], false);
    assert_eq!(closed["closed_reason"], "Плановый ремонт резервуаров");
    for unknown in ["nowhere", "", "../etc"] {
        let (status, answer) = server.post("/api/stations/get", &json!({ "id": unknown })).await;
        assert_eq!((status, ErrorBody::of(&answer).code), (404, "not_found"), "{unknown}");
    }
}

async fn a_whole_country_fits_on_the_map(server: TestServer) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("country.csv");
    std::fs::write(&file, made_up_country()).unwrap();
    fits_on_the_map(&server, &file).await;
}

async fn the_country_itself_fits_on_the_map(server: TestServer) {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ru-fuel-stations-osm-2026-07.csv");
    if !file.exists() {
        // The data file is beside the checkout, not in it.
        skip(&format!("there is no {}; stations that are made up have to do", file.display()));
        return;
    }
    fits_on_the_map(&server, &file).await;
}

/// Six thousand stations, dense in the west and scattered in the east, in columns of the import.
fn made_up_country() -> String {
    let mut file = "osm_id,lat,lon,brand,name,fuels\n".to_owned();
    for number in 0..6_000_u32 {
        let (row, column) = (f64::from(number / 100), f64::from(number % 100));
        // Half of them within a few degrees around Moscow.
        let (lat, lon) = match number % 2 {
            0 => (54.0 + row * 0.05, 36.0 + column * 0.04),
            _ => (45.0 + row * 0.4, 28.0 + column * 1.5),
        };
        let brand = if number % 5 == 0 { "Лукойл" } else { "" };
        writeln!(file, "n{number},{lat:.6},{lon:.6},{brand},АЗС {number},a92|a95|diesel").unwrap();
    }
    file
}

/// A country of stations is imported, shown at every zoom without losing one, and searched.
async fn fits_on_the_map(server: &TestServer, file: &Path) {
    let store = StationStore::new(Database::open(&server.database_url).await.unwrap());
    let report = import_file(&store, file, server.clock.now()).await.unwrap();
    assert!(report.inserted > 3_000, "{report}");
    server.catalogue.refresh().await.unwrap();
    for zoom in [3, 6, 9, 12, 16] {
        let bounds = json!({ "south": 41, "west": 19, "north": 82, "east": 180 });
        let found = find(server, json!({ "bounds": bounds, "zoom": zoom })).await;
        let clusters = found["clusters"].as_array().unwrap();
        assert!(ids(&found).len() + clusters.len() <= 200, "zoom {zoom}");
        let counted: u64 = clusters.iter().map(|cluster| cluster["count"].as_u64().unwrap()).sum();
        assert_eq!(counted + ids(&found).len() as u64, found["total"].as_u64().unwrap(), "zoom {zoom}");
    }
    let found = find(server, json!({ "text": "Лукойл", "limit": 100 })).await;
    assert_eq!(ids(&found).len(), 100);
    for station in found["stations"].as_array().unwrap() {
        assert_eq!(station["pay_in_app"], false, "no prices, no payment: {station}");
    }
    let again = import_file(&store, file, server.clock.now()).await.unwrap();
    assert_eq!((again.inserted, again.updated), (0, 0), "{again}");
}
