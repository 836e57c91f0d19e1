//! Rules of the catalogue that need no server: stations from a few lines of a table.

use std::{collections::BTreeMap, convert::Infallible};

use domain::{
    fuel::FuelId,
    geo::{Bounds, Point},
    station::Station,
    view::{FoundStations, StationOrder, StationQuery},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    catalogue::{Catalogue, Snapshot},
    hours::{Hours, OpenState},
    import::{ImportFormat, ImportReport, import_bytes},
    search,
    served::ServedCatalogue,
    store::StationStore,
};
use crate::database::Database;

/// A Wednesday, 15:00 in Moscow.
const NOW: &str = "2026-11-25T12:00:00Z";

fn at(moment: &str) -> OffsetDateTime {
    OffsetDateTime::parse(moment, &Rfc3339).unwrap()
}

fn now() -> OffsetDateTime {
    at(NOW)
}

const TABLE: &str = "\
id,lat,lon,name,brand,ref,city,address,opening_hours,fuels,services,prices,pumps
l1,59.9300,30.3000,,Лукойл,78,Санкт-Петербург,\"Пулковское шоссе, 42\",24/7,a92|a95,toilet|shop,a92=61.00|a95=66.00,1:a92|a95
l2,59.9310,30.3020,,ЛУКОЙЛ,79,Санкт-Петербург,\"улица Артёма, 5\",24/7,a95|diesel,toilet,a95=64.00|diesel=75.00,
t1,59.9400,30.3500,,Teboil,12,Санкт-Петербург,\"Невский проспект, 12\",\"Mo-Su 00:10-03:45,04:00-23:55\",a95,shop,a95=70.00,
r1,55.7500,37.6200,,Роснефть,12,Москва,\"Ленинский проспект, 95\",Mo-Su 08:00-14:00,a100|propane,,,
n1,55.0300,82.9200,,Газпромнефть,7,Новосибирск,\"улица Ленина, 5\",Mo-Su 08:00-18:00,diesel,,,
x1,65.5000,179.9000,Анадырь,,,Анадырь,,,a92,,,
x2,65.5000,-179.9000,Уэлькаль,,,Уэлькаль,,,a92,,,
";

async fn imported(format: ImportFormat, bytes: &[u8]) -> (StationStore, ImportReport, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("kolonka.db").display());
    let store = StationStore::new(Database::open(&url).await.unwrap());
    let report = import_bytes(&store, format, bytes, now()).await.unwrap();
    (store, report, folder)
}

async fn snapshot() -> ServedCatalogue {
    let (store, report, _folder) = imported(ImportFormat::Csv, TABLE.as_bytes()).await;
    assert_eq!((report.inserted, report.rejected.len()), (7, 0), "{report}");
    ServedCatalogue::new(Snapshot::new(store.load_all().await.unwrap()), false)
}

fn find(snapshot: &ServedCatalogue, query: &StationQuery) -> FoundStations {
    search::find(snapshot, query, now()).unwrap()
}

fn ids(found: &FoundStations) -> Vec<&str> {
    found.stations.iter().map(|station| station.id.0.as_str()).collect()
}

fn query() -> StationQuery {
    StationQuery { limit: 20, ..StationQuery::default() }
}

