//! Figures of the search for stations, over thirty thousand of them: the real file of some cities, repeated with a
//! shift. Prints each figure beside what was aimed at and never fails. Without the file it says so.

#![expect(clippy::print_stdout, reason = "its whole purpose")]
#![expect(clippy::unwrap_used, reason = "a broken bench panics")]

use std::{
    convert::Infallible,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    fuel::FuelId,
    geo::{Bounds, Point},
    money::Kopecks,
    station::Station,
    view::StationQuery,
};
use peak_alloc::PeakAlloc;
use rand::{Rng, SeedableRng, rngs::StdRng};
use server::{
    clock::Clock,
    database::Database,
    stations::{
        catalogue::Catalogue,
        import::{ImportFormat, import_bytes},
        store::StationStore,
    },
    workers::WorkerContext,
};
use tokio_util::sync::CancellationToken;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const STATION_COUNT: usize = 30_000;
const STATIONS_FILE: &str = "../../shared/data/ru-fuel-stations-osm-2026-07.csv";

fn main() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(STATIONS_FILE);
    match std::fs::read_to_string(&path) {
        Ok(real) => tokio::runtime::Runtime::new().unwrap().block_on(measure(&real)),
        Err(_) => println!("SKIPPED: there is no {}; the search is not measured", path.display()),
    }
}

async fn measure(real: &str) {
    let country = repeated(real);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("kolonka.db").display());
    let store = StationStore::new(Database::open(&url).await.unwrap());
    let clock = Clock::system();

    let began = Instant::now();
    let report = import_bytes(&store, ImportFormat::Csv, country.as_bytes(), clock.now()).await.unwrap();
    print_figure("import of the file (SQLite)", began.elapsed(), "5 s");
    println!("  {} inserted, {} rejected", report.inserted, report.rejected.len());
    drop((report, country));

    let before = MEMORY.current_usage();
    let began = Instant::now();
    let catalogue = Catalogue::load(store.clone(), false).await.unwrap();
    print_figure("snapshot from the database", began.elapsed(), "–");
    let mib = (MEMORY.current_usage().saturating_sub(before)) as f64 / 1_048_576.0;
    println!("{:<44} {mib:>9.1} MiB   aim 60 MiB", "memory of the snapshot");

    let places: Vec<Point> = catalogue.snapshot().shown().iter().map(|entry| entry.station.point).collect();
    views(&catalogue, &clock, &places);
    texts(&catalogue, &clock, &places);
    lists(&catalogue, &clock, &places);
    city(&catalogue, &clock);
    change(&catalogue, &store, &clock).await;
}