#[tokio::test]
async fn words_are_found_however_they_are_typed() {
    let snapshot = snapshot().await;
    for (text, expected) in [
        ("лукойл 78", "l1"),
        ("лукоил 78", "l1"),
        ("lukoil 78", "l1"),
        ("ЛУКOЙЛ 78", "l1"),
        ("лкуойл 78", "l1"),
        ("kerjqk 78", "l1"),
        ("пулк", "l1"),
        ("пулкосвкое", "l1"),
        ("Пулковское ш., д. 42", "l1"),
        ("улица артема", "l2"),
        ("ул Артёма 5", "l2"),
        ("тебойл", "t1"),
        ("Невский 12", "t1"),
        ("спб teboil", "t1"),
        ("роснефь", "r1"),
        ("аи-100", "r1"),
        ("AI 100 москва", "r1"),
        ("пропан", "r1"),
        ("солярка новосибирск", "n1"),
        ("екатиренбург лукойл 78", ""),
    ] {
        let found = find(&snapshot, &StationQuery { text: Some(text.to_owned()), ..query() });
        assert_eq!(ids(&found).first().copied().unwrap_or_default(), expected, "{text}: {:?}", ids(&found));
    }
    let number = find(&snapshot, &StationQuery { text: Some("12".to_owned()), ..query() });
    assert_eq!(ids(&number).len(), 2, "the number of two stations, and the house of one of them");
    let signs = find(&snapshot, &StationQuery { text: Some("№ —".to_owned()), ..query() });
    assert_eq!(signs.total, 7, "signs are no words: nothing is left out for them");
}

#[tokio::test]
async fn the_nearest_come_first_and_the_cheapest_where_price_is_asked_for() {
    let snapshot = snapshot().await;
    let near = Some(Point { lat: 59.9299, lon: 30.2999 });
    let nearest = find(&snapshot, &StationQuery { near, ..query() });
    assert_eq!(ids(&nearest)[..3], ["l1", "l2", "t1"]);
    assert!(nearest.stations.is_sorted_by_key(|station| station.distance_m));
    let cheapest = find(&snapshot, &StationQuery { near, order: StationOrder::Price, ..query() });
    assert_eq!(ids(&cheapest)[..3], ["l2", "l1", "t1"]);
    let first = find(&snapshot, &StationQuery { near, limit: 2, ..query() });
    assert_eq!((ids(&first), first.total), (vec!["l1", "l2"], 7));
}

#[tokio::test]
async fn every_filter_is_counted_under_the_others() {
    let snapshot = snapshot().await;
    let asked = StationQuery { brands: vec!["лукойл".to_owned()], open_now: true, ..query() };
    let counts = search::count(&snapshot, &asked, now()).unwrap();
    assert_eq!((counts.total, counts.open_now, counts.pay_in_app), (2, 2, 1));
    let fuels: BTreeMap<&str, u32> = counts.fuels.iter().map(|fuel| (fuel.id.id(), fuel.count)).collect();
    assert_eq!(fuels, BTreeMap::from([("a92", 1), ("a95", 2), ("diesel", 1)]));
    let services: Vec<_> = counts.services.iter().map(|one| (one.name.as_str(), one.count)).collect();
    assert_eq!(services, [("toilet", 2), ("shop", 1)]);
    let brands: BTreeMap<&str, u32> =
        counts.brands.iter().map(|one| (one.name.as_str(), one.count)).collect();
    // Rosneft has closed at 14:00, Gazpromneft at 18:00 in Novosibirsk, which is 14:00 in Moscow.
    assert_eq!(brands, BTreeMap::from([("Лукойл", 2), ("Teboil", 1)]));
    for (name, count) in brands {
        let only = StationQuery { brands: vec![name.to_owned()], open_now: true, ..query() };
        assert_eq!(find(&snapshot, &only).total, count, "{name}");
    }
    let payable = find(&snapshot, &StationQuery { pay_in_app: true, ..query() });
    assert_eq!(ids(&payable), ["l1"]);
}

#[tokio::test]
async fn a_cluster_stays_where_it_is_while_the_map_moves() {
    let snapshot = snapshot().await;
    let view = |west: f64| StationQuery {
        bounds: Some(Bounds { south: 59.7, west, north: 60.1, east: west + 0.7 }),
        zoom: Some(9),
        ..query()
    };
    let first = find(&snapshot, &view(29.9));
    assert_eq!(first.clusters.iter().map(|cluster| cluster.count).sum::<u32>() + ids(&first).len() as u32, 3);
    // Until the last view, the western edge goes through the stations.
    for step in 0..=20 {
        let moved = find(&snapshot, &view(29.9 + f64::from(step) * 0.02));
        for cluster in &moved.clusters {
            assert!(first.clusters.contains(cluster), "step {step}: {cluster:?} of {:?}", first.clusters);
        }
    }
}

#[tokio::test]
async fn a_view_across_the_180th_meridian_has_both_its_sides() {
    let snapshot = snapshot().await;
    let bounds = Some(Bounds { south: 60.0, west: 170.0, north: 70.0, east: -170.0 });
    for zoom in [None, Some(4), Some(16)] {
        let found = find(&snapshot, &StationQuery { bounds, zoom, ..query() });
        assert_eq!(found.total, 2, "zoom {zoom:?}: {found:?}");
    }
}

#[tokio::test]
async fn bounds_that_cannot_be_meant_are_refused_with_the_reason() {
    let snapshot = snapshot().await;
    for (bounds, reason) in [
        (Bounds { south: 60.0, west: 30.0, north: 59.0, east: 31.0 }, "upside down"),
        (Bounds { south: 59.0, west: 30.0, north: 60.0, east: 190.0 }, "180th meridian"),
        (Bounds { south: f64::NAN, west: 30.0, north: 60.0, east: 31.0 }, "−90…90"),
    ] {
        let asked = StationQuery { bounds: Some(bounds), ..query() };
        let refusal = search::find(&snapshot, &asked, now()).unwrap_err();
        assert!(format!("{refusal:?}").contains(reason), "{refusal:?}");
    }
}

#[tokio::test]
async fn a_change_is_taken_over_and_the_rest_kept() {
    let (store, _, _folder) = imported(ImportFormat::Csv, TABLE.as_bytes()).await;
    let catalogue = Catalogue::load(store.clone(), false).await.unwrap();
    let before = catalogue.snapshot();
    let id = domain::id::StationId("l1".to_owned());
    // The same moment as the import: the clock may not have moved.
    let sell_out = |known: Option<&Station>| {
        let mut station = known.unwrap().clone();
        station.trade.fuels[0].available = false;
        Ok::<_, Infallible>((station, ()))
    };
    store.edit(&id, now(), sell_out).await.unwrap();
    assert!(catalogue.refresh().await.unwrap());
    let after = catalogue.snapshot();
    assert!(!after.get(&id).unwrap().station.trade.fuels[0].available);
    assert!(std::sync::Arc::ptr_eq(&before.words, &after.words), "no word has changed");
    let other = domain::id::StationId("l2".to_owned());
    assert!(std::sync::Arc::ptr_eq(before.get(&other).unwrap(), after.get(&other).unwrap()));
    store.delete(&other).await.unwrap();
    assert!(catalogue.refresh().await.unwrap());
    assert!(catalogue.get(&other).is_none());
    assert_eq!(
        catalogue.find(&StationQuery { text: Some("79".to_owned()), ..query() }, now()).unwrap().total,
        0
    );
    assert!(!catalogue.refresh().await.unwrap(), "nothing more has changed");
}

fn state(text: &str, zone: &str, at: OffsetDateTime) -> OpenState {
    Hours::parse(Some(text), zone, Point { lat: 55.0, lon: 37.0 }).unwrap().state_at(at)
}