/// The rows of the file again and again, each time a little to the north-east and under other ids, with prices at
/// all and pumps at a third of them.
fn repeated(real: &str) -> String {
    let mut reader = csv::Reader::from_reader(real.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (id, lat, lon, fuels) = (column("osm_id"), column("lat"), column("lon"), column("fuels"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(headers.iter().chain(["prices", "pumps"])).unwrap();
    for (number, row) in rows.iter().cycle().take(STATION_COUNT).enumerate() {
        let copy = number / rows.len();
        let shift = copy as f64 * 0.021;
        let grades: Vec<&str> = row[fuels].split('|').filter(|grade| !grade.is_empty()).collect();
        let prices: Vec<String> =
            grades.iter().enumerate().map(|(at, grade)| format!("{grade}={}.{copy}9", 60 + 7 * at)).collect();
        let pumps = if number % 3 == 0 && !grades.is_empty() {
            format!("1:{0};2:{0};3:{0};4:{0}", grades.join("|"))
        } else {
            String::new()
        };
        let cells = row.iter().enumerate().map(|(at, cell)| match at {
            at if at == id => format!("{cell}c{copy}"),
            at if at == lat || at == lon => format!("{:.6}", cell.parse::<f64>().unwrap() + shift),
            _ => cell.to_owned(),
        });
        writer.write_record(cells.chain([prices.join("|"), pumps])).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// What phones and desks show of the map, anywhere and at any zoom, with and without filters.
fn views(catalogue: &Catalogue, clock: &Clock, places: &[Point]) {
    let mut random = StdRng::seed_from_u64(6);
    let queries: Vec<StationQuery> = (0..4000)
        .map(|number| {
            let centre = places[random.random_range(0..places.len())];
            let zoom = random.random_range(3..=17);
            let (wide, high) = if number % 4 == 0 { (1920.0, 1080.0) } else { (412.0, 700.0) };
            let degrees = 360.0 / (256.0 * f64::from(zoom).exp2());
            StationQuery {
                bounds: Some(Bounds {
                    south: (centre.lat - high * degrees / 4.0).max(-85.0),
                    west: (centre.lon - wide * degrees / 2.0).max(-180.0),
                    north: (centre.lat + high * degrees / 4.0).min(85.0),
                    east: (centre.lon + wide * degrees / 2.0).min(180.0),
                }),
                zoom: Some(zoom),
                near: (number % 2 == 0).then_some(centre),
                fuels: if number % 3 == 0 { vec![FuelId::A95] } else { Vec::new() },
                open_now: number % 5 == 0,
                services: if number % 7 == 0 { vec!["toilet".to_owned()] } else { Vec::new() },
                ..StationQuery::default()
            }
        })
        .collect();
    let max_found = run("view of the map", &queries, catalogue, clock, "2 ms");
    println!("  at most {max_found} markers and clusters");
}

fn texts(catalogue: &Catalogue, clock: &Clock, places: &[Point]) {
    const TYPED_QUERIES: [&str; 24] = [
        "л",
        "лу",
        "лук",
        "лукойл",
        "лукоил",
        "lukoil",
        "лкуойл",
        "роснефь",
        "газпромнефт",
        "татнефть 549",
        "kerjqk",
        "Пулковское шоссе",
        "пулкосвкое",
        "ленина 5",
        "проспект Ленина",
        "санкт петерб",
        "новосибирск",
        "екатиренбург",
        "аи-95 москва",
        "АИ 100",
        "дт казань",
        "несуществующее слово",
        "азс 12",
        "teboil спб",
    ];
    let mut random = StdRng::seed_from_u64(7);
    let queries: Vec<StationQuery> = TYPED_QUERIES
        .iter()
        .cycle()
        .take(2400)
        .map(|text| StationQuery {
            text: Some((*text).to_owned()),
            near: Some(places[random.random_range(0..places.len())]),
            limit: 20,
            ..StationQuery::default()
        })
        .collect();
    run("text", &queries, catalogue, clock, "10 ms");
}

fn lists(catalogue: &Catalogue, clock: &Clock, places: &[Point]) {
    let queries: Vec<StationQuery> = places
        .iter()
        .step_by(60)
        .enumerate()
        .map(|(number, near)| StationQuery {
            near: Some(*near),
            open_now: number % 2 == 0,
            fuels: vec![FuelId::Diesel],
            limit: 20,
            ..StationQuery::default()
        })
        .collect();
    run("list around a place", &queries, catalogue, clock, "–");
    let began = Instant::now();
    catalogue.count(&StationQuery { open_now: true, ..StationQuery::default() }, clock.now()).unwrap();
    print_figure("counts of every filter", began.elapsed(), "–");
}

/// Runs queries and prints their median and 99th percentile. Returns the length of the longest answer.
fn run(what: &str, queries: &[StationQuery], catalogue: &Catalogue, clock: &Clock, aim: &str) -> usize {
    let mut max_found = 0;
    let mut times: Vec<(Duration, &StationQuery)> = queries
        .iter()
        .map(|query| {
            let began = Instant::now();
            let found = catalogue.find(query, clock.now()).unwrap();
            let took = began.elapsed();
            max_found = max_found.max(found.stations.len() + found.clusters.len());
            (took, query)
        })
        .collect();
    times.sort_by_key(|(took, _)| *took);
    print_figure(&format!("{what}, median"), times[times.len() / 2].0, "–");
    let (p99, slow) = times[times.len() * 99 / 100];
    print_figure(&format!("{what}, 99th percentile"), p99, aim);
    println!("  such as {:?}, zoom {:?}", slow.text, slow.zoom);
    max_found
}

/// What a phone loads for the map of Moscow, as the server compresses it.
fn city(catalogue: &Catalogue, clock: &Clock) {
    for (zoom, half) in [(9, 0.45), (10, 0.25), (12, 0.06), (13, 0.03)] {
        let query = StationQuery {
            bounds: Some(Bounds {
                south: 55.75 - half,
                west: 37.62 - half,
                north: 55.75 + half,
                east: 37.62 + half,
            }),
            zoom: Some(zoom),
            near: Some(Point { lat: 55.75, lon: 37.62 }),
            ..StationQuery::default()
        };
        let found = catalogue.find(&query, clock.now()).unwrap();
        let json = serde_json::to_vec(&found).unwrap();
        let bytes = brotlied(&json);
        println!(
            "{:<44} {:>9.1} kB    aim 20 kB",
            format!("answer for Moscow at zoom {zoom}, brotli"),
            bytes as f64 / 1000.0
        );
        println!(
            "  {} stations, {} clusters, {} kB plain",
            found.stations.len(),
            found.clusters.len(),
            json.len() / 1000
        );
    }
    let list =
        StationQuery { near: Some(Point { lat: 55.75, lon: 37.62 }), limit: 100, ..StationQuery::default() };
    let json = serde_json::to_vec(&catalogue.find(&list, clock.now()).unwrap()).unwrap();
    println!("{:<44} {:>9.1} kB    aim 20 kB", "the 100 nearest, brotli", brotlied(&json) as f64 / 1000.0);
}

fn brotlied(bytes: &[u8]) -> usize {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 4, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &params).unwrap()
}

/// Time until customers see a price that another instance changed.
async fn change(catalogue: &Arc<Catalogue>, store: &StationStore, clock: &Clock) {
    let stop = CancellationToken::new();
    let worker = WorkerContext::unsupervised(stop.clone());
    let watching = tokio::spawn(Arc::clone(catalogue).watch(worker));
    let entry =
        catalogue.snapshot().shown().iter().find(|entry| entry.station.trade.sells_fuel()).unwrap().clone();
    let id = entry.station.id.clone();
    let mut slowest = Duration::ZERO;
    for kopecks in 7001..7006 {
        let price = Some(Kopecks::new(kopecks));
        let reprice = |known: Option<&Station>| {
            let mut station = known.unwrap().clone();
            station.trade.fuels[0].price = price;
            Ok::<_, Infallible>((station, ()))
        };
        store.edit(&id, clock.now(), reprice).await.unwrap();
        let began = Instant::now();
        while catalogue.get(&id).unwrap().station().trade.fuels[0].price != price {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        slowest = slowest.max(began.elapsed());
    }
    print_figure("a change is seen, the slowest of five", slowest, "2 s");
    stop.cancel();
    watching.await.unwrap();
}

fn print_figure(what: &str, took: Duration, aim: &str) {
    println!("{what:<44} {:>9.3} ms    aim {aim}", took.as_secs_f64() * 1000.0);
}