#[test]
fn hours_are_shown_as_people_need_them() {
    let moscow = |time: &str| at(&format!("2026-11-25T{time}:00+03:00"));
    let teboil = "Mo-Su 00:10-03:45,04:00-23:55";
    for (text, time, open_now, open_until, opens_at, on_break) in [
        ("24/7", "03:50", true, None, None, false),
        (teboil, "12:00", true, None, None, false),
        (teboil, "03:00", true, Some("03:45"), None, false),
        (teboil, "03:50", false, None, Some("04:00"), true),
        (teboil, "23:58", false, None, Some("00:10"), true),
        ("Mo-Su 00:10-03:45, 04:00-23:55", "03:50", false, None, Some("04:00"), true),
        ("Mo-Su 08:00-23:00", "12:00", true, Some("23:00"), None, false),
        ("Mo-Su 08:00-23:00", "05:00", false, None, Some("08:00"), false),
        ("Mo-Su 00:00-24:00", "12:00", true, None, None, false),
        ("Mo-Su 00:00-00:00", "12:00", true, None, None, false),
        ("PH,Mo-Su 00:00-24:00", "12:00", true, None, None, false),
        ("Mo-Fr 09:00-18:00; PH off", "12:00", true, Some("18:00"), None, false),
        ("off", "12:00", false, None, None, false),
        ("Mo-Su 09:30-21:00, 21:30-09:00", "21:10", false, None, Some("21:30"), true),
    ] {
        let shown = state(text, "Europe/Moscow", moscow(time));
        let expected = OpenState {
            open_now,
            open_until: open_until.map(str::to_owned),
            opens_at: opens_at.map(str::to_owned),
            on_break,
        };
        assert_eq!(shown, expected, "{text} at {time}");
    }
    let holiday = at("2026-11-04T12:00:00+03:00");
    assert!(!state("Mo-Fr 09:00-18:00; PH off", "Europe/Moscow", holiday).open_now, "the Day of Unity");
    assert!(!state("Mo-Su 08:00-14:30", "Europe/Moscow", now()).open_now, "15:00 in Moscow");
    assert!(state("Mo-Su 08:00-14:30", "Europe/Kaliningrad", now()).open_now, "14:00 in Kaliningrad");
    assert!(!state("Mo-Su 08:00-18:00", "Asia/Novosibirsk", now()).open_now, "19:00 in Novosibirsk");
}

#[test]
fn a_state_is_that_of_the_minute_that_is_asked_for() {
    let hours = Hours::parse(Some("08:00-20:00"), "Europe/Moscow", Point { lat: 55.0, lon: 37.0 }).unwrap();
    assert!(hours.is_open_at(at("2026-11-25T19:59:59+03:00")));
    assert!(!hours.is_open_at(at("2026-11-25T20:00:00+03:00")));
    assert!(hours.is_open_at(at("2026-11-25T19:59:59+03:00")), "the clock of the sandbox may go back");
}

#[tokio::test]
async fn what_is_wrong_in_a_file_is_named_by_row_and_column() {
    let file = "\
osm_id;lat;lon;brand;opening_hours;fuels;services
n1;59,93;30,30;Лукойл;9:30-21:00,21:30-9:00;a92;shop
n2;0;0;Лукойл;;a92;
n3;30.30;59.95;Лукойл;;a92;
n4;север;30.1;;;a92;
n5;59.93;30.1;;;shop|toilet;a92
n1;59.94;30.30;;;a92;
n7;59.93;30.1
n8;95;200;;;a92;
w9;59.9301;30.3001;лукойл;;a92;
n10;59.93;30.2;;when the owner wakes up;a92;
";
    let file = file.replace("9:30-21:00,21:30-9:00", "\"9:30-21:00; 21:30-9:00\"");
    for bytes in [file.as_bytes().to_vec(), encoding_rs::WINDOWS_1251.encode(&file).0.into_owned()] {
        let (store, report, _folder) = imported(ImportFormat::Csv, &bytes).await;
        let rejected: Vec<(u64, &str)> =
            report.rejected.iter().map(|finding| (finding.row, finding.column.as_str())).collect();
        assert_eq!(
            rejected,
            [(3, "lat"), (5, "lat"), (6, "fuels"), (7, "id"), (8, ""), (9, "lat")],
            "{report}"
        );
        assert!(report.rejected[2].reason.contains("changed places"), "{report}");
        let warned: Vec<(u64, &str)> = report
            .warnings
            .iter()
            .map(|finding| (finding.row, finding.column.as_str()))
            .filter(|warning| *warning != (1, ""))
            .collect();
        assert_eq!(
            warned,
            [(2, "opening_hours"), (4, "lat"), (10, "lat"), (11, "opening_hours")],
            "{report}"
        );
        assert_eq!(report.inserted, 4);
        let kept = store.get(&domain::id::StationId("osm-n1".to_owned())).await.unwrap().unwrap().station;
        assert_eq!((kept.brand.as_str(), kept.time_zone.as_str()), ("Лукойл", "Europe/Moscow"));
        let hours = kept.opening_hours.unwrap();
        assert!(state(&hours, &kept.time_zone, now()).open_now, "{hours}");
    }
}

#[tokio::test]
async fn a_heading_that_can_mean_two_things_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("kolonka.db").display());
    let store = StationStore::new(Database::open(&url).await.unwrap());
    for (file, problem) in [
        ("id,lat,lon,lat\n", "two columns lat"),
        ("id,latitude,lon\n", "no column lat"),
        ("s1,59.9,30.3,Север\n", "no column lat"),
    ] {
        let error = import_bytes(&store, ImportFormat::Csv, file.as_bytes(), now()).await.unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
    }
}

/// A table of stations thrown over the country, by a fixed rule in place of chance, and what a plain scan needs of them.
fn thrown(count: u32) -> (String, Vec<(usize, usize)>) {
    const BRANDS: [&str; 3] = ["Лукойл", "Роснефть", "Teboil"];
    const FUELS: [&str; 3] = ["a92", "a95", "diesel"];
    let mut seed = 7_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let mut table =
        "id,lat,lon,name,brand,ref,city,address,opening_hours,fuels,services,prices,pumps\n".to_owned();
    let mut facts = Vec::new();
    for number in 0..count {
        let (lat, lon) = (44_000 + next(20_000), 30_000 + next(100_000));
        let (brand, fuel) = (next(3), next(3));
        let position = format!("{}.{:03},{}.{:03}", lat / 1000, lat % 1000, lon / 1000, lon % 1000);
        table += &format!("g{number},{position},,{},{number},Город,,,{},,,\n", BRANDS[brand], FUELS[fuel]);
        facts.push((brand, fuel));
    }
    (table, facts)
}

#[tokio::test]
async fn clusters_count_what_a_plain_scan_counts() {
    let (table, facts) = thrown(600);
    let (store, report, _folder) = imported(ImportFormat::Csv, table.as_bytes()).await;
    assert_eq!((report.inserted, report.rejected.len()), (600, 0), "{report}");
    let snapshot = ServedCatalogue::new(Snapshot::new(store.load_all().await.unwrap()), false);
    let bounds = Some(Bounds { south: 41.0, west: 19.0, north: 82.0, east: 180.0 });
    for zoom in [2, 4, 6, 8, 10, 12] {
        for (brands, fuels, expected) in [
            (vec![], vec![], facts.len()),
            (vec!["Роснефть".to_owned()], vec![], facts.iter().filter(|(brand, _)| *brand == 1).count()),
            (vec![], vec![FuelId::Diesel], facts.iter().filter(|(_, fuel)| *fuel == 2).count()),
            (
                vec!["Лукойл".to_owned()],
                vec![FuelId::A92],
                facts.iter().filter(|fact| **fact == (0, 0)).count(),
            ),
        ] {
            let asked = StationQuery { bounds, zoom: Some(zoom), brands, fuels, ..query() };
            let found = find(&snapshot, &asked);
            let counted: u32 = found.clusters.iter().map(|cluster| cluster.count).sum();
            let shown = usize::try_from(counted).unwrap() + found.stations.len();
            assert_eq!((shown, usize::try_from(found.total).unwrap()), (expected, expected), "{asked:?}");
            assert!(found.clusters.len() + found.stations.len() <= 200, "{asked:?}");
        }
    }
}
